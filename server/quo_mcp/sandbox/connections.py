"""Maton's control plane: the account's connections to apps, made, authorized in a browser, deleted."""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal
from urllib.parse import parse_qs

from quo_mcp.sandbox.error_responses import flat, invalid, unrouted
from quo_mcp.sandbox.http import Json, Reply, Request
from quo_mcp.sandbox.state import World

APP = r"[a-z][a-z0-9-]*"


@dataclass(frozen=True)
class Manners:
    """How the control plane behaves where its documentation leaves it open."""

    created: Literal["id", "connection_Id", "nested", "flat"] = "id"
    deleted: Literal[200, 204] = 200
    default: Literal["oldest", "newest"] = "oldest"
    authorize_after: float | None = None


def new_connection(world: World, told: Mapping[str, Any]) -> Json:
    """A pending connection to Quo made now, except as told. Its url is made for whoever looks at it."""
    at = world.now().isoformat(timespec="microseconds").replace("+00:00", "Z")
    connection = {
        "connection_id": str(uuid.UUID(int=world.dice.getrandbits(128), version=4)),
        "status": "PENDING",
        "creation_time": at,
        "last_updated_time": at,
        "url": f"/connect?session_token={world.dice.randbytes(16).hex()}",
        "app": "quo",
        "method": "OAUTH2",
        "metadata": {},
        **told,
    }
    world.connections[connection["connection_id"]] = connection
    return connection


def answer(world: World, manners: Manners, request: Request, path: list[str]) -> Reply:
    match request.method, path:
        case "GET", ["user"]:
            return Reply.of({"email": "owner@example.com"})
        case "GET", ["connections"]:
            return _list(world, request)
        case "POST", ["connections"]:
            return _create(world, manners, request)
        case (("GET" | "DELETE"), ["connections", given]):
            return _one(world, manners, request, given)
    return unrouted()


def _one(world: World, manners: Manners, request: Request, given: str) -> Reply:
    found = world.connections.get(given)
    if found is None:
        return unknown(given)
    if request.method == "GET":
        return Reply.of({"connection": _seen(found, request)})
    del world.connections[given]
    return Reply(204) if manners.deleted == 204 else Reply.of({})


def unknown(connection: str) -> Reply:
    return flat(404, f"Connection `{connection}` not found")


def _seen(connection: Json, request: Request) -> Json:
    """The connection as shown: its link leads to where the request came in."""
    return connection | {"url": request.origin + connection["url"]}


def _list(world: World, request: Request) -> Reply:
    asked = dict(request.pairs())
    shown = [
        _seen(connection, request)
        for connection in world.connections.values()
        if all(
            asked.get(name, connection[name]) == connection[name]
            for name in ("app", "status", "method")
        )
    ]
    limit = asked.get("limit")
    if limit is None:
        return Reply.of({"connections": shown})
    if not re.fullmatch(r"[0-9]{1,6}", limit):
        return invalid((["query", "limit"], "value is not a valid integer", "type_error.integer"))
    return Reply.of({"connections": shown[: int(limit)]})


def _create(world: World, manners: Manners, request: Request) -> Reply:
    body = request.document()
    if not isinstance(body, dict):
        return invalid((["body"], "value is not a valid dict", "type_error.dict"))
    if "app" not in body:
        return invalid((["body", "app"], "field required", "value_error.missing"))
    app = body["app"]
    if not isinstance(app, str) or not re.fullmatch(APP, app):
        return flat(400, f"Invalid app name: {app}")
    made = new_connection(world, {"app": app, "method": body.get("method", "OAUTH2")})
    if manners.authorize_after is not None:
        at = world.now() + timedelta(seconds=manners.authorize_after)
        world.later(at, lambda _: made.update(status="ACTIVE"))
    named = made["connection_id"]
    shapes: dict[str, Json] = {
        "id": {"connection_id": named},
        "connection_Id": {"connection_Id": named},
        "nested": {"connection": _seen(made, request)},
        "flat": _seen(made, request),
    }
    return Reply.of(shapes[manners.created])


def authorize(world: World, request: Request) -> Reply:
    """The page where a person lets Maton in; looking at it plays that person."""
    token = parse_qs(request.query).get("session_token", [""])[0]
    for connection in world.connections.values():
        if token and connection["url"].endswith(f"session_token={token}"):
            at = world.now().isoformat(timespec="microseconds").replace("+00:00", "Z")
            connection.update(status="ACTIVE", last_updated_time=at)
            said = f"Connected to {connection['app']}. You can close this window."
            return Reply.text(f"<!doctype html><title>Connected</title><p>{said}", 200, "text/html")
    return Reply.text(
        "<!doctype html><title>Expired</title><p>This link has expired.", 404, "text/html"
    )
