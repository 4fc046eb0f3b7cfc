"""Read the account's conversations page by page, latest activity first."""

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime
from itertools import pairwise

from quo_mcp.gateway import ApiClient
from quo_mcp.gateway.pages import PageReader
from quo_mcp.gateway.request import Query
from quo_mcp.records.conversations import Conversation
from quo_mcp.records.record import Page

PAGE_SIZE = 100  # Quo's maximum for conversations
FIRST_YEAR = 2000  # Quo is younger
EARLIEST_TIME = datetime.min.replace(tzinfo=UTC)


class ConversationScan:
    """An async iterable of conversations that reads pages on demand. It skips deleted conversations.

    max_pages: the most pages to read.
    inboxes: the ids of the inboxes to read; None for all.
    since: read only conversations updated after this time (ISO 8601, UTC).

    `complete` is true once the last page was read. A page token that came twice ends the reading, but does
    not make it complete. `read_count` includes deleted conversations.
    """

    def __init__(
        self,
        api: ApiClient,
        *,
        max_pages: int,
        inboxes: Sequence[str] | None = None,
        since: str | None = None,
    ) -> None:
        self._api = api
        self._inboxes = inboxes
        self._since = since
        self._pages = PageReader(self._read_page, max_pages=max_pages)
        self.read_count = 0

    @property
    def complete(self) -> bool:
        return self._pages.ended

    async def __aiter__(self) -> AsyncIterator[Conversation]:
        async for page in self._pages:
            for conversation in page.data:
                self.read_count += 1
                if conversation.deleted_at is None:
                    yield conversation

    async def _read_page(self, token: str | None) -> Page[Conversation]:
        query: Query = {
            "phoneNumbers": self._inboxes,
            "updatedAfter": self._since,
            "maxResults": PAGE_SIZE,
            "pageToken": token,
        }
        return await self._api.get(Page[Conversation], "conversations", query=query)


def is_newest_first(moments: Iterable[datetime | None]) -> bool:
    """Whether times are in descending order. Unknown times do not matter."""
    known = [moment for moment in moments if moment is not None]
    return all(first >= second for first, second in pairwise(known))


def oldest_time(moments: Iterable[datetime | None]) -> datetime:
    """Return the oldest of the times that are possible; `EARLIEST_TIME` if there is none.

    An impossible date does not tell where the next page begins.
    """
    possible = (moment for moment in moments if moment and moment.year >= FIRST_YEAR)
    return min(possible, default=EARLIEST_TIME)


def last_activity_time(conversation: Conversation) -> datetime:
    """Return the time of the last activity, or `EARLIEST_TIME` if there was none."""
    return conversation.last_activity_at or EARLIEST_TIME
