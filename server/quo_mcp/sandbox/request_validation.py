"""Validation of a request's parameters and body as they are read.

All errors of a request are collected and returned together. The limits and patterns are those of
Quo's published v1 contract. An unknown query parameter is an error too, because a misspelled
filter would otherwise be ignored.
"""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from quo_mcp.sandbox.error_responses import quo_error
from quo_mcp.sandbox.http import Json, RejectedRequest, Request, format_time

E164 = r"\+[1-9][0-9]{1,14}"
USER_ID = r"US.*"
NUMBER_ID = r"PN.*"
RFC3339 = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
URI = r"[A-Za-z][A-Za-z0-9+.-]*://[^\s]+"


def parse_time(text: object) -> datetime | None:
    """Return an RFC 3339 time in UTC, or None if `text` is not one."""
    if not isinstance(text, str) or not re.fullmatch(RFC3339, text):
        return None
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except ValueError:
        return None


class RequestReader:
    """Collects validation errors and rejects the request with all of them.

    `resource` is the first two digits of Quo's error code.
    """

    def __init__(self, resource: str) -> None:
        self.resource = resource
        self.errors: list[Json] = []

    def add_error(self, path: str, message: str, value: Any, **schema: Any) -> None:
        error: Json = {"path": f"/{path}", "message": message, "schema": schema}
        if value is not None:
            error["value"] = value
        self.errors.append(error)

    def reject_invalid(self) -> None:
        """Raise RejectedRequest (400) with the errors collected so far, if there are any."""
        if self.errors:
            message = "; ".join(f"{error['path'][1:]}: {error['message']}" for error in self.errors)
            raise RejectedRequest(quo_error(400, self.resource, message, errors=self.errors))

    def require_match(self, path: str, value: Any, pattern: str) -> None:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            self.add_error(path, f"Expected string to match '{pattern}'", value, type="string")


def path_id(request: Request, resource: str, name: str, prefix: str = "") -> str:
    """Return an id from the path. Raises RejectedRequest (400) if it lacks its kind's prefix.

    The contract gives every kind of id but contacts' a prefix.
    """
    value = request.path_params[name]
    if not value.startswith(prefix):
        reader = RequestReader(resource)
        reader.add_error(name, f"Expected string to match '^{prefix}(.*)$'", value, type="string")
        reader.reject_invalid()
    return value


class QueryReader(RequestReader):
    """Reads query parameters. Lists are repeated names, with or without `[]`.

    Each method consumes its parameter; `reject_invalid` reports those that are left as unknown.
    """

    def __init__(self, request: Request, resource: str) -> None:
        super().__init__(resource)
        self.unread: dict[str, list[str]] = {}
        for name, value in request.query_pairs():
            self.unread.setdefault(name.removesuffix("[]"), []).append(value)

    def strings(
        self,
        name: str,
        pattern: str = r".+",
        *,
        max_items: int | None = None,
        required: bool = False,
        max_length: int | None = None,
    ) -> list[str]:
        values = self.unread.pop(name, [])
        if required and not values:
            self.add_error(name, "Expected array", None, type="array")
        if max_items is not None and len(values) > max_items:
            message = f"Expected array length to be less or equal to {max_items}"
            self.add_error(name, message, values, type="array", maxItems=max_items)
        for i, value in enumerate(values):
            self.require_match(f"{name}/{i}", value, pattern)
            if max_length is not None and len(value) > max_length:
                message = f"Expected string length less or equal to {max_length}"
                self.add_error(f"{name}/{i}", message, value, type="string", maxLength=max_length)
        return values

    def string(self, name: str, pattern: str = r".*", *, required: bool = False) -> str | None:
        values = self.unread.pop(name, [])
        if not values:
            if required:
                self.add_error(name, "Expected string", None, type="string")
            return None
        if len(values) > 1:
            self.add_error(name, "Expected string", values, type="string")
        self.require_match(name, values[0], pattern)
        return values[0]

    def integer(self, name: str, minimum: int, maximum: int) -> int:
        """Return a required integer within bounds; the minimum if the request has errors."""
        text = self.string(name, r"-?[0-9]{1,9}", required=True)
        if text is None or self.errors:
            return minimum
        if not minimum <= int(text) <= maximum:
            message = f"Expected integer between {minimum} and {maximum}"
            self.add_error(name, message, text, type="integer", minimum=minimum, maximum=maximum)
        return int(text)

    def time(self, name: str) -> str | None:
        """Return a time in the format of Quo's own times, which compare as strings."""
        text = self.string(name)
        time = parse_time(text)
        if text is not None and time is None:
            self.add_error(name, "Expected string to match 'date-time' format", text, type="string")
        return format_time(time) if time else None

    def boolean(self, name: str) -> bool:
        return self.string(name, r"true|false") == "true"

    def reject_invalid(self) -> None:
        for name, values in self.unread.items():
            self.add_error(name, "Unexpected property", values, additionalProperties=False)
        super().reject_invalid()


class BodyReader(RequestReader):
    """Reads a JSON object. With `allowed`, any other field is an error.

    Raises RejectedRequest (400) if the body is not a JSON object.
    """

    def __init__(self, request: Request, resource: str, *, allowed: Sequence[str] = ()) -> None:
        super().__init__(resource)
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        try:
            document = json.loads(request.body) if media_type == "application/json" else None
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            self.add_error("", "Expected a JSON object", None, type="object")
            self.reject_invalid()
        self.fields: Json = document if isinstance(document, dict) else {}
        for name in self.fields if allowed else ():
            if name not in allowed:
                self.add_error(name, "Unexpected property", None, additionalProperties=False)

    def string(
        self,
        name: str,
        pattern: str | None = None,
        *,
        required: bool = False,
        nullable: bool = False,
        min_length: int = 0,
        max_length: int | None = None,
        parent: Json | None = None,
        path: str | None = None,
    ) -> str | None:
        """Return a string, or None if it is absent or null.

        Absence is an error with `required`, and null is one without `nullable`. `parent` is the
        object that holds the field; `path` names the field in errors.
        """
        fields, error_path = (self.fields if parent is None else parent), path or name
        if name not in fields:
            if required:
                self.add_error(error_path, "Expected required property", None, type="string")
            return None
        value = fields[name]
        if value is None and nullable:
            return None
        if not isinstance(value, str):
            self.add_error(error_path, "Expected string", value, type="string")
            return None
        if len(value) < min_length or (max_length is not None and len(value) > max_length):
            message = f"Expected string length between {min_length} and {max_length}"
            self.add_error(error_path, message, value, type="string", maxLength=max_length)
        elif pattern is not None:
            self.require_match(error_path, value, pattern)
        return value

    def time(self, name: str, *, required: bool = False) -> str | None:
        """Return a time in the format of Quo's own times, or None if it is absent."""
        text = self.string(name, required=required)
        time = parse_time(text)
        if text is not None and time is None:
            self.add_error(name, "Expected string to match 'date-time' format", text, type="string")
        return format_time(time) if time else None

    def array(self, name: str, *, parent: Json | None = None, required: bool = False) -> list[Any]:
        """Return an array; empty if it is absent or invalid."""
        fields = self.fields if parent is None else parent
        if name not in fields:
            if required:
                self.add_error(name, "Expected required property", None, type="array")
            return []
        if not isinstance(fields[name], list):
            self.add_error(name, "Expected array", fields[name], type="array")
            return []
        return list(fields[name])
