"""Messages (SMS and MMS)."""

from pydantic import Field

from quo_mcp.records.activities import Activity
from quo_mcp.records.record import Id, Record

UNDELIVERED_STATUSES = frozenset({"undelivered", "failed"})
"""The statuses of a message that did not arrive."""


class Media(Record):
    url: str | None = None
    type: str | None = None


class Message(Activity):
    """A message. `sender` may be a short code. Quo calls the text `content` in requests."""

    sender: str = Field("", alias="from")
    to: tuple[str, ...] = ()
    text: str = ""
    phone_number_id: Id | None = None
    conversation_id: Id | None = None
    direction: str = ""
    user_id: Id | None = None
    status: str = ""
    media: tuple[Media, ...] = ()
