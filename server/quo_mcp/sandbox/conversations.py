"""Conversations: the inbox, and its three marks. A mark's reply is the bare conversation."""

from quo_mcp.sandbox.error_responses import not_a_member, not_found
from quo_mcp.sandbox.http import Json, Reply, Request, iso
from quo_mcp.sandbox.paging import page
from quo_mcp.sandbox.request_validation import E164, NUMBER, USER, Query, place
from quo_mcp.sandbox.state import World

RESOURCE = "10"
NOT_A_USER = "1001403"


def list_conversations(world: World, request: Request) -> Reply:
    query = Query(request, RESOURCE)
    either = rf"{NUMBER}|{E164}"
    old, inboxes = query.one("phoneNumber", either), query.many("phoneNumbers", either, at_most=100)
    user = query.one("userId", USER)
    bounds = {
        "createdAt": (query.time("createdAfter"), query.time("createdBefore")),
        "updatedAt": (query.time("updatedAfter"), query.time("updatedBefore")),
    }
    active_only = query.truth("excludeInactive")
    size, token = query.whole("maxResults", 1, 100), query.one("pageToken")
    query.settled()
    numbers = [world.number(given, RESOURCE) for given in [*inboxes, *([old] if old else [])]]
    for number in numbers:
        world.require_member(number, user, NOT_A_USER)
    if user is not None and user not in world.users:
        raise not_a_member(NOT_A_USER)
    wanted = {number["id"] for number in numbers or _reach(world, user)}
    found = [
        conversation
        for conversation in world.conversations.values()
        if conversation["phoneNumberId"] in wanted
        and all(_within(conversation[name], *limits) for name, limits in bounds.items())
        and not (active_only and conversation["deletedAt"])
    ]
    newest_first = sorted(found, key=lambda each: each["lastActivityAt"], reverse=True)
    return Reply.of(page(newest_first, request, query, size=size, token=token))


def _reach(world: World, user: str | None) -> list[Json]:
    """The numbers that a user is on; all of them if none is named."""
    return [
        number
        for number in world.numbers.values()
        if user is None or user in {member["id"] for member in number["users"]}
    ]


def _within(moment: str, after: str | None, before: str | None) -> bool:
    return (after is None or moment > after) and (before is None or moment < before)


def _one(world: World, request: Request) -> Json:
    found = world.conversations.get(place(request, RESOURCE, "conversationId", "CN"))
    if found is None:
        raise not_found(RESOURCE, "Conversation")
    return found


def mark_as_read(world: World, request: Request) -> Reply:
    """Whether a conversation was read is not to be seen in it; only the reply says that it worked."""
    return Reply.of(_one(world, request))


def mark_as_done(world: World, request: Request) -> Reply:
    conversation = _one(world, request)
    world.finish(conversation, world.now())
    return Reply.of(conversation)


def mark_as_open(world: World, request: Request) -> Reply:
    conversation = _one(world, request)
    conversation.update(snoozedUntil=None, updatedAt=iso(world.now()))
    return Reply.of(conversation)


ROUTES = {
    ("GET", "conversations"): list_conversations,
    ("POST", "conversations/{conversationId}/mark-as-read"): mark_as_read,
    ("POST", "conversations/{conversationId}/mark-as-done"): mark_as_done,
    ("POST", "conversations/{conversationId}/mark-as-open"): mark_as_open,
}
