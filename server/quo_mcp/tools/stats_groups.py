"""The groups that statistics count by: local days, hours, teammates, inboxes and people."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from quo_mcp.history.span import ActivityItem, activity_time
from quo_mcp.history.statistics import GroupKey, Span
from quo_mcp.records.calls import Call
from quo_mcp.records.conversations import Conversation
from quo_mcp.tools.rendering.statistics_tables import SONA

ONE_MILLISECOND = timedelta(milliseconds=1)  # Quo's times have no finer parts
GroupName: TypeAlias = Literal["day", "hour", "teammate", "inbox", "person"]


def grouping(by: GroupName, zone: ZoneInfo) -> Callable[[Conversation, ActivityItem], GroupKey]:
    """Return the function that gives the group of an item: a local date, an hour, an id, or numbers.

    A teammate is None for an item that no teammate handled.
    """

    def teammate(_conversation: Conversation, item: ActivityItem) -> GroupKey:
        if isinstance(item, Call):
            return SONA if item.ai_handled else item.handler_id
        return item.user_id if item.direction == "outgoing" else None

    groupings: dict[GroupName, Callable[[Conversation, ActivityItem], GroupKey]] = {
        "day": lambda _, item: activity_time(item).astimezone(zone).date(),
        "hour": lambda _, item: activity_time(item).astimezone(zone).hour,
        "teammate": teammate,
        "inbox": lambda conversation, _: conversation.phone_number_id,
        "person": lambda conversation, _: tuple(sorted(conversation.participants)),
    }
    return groupings[by]


def days_of(span: Span, zone: ZoneInfo) -> list[date]:
    """Return every local day of a span, also those without activity."""
    first = span.start.astimezone(zone).date()
    last = (span.end - ONE_MILLISECOND).astimezone(zone).date()
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]
