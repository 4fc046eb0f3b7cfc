"""The merging of pages of several sources into one list, newest first."""

import itertools
from datetime import datetime
from typing import Generic

from quo_mcp.directory.conversation_scan import EARLIEST_TIME, is_newest_first, oldest_time
from quo_mcp.history.query import ActivityQuery, Item, Source
from quo_mcp.records.record import Page


class MergedPages(Generic[Item]):
    """One page of each of several sources, merged. Each item carries its source.

    A source with a further page may hold more items older than its oldest one read. The newest of these
    oldest items is the horizon: older items of any source are left to the next page.
    """

    def __init__(self, query: ActivityQuery[Item]) -> None:
        self._query = query
        self._entries: list[tuple[Source, Item]] = []
        self._horizon = EARLIEST_TIME
        self.unreadable_count = 0
        self.has_unknown_end = False
        self.is_out_of_order = False

    def add(self, source: Source, page: Page[Item]) -> None:
        self.unreadable_count += page.unreadable_count
        self.has_unknown_end |= page.has_unknown_end
        self.is_out_of_order |= bool(page.next_page_token) and not is_newest_first(
            item.created_at for item in page.data
        )
        keep = self._query.predicate
        self._entries += [(source, item) for item in page.data if keep is None or keep(item)]
        self._entries.sort(key=_time_of, reverse=True)
        if page.next_page_token and page.data:
            oldest = oldest_time(item.created_at for item in page.data)
            self._horizon = max(self._horizon, oldest)
            self.has_unknown_end |= oldest == EARLIEST_TIME

    @property
    def items(self) -> list[tuple[Source, Item]]:
        """The items that are certain to be the newest, at most `limit`."""
        certain = (entry for entry in self._entries if _time_of(entry) >= self._horizon)
        return list(itertools.islice(certain, self._query.limit))

    def end(self) -> datetime | None:
        """Return the time before which the next page begins, or None if there is no next page."""
        items = self.items
        if self._query.limit == len(items) < len(self._entries):
            return _time_of(items[-1])
        return self._horizon if self._horizon > EARLIEST_TIME else None


def _time_of(entry: tuple[Source, Item]) -> datetime:
    """Return the creation time of an item with its source, or the earliest time if Quo gave none."""
    return entry[1].created_at or EARLIEST_TIME
