"""YAML: a block below a key of the first level."""

import json
import re
from typing import Any

from quo_mcp.cli.install.config_edit import Data, Unmergeable, newline

name = "YAML"

_EMPTY = r"(?:[ \t]+(?:\{[ \t]*\}|~|null))?"  # how a mapping without anything in it is written


def read(text: str) -> Data:
    if not text.strip():
        return {}
    import yaml  # noqa: PLC0415 - only one client needs it

    class Unique(yaml.SafeLoader):
        """YAML forbids a key to stand twice; the library takes the last in silence."""

        def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - the library's
            named = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
            if len(named) != len(set(named)):
                raise Unmergeable("a key in it stands twice")
            return super().construct_mapping(node, deep)

    try:
        found = yaml.load(text, Unique)  # noqa: S506 - a safe one
    except yaml.YAMLError:
        raise Unmergeable("it is not YAML that can be read safely") from None
    if not isinstance(found, dict | None):
        raise Unmergeable("it holds no YAML mapping")
    return found or {}


def write(data: Data) -> str:
    return "".join(
        f"{outer}:\n" + "".join(_block(inner, values, "  ") for inner, values in entries.items())
        for outer, entries in data.items()
    )


def put(text: str, path: tuple[str, ...], value: Any) -> str:
    """`path` has two names: a key of the first level, and the one below it."""
    outer, inner = path
    lines = text.splitlines(keepends=True)
    top = next((at for at, line in enumerate(lines) if _is_key(line, "", outer, _EMPTY)), None)
    end = newline(text)
    if top is None:
        if value is None:
            return text
        if lines and not lines[-1].endswith("\n"):
            lines.append(end)
        return "".join(lines) + write({outer: {inner: value}}).replace("\n", end)
    below = [
        at
        for at in range(top + 1, len(lines))
        if lines[at].strip() and not lines[at].lstrip().startswith("#")
    ]
    indent = _indent(lines[below[0]]) if below else ""
    block = "" if value is None else _block(inner, value, indent or "  ").replace("\n", end)
    start = next((at for at in below if indent and _is_key(lines[at], indent, inner)), None)
    if start is None:
        if block:
            lines[top] = re.sub(f":{_EMPTY}", ":", lines[top], count=1)
        if block and not lines[top].endswith("\n"):
            lines[top] += end
        return "".join([*lines[: top + 1], block, *lines[top + 1 :]])
    inside = [at for at in below if at > start]
    after = next((at for at in inside if len(_indent(lines[at])) <= len(indent)), len(lines))
    while after > start + 1 and after - 1 not in below:
        after -= 1  # comments and blank lines behind it belong to what follows
    return "".join([*lines[:start], block, *lines[after:]])


def _is_key(line: str, indent: str, key: str, value: str = "") -> bool:
    return (
        re.fullmatch(
            rf"{indent}[\"']?{re.escape(key)}[\"']?:{value}[ \t]*(#.*)?", line.rstrip("\r\n")
        )
        is not None
    )


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" "))]


def _block(key: str, values: Data, indent: str) -> str:
    rows = [
        f"{indent * 2}{_key(name)}: {json.dumps(value, ensure_ascii=False, default=str)}\n"
        for name, value in values.items()
    ]
    return "".join([f"{indent}{key}:\n", *rows])


def _key(name: str) -> str:
    return (
        name
        if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", name)
        else json.dumps(name, ensure_ascii=False)
    )
