"""JSON, strictly: a file with comments or trailing commas is its owner's to edit."""

import json
import re
from typing import Any, NamedTuple

from quo_mcp.install.documents import Data, Unmergeable, newline

name = "JSON"

_SPACE = re.compile(r"[ \t\r\n]*")
_INDENT = re.compile(r'\{\r?\n([ \t]+)"')
_decoder = json.JSONDecoder()


class _Member(NamedTuple):
    """Where a member of an object stands in the text."""

    key: str
    start: int
    value: int
    end: int


class _Object(NamedTuple):
    """An object in the text, from brace to brace."""

    start: int
    members: list[_Member]
    end: int


def read(text: str) -> Data:
    if not text.strip():
        return {}
    try:
        found = json.loads(text, object_pairs_hook=_unique, parse_constant=_unknown)
    except ValueError as fault:
        where = f" (line {fault.lineno})" if isinstance(fault, json.JSONDecodeError) else ""
        raise Unmergeable(
            f"it is not plain JSON{where}; comments and trailing commas are not"
        ) from None
    if not isinstance(found, dict):
        raise Unmergeable("it holds no JSON object")
    return found


def write(data: Data) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def put(text: str, path: tuple[str, ...], value: Any) -> str:
    here = _object(text, text.index("{"))
    *above, last = path
    for depth, name in enumerate(above, 1):
        member = _named(name, here)
        if member is None:
            if value is None:
                return text
            for wrapped in reversed(path[depth:]):
                value = {wrapped: value}
            return _grown(text, here, name, value, depth)
        if text[member.value] != "{":
            raise Unmergeable(f"{name} in it is no object")
        here = _object(text, member.value)
    member = _named(last, here)
    if value is None:
        return _shrunk(text, here, member) if member else text
    if member is None:
        return _grown(text, here, last, value, len(path))
    return _spliced(text, member.value, member.end, _dump(text, value, len(path)))


def _grown(text: str, here: _Object, name: str, value: Any, depth: int) -> str:
    """The object, which stands `depth` objects deep, with a new member at its end."""
    unit = _unit(text)
    piece = f"\n{unit * depth}{json.dumps(name)}: {_dump(text, value, depth)}"
    if here.members:
        end = here.members[-1].end
        return _spliced(text, end, end, f",{piece}")
    return _spliced(text, here.start + 1, here.end, f"{piece}\n{unit * (depth - 1)}")


def _shrunk(text: str, here: _Object, member: _Member) -> str:
    """The object without a member, and without the comma that parted it from the others."""
    place = here.members.index(member)
    if place:
        return text[: here.members[place - 1].end] + text[member.end :]
    if len(here.members) > 1:
        return text[: member.start] + text[here.members[1].start :]
    return text[: here.start + 1] + text[here.end :]


def _spliced(text: str, start: int, end: int, piece: str) -> str:
    return text[:start] + piece.replace("\n", newline(text)) + text[end:]


def _unit(text: str) -> str:
    """What the text indents by."""
    found = _INDENT.search(text)
    return found[1] if found else "  "


def _dump(text: str, value: Any, depth: int) -> str:
    unit = _unit(text)
    return json.dumps(value, indent=unit, ensure_ascii=False).replace("\n", f"\n{unit * depth}")


def _named(name: str, here: _Object) -> _Member | None:
    return next((each for each in here.members if each.key == name), None)


def _object(text: str, at: int) -> _Object:
    """The object whose brace opens at `at`. The text is known to be JSON."""
    start, members = at, []
    at = _skip(text, at + 1)
    while text[at] != "}":
        if text[at] == ",":
            at = _skip(text, at + 1)
        key, end = _decoder.raw_decode(text, at)
        value = _skip(text, _skip(text, end) + 1)
        _, end = _decoder.raw_decode(text, value)
        members.append(_Member(key, at, value, end))
        at = _skip(text, end)
    return _Object(start, members, at)


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _unique(pairs: list[tuple[str, Any]]) -> Data:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _unknown(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
