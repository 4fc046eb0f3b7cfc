"""Edits of JSON, also with comments and trailing commas, which stay in place.

Comments and trailing commas are replaced by spaces before parsing, so positions in the parsed text
are positions in the original.
"""

import json
import re
from typing import Any, NamedTuple

from quo_mcp.cli.install.config_edit import Data, UneditableFile, line_ending

name = "JSON"

_SPACE = re.compile(r"[ \t\r\n]*")
_INDENT = re.compile(r'\{\r?\n([ \t]+)"')
_STRING = r'"(?:\\.|[^"\\])*"'
_COMMENT = re.compile(rf"{_STRING}|//[^\r\n]*|/\*.*?\*/", re.DOTALL)
_TRAILING_COMMA = re.compile(rf"{_STRING}|(?<![\s,{{\[])\s*,(?=\s*[}}\]])", re.DOTALL)
_decoder = json.JSONDecoder()


class _Member(NamedTuple):
    """The positions of an object's member: its key, its value, and its end."""

    key: str
    start: int
    value: int
    end: int


class _Object(NamedTuple):
    """An object in the text; `start` and `end` are the positions of its braces."""

    start: int
    members: list[_Member]
    end: int


def parse(text: str) -> Data:
    if not text.strip():
        return {}
    try:
        data = json.loads(
            _as_plain_json(text), object_pairs_hook=_unique_keys, parse_constant=_reject_constant
        )
    except ValueError as error:
        where = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise UneditableFile(f"the file is not valid JSON{where}") from None
    if not isinstance(data, dict):
        raise UneditableFile("the file must contain a JSON object")
    return data


def dump(data: Data) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def set_value(text: str, path: tuple[str, ...], value: Any) -> str:
    plain = _as_plain_json(text)
    object_ = _parse_object(plain, plain.index("{"))
    *parents, last = path
    for depth, name in enumerate(parents, 1):
        member = _find_member(name, object_)
        if member is None or plain[member.value : member.end] == "null":
            if value is None:
                return text
            for outer in reversed(path[depth:]):
                value = {outer: value}
            if member is None:
                return _add_member(text, object_, name, value, depth)
            return _splice(text, member.value, member.end, _dump_indented(text, value, depth))
        if plain[member.value] != "{":
            raise UneditableFile(f'"{name}" must be an object')
        object_ = _parse_object(plain, member.value)
    member = _find_member(last, object_)
    if value is None:
        return _remove_member(text, object_, member) if member else text
    if member is None:
        return _add_member(text, object_, last, value, len(path))
    return _splice(text, member.value, member.end, _dump_indented(text, value, len(path)))


def _add_member(text: str, object_: _Object, name: str, value: Any, depth: int) -> str:
    """Return the text with a new last member in the object, which is `depth` levels deep."""
    unit = _indent_unit(text)
    fragment = f"\n{unit * depth}{json.dumps(name)}: {_dump_indented(text, value, depth)}"
    start = object_.members[-1].end if object_.members else object_.start + 1
    trivia = text[start : object_.end].rstrip()  # comments, and possibly a comma
    if not object_.members:
        return _splice(text, start + len(trivia), object_.end, f"{fragment}\n{unit * (depth - 1)}")
    comma = "" if "," in _blank(_COMMENT, trivia) else ","
    return _splice(text, start, start + len(trivia), f"{comma}{trivia}{fragment}")


def _remove_member(text: str, object_: _Object, member: _Member) -> str:
    """Return the text without the member and one adjacent comma. Comments stay."""
    index = object_.members.index(member)
    before, after = object_.members[:index], object_.members[index + 1 :]
    start = before[-1].end if before else object_.start + 1
    end = after[0].start if after else object_.end
    leading, trailing = text[start : member.start], text[member.end : end]
    only_space = not _remove_comma(leading + trailing).strip()
    if before and not after:
        rest = _remove_comma(leading).rstrip() + trailing
    elif only_space and not before:
        rest = leading if after else ""
    else:
        rest = leading.rstrip() + _remove_comma(trailing)
    return text[:start] + rest + text[end:]


def _remove_comma(fragment: str) -> str:
    """Return the text between two members without its first comma outside comments."""
    position = _blank(_COMMENT, fragment).find(",")
    return fragment if position < 0 else fragment[:position] + fragment[position + 1 :]


def _splice(text: str, start: int, end: int, fragment: str) -> str:
    return text[:start] + re.sub(r"\r?\n", line_ending(text), fragment) + text[end:]


def _as_plain_json(text: str) -> str:
    return _blank(_TRAILING_COMMA, _blank(_COMMENT, text))


def _blank(pattern: re.Pattern[str], text: str) -> str:
    """Return the text with matches other than strings replaced by spaces. Line breaks stay."""

    def blank_match(data: re.Match[str]) -> str:
        return data[0] if data[0].startswith('"') else re.sub(r"[^\r\n]", " ", data[0])

    return pattern.sub(blank_match, text)


def _indent_unit(text: str) -> str:
    """Return the text's unit of indentation."""
    data = _INDENT.search(text)
    return data[1] if data else "  "


def _dump_indented(text: str, value: Any, depth: int) -> str:
    unit = _indent_unit(text)
    return json.dumps(value, indent=unit, ensure_ascii=False).replace("\n", f"\n{unit * depth}")


def _find_member(name: str, object_: _Object) -> _Member | None:
    return next((member for member in object_.members if member.key == name), None)


def _parse_object(plain: str, position: int) -> _Object:
    """Return the object whose brace opens at `position` in valid JSON without comments."""
    start, members = position, []
    position = _skip_space(plain, position + 1)
    while plain[position] != "}":
        if plain[position] == ",":
            position = _skip_space(plain, position + 1)
        key, end = _decoder.raw_decode(plain, position)
        value = _skip_space(plain, _skip_space(plain, end) + 1)
        _, end = _decoder.raw_decode(plain, value)
        members.append(_Member(key, position, value, end))
        position = _skip_space(plain, end)
    return _Object(start, members, position)


def _skip_space(text: str, position: int) -> int:
    space = _SPACE.match(text, position)
    return space.end() if space else position


def _unique_keys(pairs: list[tuple[str, Any]]) -> Data:
    data = dict(pairs)
    if len(data) != len(pairs):
        raise ValueError("the file has a duplicate key")
    return data


def _reject_constant(constant: str) -> None:
    raise ValueError(f"{constant} is not JSON")
