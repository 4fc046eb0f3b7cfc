"""Edits of YAML: a block below a top-level key."""

import json
import re
from typing import Any

from quo_mcp.cli.install.config_edit import Data, UneditableFile, line_ending

name = "YAML"

_EMPTY = r"(?:[ \t]+(?:\{[ \t]*\}|~|null))?"  # the notations of an empty mapping


def parse(text: str) -> Data:
    if not text.strip():
        return {}
    import yaml  # noqa: PLC0415 - only one client needs it

    class UniqueKeyLoader(yaml.SafeLoader):
        """Rejects duplicate keys, which YAML forbids; the library silently takes the last."""

        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - the library's
            keys = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
            if len(keys) != len(set(keys)):
                raise UneditableFile("the file has a duplicate key")
            return super().construct_mapping(node, deep)

    try:
        data = yaml.load(text, UniqueKeyLoader)  # noqa: S506 - a safe one
    except yaml.YAMLError:
        raise UneditableFile("the file is not valid YAML") from None
    if not isinstance(data, dict | None):
        raise UneditableFile("the file must contain a YAML mapping")
    return data or {}


def dump(data: Data) -> str:
    return "".join(
        f"{outer}:\n"
        + "".join(_dump_block(inner, values, "  ") for inner, values in entries.items())
        for outer, entries in data.items()
    )


def set_value(text: str, path: tuple[str, ...], value: Any) -> str:
    """Return the text with `value` at `path`, a top-level key and a key below it; see ConfigFormat."""
    outer, inner = path
    lines = text.splitlines(keepends=True)
    section = next((i for i, line in enumerate(lines) if _is_key(line, "", outer, _EMPTY)), None)
    end = line_ending(text)
    if section is None:
        if value is None:
            return text
        if lines and not lines[-1].endswith("\n"):
            lines.append(end)
        return "".join(lines) + dump({outer: {inner: value}}).replace("\n", end)
    content_lines = [
        i
        for i in range(section + 1, len(lines))
        if lines[i].strip() and not lines[i].lstrip().startswith("#")
    ]
    indent = _indent(lines[content_lines[0]]) if content_lines else ""
    block = "" if value is None else _dump_block(inner, value, indent or "  ").replace("\n", end)
    start = next((i for i in content_lines if indent and _is_key(lines[i], indent, inner)), None)
    if start is None:
        if block:
            lines[section] = re.sub(f":{_EMPTY}", ":", lines[section], count=1)
        if block and not lines[section].endswith("\n"):
            lines[section] += end
        return "".join([*lines[: section + 1], block, *lines[section + 1 :]])
    later_lines = [i for i in content_lines if i > start]
    end_line = next((i for i in later_lines if len(_indent(lines[i])) <= len(indent)), len(lines))
    while end_line > start + 1 and end_line - 1 not in content_lines:
        end_line -= 1  # comments and blank lines after the block belong to what follows
    return "".join([*lines[:start], block, *lines[end_line:]])


def _is_key(line: str, indent: str, key: str, value: str = "") -> bool:
    return (
        re.fullmatch(
            rf"{indent}[\"']?{re.escape(key)}[\"']?:{value}[ \t]*(#.*)?", line.rstrip("\r\n")
        )
        is not None
    )


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" "))]


def _dump_block(key: str, values: Data, indent: str) -> str:
    rows = [
        f"{indent * 2}{_dump_key(name)}: {json.dumps(value, ensure_ascii=False, default=str)}\n"
        for name, value in values.items()
    ]
    return "".join([f"{indent}{key}:\n", *rows])


def _dump_key(name: str) -> str:
    return (
        name
        if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", name)
        else json.dumps(name, ensure_ascii=False)
    )
