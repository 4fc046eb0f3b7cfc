"""Conversations: one inbox with one person or one group."""

from datetime import datetime
from typing import Literal

from quo_mcp.records.record import Id, Record, Timestamp

# Quo snoozes a conversation that is marked done for about a century. This is observed, not documented.
DONE_SNOOZE_YEAR = 2100


class Conversation(Record):
    """A conversation. `participants` holds the other numbers, without the account's own."""

    id: Id
    phone_number_id: Id
    participants: tuple[str, ...] = ()
    name: str | None = None
    assigned_to: str | None = None
    last_activity_at: Timestamp | None = None
    last_activity_id: Id | None = None
    muted_until: Timestamp | None = None
    snoozed_until: Timestamp | None = None
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
    deleted_at: Timestamp | None = None

    def state(self, now: datetime) -> Literal["open", "done", "snoozed", "deleted"]:
        """Return the state. Quo's API does not tell whether a conversation is read."""
        if self.deleted_at is not None:
            return "deleted"
        if self.snoozed_until is None:
            return "open"
        if self.snoozed_until.year >= DONE_SNOOZE_YEAR:
            return "done"
        return "snoozed" if self.snoozed_until > now else "open"
