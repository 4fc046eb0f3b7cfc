"""An index of the workspace's conversations by participant, kept up to date by reading only what has changed.

It relies on `records.assumptions.Assumption.CONVERSATION_TIME`.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import anyio
from anyio.abc import TaskGroup

from quo_mcp.directory import conversation_scan
from quo_mcp.directory.conversation_scan import EARLIEST_TIME
from quo_mcp.errors import Refusal, Unavailable, log_crash
from quo_mcp.gateway import ApiClient
from quo_mcp.gateway.pages import PageReader
from quo_mcp.gateway.rate_limit import background_requests
from quo_mcp.gateway.request import Query
from quo_mcp.records.conversations import Conversation
from quo_mcp.records.record import Page
from quo_mcp.values import phone_numbers
from quo_mcp.values.times import format_iso

logger = logging.getLogger(__name__)

OVERLAP = timedelta(minutes=2)  # read again with each change list, since a list may lag behind
FIRST_PAGES = 8  # of the first reading, while a caller waits
MAX_PAGES = 2_000


class IndexedConversation(NamedTuple):
    """A conversation of the index.

    participants: E.164 if they can be parsed, without the account's own numbers.
    version: differs if the conversation has changed; see `Assumption.CONVERSATION_TIME`.
    """

    id: str
    inbox: str
    participants: frozenset[str]
    last_activity_at: datetime
    is_deleted: bool
    version: tuple[object, ...]


class ConversationIndex:
    """The conversations of all inboxes that the account can see, also deleted ones.

    Each `refresh` reads the conversations that have changed since the last one, which is one request as
    a rule. The first one reads the latest pages, and the rest follows in the background.

    region: returns the region of numbers without a country code. now: the wall clock, aware.
    task_group: returns the group in which the background reading runs.

    `complete` is true once every conversation has been read. `reads_begun` counts the readings.
    """

    def __init__(
        self,
        api: ApiClient,
        *,
        region: Callable[[], Awaitable[str]],
        now: Callable[[], datetime],
        task_group: Callable[[], TaskGroup],
    ) -> None:
        self._api = api
        self._region = region
        self._now = now
        self._task_group = task_group
        self._lock = anyio.Lock()
        self.reads_begun = 0
        self._last_successful_read = 0
        self.invalidate()

    def invalidate(self) -> None:
        """Drop everything, because the account may have changed."""
        self._generation = object()
        self._by_id: dict[str, IndexedConversation] = {}
        self._by_number: dict[str, set[str]] = {}
        self._changed_after: datetime | None = None
        self._read_at: datetime | None = None
        self._is_reading_rest = False
        self.complete = False

    async def refresh(self, *, since: int | None = None, first_pages: int = FIRST_PAGES) -> None:
        """Read what has changed before this call. Concurrent callers share one reading.

        since: an earlier value of `reads_begun`; a reading that began after it suffices.
        first_pages: the most pages to wait for at the first reading.

        Raises:
            Refusal: the conversations cannot be read.
        """
        since = self.reads_begun if since is None else since
        async with self._lock:
            if self._last_successful_read > since:
                return
            self.reads_begun += 1
            read = self.reads_begun
            await self._read(first_pages)
            self._last_successful_read = read

    def with_person(self, number: str) -> list[IndexedConversation]:
        """Return the conversations with a person (E.164), alone or in a group, latest activity first."""
        conversations = (self._by_id[item] for item in self._by_number.get(number, ()))
        return sorted(conversations, key=lambda item: item.last_activity_at, reverse=True)

    def with_people(self, numbers: Iterable[str]) -> list[IndexedConversation]:
        """Return the conversations with exactly these people (E.164), latest activity first."""
        people = frozenset(numbers)
        conversations = self.with_person(next(iter(people), ""))
        return [item for item in conversations if item.participants == people]

    def regions(self) -> set[str]:
        """Return the countries of all participants."""
        regions = (phone_numbers.region_of(number) for number in _one_per_area(self._by_number))
        return {region for region in regions if region}

    async def _read(self, first_pages: int) -> None:
        now = self._now()
        if self._read_at and now < self._read_at:
            self._changed_after, self.complete = None, False  # the clock went back: trust no time
        if self._changed_after is None:
            pages = self._pages(first_pages, None)
            self._changed_after = await self._add_pages(pages, now)
            self.complete = pages.ended or pages.repeats
        else:
            pages = self._pages(MAX_PAGES, self._changed_after - OVERLAP)
            newest = await self._add_pages(pages, now)
            if not (pages.ended or pages.repeats):
                raise Unavailable(
                    "Not done: the list of changed conversations could not be read in time. Try again."
                )
            self._changed_after = max(filter(None, (newest, self._changed_after)), default=None)
        self._read_at = now
        if not self.complete and not self._is_reading_rest:
            self._is_reading_rest = True
            self._task_group().start_soon(self._read_rest, self._generation)

    async def _read_rest(self, generation: object) -> None:
        """Read all conversations, in the background. If that fails, a later refresh starts it again."""
        pages = self._pages(MAX_PAGES, None)
        try:
            with background_requests(lambda: True):
                async for page in pages:
                    if generation is not self._generation:
                        return
                    await self._add(page.data)
            self.complete = pages.ended or pages.repeats
        except Refusal:
            logger.info("the rest of the conversations could not be read")
        except Exception as error:  # noqa: BLE001 - an exception in the task group would end the server
            log_crash(logger, "reading the conversations", error)
        finally:
            if generation is self._generation:
                self._is_reading_rest = False

    def _pages(
        self, max_pages: int, updated_after: datetime | None
    ) -> PageReader[Page[Conversation]]:
        async def read_page(token: str | None) -> Page[Conversation]:
            query: Query = {
                "updatedAfter": format_iso(updated_after) if updated_after else None,
                "maxResults": conversation_scan.PAGE_SIZE,
                "pageToken": token,
            }
            return await self._api.get(Page[Conversation], "conversations", query=query)

        return PageReader(read_page, max_pages=max_pages)

    async def _add_pages(
        self, pages: PageReader[Page[Conversation]], now: datetime
    ) -> datetime | None:
        """Add the pages, and return the time after which later changes are to be read.

        That is the latest change on the first page: what changes while the other pages are read changes
        later than that. A time in the future is not trusted.
        """
        newest: datetime | None = None
        is_first = True
        async for page in pages:
            await self._add(page.data)
            if is_first:
                changes = [_as_utc(item.updated_at) for item in page.data if item.updated_at]
                newest = min(max(changes), now) if changes else None
            is_first = False
        return newest

    async def _add(self, conversations: Iterable[Conversation]) -> None:
        region = await self._region()
        for conversation in conversations:
            participants = frozenset(
                phone_numbers.parse(participant, region) or participant
                for participant in conversation.participants
            )
            old = self._by_id.get(conversation.id)
            for number in old.participants - participants if old else ():
                self._by_number[number].discard(conversation.id)
            for number in participants:
                self._by_number.setdefault(number, set()).add(conversation.id)
            last_activity_at = conversation.last_activity_at
            self._by_id[conversation.id] = IndexedConversation(
                conversation.id,
                conversation.phone_number_id,
                participants,
                _as_utc(last_activity_at) if last_activity_at else EARLIEST_TIME,
                conversation.deleted_at is not None,
                (conversation.updated_at, last_activity_at, conversation.last_activity_id),
            )


def _as_utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _one_per_area(numbers: Iterable[str]) -> Iterator[str]:
    """Yield one number for each beginning that decides its country, since classifying all of them is slow."""
    areas: dict[str, str] = {}
    for number in numbers:
        areas.setdefault(number[: len("+1415")] if number.startswith("+1") else number[:8], number)
    return iter(areas.values())
