"""Conversations: one inbox with one person or one group."""

from datetime import datetime

from quo_mcp.records.base import Extra, Id, Record


class Conversation(Record):
    """A thread. `participants` are the others: the account's own number is not among them."""

    id: Id
    phone_number_id: Id
    participants: tuple[str, ...] = ()
    name: Extra[str] = None
    assigned_to: Extra[str] = None
    last_activity_at: datetime | None = None
    last_activity_id: Id | None = None
    muted_until: Extra[datetime] = None
    snoozed_until: Extra[datetime] = None
    created_at: Extra[datetime] = None
    updated_at: Extra[datetime] = None
    deleted_at: datetime | None = None
