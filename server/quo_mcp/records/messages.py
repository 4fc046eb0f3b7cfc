"""Text messages."""

from pydantic import Field

from quo_mcp.records.activities import Activity
from quo_mcp.records.base import Extra, Extras, Id, Record


class Media(Record):
    url: Extra[str] = None
    type: Extra[str] = None


class Message(Activity):
    """A text. `sender` may be a short code; Quo calls the words `text` here, `content` in a request."""

    sender: str = Field("", alias="from")
    to: tuple[str, ...] = ()
    text: str = ""
    phone_number_id: Id | None = None
    conversation_id: Id | None = None
    direction: str = ""
    user_id: Extra[Id] = None
    status: str = ""
    media: Extras[Media] = ()
