"""The fields that messages and calls share. Quo calls the id of either one an activity id."""

from quo_mcp.records.record import Id, Record, Timestamp


class Activity(Record):
    """A message or a call."""

    id: Id
    created_at: Timestamp | None = None
