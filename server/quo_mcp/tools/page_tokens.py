"""Page tokens that the tools give out: a position, and the list that it continues.

    eyJpbmRleCI6MjB9~tool=list_messages~person=+14155550111~since=2026-11-17T09:00:00.000Z~sum=1c291ca3
    └─ position ───┘ └────────── the list: its tool and resolved arguments ──────────────┘ └─ checksum

A token given alone continues its list. Times are resolved, because "7d" is a different time on every call.
Values are percent-encoded. A value that is too long is replaced by `!` and its digest: it has to be given
again, and is compared. Tokens without a tool and a checksum, as earlier versions gave them, hold only times.

`history.cursor` describes the position. A page of Quo's that was shown in several parts has
`~skip=12` there: the next part begins after its twelfth item.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import quote, unquote
from zlib import crc32

from pydantic import BaseModel

from quo_mcp.errors import InvalidArguments
from quo_mcp.history.cursor import Cursor, split_times
from quo_mcp.records.record import Page
from quo_mcp.tools.base import Tool, is_blank, name_of
from quo_mcp.tools.fields import reference_kinds
from quo_mcp.values.untrusted import inline

Item = TypeVar("Item")

MAX_VALUE_LENGTH = 200  # characters of one encoded argument
DIGEST_MARK = "!"  # never part of an encoded value
_SKIP_SUFFIX = re.compile(r"(.*)~skip=([0-9]{1,6})", re.DOTALL)


@dataclass(frozen=True)
class Continuation:
    """What a page token continues.

    position: where the next page starts. arguments: encoded, by name. is_whole: whether these are all
    arguments of the list; a token of an earlier version holds only its times.
    """

    position: str | None
    arguments: Mapping[str, str] = field(default_factory=dict)
    is_whole: bool = False

    def is_digest(self, name: str) -> bool:
        """Whether an argument was too long for the token."""
        return self.arguments.get(name, "").startswith(DIGEST_MARK)

    def value(self, name: str, model: type[BaseModel]) -> str | list[str] | None:
        """Return an argument as a client gives it; None if it is not given or too long for the token."""
        encoded = self.arguments.get(name)
        if encoded is None or self.is_digest(name):
            return None
        values = [unquote(part) for part in encoded.split(",")]
        return values if "list[" in str(model.model_fields[name].annotation) else values[0]


def next_page_token(tool: Tool[Any], cursor: Cursor | str | None) -> str | None:
    """Return the token for the next page of a tool's list; None if there is none. tool: with resolved arguments."""
    if not cursor:
        return None
    arguments = "".join(f"~{name}={value}" for name, value in encoded_arguments(tool).items())
    body = f"{cursor}~tool={name_of(type(tool)).removeprefix('quo_')}{arguments}"
    return f"{body}~sum={_checksum(body)}"


def continued_page(tool: Tool[Any], page: Page[Item]) -> Page[Item]:
    """Return a page whose token says what it continues."""
    return page.model_copy(update={"next_page_token": next_page_token(tool, page.next_page_token)})


def encoded_arguments(tool: Tool[Any]) -> dict[str, str]:
    """Return the arguments that differ from their defaults, encoded, but not the page token."""
    values = {
        name: encode(getattr(tool, name))
        for name, info in type(tool).model_fields.items()
        if name != "page_token" and getattr(tool, name) != info.default
    }
    return {name: value for name, value in values.items() if value}


def encode(value: object) -> str:
    """Return a value as text for a token; empty for a value that is not given."""
    if is_blank(value):
        return ""
    parts = value if isinstance(value, list) else [value]
    texts = [str(part).lower() if isinstance(part, bool) else str(part) for part in parts]
    encoded = ",".join(
        quote(text, safe=":+", errors="replace").replace("~", "%7E") for text in texts
    )
    if len(encoded) <= MAX_VALUE_LENGTH:
        return encoded
    return DIGEST_MARK + hashlib.sha256(encoded.encode()).hexdigest()[:16]


def parse_page_token(page_token: str, tool_class: type[Tool[Any]]) -> Continuation:
    """Return what a page token continues.

    Raises:
        InvalidArguments: it was not copied exactly, or belongs to another tool.
    """
    body, has_checksum, checksum = page_token.rpartition("~sum=")
    position, has_tool, identity = body.rpartition("~tool=")
    if not has_checksum and "~tool=" not in page_token:
        cursor, moments = split_times(page_token, time_arguments(tool_class))
        return Continuation(cursor or None, moments)
    if not has_tool or checksum != _checksum(body):
        raise InvalidArguments(
            "Invalid page_token: it was not copied exactly. Copy it from the previous result, or omit it to start again."
        )
    name, *parts = identity.split("~")
    token_tool, this_tool = f"quo_{name}", name_of(tool_class)
    if token_tool != this_tool:
        raise InvalidArguments(
            f"page_token belongs to a result of {inline(token_tool)}, not of {this_tool}. Call {inline(token_tool)} with it, or omit "
            "page_token to start a new list."
        )
    arguments = dict(part.split("=", 1) for part in parts)
    known = {name: value for name, value in arguments.items() if name in tool_class.model_fields}
    return Continuation(position or None, known, is_whole=True)


def time_arguments(model: type[BaseModel]) -> set[str]:
    """Return the names of the arguments whose text can mean a different time on a later call."""
    return {name for name, kind in reference_kinds(model).items() if kind in {"since", "until"}}


def _checksum(text: str) -> str:
    return f"{crc32(text.encode(errors='replace')):08x}"


def split_skip(page_token: str | None) -> tuple[str | None, int]:
    """Return the token of the first page to read, and how many of its items were already shown."""
    match = _SKIP_SUFFIX.fullmatch(page_token or "")
    return (match[1] or None, int(match[2])) if match else (page_token, 0)


def join_skip(page_token: str | None, skip: int) -> str:
    """Return the token that `split_skip` splits."""
    return f"{page_token or ''}~skip={skip}"


def first_of_page(page: Page[Item], page_token: str | None, count: int) -> Page[Item]:
    """Return the first items of a page, with a token for the rest of it.

    page_token: the token of the page itself.
    """
    start, skip = split_skip(page_token)
    return page.model_copy(
        update={"data": page.data[:count], "next_page_token": join_skip(start, skip + count)}
    )
