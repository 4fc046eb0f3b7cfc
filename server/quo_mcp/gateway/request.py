"""What is asked for: from what a caller names to what goes out. Pure."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import quote, urlencode

from quo_mcp.errors import Misunderstood

Query: TypeAlias = Mapping[str, str | int | bool | Sequence[str] | None]

_LONGEST = 8_000  # characters of a URL; servers refuse longer ones in their own odd ways


@dataclass(frozen=True, slots=True)
class Call:
    """What is asked for. where: its path as logs may show it. control: of the control plane."""

    method: str
    url: str
    where: str
    content: bytes | None
    control: bool

    @property
    def writes(self) -> bool:
        return self.method != "GET"


def call(
    base: str,
    method: str,
    segments: Sequence[str],
    query: Query | None,
    body: object,
    *,
    control: bool,
) -> Call:
    """Raises Misunderstood where an id or a text cannot be sent."""
    asked = query_string(query)
    url = f"{base}{path(segments)}{'?' if asked else ''}{asked}"
    if len(url) > _LONGEST:
        raise Misunderstood("The arguments are too long to be asked about; name fewer at once.")
    return Call(
        method=method,
        url=url,
        where=template(segments),
        content=None if body is None else _encoded(body),
        control=control,
    )


def path(segments: Sequence[str]) -> str:
    """`/contacts/abc` of ("contacts", "abc"); each segment is quoted here and nowhere else."""
    return "".join(f"/{_segment(each)}" for each in segments)


def template(segments: Sequence[str]) -> str:
    """The path for logs: whatever is no plain word of ours becomes {id}."""
    return "".join(f"/{each if re.fullmatch(r'[a-z-]+', each) else '{id}'}" for each in segments)


def query_string(query: Query | None) -> str:
    """A list is its key repeated, None is left out, and a plus sign becomes %2B."""
    pairs: list[tuple[str, str]] = []
    for key, value in (query or {}).items():
        match value:
            case None:
                continue
            case bool():
                pairs.append((key, "true" if value else "false"))
            case int() | str():
                pairs.append((key, str(value)))
            case list() | tuple() if all(isinstance(each, str) for each in value):
                pairs.extend((key, each) for each in value)
            case _:
                raise TypeError(f"{key} cannot be a {type(value).__name__} in a query")
    try:
        return urlencode(pairs, quote_via=quote, safe="")
    except UnicodeEncodeError:
        raise _broken_character() from None


def _broken_character() -> Misunderstood:
    return Misunderstood("The text holds half of a character (a lone surrogate); write it without.")


def _segment(name: str) -> str:
    """One step of a path.

    Quoting is not enough: it leaves dots alone, which a URL library walks up on, and a
    gateway may unquote a slash before it passes the path on. No id needs such characters.
    """
    if name.strip(".") == "" or len(name) > 200 or re.search(r"[\x00-\x20\x7f-\xa0/\\?#%;]", name):
        raise Misunderstood("That is not an id. List the things in question to find the right one.")
    try:
        return quote(name, safe="")
    except UnicodeEncodeError:
        raise _broken_character() from None


def _encoded(body: object) -> bytes:
    try:
        return json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError:
        raise _broken_character() from None
    except ValueError:
        raise Misunderstood(
            "A number in the arguments is not finite; give a real number."
        ) from None
