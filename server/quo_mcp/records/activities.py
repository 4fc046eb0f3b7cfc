"""Activity: what messages and calls have in common. Quo calls the id of either an activity id."""

from datetime import datetime

from quo_mcp.records.base import Id, Record


class Activity(Record):
    """Something that was exchanged with somebody: a text, a call."""

    id: Id
    created_at: datetime | None = None
