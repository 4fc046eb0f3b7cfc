"""The routes of conversations. The response to a mark is the bare conversation."""

from quo_mcp.sandbox.error_responses import not_a_member, not_found
from quo_mcp.sandbox.http import Json, Request, Response, format_time
from quo_mcp.sandbox.paging import build_page
from quo_mcp.sandbox.request_validation import E164, NUMBER_ID, USER_ID, QueryReader, path_id
from quo_mcp.sandbox.state import SandboxState

RESOURCE = "10"  # the first two digits of Quo's error codes
NOT_A_USER = "1001403"


def list_conversations(state: SandboxState, request: Request) -> Response:
    query = QueryReader(request, RESOURCE)
    pattern = rf"{NUMBER_ID}|{E164}"
    deprecated = query.string("phoneNumber", pattern)
    ids_or_numbers = query.strings("phoneNumbers", pattern, max_items=100)
    user_id = query.string("userId", USER_ID)
    bounds = {
        "createdAt": (query.time("createdAfter"), query.time("createdBefore")),
        "updatedAt": (query.time("updatedAfter"), query.time("updatedBefore")),
    }
    active_only = query.boolean("excludeInactive")
    size, token = query.integer("maxResults", 1, 100), query.string("pageToken")
    query.reject_invalid()
    if deprecated:
        ids_or_numbers.append(deprecated)
    numbers = [state.find_number(id_or_number, RESOURCE) for id_or_number in ids_or_numbers]
    for number in numbers:
        state.require_member(number, user_id, NOT_A_USER)
    if user_id is not None and user_id not in state.users:
        raise not_a_member(NOT_A_USER)
    number_ids = {number["id"] for number in numbers or _numbers_of_user(state, user_id)}
    matches = [
        conversation
        for conversation in state.conversations.values()
        if conversation["phoneNumberId"] in number_ids
        and all(
            _is_within(conversation[name], after, before)
            for name, (after, before) in bounds.items()
        )
        and not (active_only and conversation["deletedAt"])
    ]
    newest_first = sorted(matches, key=lambda item: item["lastActivityAt"], reverse=True)
    return Response.from_json(build_page(newest_first, request, query, size=size, token=token))


def _numbers_of_user(state: SandboxState, user_id: str | None) -> list[Json]:
    """Return the numbers of a user, or all numbers without a user."""
    return [
        number
        for number in state.numbers.values()
        if user_id is None or user_id in {member["id"] for member in number["users"]}
    ]


def _is_within(time: str, after: str | None, before: str | None) -> bool:
    return (after is None or time > after) and (before is None or time < before)


def _find(state: SandboxState, request: Request) -> Json:
    conversation = state.conversations.get(path_id(request, RESOURCE, "conversationId", "CN"))
    if conversation is None:
        raise not_found(RESOURCE, "Conversation")
    return conversation


def mark_as_read(state: SandboxState, request: Request) -> Response:
    """Return the conversation unchanged: Quo's conversations have no field for the read state."""
    return Response.from_json(_find(state, request))


def mark_as_done(state: SandboxState, request: Request) -> Response:
    conversation = _find(state, request)
    state.mark_done(conversation, state.now())
    return Response.from_json(conversation)


def mark_as_open(state: SandboxState, request: Request) -> Response:
    conversation = _find(state, request)
    conversation.update(snoozedUntil=None, updatedAt=format_time(state.now()))
    return Response.from_json(conversation)


ROUTES = {
    ("GET", "conversations"): list_conversations,
    ("POST", "conversations/{conversationId}/mark-as-read"): mark_as_read,
    ("POST", "conversations/{conversationId}/mark-as-done"): mark_as_done,
    ("POST", "conversations/{conversationId}/mark-as-open"): mark_as_open,
}
