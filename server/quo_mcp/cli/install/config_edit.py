"""A configuration file's text with one thing put in or taken out, and nothing else touched.

Files are edited as text, so that comments, order and layout stay; then both texts are parsed, and
the edit counts only if it changed what it was to change. Whatever cannot be edited so is refused.
"""

from collections.abc import Mapping
from typing import Any, Protocol

Data = dict[str, Any]
MARK = "\ufeff"  # some editors begin a file with it; it stays


class Unmergeable(Exception):  # noqa: N818 - as in errors
    """The file cannot be edited safely; the message says why."""


class Form(Protocol):
    """How configurations are written down: JSON, TOML or YAML."""

    name: str

    def read(self, text: str) -> Data:
        """What the text says. Raises Unmergeable where it is not surely understood."""

    def put(self, text: str, path: tuple[str, ...], value: Any) -> str:
        """The text with `value` at `path`, or without it where it is None. Its caller checks it."""

    def write(self, data: Data) -> str:
        """A text of its own."""


def read(form: Form, text: str) -> Data:
    """Raises Unmergeable."""
    return form.read(text.removeprefix(MARK))


def put(form: Form, text: str, path: tuple[str, ...], value: Any) -> str:
    """The text with `value` at `path`, proven; None takes out what is there.

    Raises:
        Unmergeable: the text is not understood, or the edit would not say what it should.
    """
    if text.startswith(MARK):
        return MARK + put(form, text.removeprefix(MARK), path, value)
    if not text.strip():
        return text if value is None else form.write(_with({}, path, value))
    before = form.read(text)
    if inside(before, path) == value:
        return text
    for depth in range(1, len(path)):
        if not isinstance(inside(before, path[:depth]), dict | None):
            raise Unmergeable(f"{'.'.join(path[:depth])} in it is not what it should be")
    after = form.put(text, path, value)
    if _full(form.read(after), path) != _full(_with(before, path, value), path):
        raise Unmergeable("it is written in a way that is not edited safely")
    return after


def inside(data: Mapping[str, Any], path: tuple[str, ...], missing: Any = None) -> Any:
    found: Any = data
    for name in path:
        if not isinstance(found, Mapping) or name not in found:
            return missing
        found = found[name]
    return found


def _with(data: Data, path: tuple[str, ...], value: Any) -> Data:
    name, *rest = path
    if rest:
        return data | {name: _with(data.get(name) or {}, tuple(rest), value)}
    if value is None:
        return {key: kept for key, kept in data.items() if key != name}
    return data | {name: value}


def _full(data: Data, path: tuple[str, ...]) -> Data:
    """The same without what the path begins with, where that is empty: not every form can say so."""
    return data if data.get(path[0]) else {key: data[key] for key in data if key != path[0]}


def newline(text: str) -> str:
    """The line ends that a text has already."""
    return "\r\n" if "\r\n" in text else "\n"
