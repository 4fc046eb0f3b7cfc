"""What a request asks for, checked as it is read. Complaints are gathered and refused together.

The bounds and patterns are those of Quo's published v1 contract. A query parameter that the
contract does not know is refused too: a misspelt filter must not pass for no filter.
"""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from quo_mcp.sandbox.error_responses import quo_error
from quo_mcp.sandbox.http import Json, Refused, Request, iso

E164 = r"\+[1-9][0-9]{1,14}"
USER = r"US.*"
NUMBER = r"PN.*"
MOMENT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
URI = r"[A-Za-z][A-Za-z0-9+.-]*://[^\s]+"


def moment(text: object) -> datetime | None:
    """An RFC 3339 time, or None if it is none."""
    if not isinstance(text, str) or not re.fullmatch(MOMENT, text):
        return None
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except ValueError:
        return None


class Asked:
    """What the query and the body share: complaints, and the refusal made of them."""

    def __init__(self, resource: str) -> None:
        self.resource = resource
        self.complaints: list[Json] = []

    def complain(self, path: str, message: str, value: Any, **schema: Any) -> None:
        complaint: Json = {"path": f"/{path}", "message": message, "schema": schema}
        if value is not None:
            complaint["value"] = value
        self.complaints.append(complaint)

    def settled(self) -> None:
        """Refuse with everything complained of so far, if anything."""
        if self.complaints:
            said = "; ".join(f"{c['path'][1:]}: {c['message']}" for c in self.complaints)
            raise Refused(quo_error(400, self.resource, said, errors=self.complaints))

    def match(self, path: str, value: Any, pattern: str) -> None:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            self.complain(path, f"Expected string to match '{pattern}'", value, type="string")


def place(request: Request, resource: str, name: str, prefix: str = "") -> str:
    """An id in the path; the contract gives every kind but contacts a prefix."""
    value = request.places[name]
    if not value.startswith(prefix):
        asked = Asked(resource)
        asked.complain(name, f"Expected string to match '^{prefix}(.*)$'", value, type="string")
        asked.settled()
    return value


class Query(Asked):
    """The query parameters; lists as repeated keys, with or without `[]`."""

    def __init__(self, request: Request, resource: str) -> None:
        super().__init__(resource)
        self.given: dict[str, list[str]] = {}
        for name, value in request.pairs():
            self.given.setdefault(name.removesuffix("[]"), []).append(value)

    def many(
        self,
        name: str,
        pattern: str = r".+",
        *,
        at_most: int | None = None,
        required: bool = False,
        longest: int | None = None,
    ) -> list[str]:
        values = self.given.pop(name, [])
        if required and not values:
            self.complain(name, "Expected array", None, type="array")
        if at_most is not None and len(values) > at_most:
            message = f"Expected array length to be less or equal to {at_most}"
            self.complain(name, message, values, type="array", maxItems=at_most)
        for i, value in enumerate(values):
            self.match(f"{name}/{i}", value, pattern)
            if longest is not None and len(value) > longest:
                message = f"Expected string length less or equal to {longest}"
                self.complain(f"{name}/{i}", message, value, type="string", maxLength=longest)
        return values

    def one(self, name: str, pattern: str = r".*", *, required: bool = False) -> str | None:
        values = self.given.pop(name, [])
        if not values:
            if required:
                self.complain(name, "Expected string", None, type="string")
            return None
        if len(values) > 1:
            self.complain(name, "Expected string", values, type="string")
        self.match(name, values[0], pattern)
        return values[0]

    def whole(self, name: str, lowest: int, highest: int) -> int:
        """A required number of results."""
        text = self.one(name, r"-?[0-9]{1,9}", required=True)
        if text is None or self.complaints:
            return lowest
        if not lowest <= int(text) <= highest:
            message = f"Expected integer between {lowest} and {highest}"
            self.complain(name, message, text, type="integer", minimum=lowest, maximum=highest)
        return int(text)

    def time(self, name: str) -> str | None:
        """A time, written as the world writes its own."""
        text = self.one(name)
        found = moment(text)
        if text is not None and found is None:
            self.complain(name, "Expected string to match 'date-time' format", text, type="string")
        return iso(found) if found else None

    def truth(self, name: str) -> bool:
        return self.one(name, r"true|false") == "true"

    def settled(self) -> None:
        for name, values in self.given.items():
            self.complain(name, "Unexpected property", values, additionalProperties=False)
        super().settled()


class Body(Asked):
    """A JSON object; complains about the part at a path, and of keys nobody asked for if `exact`."""

    def __init__(self, request: Request, resource: str, *, exact: Sequence[str] = ()) -> None:
        super().__init__(resource)
        media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        try:
            document = json.loads(request.body) if media == "application/json" else None
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            self.complain("", "Expected a JSON object", None, type="object")
            self.settled()
        self.given: Json = document if isinstance(document, dict) else {}
        for name in self.given if exact else ():
            if name not in exact:
                self.complain(name, "Unexpected property", None, additionalProperties=False)

    def text(
        self,
        name: str,
        pattern: str | None = None,
        *,
        required: bool = False,
        nullable: bool = False,
        at_least: int = 0,
        at_most: int | None = None,
        within: Json | None = None,
        path: str | None = None,
    ) -> str | None:
        """A string, which may be absent or null only if so said."""
        given, where = (self.given if within is None else within), path or name
        if name not in given:
            if required:
                self.complain(where, "Expected required property", None, type="string")
            return None
        value = given[name]
        if value is None and nullable:
            return None
        if not isinstance(value, str):
            self.complain(where, "Expected string", value, type="string")
            return None
        if len(value) < at_least or (at_most is not None and len(value) > at_most):
            message = f"Expected string length between {at_least} and {at_most}"
            self.complain(where, message, value, type="string", maxLength=at_most)
        elif pattern is not None:
            self.match(where, value, pattern)
        return value

    def time(self, name: str, *, required: bool = False) -> str | None:
        text = self.text(name, required=required)
        found = moment(text)
        if text is not None and found is None:
            self.complain(name, "Expected string to match 'date-time' format", text, type="string")
        return iso(found) if found else None

    def items(self, name: str, *, within: Json | None = None, required: bool = False) -> list[Any]:
        given = self.given if within is None else within
        if name not in given:
            if required:
                self.complain(name, "Expected required property", None, type="array")
            return []
        if not isinstance(given[name], list):
            self.complain(name, "Expected array", given[name], type="array")
            return []
        return list(given[name])
