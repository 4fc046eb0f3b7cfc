"""An index of the workspace's conversations by participant, kept up to date by reading only what has changed.

It may be kept on disk, so that a restart reads only what has changed, too: see `stored_conversations`. It relies on `records.assumptions.Assumption.CONVERSATION_TIME`.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator
from datetime import datetime, timedelta

import anyio
from anyio.abc import TaskGroup

from quo_mcp.directory import conversation_scan
from quo_mcp.directory.indexed_conversation import IndexedConversation, as_utc
from quo_mcp.directory.stored_conversations import StoredConversations, StoredIndex
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


class ConversationIndex:
    """The conversations of all inboxes that the account can see, also deleted ones.

    Each `refresh` reads the conversations that have changed since the last one, which is one request as
    a rule. The first one reads the latest pages, and the rest follows in the background.

    region: returns the region of numbers without a country code. now: the wall clock, aware.
    task_group: returns the group in which the background reading runs.
    form: returns what the index depends on, such as the inboxes: if it changes, everything is read again.
    stored: keeps the index on disk; None if it is not kept. The first refresh uses what it holds.

    `complete` is true once every conversation has been read. `reads_begun` counts the readings.
    """

    def __init__(
        self,
        api: ApiClient,
        *,
        region: Callable[[], Awaitable[str]],
        now: Callable[[], datetime],
        task_group: Callable[[], TaskGroup],
        form: Callable[[], Awaitable[str]],
        stored: StoredConversations | None = None,
    ) -> None:
        self._api = api
        self._region = region
        self._now = now
        self._task_group = task_group
        self._form = form
        self._stored = stored
        self._is_loaded = False
        self._lock = anyio.Lock()
        self.reads_begun = 0
        self._last_successful_read = 0
        self.invalidate()

    def invalidate(self) -> None:
        """Drop everything, because the account may have changed."""
        self._by_id: dict[str, IndexedConversation] = {}
        self._by_number: dict[str, set[str]] = {}
        self._read_at: datetime | None = None
        self._form_read: str | None = None
        self._start_again()

    def _start_again(self) -> None:
        """Have the next refresh read everything again."""
        self._generation = object()
        self._changed_after: datetime | None = None
        self._fully_read_at: datetime | None = None
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
        now, form = self._now(), await self._form()
        went_back = self._read_at is not None and now < self._read_at  # so no time can be trusted
        if went_back or form != self._form_read:
            self._start_again()
            self._form_read = form
        max_pages = MAX_PAGES
        if self._stored and not self._is_loaded:
            self._is_loaded = True
            await self._load(self._stored, form, now)
            max_pages = first_pages
        if self._changed_after is None:
            pages = self._pages(first_pages, None)
            self._changed_after, _ = await self._add_pages(pages, now)
            self._note_complete(pages, now)
        else:
            await self._read_changes(self._changed_after, max_pages, now)
        self._read_at = now
        if not self.complete and not self._is_reading_rest:
            self._is_reading_rest = True
            self._task_group().start_soon(self._read_rest, self._generation)

    async def _load(self, stored: StoredConversations, form: str, now: datetime) -> None:
        """Start with the stored index, if it is of use."""
        generation, index = self._generation, await stored.load(form, now)
        if index is None or generation is not self._generation:
            return
        for conversation in index.conversations:
            self._put(conversation)
        self._changed_after, self._fully_read_at = index.changes_until, index.read_at
        self.complete = True

    async def _read_changes(self, since: datetime, max_pages: int, now: datetime) -> None:
        """Read what has changed since a time. If a stored index is too old for that, everything is read again.

        Raises:
            Unavailable: the list did not end.
        """
        pages = self._pages(max_pages, since - OVERLAP)
        newest, changes = await self._add_pages(pages, now)
        if not (pages.ended or pages.repeats):
            if max_pages == MAX_PAGES:
                raise Unavailable(
                    "Not done: the list of changed conversations could not be read in time. Try again."
                )
            self.complete = False
        self._changed_after = max(filter(None, (newest, since)), default=since)
        if self.complete and changes:
            self._store(changes, since)

    async def _read_rest(self, generation: object) -> None:
        """Read all conversations, in the background. If that fails, a later refresh starts it again."""
        began_at = self._now()
        pages = self._pages(MAX_PAGES, None)
        try:
            with background_requests(lambda: True):
                async for page in pages:
                    if generation is not self._generation:
                        return
                    await self._add(page.data)
            self._note_complete(pages, began_at)
        except Refusal:
            logger.info("the rest of the conversations could not be read")
        except Exception as error:  # noqa: BLE001 - an exception in the task group would end the server
            log_crash(logger, "reading the conversations", error)
        finally:
            if generation is self._generation:
                self._is_reading_rest = False

    def _note_complete(self, pages: PageReader[Page[Conversation]], began_at: datetime) -> None:
        """Note whether a reading of all conversations was complete, and store them if it was."""
        self.complete = pages.ended or pages.repeats
        if self.complete:
            self._fully_read_at = began_at
            self._store()

    def _store(
        self, changes: Iterable[IndexedConversation] = (), since: datetime | None = None
    ) -> None:
        """Store the changes since a time, or everything, in the background."""
        if self._stored and self._form_read and self._changed_after and self._fully_read_at:
            conversations = [*self._by_id.values()]
            index = StoredIndex(
                self._form_read, conversations, self._fully_read_at, self._changed_after
            )
            self._task_group().start_soon(self._stored.save, index, [*changes], since)

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
    ) -> tuple[datetime | None, list[IndexedConversation]]:
        """Add the pages; return the time after which later changes are to be read, and what is new.

        That time is the latest change on the first page: what changes while the other pages are read changes
        later than that. A time in the future is not trusted.
        """
        newest: datetime | None = None
        is_first = True
        changed: list[IndexedConversation] = []
        async for page in pages:
            changed += await self._add(page.data)
            if is_first:
                changes = [as_utc(item.updated_at) for item in page.data if item.updated_at]
                newest = min(max(changes), now) if changes else None
            is_first = False
        return newest, changed

    async def _add(self, conversations: Iterable[Conversation]) -> list[IndexedConversation]:
        """Add conversations, and return those that are new or have changed."""
        region = await self._region()
        changed = []
        for conversation in conversations:
            participants = frozenset(
                phone_numbers.parse(participant, region) or participant
                for participant in conversation.participants
            )
            item = IndexedConversation.of(conversation, participants)
            if self._by_id.get(item.id) != item:
                changed.append(item)
                self._put(item)
        return changed

    def _put(self, item: IndexedConversation) -> None:
        old = self._by_id.get(item.id)
        for number in old.participants - item.participants if old else ():
            self._by_number[number].discard(item.id)
        for number in item.participants:
            self._by_number.setdefault(number, set()).add(item.id)
        self._by_id[item.id] = item


def _one_per_area(numbers: Iterable[str]) -> Iterator[str]:
    """Yield one number for each beginning that decides its country, since classifying all of them is slow."""
    areas: dict[str, str] = {}
    for number in numbers:
        areas.setdefault(number[: len("+1415")] if number.startswith("+1") else number[:8], number)
    return iter(areas.values())
