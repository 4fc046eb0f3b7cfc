"""The routes of messages."""

import re

from quo_mcp.sandbox.delivery import send
from quo_mcp.sandbox.error_responses import not_found, quo_error
from quo_mcp.sandbox.http import Json, RejectedRequest, Request, Response, format_time
from quo_mcp.sandbox.paging import build_page
from quo_mcp.sandbox.request_validation import (
    E164,
    NUMBER_ID,
    USER_ID,
    BodyReader,
    QueryReader,
    path_id,
)
from quo_mcp.sandbox.state import SandboxState

RESOURCE = "02"  # the first two digits of Quo's error codes
NOT_A_USER = "0202403"


def list_messages(state: SandboxState, request: Request) -> Response:
    query = QueryReader(request, RESOURCE)
    number_id = query.string("phoneNumberId", NUMBER_ID, required=True)
    participants = query.strings("participants", E164, max_items=10, required=True)
    user_id = query.string("userId", USER_ID)
    after = query.time("createdAfter")
    since, before = query.time("since"), query.time("createdBefore")
    size, token = query.integer("maxResults", 1, 100), query.string("pageToken")
    query.reject_invalid()
    number = state.find_number(number_id or "", RESOURCE)
    state.require_member(number, user_id, NOT_A_USER)
    state.require_readable(number, NOT_A_USER)
    conversation = state.find_conversation(number["id"], participants)
    now, end = format_time(state.now()), before or since
    matches = [
        message
        for message in state.messages.values()
        if conversation is not None
        and message["conversationId"] == conversation["id"]
        and (after is None or message["createdAt"] > after)
        and (end is None or message["createdAt"] < end)
        and state.visible_from.get(message["id"], "") <= now
    ]
    newest_first = sorted(matches, key=lambda message: message["createdAt"], reverse=True)
    return Response.from_json(build_page(newest_first, request, query, size=size, token=token))


def get_message(state: SandboxState, request: Request) -> Response:
    message = state.messages.get(path_id(request, RESOURCE, "id", "AC"))
    if message is None:
        raise not_found(RESOURCE, "Message")
    return Response.from_json({"data": message})


def send_message(state: SandboxState, request: Request) -> Response:
    body = BodyReader(request, RESOURCE)
    content = body.string("content", r"(?s).*\S.*", required=True, min_length=1, max_length=1600)
    sender = body.string("from", rf"{NUMBER_ID}|{E164}", required=True)
    user_id = body.string("userId", USER_ID)
    body.string("phoneNumberId", NUMBER_ID)
    mark_done = body.string("setInboxStatus", "done")
    recipients = _recipients(body)
    body.reject_invalid()
    number = state.find_number(sender or "", RESOURCE)
    state.require_member(number, user_id, NOT_A_USER)
    for recipient in recipients:
        _require_reachable(number, recipient)
    message = send(state, number, recipients, content or "", user_id or state.default_user(number))
    if mark_done:
        state.mark_done(state.conversations[message["conversationId"]], state.now())
    return Response.from_json({"data": message}, 202)


def _recipients(body: BodyReader) -> list[str]:
    """Return one to ten recipients without duplicates.

    The contract accepts any short string too, but Quo delivers only to E.164 numbers.
    """
    recipients = body.array("to", required=True)
    if "to" in body.fields and not 1 <= len(recipients) <= 10:
        message = "Expected array length between 1 and 10"
        body.add_error("to", message, recipients, type="array", minItems=1, maxItems=10)
    for i, recipient in enumerate(recipients):
        body.require_match(f"to/{i}", recipient, E164)
    return list(dict.fromkeys(recipient for recipient in recipients if isinstance(recipient, str)))


def _require_reachable(number: Json, recipient: str) -> None:
    """Raise RejectedRequest if the number cannot send to this recipient."""
    if recipient == number["number"]:
        raise RejectedRequest(
            quo_error(400, RESOURCE, "Cannot send a message to the sending number")
        )
    is_international = not re.fullmatch(r"\+1[0-9]{10}", recipient)
    if is_international and number["restrictions"]["messaging"]["Intl"] == "restricted":
        raise RejectedRequest(
            quo_error(403, RESOURCE, "International messaging is off for this number")
        )


ROUTES = {
    ("GET", "messages"): list_messages,
    ("POST", "messages"): send_message,
    ("GET", "messages/{id}"): get_message,
}
