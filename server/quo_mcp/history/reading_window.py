"""Which conversations of a reading pass one call is about, and what was read of them."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from quo_mcp.directory.conversation_scan import EARLIEST_TIME, last_activity_time
from quo_mcp.history.coverage import SpanCoverage
from quo_mcp.history.cursor import Cursor
from quo_mcp.history.reading_pass import OpenedConversation, ReadingPass
from quo_mcp.history.span import Collected, ConversationActivity, SpanQuery, activity_time
from quo_mcp.records.conversations import Conversation
from quo_mcp.values.phone_numbers import is_e164

ONE_MILLISECOND = timedelta(milliseconds=1)  # Quo's times have no finer parts

SkipRule = Callable[[Conversation], str | None]
"""Returns why a conversation need not be opened for a question ("done"), or None to open it."""


def open_every(_conversation: Conversation) -> None:
    """The skip rule that opens every conversation."""


OUTSIDE = "outside"
UNLISTED = "unlisted"


def classify(conversation: Conversation, query: SpanQuery, window: Cursor, skip: SkipRule) -> str:
    """Return "" for a conversation to read, or why it is not: `OUTSIDE`, `UNLISTED`, or a reason of the rule.

    Quo's filter also passes conversations that were only marked done or assigned since: they have no
    activity in the span.
    """
    latest = last_activity_time(conversation)
    if latest < query.since:
        return OUTSIDE
    if query.resources == ("calls",) and len(conversation.participants) > 1:
        return OUTSIDE
    if window.conversations_before and latest >= window.conversations_before:
        return OUTSIDE
    if window.conversations_from and latest < window.conversations_from:
        return OUTSIDE
    if reason := skip(conversation):
        return reason
    is_listed = conversation.participants and all(map(is_e164, conversation.participants))
    return "" if is_listed else UNLISTED


def summarize(reading_pass: ReadingPass, window: Cursor, skip: SkipRule) -> Collected:
    """Return what was read in a window of a pass, and its coverage.

    Only conversations above the boundary count: the latest activity of those that are left to read. A
    conversation that ties with it is left for the next page as well.
    """
    query = reading_pass.query
    conversations = reading_pass.conversations.values()
    reasons = {
        conversation.id: classify(conversation, query, window, skip)
        for conversation in conversations
    }
    boundary = _boundary(
        reading_pass,
        window,
        [conversation for conversation in conversations if not reasons[conversation.id]],
    )
    covered = [
        conversation
        for conversation in conversations
        if last_activity_time(conversation) > boundary
    ]
    opened = [
        reading_pass.opened[conversation.id]
        for conversation in covered
        if not reasons[conversation.id]
    ]
    activities = [_activity(item) for item in opened if item.failure is None]
    activities.sort(key=lambda activity: last_activity_time(activity.conversation), reverse=True)
    is_list_complete = reading_pass.is_list_complete or is_window_listed(reading_pass, window)
    to_read = [conversation for conversation in conversations if not reasons[conversation.id]]
    skipped = Counter(reasons[conversation.id] for conversation in covered)
    coverage = SpanCoverage(
        query.since,
        query.until,
        query.inboxes,
        read=len(activities),
        skipped={
            reason: count
            for reason, count in skipped.items()
            if reason not in {"", OUTSIDE, UNLISTED}
        },
        unlisted=[conversation for conversation in covered if reasons[conversation.id] == UNLISTED],
        failures={item.conversation: item.failure for item in opened if item.failure is not None},
        unread=len(to_read) - len(opened),
        is_list_complete=is_list_complete,
        list_failure=None if is_list_complete else reading_pass.list_failure,
        is_continued=window.is_continued,
        unreadable_count=reading_pass.unreadable_count
        + sum(pages.unreadable_count for item in opened for pages in item.lists),
    )
    is_over = boundary == EARLIEST_TIME
    return Collected(
        activities,
        coverage,
        None if is_over else Cursor(conversations_before=boundary + ONE_MILLISECOND),
    )


def _boundary(
    reading_pass: ReadingPass, window: Cursor, to_read: Sequence[Conversation]
) -> datetime:
    """Return the latest activity that may be left to read in a window; the earliest time if nothing is."""
    unread = (
        last_activity_time(conversation)
        for conversation in to_read
        if (opened := reading_pass.opened.get(conversation.id)) is None or not opened.is_over
    )
    boundary = max(unread, default=EARLIEST_TIME)
    if reading_pass.list_repeats or is_window_listed(reading_pass, window):
        return boundary
    return max(boundary, reading_pass.list_horizon)


def is_window_listed(reading_pass: ReadingPass, window: Cursor) -> bool:
    """Whether no conversation that is not listed yet can be in the window."""
    lowest = window.conversations_from
    return lowest is not None and EARLIEST_TIME < reading_pass.list_horizon < lowest


def _activity(opened: OpenedConversation) -> ConversationActivity:
    """Return a conversation's messages and calls without repeats, newest first."""
    messages = {message.id: message for message in opened.messages.items} if opened.messages else {}
    calls = {call.id: call for call in opened.calls.items} if opened.calls else {}
    return ConversationActivity(
        opened.conversation,
        sorted(messages.values(), key=activity_time, reverse=True),
        sorted(calls.values(), key=activity_time, reverse=True),
    )
