"""Webhooks: made per family of events, never changed, deleted. Their key is a secret."""

import base64
from collections.abc import Callable
from typing import Any

from quo_mcp.sandbox.error_responses import not_found
from quo_mcp.sandbox.http import Json, Reply, Request, iso
from quo_mcp.sandbox.request_validation import URI, USER, Body, Query, place
from quo_mcp.sandbox.state import World

RESOURCE = "03"
FAMILIES = {
    "messages": ("message.received", "message.delivered"),
    "calls": ("call.ringing", "call.completed", "call.recording.completed"),
    "call-summaries": ("call.summary.completed",),
    "call-transcripts": ("call.transcript.completed",),
}


def list_webhooks(world: World, request: Request) -> Reply:
    """Those of one user; the owner's if none is named."""
    query = Query(request, RESOURCE)
    user = query.one("userId", USER) or world.owner
    query.settled()
    return Reply.of({"data": [w for w in world.webhooks.values() if w["userId"] == user]})


def _one(world: World, request: Request) -> Json:
    found = world.webhooks.get(place(request, RESOURCE, "id", "WH"))
    if found is None:
        raise not_found(RESOURCE, "Webhook")
    return found


def get_webhook(world: World, request: Request) -> Reply:
    return Reply.of({"data": _one(world, request)})


def delete_webhook(world: World, request: Request) -> Reply:
    del world.webhooks[_one(world, request)["id"]]
    return Reply(204)


def _create(family: str) -> Callable[[World, Request], Reply]:
    def create(world: World, request: Request) -> Reply:
        body = Body(request, RESOURCE)
        url, label = body.text("url", URI, required=True), body.text("label")
        user, status = body.text("userId", USER), body.text("status", "enabled|disabled")
        events = _strings(body, "events", FAMILIES[family], required=True)
        resources = _resources(world, body)
        body.settled()
        if user is not None and user not in world.users:
            raise not_found(RESOURCE, "User")
        webhook = new_webhook(
            world,
            url=url,
            label=label,
            events=events,
            resourceIds=resources,
            status=status or "enabled",
            userId=user or world.owner,
        )
        return Reply.of({"data": webhook}, 201)

    return create


def _strings(body: Body, name: str, known: tuple[str, ...], *, required: bool = False) -> list[str]:
    given = body.items(name, required=required)
    if required and name in body.given and not given:
        body.complain(name, "Expected array length to be greater or equal to 1", given, minItems=1)
    for i, value in enumerate(given):
        if value not in known:
            body.complain(
                f"{name}/{i}", f"Expected one of {', '.join(known)}", value, type="string"
            )
    return given


def _resources(world: World, body: Body) -> list[str]:
    """The numbers it listens to; `*` alone for all, and that is also what is meant by none."""
    given = body.items("resourceIds")
    if set(map(str, given)) <= {"*"}:
        return ["*"]
    return _strings(body, "resourceIds", tuple(world.numbers))


def new_webhook(world: World, **told: Any) -> Json:
    """A webhook; `told` are url, events, resourceIds and, where they are not as here, the rest."""
    at = iso(world.now())
    webhook = {
        "id": world.new_id("WH"),
        "userId": world.owner,
        "orgId": world.org,
        "label": None,
        "status": "enabled",
        "key": base64.b64encode(world.dice.randbytes(32)).decode(),
        "createdAt": at,
        "updatedAt": at,
        "deletedAt": None,
    } | told
    world.webhooks[webhook["id"]] = webhook
    return webhook


ROUTES = {
    ("GET", "webhooks"): list_webhooks,
    ("GET", "webhooks/{id}"): get_webhook,
    ("DELETE", "webhooks/{id}"): delete_webhook,
    **{("POST", f"webhooks/{family}"): _create(family) for family in FAMILIES},
}
