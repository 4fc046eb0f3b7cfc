"""Messages (SMS and MMS)."""

from pydantic import Field

from quo_mcp.records.activities import Activity
from quo_mcp.records.record import Id, Lenient, LenientList, Record


class Media(Record):
    url: Lenient[str] = None
    type: Lenient[str] = None


class Message(Activity):
    """A message. `sender` may be a short code. Quo calls the text `content` in requests."""

    sender: str = Field("", alias="from")
    to: tuple[str, ...] = ()
    text: str = ""
    phone_number_id: Id | None = None
    conversation_id: Id | None = None
    direction: str = ""
    user_id: Lenient[Id] = None
    status: str = ""
    media: LenientList[Media] = ()
