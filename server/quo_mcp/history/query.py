"""What a list of messages or calls is to hold, and the request for one page of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from quo_mcp.directory.directory import Directory
from quo_mcp.gateway import ApiClient
from quo_mcp.history.cursor import Cursor
from quo_mcp.records.activities import Activity
from quo_mcp.records.conversations import Conversation
from quo_mcp.records.record import Page
from quo_mcp.values import times

Item = TypeVar("Item", bound=Activity)

MAX_PAGE_SIZE = 100  # Quo's limit for a page; a query with a predicate always reads full pages


@dataclass(frozen=True)
class Source:
    """One of Quo's lists: the messages or calls of one inbox with one person or group.

    inbox: an inbox id. participants: E.164. conversation: None if it was not looked up.
    """

    inbox: str
    participants: tuple[str, ...]
    conversation: Conversation | None = None

    @classmethod
    def of_conversation(cls, conversation: Conversation) -> "Source":
        return cls(conversation.phone_number_id, conversation.participants, conversation)

    @property
    def latest_activity(self) -> datetime | None:
        """The time of the latest item; None if it is unknown."""
        return self.conversation.last_activity_at if self.conversation else None


@dataclass(frozen=True)
class ActivityQuery(Generic[Item]):
    """The parameters of a message or call list, without its inbox and participants.

    resource: "messages" or "calls".
    limit: items a page of the result holds.
    user_id: the teammate whose access applies.
    predicate: which items to keep, as Quo cannot filter by it; None for all.
    """

    page_type: type[Page[Item]]
    resource: str
    limit: int
    since: datetime | None = None
    until: datetime | None = None
    user_id: str | None = None
    predicate: Callable[[Item], bool] | None = None

    async def fetch_page(
        self, api: ApiClient, directory: Directory, source: Source, cursor: Cursor
    ) -> Page[Item]:
        """Fetch one page of a source, unfiltered.

        Raises:
            Refusal: the request failed.
        """
        user_id = self.user_id
        if self.resource == "calls" and user_id is None:
            # Quo lists calls with the workspace owner's access: none on an inbox without the owner.
            user_id = await directory.call_viewer_of(source.inbox)
        until = min(filter(None, (self.until, cursor.before)), default=None)
        query = {
            "phoneNumberId": source.inbox,
            "participants": list(source.participants),
            "userId": user_id,
            "createdAfter": times.format_iso(self.since) if self.since else None,
            "createdBefore": times.format_iso(until) if until else None,
            "maxResults": MAX_PAGE_SIZE if self.predicate else self.limit,
            "pageToken": cursor.token,
        }
        return await api.get(self.page_type, self.resource, query=query)
