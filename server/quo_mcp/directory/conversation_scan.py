"""Looking through the account's threads, latest activity first."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

from quo_mcp.gateway import Plane
from quo_mcp.records.base import Page
from quo_mcp.records.conversations import Conversation

PAGE = 100  # Quo's cap for conversations
LONG_AGO = datetime.min.replace(tzinfo=UTC)


class Threads:
    """The threads, page by page, as far as anybody reads on.

    inboxes: only on these (ids); since: only those changed since (ISO 8601, UTC). pages: how many at most.
    `complete` tells, after the last, whether there were no more; `read` how many were looked at.
    """

    def __init__(
        self,
        api: Plane,
        *,
        pages: int,
        inboxes: Sequence[str] | None = None,
        since: str | None = None,
    ) -> None:
        self._api = api
        self._pages = pages
        self._inboxes = inboxes
        self._since = since
        self.complete = False
        self.read = 0

    async def __aiter__(self) -> AsyncIterator[Conversation]:
        seen: set[str | None] = set()
        token: str | None = None
        for _ in range(self._pages):
            page = await self._api.get(
                Page[Conversation],
                "conversations",
                query={
                    "phoneNumbers": self._inboxes,
                    "updatedAfter": self._since,
                    "maxResults": PAGE,
                    "pageToken": token,
                },
            )
            for thread in page.data:
                self.read += 1
                if thread.deleted_at is None:
                    yield thread
            seen.add(token)
            token = page.next_page_token
            if not token or token in seen:  # a token that repeats would never end
                self.complete = True
                return


def last_active(thread: Conversation) -> datetime:
    """When something last happened in it; long ago where nothing did."""
    return thread.last_activity_at or LONG_AGO
