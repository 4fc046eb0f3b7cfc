"""Whether a fault that is asked for can happen: what is wrong is said before it breaks a request."""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
BODILESS = {204, 205, 304}
LARGEST = 100_000_000  # bytes of a reply that is made up
LONGEST = 86_400  # seconds


def _whole(value: Any, least: int, most: int) -> bool:
    return type(value) is int and least <= value <= most


def _seconds(value: Any) -> bool:
    return type(value) in {int, float} and math.isfinite(value) and 0 <= value <= LONGEST


def _status(value: Any) -> bool:
    return _whole(value, 200, 599) and value not in BODILESS


def _header(value: Any) -> bool:
    return isinstance(value, str) and bool(re.fullmatch("[ -~]*", value))


def _pattern(value: Any) -> bool:
    try:
        re.compile(value)
    except (re.error, TypeError, RecursionError, OverflowError):
        return False
    return isinstance(value, str)


OPTIONAL = {"method", "path", "times", "details", "retry_after"}
NEEDED: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "method": (f"one of {', '.join(METHODS)}", lambda value: value in METHODS),
    "path": ("the beginning of a path, or a regular expression for all of it", _pattern),
    "times": ("a whole number", lambda value: _whole(value, 0, 10**9)),
    "seconds": (f"a number from 0 to {LONGEST}", _seconds),
    "status": ("an HTTP status from 200 to 599 that has a body", _status),
    "details": ("an object", lambda value: isinstance(value, dict)),
    "retry_after": ("a text, as the header has it", _header),
    "to": ("a URL in plain ASCII", _header),
    "size": (f"a whole number from 1 to {LARGEST}", lambda value: _whole(value, 1, LARGEST)),
    "interval": (f"a number from 0 to {LONGEST}", _seconds),
}
"""What each field of a fault has to be."""


def check(fields: Mapping[str, Any]) -> None:
    """Raises ValueError with a sentence for the first field that does not fit."""
    for name, (what, fits) in NEEDED.items():
        value = fields[name]
        if value is None and name in OPTIONAL:
            continue
        try:
            fine = fits(value)
        except TypeError:  # a list cannot be looked for in a set
            fine = False
        if not fine:
            rest = ", or null" if name in OPTIONAL else ""
            raise ValueError(f"{name} has to be {what}{rest}")


def known(told: Any, fields: tuple[str, ...]) -> dict[str, Any]:
    """What was asked for, if it is an object with a kind and nothing that there is not."""
    if not isinstance(told, dict) or "kind" not in told:
        raise ValueError('a fault is a JSON object with a kind, like {"kind": "rate_limited"}')
    strange = [each for each in told if each not in fields]
    if strange:
        raise ValueError(f"no such field: {strange[0][:40]}; there are {', '.join(fields)}")
    return told
