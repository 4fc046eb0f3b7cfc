"""Verified edits of configuration files as text.

The text is edited in place, so comments, order and layout stay. Then both texts are parsed. The
edit is refused unless it changed exactly the intended value.
"""

from collections.abc import Mapping
from typing import Any, Protocol

Data = dict[str, Any]
BOM = "\ufeff"  # byte order mark; some editors write it


class UneditableFile(Exception):  # noqa: N818 - as in errors
    """The file cannot be edited safely; the message gives the reason."""


class ConfigFormat(Protocol):
    """A format of configuration files: JSON, TOML or YAML."""

    name: str

    def parse(self, text: str) -> Data:
        """Return the data. Raises UneditableFile if the text is invalid or ambiguous."""

    def set_value(self, text: str, path: tuple[str, ...], value: Any) -> str:
        """Return the text with `value` at `path`; None removes the path. The caller verifies it."""

    def dump(self, data: Data) -> str:
        """Return the data as a new text."""


def parse(format_: ConfigFormat, text: str) -> Data:
    """Return the data in the text. Raises UneditableFile."""
    return format_.parse(text.removeprefix(BOM))


def set_value(format_: ConfigFormat, text: str, path: tuple[str, ...], value: Any) -> str:
    """Return the text with `value` at `path`, verified; None removes the path.

    Raises:
        UneditableFile: the text is invalid, or the edit would have another effect.
    """
    if text.startswith(BOM):
        return BOM + set_value(format_, text.removeprefix(BOM), path, value)
    if not text.strip():
        return text if value is None else format_.dump(_with_value({}, path, value))
    before = format_.parse(text)
    if value_at(before, path) == value:
        return text
    for depth in range(1, len(path)):
        if not isinstance(value_at(before, path[:depth]), dict | None):
            raise UneditableFile(f'"{".".join(path[:depth])}" must be an object')
    after = format_.set_value(text, path, value)
    if _without_empty_section(format_.parse(after), path) != _without_empty_section(
        _with_value(before, path, value), path
    ):
        raise UneditableFile("its layout does not allow a safe automatic edit")
    return after


def value_at(data: Mapping[str, Any], path: tuple[str, ...], missing: Any = None) -> Any:
    value: Any = data
    for name in path:
        if not isinstance(value, Mapping) or name not in value:
            return missing
        value = value[name]
    return value


def _with_value(data: Data, path: tuple[str, ...], value: Any) -> Data:
    name, *rest = path
    if rest:
        return data | {name: _with_value(data.get(name) or {}, tuple(rest), value)}
    if value is None:
        return {key: item for key, item in data.items() if key != name}
    return data | {name: value}


def _without_empty_section(data: Data, path: tuple[str, ...]) -> Data:
    """Return the data without its section at `path[0]` if empty: some formats cannot express that."""
    return data if data.get(path[0]) else {key: data[key] for key in data if key != path[0]}


def line_ending(text: str) -> str:
    """Return the line ending that the text uses."""
    return "\r\n" if "\r\n" in text else "\n"
