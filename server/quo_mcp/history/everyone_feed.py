"""The messages or calls with everyone as one list, newest first: page after page of one reading pass.

Conversations are opened latest activity first, and only until the page is certain. What was read is kept
for the next pages, so a whole list costs hardly more requests than its conversations.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, cast

import anyio

from quo_mcp.directory.cache import ProgressCallback
from quo_mcp.directory.conversation_scan import EARLIEST_TIME, last_activity_time
from quo_mcp.directory.directory import Directory
from quo_mcp.errors import InvalidArguments, Refusal, Unavailable
from quo_mcp.gateway import ApiClient
from quo_mcp.history.activity_reader import LIST_TIMEOUT, MAX_CONCURRENT_READS, reading_deadline
from quo_mcp.history.answers import CallBack, find_call_back
from quo_mcp.history.coverage import Coverage
from quo_mcp.history.cursor import Cursor
from quo_mcp.history.feed import DEFAULT_SPAN, FeedPage
from quo_mcp.history.query import ActivityQuery, Item, Source
from quo_mcp.history.reading_pass import ActivityPages, PassCache, ReadingPass
from quo_mcp.history.reading_window import (
    ONE_MILLISECOND,
    UNLISTED,
    classify,
    is_window_listed,
    open_every,
)
from quo_mcp.history.span import SpanQuery
from quo_mcp.records.activities import Activity
from quo_mcp.records.calls import Call
from quo_mcp.records.conversations import Conversation

MAX_CONVERSATIONS = 100  # opened by one call; one request each, at nine a second


@dataclass(frozen=True)
class EveryoneFeed:
    """Reads feeds with everyone.

    principal: who reads, see `SpanQuery`. passes: what earlier pages read. now: the clock, in UTC.
    """

    api: ApiClient
    directory: Directory
    passes: PassCache
    principal: str
    now: Callable[[], datetime]

    async def read(
        self,
        query: ActivityQuery[Item],
        inboxes: Sequence[str] | None,
        cursor: Cursor,
        progress: ProgressCallback,
    ) -> FeedPage[Item]:
        """Read one page of the messages or calls with everyone: by default, of the last 7 days.

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
        span = SpanQuery(
            self.principal,
            since,
            # A call-back may follow after the end of the period, so calls are read up to now.
            None if query.resource == "calls" else query.until,
            tuple(inboxes) if inboxes else None,
            (query.resource,),
            query.user_id,
        )
        reading_pass = self.passes.find(span) if cursor.is_continued else None
        if reading_pass is None:
            reading_pass = ReadingPass(self.api, self.directory, span)
        reading = _PageReading(reading_pass, query, cursor, progress)
        with anyio.CancelScope(deadline=reading_deadline(cursor)):
            async with reading_pass.lock:
                await reading.run()
        self.passes.put(reading_pass)
        if not (reading_pass.conversations or reading_pass.is_list_complete):
            raise reading_pass.list_failure or Unavailable(LIST_TIMEOUT, source="network")
        return reading.page()


class _PageReading(Generic[Item]):
    """The reading of one page.

    An opened list may have older items on further pages of Quo's: only items above its horizon are certain.
    Conversations that are not opened may have items up to their latest activity, so that is the other bound.
    """

    def __init__(
        self,
        reading_pass: ReadingPass,
        query: ActivityQuery[Item],
        cursor: Cursor,
        progress: ProgressCallback,
    ) -> None:
        self._pass = reading_pass
        self._query = query
        self._cursor = cursor
        self._progress = progress

    async def run(self) -> None:
        """Read until the page is certain, everything is read, or this call may open no more conversations."""
        self._pass.list_failure = None
        opened_count = 0
        # One item more than the page holds tells whether there is a next page.
        while len(self._certain_entries()) <= self._query.limit:
            unopened = [item for item in self._conversations() if not self._is_started(item)]
            batch = unopened[: min(MAX_CONCURRENT_READS, MAX_CONVERSATIONS - opened_count)]
            if batch:
                await self._read(batch)
                opened_count += len(batch)
                await self._progress(opened_count, None, f"Read {opened_count} conversations.")
            elif unopened:
                return
            elif not (self._is_listed or self._pass.list_failure):
                await self._list_more()
            elif blocking := self._blocking():
                await self._read(blocking)
            else:
                return

    def page(self) -> FeedPage[Item]:
        """Return the page, and where the next one starts."""
        unread, entries = self._latest_unread(), self._certain_entries()
        lowest = EARLIEST_TIME
        if len(entries) <= self._query.limit and unread > EARLIEST_TIME:
            # The call ended early. The page is about the conversations above the latest unread one.
            lowest, entries = unread, self._entries(unread)
        items = entries[: self._query.limit]
        while (
            items and len(items) < len(entries) and _time(entries[len(items)]) == _time(items[-1])
        ):
            items = entries[: len(items) + 1]  # a cursor cannot separate items of one moment
        is_cut = len(items) < len(entries) or self._horizon(lowest) > EARLIEST_TIME
        is_cut = is_cut or (lowest == EARLIEST_TIME < unread)
        read_from = (
            lowest + ONE_MILLISECOND if lowest > EARLIEST_TIME else self._cursor.conversations_from
        )
        next_cursor = None
        if is_cut:
            before = _time(items[-1]) if items else self._horizon(lowest)
            next_cursor = replace(self._cursor, before=before, conversations_from=read_from)
        elif read_from:
            next_cursor = Cursor(conversations_before=read_from)
        coverage = self._coverage(lowest, next_cursor)
        return FeedPage(items, coverage, next_cursor, self._call_backs(items))

    def _call_backs(self, items: Sequence[tuple[Source, Item]]) -> Mapping[str, CallBack]:
        """Return what happened after the missed calls, as far as it is certain.

        Calls are read newest first, so all later ones of an opened conversation were read. A call-back may
        also be in another inbox's conversation with the same person that was not or could not be opened.
        """
        calls: dict[tuple[str, ...], list[Call]] = {}
        unread_until: dict[tuple[str, ...], datetime] = {}
        for conversation in self._pass.conversations.values():
            people, opened = conversation.participants, self._pass.opened.get(conversation.id)
            if opened and opened.calls and opened.calls.is_started and not opened.failure:
                calls.setdefault(people, []).extend(opened.calls.items)
            else:
                latest = last_activity_time(conversation)
                unread_until[people] = max(latest, unread_until.get(people, EARLIEST_TIME))
        call_backs = {}
        for source, item in items:
            if isinstance(item, Call) and item.is_missed:
                call_back = find_call_back(item, calls.get(source.participants, ()))
                unread = unread_until.get(source.participants, EARLIEST_TIME)
                if call_back.reached or _time((source, item)) >= unread:
                    call_backs[item.id] = call_back
        return call_backs

    def _coverage(self, lowest: datetime, next_cursor: Cursor | None) -> Coverage:
        opened = [
            self._pass.opened[conversation.id]
            for conversation in self._conversations(lowest)
            if self._is_started(conversation)
        ]
        return Coverage(
            self._query,
            read=[
                Source.of_conversation(entry.conversation) for entry in opened if not entry.failure
            ],
            failures={
                Source.of_conversation(entry.conversation): entry.failure
                for entry in opened
                if entry.failure
            },
            unlisted=self._conversations(lowest, UNLISTED),
            has_unread_conversations=next_cursor is not None and next_cursor.before is None,
            list_failure=None if self._is_listed else self._pass.list_failure,
            is_continued=self._cursor.is_continued,
            unreadable_count=self._pass.unreadable_count
            + sum(pages.unreadable_count for entry in opened for pages in entry.lists),
        )

    def _conversations(
        self, lowest: datetime = EARLIEST_TIME, reason: str = ""
    ) -> list[Conversation]:
        """Return the listed conversations of the window, latest activity first: those to read, by default.

        lowest: only those with later activity. reason: see `classify`.
        """
        matching = [
            conversation
            for conversation in self._pass.conversations.values()
            if last_activity_time(conversation) > lowest
            and classify(conversation, self._pass.query, self._cursor, open_every) == reason
        ]
        return sorted(matching, key=last_activity_time, reverse=True)

    def _pages(self, conversation: Conversation) -> ActivityPages[Item]:
        [pages] = self._pass.open(conversation).lists
        return cast("ActivityPages[Item]", pages)

    def _is_started(self, conversation: Conversation) -> bool:
        if conversation.id not in self._pass.opened:
            return False
        opened = self._pass.opened[conversation.id]
        return opened.failure is not None or self._pages(conversation).is_started

    @property
    def _is_listed(self) -> bool:
        return self._pass.is_list_complete or is_window_listed(self._pass, self._cursor)

    def _latest_unread(self) -> datetime:
        """Return the latest activity of the conversations that were not opened; the earliest time if none."""
        unopened = (
            last_activity_time(item) for item in self._conversations() if not self._is_started(item)
        )
        latest = max(unopened, default=EARLIEST_TIME)
        if self._is_listed or self._pass.list_repeats:
            return latest
        return max(latest, self._pass.list_horizon)

    def _readable(self, lowest: datetime) -> list[ActivityPages[Item]]:
        return [
            self._pages(conversation)
            for conversation in self._conversations(lowest)
            if self._is_started(conversation) and self._pass.opened[conversation.id].failure is None
        ]

    def _horizon(self, lowest: datetime = EARLIEST_TIME) -> datetime:
        """Return the time before which the opened lists may have unread items; the earliest time if none."""
        return max((pages.horizon for pages in self._readable(lowest)), default=EARLIEST_TIME)

    def _entries(self, lowest: datetime = EARLIEST_TIME) -> list[tuple[Source, Item]]:
        """Return the items of the opened lists above their horizon, newest first."""
        keep, until = self._query.predicate, self._query.until
        before, horizon = self._cursor.before, self._horizon(lowest)
        entries = {
            item.id: (pages.source, item)
            for conversation in self._conversations(lowest)
            if self._is_started(conversation)
            for pages in [self._pages(conversation)]
            for item in pages.items
            if (keep is None or keep(item))
            and (until is None or (item.created_at or EARLIEST_TIME) < until)
            and (item.created_at or EARLIEST_TIME) >= horizon
            and (before is None or (item.created_at or EARLIEST_TIME) < before)
        }
        return sorted(entries.values(), key=_time, reverse=True)

    def _certain_entries(self) -> list[tuple[Source, Item]]:
        unread = self._latest_unread()
        return [entry for entry in self._entries() if _time(entry) >= unread]

    def _blocking(self) -> list[Conversation]:
        """Return the conversations whose unread items are the newest that may exist."""
        horizon = self._horizon()
        return [
            conversation
            for conversation in self._conversations()
            if EARLIEST_TIME < horizon == self._pages(conversation).horizon
            and self._pass.opened[conversation.id].failure is None
        ]

    async def _read(self, conversations: Sequence[Conversation]) -> None:
        """Read one more page of each conversation."""

        async def read_page(conversation: Conversation) -> None:
            try:
                await self._pages(conversation).read_next()
            except Refusal as refusal:
                self._pass.opened[conversation.id].failure = refusal

        async with anyio.create_task_group() as task_group:
            for conversation in conversations:
                task_group.start_soon(read_page, conversation)

    async def _list_more(self) -> None:
        try:
            await self._pass.list_more()
        except Refusal as refusal:
            self._pass.list_failure = refusal


def _time(entry: tuple[Source, Activity]) -> datetime:
    return entry[1].created_at or EARLIEST_TIME
