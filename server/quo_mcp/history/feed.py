"""Messages or calls of one person, group or everyone, on one inbox or several, as one list: newest first.

Quo lists them only by inbox and participants. A list over several inboxes, or with everyone, therefore
merges several of Quo's lists. They are read together, and those that cannot matter are not read.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Generic

import anyio

from quo_mcp.directory.cache import ProgressCallback
from quo_mcp.directory.conversation_scan import ConversationScan, last_activity_time
from quo_mcp.directory.directory import Directory
from quo_mcp.errors import InvalidArguments, Refusal, Unavailable
from quo_mcp.gateway import ApiClient
from quo_mcp.gateway.pages import is_time_up, reading_time
from quo_mcp.history.coverage import Coverage
from quo_mcp.history.cursor import Cursor
from quo_mcp.history.merged_pages import MergedPages
from quo_mcp.history.query import ActivityQuery, Item, Source
from quo_mcp.records.conversations import Conversation
from quo_mcp.values import times
from quo_mcp.values.phone_numbers import is_e164

MAX_CONCURRENT_READS = 4  # more requests would only wait for the rate limit
DEFAULT_SPAN = timedelta(days=7)
MAX_CONVERSATIONS = 100  # one request each, at nine a second
MAX_PAGES = 10  # of the conversation list


@dataclass(frozen=True)
class FeedPage(Generic[Item]):
    """One page of a feed: the items with their sources, newest first, and what was read for it."""

    items: Sequence[tuple[Source, Item]]
    coverage: Coverage
    next: Cursor | None = None


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

    async def read_everyone(
        self,
        query: ActivityQuery[Item],
        inboxes: Sequence[str] | None,
        cursor: Cursor,
        progress: ProgressCallback,
    ) -> FeedPage[Item]:
        """Read the messages or calls with everyone: by default, of the last 7 days.

        inboxes: inbox ids; None for all allowed ones.

        Raises:
            InvalidArguments: the cursor belongs to a list with one person.
            Refusal: the conversations could not be listed.
        """
        if cursor.token:
            raise InvalidArguments(
                "Invalid page_token: it belongs to a list with one person. Give the same person, or omit page_token to start with the newest."
            )
        since = query.since or min(filter(None, (query.until, self.now()))) - DEFAULT_SPAN
        query = replace(query, since=since)
        conversations, unlisted, has_more = await self._active_conversations(
            query, since, inboxes, cursor.conversations_before
        )
        sources = [Source.of_conversation(conversation) for conversation in conversations]
        feed_page = await self._merge(query, sources, cursor, progress)
        next_cursor = feed_page.next
        if next_cursor is None and has_more and sources:
            next_cursor = Cursor(conversations_before=last_activity_time(conversations[-1]))
        coverage = replace(
            feed_page.coverage,
            unlisted=unlisted,
            has_unread_conversations=next_cursor is not None and next_cursor.before is None,
            scan_exhausted=has_more and not sources,
        )
        return FeedPage(feed_page.items, coverage, next_cursor)

    async def _read_single(
        self, query: ActivityQuery[Item], source: Source, cursor: Cursor
    ) -> FeedPage[Item]:
        """Read one source, page by page as Quo cuts it."""
        page = await query.fetch_page(self.api, self.directory, source, cursor)
        return FeedPage(
            [(source, item) for item in page.data],
            Coverage(query, read=[source], is_continued=cursor.is_continued),
            replace(cursor, token=page.next_page_token) if page.next_page_token else None,
        )

    async def _merge(
        self,
        query: ActivityQuery[Item],
        sources: Sequence[Source],
        cursor: Cursor,
        progress: ProgressCallback | None = None,
    ) -> FeedPage[Item]:
        """Merge sources, latest activity first, until the page is certain."""
        merged = MergedPages(query)
        failures: dict[Source, Refusal] = {}

        async def read_source(source: Source) -> None:
            failures[source] = Unavailable(
                "Not read within the time of this call. Call again in a minute."
            )
            try:
                page = await query.fetch_page(self.api, self.directory, source, cursor)
                merged.add(source, page)
                del failures[source]
            except Refusal as error:
                failures[source] = error

        count = 0
        # No item is newer than its conversation's latest activity, so a full page with newer items is final.
        while count < len(sources) and not merged.is_final(sources[count].latest_activity):
            if progress and is_time_up():
                break
            batch = sources[count : count + MAX_CONCURRENT_READS]
            with reading_time():
                async with anyio.create_task_group() as task_group:
                    for source in batch:
                        task_group.start_soon(read_source, source)
            count += len(batch)
            if progress:
                await progress(
                    count, len(sources), f"Read {count} of {len(sources)} conversations."
                )
        before = merged.end(has_unread=count < len(sources))
        tried = sources[:count]
        return FeedPage(
            merged.items,
            Coverage(
                query,
                read=[source for source in tried if source not in failures],
                failures={source: failures[source] for source in tried if source in failures},
                is_continued=cursor.is_continued,
            ),
            replace(cursor, before=before) if before else None,
        )

    async def _active_conversations(
        self,
        query: ActivityQuery[Item],
        since: datetime,
        inboxes: Sequence[str] | None,
        before: datetime | None,
    ) -> tuple[list[Conversation], list[Conversation], bool]:
        """Find the conversations that may hold items. before: only those with earlier activity.

        Returns:
            The conversations, latest activity first; those whose items Quo does not list; whether there
            are more conversations.
        """
        scan = ConversationScan(
            self.api, max_pages=MAX_PAGES, inboxes=inboxes, since=times.format_iso(since)
        )
        conversations: list[Conversation] = []
        unlisted: list[Conversation] = []
        has_more = False
        async for conversation in scan:
            activity_at = last_activity_time(conversation)
            # Quo's filter also passes conversations that were only marked done. A call has one other party.
            if activity_at < since or (
                query.resource == "calls" and len(conversation.participants) > 1
            ):
                continue
            if before and activity_at >= before:
                continue
            if not all(map(is_e164, conversation.participants)):
                unlisted.append(conversation)
            elif len(conversations) < MAX_CONVERSATIONS:
                conversations.append(conversation)
            else:
                has_more = True
                break
        conversations.sort(key=last_activity_time, reverse=True)
        return conversations, unlisted, has_more or not scan.complete
