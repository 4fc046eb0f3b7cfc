"""Edits of TOML: a table replaces the old one in place, or is appended.

Not by tomlkit: it deletes a comment that stands below our table and describes the next one, puts a new table between
such a comment and its table, and writes LF into a file with CRLF.
"""

import json
import re
import tomllib
from typing import Any

from quo_mcp.cli.install.config_edit import Data, UneditableFile, line_ending

name = "TOML"


def parse(text: str) -> Data:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UneditableFile(f"the file is not valid TOML: {error}") from None


def dump(data: Data) -> str:
    return "\n".join(
        _dump_table((name, inner), values)
        for name, tables in data.items()
        for inner, values in tables.items()
    )


def set_value(text: str, path: tuple[str, ...], value: Any) -> str:
    """Return the text with the table `value` at `path`; see ConfigFormat."""
    remaining, position = _remove_table(text.splitlines(keepends=True), path)
    if value is None:
        while (
            position
            and not remaining[position - 1].strip()
            and not "".join(remaining[position : position + 1]).strip()
        ):
            position -= 1
            del remaining[position]
        return "".join(remaining)
    end = line_ending(text)
    table = _dump_table(path, value).replace("\n", end)
    if position is not None:
        return "".join([*remaining[:position], table, *remaining[position:]])
    if remaining and not remaining[-1].endswith("\n"):
        remaining.append(end)
    if remaining and remaining[-1].strip():
        remaining.append(end)
    return "".join([*remaining, table])


def _remove_table(lines: list[str], path: tuple[str, ...]) -> tuple[list[str], int | None]:
    """Return the lines without the table and its subtables, and the table's position.

    Comments and blank lines after the last of them stay, because they belong to what follows.
    """
    sections: list[list[str]] = [[]]
    in_table: list[bool] = [False]
    for line in lines:
        header = _header_path(line)
        if header is not None:
            sections.append([])
            in_table.append(header[: len(path)] == path)
        sections[-1].append(line)
    remaining: list[str] = []
    position: int | None = None
    for i, section in enumerate(sections):
        if not in_table[i]:
            remaining += section
            continue
        position = len(remaining) if position is None else position
        if in_table[i + 1 : i + 2] == [True]:
            continue
        end = len(section)
        while not section[end - 1].strip() or section[end - 1].lstrip().startswith("#"):
            end -= 1
        remaining += section[end:]
    return remaining, position


def _header_path(line: str) -> tuple[str, ...] | None:
    """Return the path in a table's header, or None if the line is not a header."""
    if not re.match(r"\s*\[", line):
        return None
    try:
        data: Any = tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return None
    names: list[str] = []
    while data:
        [(key, data)] = data.items()
        names.append(key)
        data = data[0] if isinstance(data, list) else data
    return tuple(names)


def _dump_table(path: tuple[str, ...], values: Data) -> str:
    rows = [f"{_dump_key(key)} = {_dump_value(value)}\n" for key, value in values.items()]
    return "".join([f"[{'.'.join(map(_dump_key, path))}]\n", *rows])


def _dump_key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)


def _dump_value(value: Any) -> str:
    """Return a value in TOML, which writes strings and numbers as JSON does.

    A date becomes a string; the verification in config_edit rejects that edit.
    """
    if isinstance(value, dict):
        inner = ", ".join(f"{_dump_key(key)} = {_dump_value(item)}" for key, item in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(_dump_value, value))}]"
    return json.dumps(value, ensure_ascii=False, default=str)
