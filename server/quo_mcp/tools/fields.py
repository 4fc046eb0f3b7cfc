"""Argument types that tools share. Each declares a value's format and description once.

A field marked with `Resolves` takes names and relative times. `tools.resolve` replaces them before
the tool runs. In `run`, a `PersonRef` is an E.164 number, an `InboxRef` a PN… id, and a `Since` an ISO
8601 time in UTC. A `ContactRef` is an id, and `ConversationRefs` are ids.
A description is a full phrase: what the value does, its format, an example where it is not obvious, and
the default. A model reads it in every conversation, so it says nothing twice.

Every list takes the same `limit`, see `DEFAULT_LIMIT`. `tools.split_pages` reads two
of Quo's pages where Quo returns at most 50.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, Field

from quo_mcp.values.reference_ids import read_id
from quo_mcp.values.wrapping import readings

ReferenceKind: TypeAlias = Literal[
    "person",
    "contact",
    "conversation",
    "inbox",
    "inbox_filter",
    "inboxes",
    "teammate",
    "task",
    "since",
    "until",
    "due",
]


@dataclass(frozen=True)
class Resolves:
    """Marks a field whose text, or each text in its list, refers to something of this kind.

    If an `inbox` is left out, one is chosen. If an `inbox_filter` or `inboxes` are left out, all allowed
    ones apply.
    """

    kind: ReferenceKind


PRINTED_TOKEN = re.compile(
    r"page_token[\"']?\s*[=:]\s*(?:[\"'`]([^\"'`]+)|(.*?~sum=[0-9a-f]{8}|\S+))", re.DOTALL
)


def read_page_token(value: object) -> object:
    """Return the page token in a text such as `More: call again with page_token="…"`, also across lines."""
    if not isinstance(value, str) or not re.search(r"[\s\"'`*\[(<>]|=", value.strip()):
        return value.strip() if isinstance(value, str) else value
    if printed := PRINTED_TOKEN.search(value):
        return "".join((printed[1] or printed[2]).split())
    inner = readings(value)
    return "".join((inner[-1] if inner else value).split())


@cache
def reference_kinds(model: type[BaseModel]) -> dict[str, ReferenceKind]:
    """Return the fields of a tool that are references, with their kinds."""
    return {
        name: metadata.kind
        for name, field in model.model_fields.items()
        for metadata in field.metadata
        if isinstance(metadata, Resolves)
    }


PersonRef: TypeAlias = Annotated[
    str,
    Resolves("person"),
    Field(
        description='A contact\'s name or email address, or any phone number, e.g. "Jane Whitaker" or +14155550134.'
    ),
]
OptionalPersonRef: TypeAlias = Annotated[
    str | None,
    Resolves("person"),
    Field(
        description='A contact\'s name or email address, or any phone number, e.g. "Jane Whitaker". Default: everyone.'
    ),
]
PersonRefs: TypeAlias = Annotated[
    list[
        Annotated[
            str,
            Field(
                description="A contact's name or email address, a phone number, or a conversation id (CN…)."
            ),
        ]
    ]
    | None,
    Resolves("person"),
    Field(
        min_length=1,
        max_length=10,
        description='One person, e.g. ["Jane Whitaker"], or the 2 to 10 other members of one group conversation. Default: everyone.',
    ),
]
ContactRef: TypeAlias = Annotated[
    str,
    Resolves("contact"),
    Field(
        min_length=1,
        max_length=1000,
        description="Id, full name, phone number or email address of the contact.",
    ),
]
ConversationRefs: TypeAlias = Annotated[
    list[
        Annotated[
            str,
            Field(
                min_length=1,
                max_length=1000,
                description="Conversation id (CN…), the person it is with, or a group's name.",
            ),
        ]
    ],
    Resolves("conversation"),
    Field(min_length=1, max_length=20, description="The 1 to 20 conversations to mark."),
]
InboxRef: TypeAlias = Annotated[
    str | None,
    Resolves("inbox"),
    Field(
        description='One of your inboxes: its name, number or id (PN…), e.g. "Front Desk". Default: the only or configured one.'
    ),
]
InboxToSendFrom: TypeAlias = Annotated[
    str | None,
    Resolves("inbox"),
    Field(
        description="Your inbox to send from: its name, number or id. Default: the configured one, or that of your latest conversation with them."
    ),
]
InboxFilter: TypeAlias = Annotated[
    str | None,
    Resolves("inbox_filter"),
    Field(
        description='Only this one of your inboxes: its name, number or id, e.g. "Front Desk". Default: all.'
    ),
]
InboxRefs: TypeAlias = Annotated[
    list[Annotated[str, Field(description="Name, number or id of an inbox.")]] | None,
    Resolves("inboxes"),
    Field(max_length=100, description="Only these of your inboxes. Default: all of them."),
]
TeammateRef: TypeAlias = Annotated[
    str | None,
    Resolves("teammate"),
    Field(description="A teammate's name, email address or id (US…)."),
]
ReadAsTeammate: TypeAlias = Annotated[
    str | None,
    Resolves("teammate"),
    Field(
        description="Read with this teammate's access: name, email address or id. Does not filter by author. Default: the account's access."
    ),
]
TeammateFilter: TypeAlias = Annotated[
    str | None,
    Resolves("teammate"),
    Field(description="Only what this teammate sent or handled: name, email address or id."),
]
Since: TypeAlias = Annotated[
    str | None,
    Resolves("since"),
    Field(
        description='Start of the period, e.g. "7d", "yesterday" or "2026-11-25T14:00". Default: 7 days ago for everyone, no limit for one person.'
    ),
]
Until: TypeAlias = Annotated[
    str | None,
    Resolves("until"),
    Field(
        description="End of the period, in the formats of since; a named day or week is included. Default: now."
    ),
]


def printed_id(pattern: str) -> BeforeValidator:
    """Return the validator that takes an id out of its wrapping, a printed line or a link."""
    return BeforeValidator(
        lambda value: read_id(value, pattern) if isinstance(value, str) else value
    )


ACTIVITY_ID = "^AC[A-Za-z0-9]+$"
CONVERSATION_ID = "^CN[A-Za-z0-9]+$"
CONNECTION_ID = "^[A-Za-z0-9_-]{1,200}$"
MessageId: TypeAlias = Annotated[
    str,
    Field(pattern=ACTIVITY_ID, description="Message id (AC…), from quo_list_messages."),
    printed_id(ACTIVITY_ID),
]
CallId: TypeAlias = Annotated[
    str,
    Field(pattern=ACTIVITY_ID, description="Call id (AC…), from quo_list_calls."),
    printed_id(ACTIVITY_ID),
]
ConnectionId: TypeAlias = Annotated[
    str,
    Field(pattern=CONNECTION_ID, description="Connection id, from quo_list_connections."),
    printed_id(CONNECTION_ID),
]
MessageText: TypeAlias = Annotated[
    str,
    Field(
        min_length=1,
        max_length=1600,
        description="Text of the message, exactly as the recipient will read it. At most 1,600 characters.",
    ),
]
DEFAULT_LIMIT = 20
MAX_LIMIT = 100
Limit: TypeAlias = Annotated[
    int,
    Field(
        ge=1,
        le=MAX_LIMIT,
        description=f"Maximum number of results. Default {DEFAULT_LIMIT}, at most {MAX_LIMIT}.",
    ),
]
PageToken: TypeAlias = Annotated[
    str | None,
    Field(
        description="Token for the next page, as the previous result shows it. The other arguments may be omitted."
    ),
    BeforeValidator(read_page_token),
]
