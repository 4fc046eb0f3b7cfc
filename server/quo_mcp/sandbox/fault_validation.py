"""Validation of faults, so that an invalid one is rejected before it breaks a request."""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
STATUSES_WITHOUT_BODY = {204, 205, 304}
MAX_SIZE = 100_000_000  # bytes of a generated response body
MAX_SECONDS = 86_400


def _is_integer(value: Any, minimum: int, maximum: int) -> bool:
    return type(value) is int and minimum <= value <= maximum


def _is_seconds(value: Any) -> bool:
    return type(value) in {int, float} and math.isfinite(value) and 0 <= value <= MAX_SECONDS


def _is_status(value: Any) -> bool:
    return _is_integer(value, 200, 599) and value not in STATUSES_WITHOUT_BODY


def _is_header_value(value: Any) -> bool:
    return isinstance(value, str) and bool(re.fullmatch("[ -~]*", value))


def _is_pattern(value: Any) -> bool:
    try:
        re.compile(value)
    except (re.error, TypeError, RecursionError, OverflowError):
        return False
    return isinstance(value, str)


NULLABLE_FIELDS = {"method", "path", "times", "details", "retry_after"}
FIELD_RULES: Mapping[str, tuple[str, Callable[[Any], bool]]] = {
    "method": (f"one of {', '.join(METHODS)}", lambda value: value in METHODS),
    "path": (
        "the beginning of a path, or a regular expression that matches the whole path",
        _is_pattern,
    ),
    "times": ("an integer from 0", lambda value: _is_integer(value, 0, 10**9)),
    "seconds": (f"a number from 0 to {MAX_SECONDS}", _is_seconds),
    "status": ("an HTTP status from 200 to 599 that has a body", _is_status),
    "details": ("an object", lambda value: isinstance(value, dict)),
    "retry_after": ("a string, as in the Retry-After header", _is_header_value),
    "to": ("an ASCII URL", _is_header_value),
    "size": (f"an integer from 1 to {MAX_SIZE}", lambda value: _is_integer(value, 1, MAX_SIZE)),
    "interval": (f"a number from 0 to {MAX_SECONDS}", _is_seconds),
}
"""Each field's accepted form, in words for the error and as a check."""


def check_fields(fields: Mapping[str, Any]) -> None:
    """Raise ValueError for the first invalid field. The message names the accepted form."""
    for name, (accepted_form, is_valid) in FIELD_RULES.items():
        value = fields[name]
        if value is None and name in NULLABLE_FIELDS:
            continue
        try:
            valid = is_valid(value)
        except TypeError:  # the value is unhashable, such as a list
            valid = False
        if not valid:
            suffix = ", or null" if name in NULLABLE_FIELDS else ""
            raise ValueError(f"{name}: must be {accepted_form}{suffix}")


def check_object(document: Any, field_names: tuple[str, ...]) -> dict[str, Any]:
    """Return the JSON document if it is an object with a kind and no unknown field.

    Raises ValueError otherwise.
    """
    if not isinstance(document, dict) or "kind" not in document:
        raise ValueError('a fault must be a JSON object with a kind, e.g. {"kind": "rate_limited"}')
    unknown = [name for name in document if name not in field_names]
    if unknown:
        raise ValueError(
            f"unknown field {unknown[0][:40]!r}; valid fields: {', '.join(field_names)}"
        )
    return document
