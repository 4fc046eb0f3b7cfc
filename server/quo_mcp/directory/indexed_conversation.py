"""A conversation as the index holds it: with whom, on which inbox, and whether it has changed."""

from datetime import UTC, datetime
from typing import NamedTuple, Self

from quo_mcp.directory.conversation_scan import EARLIEST_TIME
from quo_mcp.records.conversations import Conversation


class IndexedConversation(NamedTuple):
    """A conversation of the index.

    participants: E.164 if they can be parsed, without the account's own numbers.
    version: differs if the conversation has changed: `updatedAt`, `lastActivityAt` and `lastActivityId`.
        See `Assumption.CONVERSATION_TIME`.
    """

    id: str
    inbox: str
    participants: frozenset[str]
    last_activity_at: datetime
    is_deleted: bool
    version: tuple[datetime | None, datetime | None, str | None]

    @classmethod
    def of(cls, conversation: Conversation, participants: frozenset[str]) -> Self:
        last_activity_at = conversation.last_activity_at
        return cls(
            conversation.id,
            conversation.phone_number_id,
            participants,
            as_utc(last_activity_at) if last_activity_at else EARLIEST_TIME,
            conversation.deleted_at is not None,
            (conversation.updated_at, last_activity_at, conversation.last_activity_id),
        )


def as_utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
