"""Messages or calls with one person or group, on one inbox or several, as one list: newest first.

Quo lists them only by inbox and participants. A list over several inboxes therefore merges several of
Quo's lists. For those with everyone, see `everyone_feed`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Generic

import anyio

from quo_mcp.directory.conversation_scan import EARLIEST_TIME, is_newest_first
from quo_mcp.directory.directory import Directory
from quo_mcp.errors import InvalidArguments, Refusal
from quo_mcp.gateway import ApiClient
from quo_mcp.history.answers import CallBack
from quo_mcp.history.coverage import Coverage
from quo_mcp.history.cursor import Cursor
from quo_mcp.history.merged_pages import MergedPages
from quo_mcp.history.query import ActivityQuery, Item, Source
from quo_mcp.values import times

DEFAULT_SPAN = timedelta(days=7)


@dataclass(frozen=True)
class FeedPage(Generic[Item]):
    """One page of a feed: the items with their sources, newest first, and what was read for it.

    call_backs: for calls, what happened after each missed one, by its id, as far as it is known.
    """

    items: Sequence[tuple[Source, Item]]
    coverage: Coverage
    next: Cursor | None = None
    call_backs: Mapping[str, CallBack] = field(default_factory=dict)

    def first(self, count: int, cursor: Cursor) -> "FeedPage[Item] | None":
        """Return the page with at most the first `count` items; the next page begins right after them.

        None if the page cannot be divided, because the times are equal, unknown or out of order.

        cursor: the position of this page.
        """
        times_of_items = [item.created_at for _, item in self.items]
        for last in range(min(count, len(self.items) - 1), 0, -1):
            last_time, next_time = times_of_items[last - 1 : last + 1]
            if self.coverage.is_out_of_order or not last_time or not next_time:
                continue
            if times.format_iso(last_time) > times.format_iso(next_time):
                return replace(
                    self, items=self.items[:last], next=self._position_after(last_time, cursor)
                )
        return None

    def _position_after(self, moment: datetime, cursor: Cursor) -> Cursor:
        """Return the position right after an item of this page, within the conversations of this page."""
        window_start = None
        if self.next:
            window_start = self.next.conversations_from
            if self.next.before is None:
                window_start = window_start or self.next.conversations_before
        return replace(
            cursor,
            token=None,
            before=moment,
            conversations_from=window_start or cursor.conversations_from,
        )


@dataclass(frozen=True)
class FeedReader:
    """Reads feeds. now: the clock, in UTC."""

    api: ApiClient
    directory: Directory
    now: Callable[[], datetime]

    async def read_person(
        self,
        query: ActivityQuery[Item],
        participants: Sequence[str],
        inboxes: Sequence[str],
        cursor: Cursor,
    ) -> FeedPage[Item]:
        """Read the messages or calls with one person or group.

        participants: E.164. inboxes: at least one inbox id.

        Raises:
            InvalidArguments: the cursor belongs to a single inbox.
            Refusal: no inbox could be read.
        """
        sources = [Source(inbox, tuple(participants)) for inbox in inboxes]
        if len(sources) == 1 and query.predicate is None:
            return await self._read_single(query, sources[0], cursor)
        if cursor.token:
            raise InvalidArguments(
                "Invalid page_token: it belongs to a list of one inbox. Give the same inbox, or omit page_token to start with the newest."
            )
        feed_page = await self._merge(query, sources, cursor)
        if not feed_page.coverage.read:
            raise next(iter(feed_page.coverage.failures.values()))
        return feed_page

    async def _read_single(
        self, query: ActivityQuery[Item], source: Source, cursor: Cursor
    ) -> FeedPage[Item]:
        """Read one source, page by page as Quo cuts it."""
        page = await query.fetch_page(self.api, self.directory, source, cursor)
        is_whole = page.next_page_token is None and not cursor.is_continued
        is_in_order = is_newest_first(item.created_at for item in page.data)
        items = sorted(page.data, key=lambda item: item.created_at or EARLIEST_TIME, reverse=True)
        return FeedPage(
            [(source, item) for item in (page.data if is_in_order else items)],
            Coverage(
                query,
                read=[source],
                is_continued=cursor.is_continued,
                unreadable_count=page.unreadable_count,
                has_unknown_end=page.has_unknown_end,
                is_out_of_order=not (is_in_order or is_whole),
            ),
            replace(cursor, token=page.next_page_token) if page.next_page_token else None,
        )

    async def _merge(
        self, query: ActivityQuery[Item], sources: Sequence[Source], cursor: Cursor
    ) -> FeedPage[Item]:
        """Merge one page of each source."""
        merged = MergedPages(query)
        failures: dict[Source, Refusal] = {}

        async def read_source(source: Source) -> None:
            try:
                merged.add(source, await query.fetch_page(self.api, self.directory, source, cursor))
            except Refusal as error:
                failures[source] = error

        async with anyio.create_task_group() as task_group:
            for source in sources:
                task_group.start_soon(read_source, source)
        before = merged.end()
        return FeedPage(
            merged.items,
            Coverage(
                query,
                read=[source for source in sources if source not in failures],
                failures=failures,
                is_continued=cursor.is_continued,
                unreadable_count=merged.unreadable_count,
                has_unknown_end=merged.has_unknown_end,
                is_out_of_order=merged.is_out_of_order,
            ),
            replace(cursor, before=before) if before else None,
        )
