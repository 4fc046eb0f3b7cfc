"""Builds an HTTP request from path segments, a query and a body. Pure."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import quote, urlencode

from quo_mcp.errors import InvalidArguments

Query: TypeAlias = Mapping[str, str | int | bool | Sequence[str] | None]

_MAX_URL_LENGTH = 8_000  # characters; servers reject longer URLs in inconsistent ways


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """An HTTP request to one of the two APIs.

    log_path: the path without ids, safe for logs.
    content: the JSON body, or None.
    is_control: True for the control plane, False for Quo's API.
    """

    method: str
    url: str
    log_path: str
    content: bytes | None
    is_control: bool

    @property
    def is_write(self) -> bool:
        return self.method != "GET"

    @property
    def endpoint(self) -> str:
        """What one Retry-After is about."""
        return f"{self.method} {self.log_path}"


def build_request(
    base_url: str,
    method: str,
    segments: Sequence[str],
    query: Query | None,
    body: object,
    *,
    is_control: bool,
) -> ApiRequest:
    """Return the request for `segments` below `base_url`.

    Raises:
        InvalidArguments: an id or a text cannot be encoded, or the URL would be too long.
    """
    encoded_query = encode_query(query)
    url = f"{base_url}{encode_path(segments)}{'?' if encoded_query else ''}{encoded_query}"
    if len(url) > _MAX_URL_LENGTH:
        raise InvalidArguments(
            "The arguments are too long for one request. Use fewer values in each call."
        )
    return ApiRequest(
        method=method,
        url=url,
        log_path=log_path(segments),
        content=None if body is None else _encode_body(body),
        is_control=is_control,
    )


def encode_path(segments: Sequence[str]) -> str:
    """Return `/contacts/abc` for ("contacts", "abc"). Segments are percent-encoded only here."""
    return "".join(f"/{_encode_segment(segment)}" for segment in segments)


def log_path(segments: Sequence[str]) -> str:
    """Return the path for logs, with {id} in place of every segment that is not a plain word."""
    masked = (segment if re.fullmatch(r"[a-z-]+", segment) else "{id}" for segment in segments)
    return "".join(f"/{segment}" for segment in masked)


def encode_query(query: Query | None) -> str:
    """Return the query string. A list repeats its key, None is omitted, and "+" becomes %2B.

    Raises:
        TypeError: a value has a type that a query cannot hold.
        InvalidArguments: a text contains a lone surrogate.
    """
    pairs: list[tuple[str, str]] = []
    for key, value in (query or {}).items():
        match value:
            case None:
                continue
            case bool():
                pairs.append((key, "true" if value else "false"))
            case int() | str():
                pairs.append((key, str(value)))
            case list() | tuple() if all(isinstance(item, str) for item in value):
                pairs.extend((key, item) for item in value)
            case _:
                raise TypeError(f"{key} cannot be a {type(value).__name__} in a query")
    try:
        return urlencode(pairs, quote_via=quote, safe="")
    except UnicodeEncodeError:
        raise _lone_surrogate_error() from None


def _lone_surrogate_error() -> InvalidArguments:
    return InvalidArguments(
        "The text contains an invalid character (a lone surrogate). Remove it and call again."
    )


def _encode_segment(segment: str) -> str:
    """Return one path segment, percent-encoded.

    Encoding alone is not safe. It leaves "." and ".." alone, and a gateway may decode "%2F" before
    it forwards the path. No id contains the characters rejected here.
    """
    if (
        segment.strip(".") == ""
        or len(segment) > 200
        or re.search(r"[\x00-\x20\x7f-\xa0/\\?#%;]", segment)
    ):
        raise InvalidArguments("Invalid id. Use an id from a list or search result.")
    try:
        return quote(segment, safe="")
    except UnicodeEncodeError:
        raise _lone_surrogate_error() from None


def _encode_body(body: object) -> bytes:
    try:
        return json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
    except UnicodeEncodeError:
        raise _lone_surrogate_error() from None
    except ValueError:
        raise InvalidArguments(
            "A number in the arguments is not finite. Use a finite number."
        ) from None
