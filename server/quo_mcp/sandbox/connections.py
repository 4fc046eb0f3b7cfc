"""Maton's control plane: the account's connections, their creation, authorization and deletion."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal
from urllib.parse import parse_qs

from quo_mcp.sandbox.error_responses import flat_error, route_not_found, validation_error
from quo_mcp.sandbox.http import Json, Request, Response
from quo_mcp.sandbox.state import SandboxState

APP_NAME = r"[a-z][a-z0-9-]*"


@dataclass(frozen=True)
class ControlPlaneOptions:
    """Behavior that Maton's documentation leaves open; see the arguments of Sandbox."""

    create_shape: Literal["id", "connection_Id", "nested", "flat"] = "id"
    delete_status: Literal[200, 204] = 200
    default_connection: Literal["oldest", "newest"] = "oldest"
    authorize_after: float | None = None


def _now(state: SandboxState) -> str:
    """Return the current time to the microsecond, as Maton writes times."""
    return state.now().isoformat(timespec="microseconds").replace("+00:00", "Z")


def add_connection(state: SandboxState, fields: Mapping[str, Any]) -> Json:
    """Add a connection. `fields` override those of a new pending connection to Quo.

    Its `url` is relative, because the host depends on the request that reads it.
    """
    at = _now(state)
    connection = {
        "connection_id": str(uuid.UUID(int=state.rng.getrandbits(128), version=4)),
        "status": "PENDING",
        "creation_time": at,
        "last_updated_time": at,
        "url": f"/connect?session_token={state.rng.randbytes(16).hex()}",
        "app": "quo",
        "method": "OAUTH2",
        "metadata": {},
        **fields,
    }
    state.connections[connection["connection_id"]] = connection
    return connection


def handle(
    state: SandboxState, options: ControlPlaneOptions, request: Request, path: list[str]
) -> Response:
    match request.method, path:
        case "GET", ["user"]:
            return Response.from_json({"email": "owner@example.com"})
        case "GET", ["connections"]:
            return _list(state, request)
        case "POST", ["connections"]:
            return _create(state, options, request)
        case (("GET" | "DELETE"), ["connections", connection_id]):
            return _get_or_delete(state, options, request, connection_id)
    return route_not_found()


def _get_or_delete(
    state: SandboxState, options: ControlPlaneOptions, request: Request, connection_id: str
) -> Response:
    connection = state.connections.get(connection_id)
    if connection is None:
        return connection_not_found(connection_id)
    if request.method == "GET":
        return Response.from_json({"connection": _with_full_url(connection, request)})
    del state.connections[connection_id]
    return Response(204) if options.delete_status == 204 else Response.from_json({})


def connection_not_found(connection_id: str) -> Response:
    return flat_error(404, f"Connection `{connection_id}` not found")


def _with_full_url(connection: Json, request: Request) -> Json:
    """Return the connection with a `url` on the host that the request addressed."""
    return connection | {"url": request.origin + connection["url"]}


def _list(state: SandboxState, request: Request) -> Response:
    filters = dict(request.query_pairs())
    matches = [
        _with_full_url(connection, request)
        for connection in state.connections.values()
        if all(
            filters.get(name, connection[name]) == connection[name]
            for name in ("app", "status", "method")
        )
    ]
    limit = filters.get("limit")
    if limit is None:
        return Response.from_json({"connections": matches})
    if not re.fullmatch(r"[0-9]{1,6}", limit):
        message = "value is not a valid integer"
        return validation_error((["query", "limit"], message, "type_error.integer"))
    return Response.from_json({"connections": matches[: int(limit)]})


def _create(state: SandboxState, options: ControlPlaneOptions, request: Request) -> Response:
    body = request.json()
    if not isinstance(body, dict):
        return validation_error((["body"], "value is not a valid dict", "type_error.dict"))
    if "app" not in body:
        return validation_error((["body", "app"], "field required", "value_error.missing"))
    app = body["app"]
    if not isinstance(app, str) or not re.fullmatch(APP_NAME, app):
        return flat_error(400, f"Invalid app name: {app}")
    connection = add_connection(state, {"app": app, "method": body.get("method", "OAUTH2")})
    if options.authorize_after is not None:
        at = state.now() + timedelta(seconds=options.authorize_after)
        state.schedule(at, lambda _: connection.update(status="ACTIVE"))
    connection_id = connection["connection_id"]
    shapes: dict[str, Json] = {
        "id": {"connection_id": connection_id},
        "connection_Id": {"connection_Id": connection_id},
        "nested": {"connection": _with_full_url(connection, request)},
        "flat": _with_full_url(connection, request),
    }
    return Response.from_json(shapes[options.create_shape])


def authorize(state: SandboxState, request: Request) -> Response:
    """Return the authorization page. Opening it activates the connection, as if a person agreed."""
    token = parse_qs(request.query).get("session_token", [""])[0]
    for connection in state.connections.values():
        if token and connection["url"].endswith(f"session_token={token}"):
            connection.update(status="ACTIVE", last_updated_time=_now(state))
            message = f"Connected to {connection['app']}. You can close this window."
            page = f"<!doctype html><title>Connected</title><p>{message}"
            return Response.from_text(page, 200, "text/html")
    return Response.from_text(
        "<!doctype html><title>Expired</title><p>This link has expired.", 404, "text/html"
    )
