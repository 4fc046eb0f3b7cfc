"""The query of a message or call list, and the merging of several of Quo's lists into one."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from quo_mcp.directory.conversation_scan import EARLIEST_TIME
from quo_mcp.records.activities import Activity
from quo_mcp.records.base import Page
from quo_mcp.tools.context import ToolContext
from quo_mcp.values import times

Item = TypeVar("Item", bound=Activity)
Source = TypeVar("Source")

MAX_PAGE_SIZE = 100  # Quo's limit for a page; a query with a predicate always reads full pages


def accept_all(_: Activity) -> bool:
    return True


@dataclass(frozen=True)
class ActivityQuery(Generic[Item]):
    """The parameters of a message or call list, without its inbox and participants.

    resource: "messages" or "calls".
    since, until: ISO 8601, UTC.
    limit: items a page of the result holds.
    predicate: which items to keep; Quo cannot filter by it.
    """

    page_type: type[Page[Item]]
    resource: str
    since: str | None
    until: str | None
    user_id: str | None
    limit: int
    predicate: Callable[[Item], bool] = accept_all

    async def fetch_page(
        self,
        context: ToolContext,
        inbox: str,
        participants: Sequence[str],
        *,
        token: str | None = None,
        before: str | None = None,
    ) -> Page[Item]:
        """Fetch one page of the messages or calls with these participants on one inbox.

        token: Quo's page token. before: ISO 8601; only items older than this.

        Raises:
            Refusal: the request failed.
        """
        user_id = self.user_id
        if self.resource == "calls" and user_id is None:
            # Quo lists calls with the workspace owner's access: none on an inbox without the owner.
            user_id = await context.directory.call_viewer_of(inbox)
        query = {
            "phoneNumberId": inbox,
            "participants": list(participants),
            "userId": user_id,
            "createdAfter": self.since,
            "createdBefore": min(filter(None, (self.until, before)), default=None),
            "maxResults": self.limit if self.predicate is accept_all else MAX_PAGE_SIZE,
            "pageToken": token,
        }
        return await context.api.get(self.page_type, self.resource, query=query)


class MergedPages(Generic[Source, Item]):
    """Pages of several of Quo's lists, merged into one list, newest first. Each item carries its source.

    A list with a further page may hold more items older than its oldest one read. The newest of these
    oldest items is the horizon: older items of any list are left to the next page.
    """

    def __init__(self, query: ActivityQuery[Item]) -> None:
        self._query = query
        self._entries: list[tuple[Source, Item]] = []
        self._horizon = EARLIEST_TIME

    def add(self, source: Source, page: Page[Item]) -> None:
        self._entries += [(source, item) for item in page.data if self._query.predicate(item)]
        self._entries.sort(key=activity_time, reverse=True)
        if page.next_page_token and page.data:
            oldest = min(item.created_at or EARLIEST_TIME for item in page.data)
            self._horizon = max(self._horizon, oldest)

    @property
    def items(self) -> list[tuple[Source, Item]]:
        """The items that are certain to be the newest, at most `limit`."""
        certain = (entry for entry in self._entries if activity_time(entry) >= self._horizon)
        return list(itertools.islice(certain, self._query.limit))

    @property
    def is_full(self) -> bool:
        return len(self.items) == self._query.limit

    def next_cursor(self, *, has_unread: bool = False) -> str | None:
        """Return the time before which the next page begins (ISO 8601), or None if there is no next page.

        has_unread: whether there are lists of which no page was added.
        """
        items = self.items
        if len(items) == self._query.limit and (len(items) < len(self._entries) or has_unread):
            return times.format_iso(activity_time(items[-1]))
        return times.format_iso(self._horizon) if self._horizon > EARLIEST_TIME else None


def activity_time(entry: tuple[Any, Activity]) -> datetime:
    """Return the creation time of an item with its source, or the earliest time if Quo gave none."""
    return entry[1].created_at or EARLIEST_TIME
