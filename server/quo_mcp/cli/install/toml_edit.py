"""TOML: a table is put at the end, or where the old one stood."""

import json
import re
import tomllib
from typing import Any

from quo_mcp.cli.install.config_edit import Data, Unmergeable, newline

name = "TOML"


def read(text: str) -> Data:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        raise Unmergeable(f"it is not TOML: {fault}") from None


def write(data: Data) -> str:
    return "\n".join(
        _table((name, inner), values)
        for name, tables in data.items()
        for inner, values in tables.items()
    )


def put(text: str, path: tuple[str, ...], value: Any) -> str:
    """`path` is that of a table, and `value` what stands in it."""
    kept, place = _without(text.splitlines(keepends=True), path)
    if value is None:
        while (
            place and not kept[place - 1].strip() and not "".join(kept[place : place + 1]).strip()
        ):
            place -= 1
            del kept[place]
        return "".join(kept)
    end = newline(text)
    table = _table(path, value).replace("\n", end)
    if place is not None:
        return "".join([*kept[:place], table, *kept[place:]])
    if kept and not kept[-1].endswith("\n"):
        kept.append(end)
    if kept and kept[-1].strip():
        kept.append(end)
    return "".join([*kept, table])


def _without(lines: list[str], path: tuple[str, ...]) -> tuple[list[str], int | None]:
    """The lines without the table and those inside it, and where it stood.

    Comments and blank lines behind all of it stay: they belong to what follows.
    """
    sections: list[list[str]] = [[]]
    ours: list[bool] = [False]
    for line in lines:
        header = _header(line)
        if header is not None:
            sections.append([])
            ours.append(header[: len(path)] == path)
        sections[-1].append(line)
    kept: list[str] = []
    place: int | None = None
    for at, section in enumerate(sections):
        if not ours[at]:
            kept += section
            continue
        place = len(kept) if place is None else place
        if ours[at + 1 : at + 2] == [True]:
            continue
        end = len(section)
        while not section[end - 1].strip() or section[end - 1].lstrip().startswith("#"):
            end -= 1
        kept += section[end:]
    return kept, place


def _header(line: str) -> tuple[str, ...] | None:
    """The path that a table's header names."""
    if not re.match(r"\s*\[", line):
        return None
    try:
        found: Any = tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return None
    names: list[str] = []
    while found:
        [(key, found)] = found.items()
        names.append(key)
        found = found[0] if isinstance(found, list) else found
    return tuple(names)


def _table(path: tuple[str, ...], values: Data) -> str:
    rows = [f"{_key(key)} = {_value(value)}\n" for key, value in values.items()]
    return "".join([f"[{'.'.join(map(_key, path))}]\n", *rows])


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else json.dumps(name, ensure_ascii=False)


def _value(value: Any) -> str:
    """TOML spells strings and numbers as JSON does. What it alone has (dates) becomes a string, and is found out."""
    if isinstance(value, dict):
        inner = ", ".join(f"{_key(key)} = {_value(each)}" for key, each in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(value, ensure_ascii=False, default=str)
