"""What was read for one question so far, so that its next pages read only the rest.

It is kept in memory only, for `MAX_AGE` after its last use. A next page also works without it, on another
replica or after a restart: it then reads again.
"""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Generic

import anyio
import anyio.lowlevel

from quo_mcp.directory.conversation_scan import (
    EARLIEST_TIME,
    PAGE_SIZE,
    last_activity_time,
    oldest_time,
)
from quo_mcp.directory.directory import Directory
from quo_mcp.errors import Refusal, Unavailable
from quo_mcp.gateway import ApiClient
from quo_mcp.gateway.pages import PageReader
from quo_mcp.gateway.request import Query
from quo_mcp.history.cursor import Cursor
from quo_mcp.history.query import MAX_PAGE_SIZE, ActivityQuery, Item, Source
from quo_mcp.history.span import SpanQuery
from quo_mcp.records.calls import Call, Voicemail
from quo_mcp.records.conversations import Conversation
from quo_mcp.records.messages import Message
from quo_mcp.records.record import Page
from quo_mcp.values import times

MAX_AGE = timedelta(minutes=10)
MAX_PASSES = 8
MAX_ITEMS = (
    50_000  # messages and calls of all passes; the least recently used pass is dropped first
)
MAX_PAGES = 1_000  # of one list; the time of a call ends the reading much earlier


class ActivityPages(Generic[Item]):
    """The messages or calls of one conversation, newest first, as far as they were read.

    Raises in `read_next`:
        Refusal: the request failed. A later attempt continues after the last page.
    """

    def __init__(
        self, api: ApiClient, directory: Directory, source: Source, query: ActivityQuery[Item]
    ) -> None:
        async def read_page(token: str | None) -> Page[Item]:
            return await query.fetch_page(api, directory, source, Cursor(token=token))

        self.source = source
        self.items: list[Item] = []
        self.is_started = False
        self.unreadable_count = 0
        self._pages = PageReader(read_page, max_pages=MAX_PAGES)

    @property
    def is_complete(self) -> bool:
        return self._pages.ended

    @property
    def horizon(self) -> datetime:
        """The time before which items may be unread; the earliest time if there are none."""
        if self.is_complete or not self.items:
            return EARLIEST_TIME
        return oldest_time(item.created_at for item in self.items)

    async def read_next(self) -> None:
        page = await self._pages.next_page()
        if page is not None:
            self.items += page.data
            self.unreadable_count += page.unreadable_count
            self.is_started = True
        elif self._pages.repeats:
            raise repeated_page()
        else:
            await anyio.lowlevel.checkpoint()  # at the end of the call's time, it ends here
            raise Unavailable("There are more items than can be read.", status=200)

    async def read_all(self) -> None:
        while not self.is_complete:
            await self.read_next()


def repeated_page() -> Refusal:
    """Return the error for a list that leads to a page that was read before."""
    return Unavailable("Quo's list repeats a page, so the rest cannot be read.", status=200)


@dataclass
class OpenedConversation:
    """What was read of one conversation. failure: why the rest could not be read."""

    conversation: Conversation
    messages: ActivityPages[Message] | None
    calls: ActivityPages[Call] | None
    failure: Refusal | None = None

    @property
    def lists(self) -> list[ActivityPages[Message] | ActivityPages[Call]]:
        return [pages for pages in (self.messages, self.calls) if pages is not None]

    @property
    def is_over(self) -> bool:
        """Whether the conversation was read to its end, or cannot be."""
        return self.failure is not None or all(pages.is_complete for pages in self.lists)


@dataclass
class ReadingPass:
    """What was read for one query.

    conversations: those listed so far, in Quo's order. opened: by conversation id.
    voicemails: by call id; None for a call without one.
    unreadable_count: conversations that were left out because they or their times have an unexpected structure.
    lock: held while a call reads.
    """

    api: ApiClient
    directory: Directory
    query: SpanQuery
    conversations: dict[str, Conversation] = field(default_factory=dict)
    opened: dict[str, OpenedConversation] = field(default_factory=dict)
    voicemails: dict[str, Voicemail | None] = field(default_factory=dict)
    list_failure: Refusal | None = None
    unreadable_count: int = 0
    lock: anyio.Lock = field(default_factory=anyio.Lock)

    def __post_init__(self) -> None:
        self._pages = PageReader(self._read_page, max_pages=MAX_PAGES)

    @property
    def is_list_complete(self) -> bool:
        return self._pages.ended

    @property
    def list_repeats(self) -> bool:
        """Whether Quo's list leads to a page that was read before, so that the rest cannot be read."""
        return self._pages.repeats

    async def list_more(self) -> Sequence[Conversation]:
        """Read one more page of conversations that changed in the span, and return those not listed before.

        Raises:
            Refusal: the request failed, or Quo's list repeats a page.
        """
        page = await self._pages.next_page()
        if page is None:
            if self._pages.repeats:
                raise repeated_page()
            return ()
        self.unreadable_count += page.unreadable_count
        self.unreadable_count += sum("lastActivityAt" in item.unreadable for item in page.data)
        fresh = [
            conversation
            for conversation in page.data
            if conversation.id not in self.conversations and conversation.deleted_at is None
        ]
        self.conversations |= {conversation.id: conversation for conversation in fresh}
        return fresh

    @property
    def list_horizon(self) -> datetime:
        """The latest activity that a conversation not listed yet may have.

        Quo lists conversations most recent first and does not say by which time. An update is never
        earlier than the activity, so it bounds both orders.
        """
        if self.is_list_complete or not self.conversations:
            return EARLIEST_TIME
        activity = list(map(last_activity_time, self.conversations.values()))
        if activity == sorted(activity, reverse=True):
            return activity[-1]
        last = next(reversed(self.conversations.values()))
        return max(last_activity_time(last), last.updated_at or last_activity_time(last))

    def open(self, conversation: Conversation) -> OpenedConversation:
        """Return what was read of a conversation; initially nothing. A call has one other party."""
        if conversation.id not in self.opened:
            source = Source.of_conversation(conversation)
            resources = self.query.resources
            messages = calls = None
            if "messages" in resources:
                messages = ActivityPages(
                    self.api,
                    self.directory,
                    source,
                    self._activity_query("messages", Page[Message]),
                )
            if "calls" in resources and len(conversation.participants) == 1:
                calls = ActivityPages(
                    self.api, self.directory, source, self._activity_query("calls", Page[Call])
                )
            self.opened[conversation.id] = OpenedConversation(conversation, messages, calls)
        return self.opened[conversation.id]

    def retry_failures(self) -> None:
        """Let the next reading try again what could not be read."""
        for opened in self.opened.values():
            opened.failure = None

    @property
    def item_count(self) -> int:
        return sum(len(pages.items) for opened in self.opened.values() for pages in opened.lists)

    def _activity_query(self, resource: str, page_type: type[Page[Item]]) -> ActivityQuery[Item]:
        span = self.query
        return ActivityQuery(
            page_type, resource, MAX_PAGE_SIZE, span.since, span.until, span.user_id
        )

    async def _read_page(self, token: str | None) -> Page[Conversation]:
        query: Query = {
            "phoneNumbers": list(self.query.inboxes) if self.query.inboxes else None,
            "userId": self.query.user_id,
            "updatedAfter": times.format_iso(self.query.since),
            "maxResults": PAGE_SIZE,
            "pageToken": token,
        }
        return await self.api.get(Page[Conversation], "conversations", query=query)


class PassCache:
    """The latest passes by query, bounded in number, size and age. now: the clock, in UTC."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._passes: OrderedDict[SpanQuery, tuple[ReadingPass, datetime]] = OrderedDict()

    def find(self, query: SpanQuery) -> ReadingPass | None:
        """Return the pass of an equal query; None if there is none, or it is too old."""
        self._drop_old()
        if query not in self._passes:
            return None
        reading_pass, _ = self._passes[query]
        self.put(reading_pass)
        return reading_pass

    def put(self, reading_pass: ReadingPass) -> None:
        """Keep a pass, as the one used last."""
        self._passes[reading_pass.query] = (reading_pass, self._now())
        self._passes.move_to_end(reading_pass.query)
        self._drop_old()

    def _drop_old(self) -> None:
        oldest_time = self._now() - MAX_AGE
        for query, (_, used_at) in list(self._passes.items()):
            if used_at < oldest_time:
                del self._passes[query]
        while len(self._passes) > MAX_PASSES or (len(self._passes) > 1 and self._is_too_large()):
            self._passes.popitem(last=False)

    def _is_too_large(self) -> bool:
        return sum(reading_pass.item_count for reading_pass, _ in self._passes.values()) > MAX_ITEMS
