"""A question about all activity of a span of time, and the answer with what it covers: data only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from quo_mcp.directory.conversation_scan import EARLIEST_TIME
from quo_mcp.history.coverage import SpanCoverage
from quo_mcp.history.cursor import Cursor
from quo_mcp.records.calls import Call
from quo_mcp.records.conversations import Conversation
from quo_mcp.records.messages import Message

BOTH_RESOURCES = ("messages", "calls")
ActivityItem: TypeAlias = Message | Call


@dataclass(frozen=True)
class SpanQuery:
    """The messages and calls of a span. Equal queries share what was read, so it holds all that decides it.

    principal: who reads. Two principals never share what was read.
    since, until: the span; until None is now.
    inboxes: inbox ids; None for all allowed ones.
    resources: "messages", "calls" or both.
    user_id: the teammate whose access applies.
    """

    principal: str
    since: datetime
    until: datetime | None = None
    inboxes: tuple[str, ...] | None = None
    resources: tuple[str, ...] = BOTH_RESOURCES
    user_id: str | None = None


@dataclass(frozen=True)
class ConversationActivity:
    """The messages and calls of one conversation in the span, each newest first."""

    conversation: Conversation
    messages: Sequence[Message] = ()
    calls: Sequence[Call] = ()

    @property
    def items(self) -> list[ActivityItem]:
        """Messages and calls together, newest first."""
        items: list[ActivityItem] = [*self.messages, *self.calls]
        return sorted(items, key=activity_time, reverse=True)


@dataclass(frozen=True)
class Collected:
    """What was read for a query, latest activity first, and what that covers.

    conversations: only conversations that were read to their end, including those without items.
    next: where to continue, if the call's time ended before everything was read.
    """

    conversations: Sequence[ConversationActivity]
    coverage: SpanCoverage
    next: Cursor | None = None

    @property
    def items(self) -> list[tuple[Conversation, ActivityItem]]:
        """All messages and calls with their conversations, newest first."""
        pairs = [
            (activity.conversation, item)
            for activity in self.conversations
            for item in activity.items
        ]
        return sorted(pairs, key=lambda pair: activity_time(pair[1]), reverse=True)


def activity_time(item: ActivityItem) -> datetime:
    """Return when an item was created, or the earliest time if Quo gave none."""
    return item.created_at or EARLIEST_TIME
