"""The fields that messages and calls share. Quo calls the id of either one an activity id."""

from datetime import datetime

from quo_mcp.records.record import Id, Record


class Activity(Record):
    """A message or a call."""

    id: Id
    created_at: datetime | None = None
