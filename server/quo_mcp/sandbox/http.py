"""What goes over the wire: a request as it was seen, a reply as it will be given."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import parse_qsl

Json = dict[str, Any]


class Dropped(Exception):  # noqa: N818 - it is what happened to the connection
    """The connection closed without a reply. An in-process transport turns it into its network error."""


@dataclass(frozen=True)
class Request:
    """One request, read whole. Header names are in lower case; `query` is as it was sent."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    origin: str
    at: datetime
    places: Mapping[str, str] = field(default_factory=dict)

    def document(self) -> Any:
        """The body as JSON; None if it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def pairs(self) -> list[tuple[str, str]]:
        return parse_qsl(self.query, keep_blank_values=True)

    def at_place(self, **places: str) -> Self:
        """The same request, with what stands in its path's places (`{id}`)."""
        return replace(self, places=places)


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes = b""
    media: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, document: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Self:
        """A JSON reply. Text is sent as UTF-8, except what UTF-8 cannot hold (lone surrogates)."""
        written = json.dumps(document, ensure_ascii=False)
        try:
            body = written.encode()
        except UnicodeEncodeError:
            body = json.dumps(document).encode()
        return cls(status, body, "application/json", headers or {})

    @classmethod
    def text(cls, text: str, status: int, media: str = "text/plain; charset=utf-8") -> Self:
        return cls(status, text.encode(errors="replace"), media)

    def document(self) -> Any:
        """The reply's JSON; None for an empty body."""
        return json.loads(self.body) if self.body else None

    def raw_headers(self) -> list[tuple[bytes, bytes]]:
        named = dict(self.headers)
        if self.media is not None:
            named.setdefault("content-type", self.media)
        if self.status != 204:
            named.setdefault("content-length", str(len(self.body)))
        return [(name.lower().encode(), value.encode()) for name, value in named.items()]


class Refused(Exception):  # noqa: N818 - an answer, not a failure of the sandbox
    """Carries the reply that a request is refused with."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


def iso(moment: datetime) -> str:
    """UTC to the millisecond, as Quo writes times; such strings sort as their moments do."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
