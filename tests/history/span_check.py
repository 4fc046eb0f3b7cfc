"""Judges what was collected of a span by the sandbox's raw data, with faults injected."""

import re

from quo_mcp.sandbox import Fault
from quo_mcp.sandbox.http import format_time

FAULTS = (
    {"kind": "error_before", "status": 403, "style": "quo"},
    {"kind": "error_before", "status": 503, "style": "html"},
    {"kind": "error_after", "status": 500, "style": "quo"},
    {"kind": "rate_limited"},
    {"kind": "rate_limited", "retry_after": "40"},
    {"kind": "dropped"},
    {"kind": "lost_reply"},
    {"kind": "truncated"},
    {"kind": "empty"},
    {"kind": "bad_json"},
    {"kind": "html", "status": 502},
    {"kind": "redirect"},
    {"kind": "stale_connection"},
    {"kind": "wrong_types"},
    {"kind": "repeated_page"},
)
LISTS = ("/quo/v1/messages", "/quo/v1/calls")
ROUTES = (*LISTS * 4, "/quo/v1/conversations", "/quo/v1/")


def inject_faults(box, rng):
    """Inject one to four random faults, each for 1 to 30 requests."""
    for _ in range(rng.randint(1, 4)):
        box.inject(
            Fault(path=rng.choice(ROUTES), times=rng.choice((1, 2, 4, 9, 30)), **rng.choice(FAULTS))
        )


def true_ids(state, query):
    """Return the ids of all messages and calls in the span that Quo's API lists."""
    since = format_time(query.since)
    conversations = {
        conversation["id"]: conversation
        for conversation in state.conversations.values()
        if query.inboxes is None or conversation["phoneNumberId"] in query.inboxes
        if all(
            re.fullmatch(r"\+[1-9][0-9]{6,14}", person) for person in conversation["participants"]
        )
    }
    numbers = {number["number"] for number in state.numbers.values()}
    messages = {
        message["id"]
        for message in state.messages.values()
        if message["conversationId"] in conversations and message["createdAt"] > since
    }
    calls = set()
    for call in state.calls.values():
        [person] = [party for party in call["participants"] if party not in numbers]
        conversation = state.find_conversation(call["phoneNumberId"], [person])
        if call["createdAt"] > since and conversation["id"] in conversations:
            calls.add(call["id"])
    wanted = {"messages": messages, "calls": calls}
    return set().union(*(wanted[resource] for resource in query.resources))


def conversation_of(state, activity_id):
    """Return the id of a message's or a call's conversation."""
    if activity_id in state.messages:
        return state.messages[activity_id]["conversationId"]
    call = state.calls[activity_id]
    numbers = {number["number"] for number in state.numbers.values()}
    people = [party for party in call["participants"] if party not in numbers]
    return state.find_conversation(call["phoneNumberId"], people)["id"]


def check_coverage(state, query, pages):
    """Check that everything that the pages do not hold is in a conversation that they name or leave.

    pages: what was collected, page after page.
    """
    read = [item.id for page in pages for _, item in page.items]
    assert len(read) == len(set(read))
    expected = true_ids(state, query)
    assert set(read) <= expected
    missing = expected - set(read)
    coverages = [page.coverage for page in pages]
    named = {each.id for coverage in coverages for each in coverage.failures}
    is_over = coverages[-1].is_list_complete and not coverages[-1].unread
    if all(coverage.is_complete for coverage in coverages):
        assert missing == set()
    if any(coverage.unreadable_count for coverage in coverages):
        assert not all(coverage.is_complete for coverage in coverages)
    elif is_over:
        assert {conversation_of(state, activity_id) for activity_id in missing} <= named
    else:
        assert pages[-1].next is not None or not coverages[-1].is_list_complete
