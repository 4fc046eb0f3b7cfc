"""The argument types that tools share: each says once what a value looks like and where to get one.

A field that takes what people say carries `Means`; `settling` turns it into what Quo wants before
the tool runs, so in `run` a `Person` is an E.164 number, an `Inbox` a PN id, a `Since` a UTC time, and
a `OneContact` and a `OneThread` are ids.
Descriptions are short because a model pays for them in every conversation.
"""

from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, Field

Meaning: TypeAlias = Literal[
    "person", "contact", "conversation", "inbox", "inboxes", "teammate", "since", "until", "due"
]


@dataclass(frozen=True)
class Means:
    """What a text, or each in a list, stands for. An `inbox` left out is chosen; `inboxes` are not."""

    what: Meaning


@cache
def meanings(model: type[BaseModel]) -> dict[str, Meaning]:
    """Which of a tool's fields stand for something, and for what."""
    return {
        name: mark.what
        for name, field in model.model_fields.items()
        for mark in field.metadata
        if isinstance(mark, Means)
    }


Person: TypeAlias = Annotated[str, Means("person"), Field(description="Name or number")]
OnePerson: TypeAlias = Annotated[
    str | None, Means("person"), Field(description="Name or number; default: everybody")
]
People: TypeAlias = Annotated[
    list[str] | None,
    Means("person"),
    Field(min_length=1, max_length=10, description="Name or number; several: a group"),
]
OneContact: TypeAlias = Annotated[
    str, Means("contact"), Field(min_length=1, max_length=200, description="Id or name")
]
OneThread: TypeAlias = Annotated[
    str, Means("conversation"), Field(min_length=1, max_length=200, description="Id or person")
]
Inbox: TypeAlias = Annotated[str | None, Means("inbox"), Field(description="Which of your numbers")]
Inboxes: TypeAlias = Annotated[
    list[str] | None,
    Means("inboxes"),
    Field(max_length=100, description="Only on these"),
]
Teammate: TypeAlias = Annotated[str | None, Means("teammate"), Field(description="Teammate")]
Since: TypeAlias = Annotated[str | None, Means("since"), Field(description="Like 7d or today")]
Until: TypeAlias = Annotated[str | None, Means("until"), Field(description="Likewise")]

MessageId: TypeAlias = Annotated[str, Field(pattern="^AC[A-Za-z0-9]+$", description="AC…")]
CallId: TypeAlias = Annotated[str, Field(pattern="^AC[A-Za-z0-9]+$", description="AC…")]
ConnectionId: TypeAlias = Annotated[str, Field(pattern="^[A-Za-z0-9_-]{1,200}$", description="Id")]
MessageText: TypeAlias = Annotated[
    str, Field(min_length=1, max_length=1600, description="The words")
]
PageToken: TypeAlias = Annotated[str | None, Field(description="Next page")]
