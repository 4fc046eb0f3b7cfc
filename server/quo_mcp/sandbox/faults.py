"""Fault injection: failures of networks, proxies and services, on request."""

import gzip
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Any

from quo_mcp.sandbox import fault_validation
from quo_mcp.sandbox.error_responses import STYLES, error_in_style, flat_error, proxy_page
from quo_mcp.sandbox.http import ConnectionDropped, Json, Request, Response, format_time
from quo_mcp.sandbox.state import SandboxState

FREE_TEXT_FIELDS = {
    "text",
    "content",
    "transcript",
    "title",
    "name",
    "firstName",
    "lastName",
    "description",
}


@dataclass
class Fault:
    """One failure, applied to matching requests `times` times (None: no limit).

    `path` is a prefix (`/quo/v1/messages`) or a regular expression for the whole path. `seconds`
    delays the response; for `late_commit` and `list_lag` it delays the message instead. If several
    faults match a request, the first one applies.

    | kind | before Quo handles the request | afterwards |
    |---|---|---|
    | latency | | the response, late |
    | rate_limited | 429, with `retry_after` if given | |
    | error_before | `status` in `style` (error_responses.STYLES) with `details` | |
    | error_after | | `status` in `style` instead of the response |
    | dropped | the connection drops | |
    | lost_reply | | the connection drops |
    | late_commit | `status`, or a drop if it is 0; Quo handles the request `seconds` later | |
    | list_lag | | the response; lists include the message only `seconds` later |
    | html | a proxy's page with `status` | |
    | redirect | 302 to `to` | |
    | stale_connection | 500 in plain text, as after its token expired | |
    | truncated, empty, bad_json, wrong_types, lone_surrogate | | the response, corrupted |
    | repeated_page | | a page whose token leads to an empty page with the same token |
    | altered | | the response, with `details` in its `data` |
    | drip | | the response, `size` bytes every `interval` seconds |
    | huge, gzip_bomb | a response of `size` bytes (when decompressed) | |
    """

    kind: str
    method: str | None = None
    path: str | None = None
    times: int | None = 1
    seconds: float = 0.0
    status: int = 502
    style: str = "html"
    details: Json | None = None
    retry_after: str | None = None
    to: str = "https://elsewhere.example.com/"
    size: int = 1
    interval: float = 0.0

    def __post_init__(self) -> None:
        for name, value, known in (("kind", self.kind, KINDS), ("style", self.style, STYLES)):
            if value not in tuple(known):  # a tuple, because the value may be unhashable
                raise ValueError(f"unknown {name} {value!r}; valid values: {', '.join(known)}")
        drops = self.kind == "late_commit" and self.status == 0
        fault_validation.check_fields(vars(self) | ({"status": 502} if drops else {}))

    @classmethod
    def from_json(cls, document: Any) -> "Fault":
        """Return the fault that a JSON document describes. Raises ValueError if it is invalid."""
        field_names = tuple(field.name for field in fields(cls))
        return cls(**fault_validation.check_object(document, field_names))

    def matches(self, request: Request) -> bool:
        if self.times == 0 or self.method not in (None, request.method):
            return False
        path = self.path
        return (
            path is None or request.path.startswith(path) or bool(re.fullmatch(path, request.path))
        )


@dataclass(frozen=True)
class FaultContext:
    """What a fault applies to: a request, the function that handles it, the state and a sleep."""

    request: Request
    dispatch: Callable[[], Response]
    state: SandboxState
    sleep: Callable[[float], Awaitable[object]]


async def apply_fault(fault: Fault, context: FaultContext) -> Response:
    """Return the response that the fault produces. Raises ConnectionDropped if it drops it."""
    if fault.times is not None:
        fault.times -= 1
    if fault.seconds and fault.kind not in {"late_commit", "list_lag"}:
        await context.sleep(fault.seconds)
    return KINDS[fault.kind](fault, context)


def _normal(_fault: Fault, context: FaultContext) -> Response:
    return context.dispatch()


def _rate_limited(fault: Fault, _context: FaultContext) -> Response:
    response = flat_error(429, "Rate limit exceeded")
    if fault.retry_after is None:
        return response
    return replace(response, headers={**response.headers, "retry-after": fault.retry_after})


def _error_before(fault: Fault, _context: FaultContext) -> Response:
    return error_in_style(fault.style, fault.status, fault.details or {})


def _error_after(fault: Fault, context: FaultContext) -> Response:
    context.dispatch()
    return error_in_style(fault.style, fault.status, fault.details or {})


def _dropped(_fault: Fault, _context: FaultContext) -> Response:
    raise ConnectionDropped("the connection was dropped before the request was acted on")


def _lost_reply(_fault: Fault, context: FaultContext) -> Response:
    context.dispatch()
    raise ConnectionDropped("the connection was dropped after the request was acted on")


def _late_commit(fault: Fault, context: FaultContext) -> Response:
    at = context.state.now() + timedelta(seconds=fault.seconds)
    context.state.schedule(at, lambda _: context.dispatch())
    if fault.status == 0:
        raise ConnectionDropped("the connection was dropped; the request is acted on later")
    return error_in_style(fault.style, fault.status, fault.details or {})


def _list_lag(fault: Fault, context: FaultContext) -> Response:
    count_before = len(context.state.ledger)
    response = context.dispatch()
    visible_from = format_time(context.state.now() + timedelta(seconds=fault.seconds))
    for entry in context.state.ledger[count_before:]:
        context.state.visible_from[entry["id"]] = visible_from
    return response


def _html(fault: Fault, _context: FaultContext) -> Response:
    return proxy_page(fault.status)


def _redirect(fault: Fault, _context: FaultContext) -> Response:
    return Response(302, headers={"location": fault.to})


def _stale_connection(_fault: Fault, _context: FaultContext) -> Response:
    return Response.from_text("Internal Server Error", 500)


def _truncated(_fault: Fault, context: FaultContext) -> Response:
    response = context.dispatch()
    return replace(response, body=response.body[: len(response.body) // 2])


def _empty(_fault: Fault, context: FaultContext) -> Response:
    return replace(context.dispatch(), body=b"")


def _bad_json(_fault: Fault, context: FaultContext) -> Response:
    response = context.dispatch()
    return replace(response, body=b'{"data": [NaN, }') if response.body else response


def _map_leaves(response: Response, change: Callable[[str, Any], Any]) -> Response:
    """Return the response with `change(key, value)` applied to every leaf of its JSON document.

    A response that is not JSON is returned as is.
    """

    def walk(key: str, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: walk(name, item) for name, item in value.items()}
        if isinstance(value, list):
            return [walk(key, item) for item in value]
        return change(key, value)

    if response.media_type != "application/json":
        return response
    return Response.from_json(walk("", response.json()), response.status, response.headers)


def _wrong_types(_fault: Fault, context: FaultContext) -> Response:
    def change_type(_key: str, value: Any) -> Any:
        if isinstance(value, str):
            return {"value": value}
        return [] if value is None else str(value)

    return _map_leaves(context.dispatch(), change_type)


def _lone_surrogate(_fault: Fault, context: FaultContext) -> Response:
    def append_surrogate(key: str, value: Any) -> Any:
        return f"{value}\ud83d" if key in FREE_TEXT_FIELDS and isinstance(value, str) else value

    return _map_leaves(context.dispatch(), append_surrogate)


def _repeated_page(_fault: Fault, context: FaultContext) -> Response:
    repeated = "again"
    if ("pageToken", repeated) in context.request.query_pairs():
        return Response.from_json({"data": [], "totalItems": 0, "nextPageToken": repeated})
    response = context.dispatch()
    if response.status != 200:
        return response
    return Response.from_json({**response.json(), "nextPageToken": repeated})


def _altered(fault: Fault, context: FaultContext) -> Response:
    response = context.dispatch()
    document = response.json() if response.media_type == "application/json" else None
    data = document.get("data") if isinstance(document, dict) else None
    records = [
        item for item in (data if isinstance(data, list) else [data]) if isinstance(item, dict)
    ]
    if not records:
        return response  # an error, or a reply without a record
    for record in records:
        record.update(fault.details or {})
    return Response.from_json(document, response.status, response.headers)


def _huge(fault: Fault, _context: FaultContext) -> Response:
    return Response.from_json({"data": [], "padding": "x" * fault.size})


def _gzip_bomb(fault: Fault, _context: FaultContext) -> Response:
    document = json.dumps({"data": [], "padding": "0" * fault.size}).encode()
    headers = {"content-encoding": "gzip"}
    return Response(200, gzip.compress(document), "application/json", headers)


KINDS: dict[str, Callable[[Fault, FaultContext], Response]] = {
    "latency": _normal,
    "rate_limited": _rate_limited,
    "error_before": _error_before,
    "error_after": _error_after,
    "dropped": _dropped,
    "lost_reply": _lost_reply,
    "late_commit": _late_commit,
    "list_lag": _list_lag,
    "html": _html,
    "redirect": _redirect,
    "stale_connection": _stale_connection,
    "truncated": _truncated,
    "empty": _empty,
    "bad_json": _bad_json,
    "wrong_types": _wrong_types,
    "lone_surrogate": _lone_surrogate,
    "repeated_page": _repeated_page,
    "drip": _normal,
    "altered": _altered,
    "huge": _huge,
    "gzip_bomb": _gzip_bomb,
}
