"""HTTP requests and responses as the sandbox handles them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import parse_qsl

Json = dict[str, Any]


class ConnectionDropped(Exception):  # noqa: N818 - an event on the connection, not a server error
    """The connection closed without a response. An in-process transport maps it to its network error."""


@dataclass(frozen=True)
class Request:
    """One complete request. Header names are in lower case; `query` is the raw query string."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    origin: str
    received_at: datetime
    path_params: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        """Return the body as JSON, or None if the body is not JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None

    def query_pairs(self) -> list[tuple[str, str]]:
        return parse_qsl(self.query, keep_blank_values=True)

    def with_path_params(self, **path_params: str) -> Self:
        """Return the same request with the values of its route's parameters (`{id}`)."""
        return replace(self, path_params=path_params)


@dataclass(frozen=True)
class Response:
    status: int
    body: bytes = b""
    media_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_json(
        cls, document: Any, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> Self:
        """Return a JSON response in UTF-8; lone surrogates, which UTF-8 cannot encode, are escaped."""
        text = json.dumps(document, ensure_ascii=False)
        try:
            body = text.encode()
        except UnicodeEncodeError:
            body = json.dumps(document).encode()
        return cls(status, body, "application/json", headers or {})

    @classmethod
    def from_text(
        cls, text: str, status: int, media_type: str = "text/plain; charset=utf-8"
    ) -> Self:
        return cls(status, text.encode(errors="replace"), media_type)

    def json(self) -> Any:
        """Return the body as JSON, or None if the body is empty."""
        return json.loads(self.body) if self.body else None

    def raw_headers(self) -> list[tuple[bytes, bytes]]:
        headers = dict(self.headers)
        if self.media_type is not None:
            headers.setdefault("content-type", self.media_type)
        if self.status != 204:
            headers.setdefault("content-length", str(len(self.body)))
        return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


class RejectedRequest(Exception):  # noqa: N818 - an answer, not a failure of the sandbox
    """Quo rejects the request with `response`."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def format_time(time: datetime) -> str:
    """Return the time in UTC to the millisecond, as Quo writes times. Such strings sort by time."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
