"""The routes of webhooks. Each family of events has its own route to create one; none is updated."""

import base64
from collections.abc import Callable
from typing import Any

from quo_mcp.sandbox.error_responses import not_found
from quo_mcp.sandbox.http import Json, Request, Response, format_time
from quo_mcp.sandbox.request_validation import URI, USER_ID, BodyReader, QueryReader, path_id
from quo_mcp.sandbox.state import SandboxState

RESOURCE = "03"  # the first two digits of Quo's error codes
EVENTS_BY_FAMILY = {
    "messages": ("message.received", "message.delivered"),
    "calls": ("call.ringing", "call.completed", "call.recording.completed"),
    "call-summaries": ("call.summary.completed",),
    "call-transcripts": ("call.transcript.completed",),
}


def list_webhooks(state: SandboxState, request: Request) -> Response:
    """List the webhooks of one user; without a `userId`, the owner's."""
    query = QueryReader(request, RESOURCE)
    user_id = query.string("userId", USER_ID) or state.owner_id
    query.reject_invalid()
    matches = [webhook for webhook in state.webhooks.values() if webhook["userId"] == user_id]
    return Response.from_json({"data": matches})


def _find(state: SandboxState, request: Request) -> Json:
    webhook = state.webhooks.get(path_id(request, RESOURCE, "id", "WH"))
    if webhook is None:
        raise not_found(RESOURCE, "Webhook")
    return webhook


def get_webhook(state: SandboxState, request: Request) -> Response:
    return Response.from_json({"data": _find(state, request)})


def delete_webhook(state: SandboxState, request: Request) -> Response:
    del state.webhooks[_find(state, request)["id"]]
    return Response(204)


def _create(family: str) -> Callable[[SandboxState, Request], Response]:
    def create(state: SandboxState, request: Request) -> Response:
        body = BodyReader(request, RESOURCE)
        url, label = body.string("url", URI, required=True), body.string("label")
        user_id, status = body.string("userId", USER_ID), body.string("status", "enabled|disabled")
        events = _known_strings(body, "events", EVENTS_BY_FAMILY[family], required=True)
        resource_ids = _resource_ids(state, body)
        body.reject_invalid()
        if user_id is not None and user_id not in state.users:
            raise not_found(RESOURCE, "User")
        webhook = add_webhook(
            state,
            url=url,
            label=label,
            events=events,
            resourceIds=resource_ids,
            status=status or "enabled",
            userId=user_id or state.owner_id,
        )
        return Response.from_json({"data": webhook}, 201)

    return create


def _known_strings(
    body: BodyReader, name: str, known: tuple[str, ...], *, required: bool = False
) -> list[str]:
    """Return an array of known strings; with `required`, an empty one is an error."""
    values = body.array(name, required=required)
    if required and name in body.fields and not values:
        body.add_error(
            name, "Expected array length to be greater or equal to 1", values, minItems=1
        )
    for i, value in enumerate(values):
        if value not in known:
            body.add_error(
                f"{name}/{i}", f"Expected one of {', '.join(known)}", value, type="string"
            )
    return values


def _resource_ids(state: SandboxState, body: BodyReader) -> list[str]:
    """Return the ids of the numbers to listen to; `*`, the default, is all of them."""
    values = body.array("resourceIds")
    if set(map(str, values)) <= {"*"}:
        return ["*"]
    return _known_strings(body, "resourceIds", tuple(state.numbers))


def add_webhook(state: SandboxState, **fields: Any) -> Json:
    """Add a webhook. `fields` are url, events, resourceIds and any that differ from the defaults."""
    at = format_time(state.now())
    webhook = {
        "id": state.new_id("WH"),
        "userId": state.owner_id,
        "orgId": state.organization_id,
        "label": None,
        "status": "enabled",
        "key": base64.b64encode(state.rng.randbytes(32)).decode(),
        "createdAt": at,
        "updatedAt": at,
        "deletedAt": None,
    } | fields
    state.webhooks[webhook["id"]] = webhook
    return webhook


ROUTES = {
    ("GET", "webhooks"): list_webhooks,
    ("GET", "webhooks/{id}"): get_webhook,
    ("DELETE", "webhooks/{id}"): delete_webhook,
    **{("POST", f"webhooks/{family}"): _create(family) for family in EVENTS_BY_FAMILY},
}
