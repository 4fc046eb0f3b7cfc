"""JSON, with or without comments and commas behind the last: both stay where they are.

What is no JSON is blanked to spaces, so that places in what is left are places in the text.
"""

import json
import re
from typing import Any, NamedTuple

from quo_mcp.cli.install.config_edit import Data, Unmergeable, newline

name = "JSON"

_SPACE = re.compile(r"[ \t\r\n]*")
_INDENT = re.compile(r'\{\r?\n([ \t]+)"')
_STRING = r'"(?:\\.|[^"\\])*"'
_COMMENT = re.compile(rf"{_STRING}|//[^\r\n]*|/\*.*?\*/", re.DOTALL)
_LAST_COMMA = re.compile(rf"{_STRING}|(?<![\s,{{\[])\s*,(?=\s*[}}\]])", re.DOTALL)
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
        found = json.loads(_plain(text), object_pairs_hook=_unique, parse_constant=_unknown)
    except ValueError as fault:
        where = f" (line {fault.lineno})" if isinstance(fault, json.JSONDecodeError) else ""
        raise Unmergeable(f"it is not JSON{where}") from None
    if not isinstance(found, dict):
        raise Unmergeable("it holds no JSON object")
    return found


def write(data: Data) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def put(text: str, path: tuple[str, ...], value: Any) -> str:
    plain = _plain(text)
    here = _object(plain, plain.index("{"))
    *above, last = path
    for depth, name in enumerate(above, 1):
        member = _named(name, here)
        if member is None or plain[member.value : member.end] == "null":
            if value is None:
                return text
            for wrapped in reversed(path[depth:]):
                value = {wrapped: value}
            if member is None:
                return _grown(text, here, name, value, depth)
            return _spliced(text, member.value, member.end, _dump(text, value, depth))
        if plain[member.value] != "{":
            raise Unmergeable(f"{name} in it is no object")
        here = _object(plain, member.value)
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
    begin = here.members[-1].end if here.members else here.start + 1
    said = text[begin : here.end].rstrip()  # comments, and perhaps a comma already
    if not here.members:
        return _spliced(text, begin + len(said), here.end, f"{piece}\n{unit * (depth - 1)}")
    comma = "" if "," in _blanked(_COMMENT, said) else ","
    return _spliced(text, begin, begin + len(said), f"{comma}{said}{piece}")


def _shrunk(text: str, here: _Object, member: _Member) -> str:
    """The object without a member and without one comma beside it; comments stay."""
    place = here.members.index(member)
    before, after = here.members[:place], here.members[place + 1 :]
    begin = before[-1].end if before else here.start + 1
    end = after[0].start if after else here.end
    lead, trail = text[begin : member.start], text[member.end : end]
    bare = not _without_comma(lead + trail).strip()
    if before and not after:
        left = _without_comma(lead).rstrip() + trail
    elif bare and not before:
        left = lead if after else ""
    else:
        left = lead.rstrip() + _without_comma(trail)
    return text[:begin] + left + text[end:]


def _without_comma(piece: str) -> str:
    """What stands between two members, without its first comma; one in a comment is none."""
    at = _blanked(_COMMENT, piece).find(",")
    return piece if at < 0 else piece[:at] + piece[at + 1 :]


def _spliced(text: str, start: int, end: int, piece: str) -> str:
    return text[:start] + re.sub(r"\r?\n", newline(text), piece) + text[end:]


def _plain(text: str) -> str:
    return _blanked(_LAST_COMMA, _blanked(_COMMENT, text))


def _blanked(what: re.Pattern[str], text: str) -> str:
    """The text with spaces in the place of what is found, but for strings; its lines stay."""

    def spaces(found: re.Match[str]) -> str:
        return found[0] if found[0].startswith('"') else re.sub(r"[^\r\n]", " ", found[0])

    return what.sub(spaces, text)


def _unit(text: str) -> str:
    """What the text indents by."""
    found = _INDENT.search(text)
    return found[1] if found else "  "


def _dump(text: str, value: Any, depth: int) -> str:
    unit = _unit(text)
    return json.dumps(value, indent=unit, ensure_ascii=False).replace("\n", f"\n{unit * depth}")


def _named(name: str, here: _Object) -> _Member | None:
    return next((each for each in here.members if each.key == name), None)


def _object(plain: str, at: int) -> _Object:
    """The object whose brace opens at `at`. The text is known to be JSON, and has no comments."""
    start, members = at, []
    at = _skip(plain, at + 1)
    while plain[at] != "}":
        if plain[at] == ",":
            at = _skip(plain, at + 1)
        key, end = _decoder.raw_decode(plain, at)
        value = _skip(plain, _skip(plain, end) + 1)
        _, end = _decoder.raw_decode(plain, value)
        members.append(_Member(key, at, value, end))
        at = _skip(plain, end)
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
