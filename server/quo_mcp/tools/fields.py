"""Argument types that tools share. Each declares a value's format and description once.

A field marked with `Resolves` takes names and relative times. `tools.resolve` replaces them before
the tool runs. In `run`, a `PersonRef` is an E.164 number, an `InboxRef` a PN… id, and a `Since` an ISO
8601 time in UTC. A `ContactRef` and a `ConversationRef` are ids.
Descriptions are short because a model reads them in every conversation.
"""

from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, Field

ReferenceKind: TypeAlias = Literal[
    "person", "contact", "conversation", "inbox", "inboxes", "teammate", "since", "until", "due"
]


@dataclass(frozen=True)
class Resolves:
    """Marks a field whose text, or each text in its list, refers to something of this kind.

    If an `inbox` is left out, one is chosen. If `inboxes` are left out, all allowed ones apply.
    """

    kind: ReferenceKind


@cache
def reference_kinds(model: type[BaseModel]) -> dict[str, ReferenceKind]:
    """Return the fields of a tool that are references, with their kinds."""
    return {
        name: metadata.kind
        for name, field in model.model_fields.items()
        for metadata in field.metadata
        if isinstance(metadata, Resolves)
    }


PersonRef: TypeAlias = Annotated[str, Resolves("person"), Field(description="Name or number")]
OptionalPersonRef: TypeAlias = Annotated[
    str | None, Resolves("person"), Field(description="Name or number; default: everybody")
]
PersonRefs: TypeAlias = Annotated[
    list[str] | None,
    Resolves("person"),
    Field(min_length=1, max_length=10, description="Name or number; several: a group"),
]
ContactRef: TypeAlias = Annotated[
    str, Resolves("contact"), Field(min_length=1, max_length=200, description="Id or name")
]
ConversationRef: TypeAlias = Annotated[
    str, Resolves("conversation"), Field(min_length=1, max_length=200, description="Id or person")
]
InboxRef: TypeAlias = Annotated[
    str | None, Resolves("inbox"), Field(description="Which of your numbers")
]
InboxRefs: TypeAlias = Annotated[
    list[str] | None,
    Resolves("inboxes"),
    Field(max_length=100, description="Only on these"),
]
TeammateRef: TypeAlias = Annotated[str | None, Resolves("teammate"), Field(description="Teammate")]
Since: TypeAlias = Annotated[str | None, Resolves("since"), Field(description="Like 7d or today")]
Until: TypeAlias = Annotated[str | None, Resolves("until"), Field(description="Likewise")]

MessageId: TypeAlias = Annotated[str, Field(pattern="^AC[A-Za-z0-9]+$", description="AC…")]
CallId: TypeAlias = Annotated[str, Field(pattern="^AC[A-Za-z0-9]+$", description="AC…")]
ConnectionId: TypeAlias = Annotated[str, Field(pattern="^[A-Za-z0-9_-]{1,200}$", description="Id")]
MessageText: TypeAlias = Annotated[
    str, Field(min_length=1, max_length=1600, description="The words")
]
PageToken: TypeAlias = Annotated[str | None, Field(description="Next page")]
