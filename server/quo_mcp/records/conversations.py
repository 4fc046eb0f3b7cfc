"""Conversations: one inbox with one person or one group."""

from datetime import datetime

from quo_mcp.records.record import Id, Lenient, Record


class Conversation(Record):
    """A conversation. `participants` holds the other numbers, without the account's own."""

    id: Id
    phone_number_id: Id
    participants: tuple[str, ...] = ()
    name: Lenient[str] = None
    assigned_to: Lenient[str] = None
    last_activity_at: datetime | None = None
    last_activity_id: Id | None = None
    muted_until: Lenient[datetime] = None
    snoozed_until: Lenient[datetime] = None
    created_at: Lenient[datetime] = None
    updated_at: Lenient[datetime] = None
    deleted_at: datetime | None = None
