"""The requests of a send: the POST of the text, and the reads of its conversation and of its status."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from quo_mcp.gateway import ApiClient
from quo_mcp.records.messages import Message
from quo_mcp.records.record import Envelope, Page
from quo_mcp.safety.reconciliation import OutgoingMessage
from quo_mcp.safety.send_record import SendRecord, SendRequest
from quo_mcp.safety.text_normalization import normalize_text
from quo_mcp.values import times

MESSAGES_READ = 100  # one page
IMPLAUSIBLE = timedelta(
    days=365
)  # from the send; the clock cannot be corrected in the year 1 or 9999


class SentMessages(NamedTuple):
    """What was sent in a conversation. is_complete: whether all of it was read."""

    messages: Sequence[OutgoingMessage]
    is_complete: bool


def describes_request(message: Message, request: SendRequest) -> bool:
    """Return whether a message can be the text of a request. Fields that Quo left out do not contradict it."""
    return (
        _is_same_text(normalize_text(message.text), normalize_text(request.text))
        and (not message.to or set(message.to) == set(request.to))
        and message.phone_number_id in {None, request.inbox}
        and message.direction in {"", "outgoing"}
    )


def _is_same_text(text: str, requested: str) -> bool:
    """Return whether a text is the requested one, or the larger part of it: a reply may cut it, or add a signature."""
    shorter, longer = sorted((text, requested), key=len)
    return not text or (shorter in longer and 2 * len(shorter) >= len(longer))


class MessageApi:
    """Quo's messages, as the outbox needs them.

    api: Quo's API within the scope of the settings.
    clock_skew: returns how far Quo's clock is ahead of ours.
    """

    def __init__(self, api: ApiClient, clock_skew: Callable[[], timedelta]) -> None:
        self._api = api
        self._clock_skew = clock_skew

    async def post(self, request: SendRequest) -> Message:
        """Post the text, once.

        Raises:
            OutcomeUnknown: the text may have arrived.
            Refusal: the text certainly did not arrive.
        """
        options = {
            "userId": request.user_id,
            "setInboxStatus": "done" if request.mark_done else None,
        }
        body = {
            "content": request.text,
            "from": request.inbox,
            "to": list(request.to),
            **{name: value for name, value in options.items() if value},
        }
        return (await self._api.post(Envelope[Message], "messages", body=body)).data

    async def read_status(self, message_id: str) -> str:
        """Return a message's delivery status.

        Raises:
            Refusal: it could not be read.
        """
        return (await self._api.get(Envelope[Message], "messages", message_id)).data.status

    async def read_sent(self, record: SendRecord, since: datetime) -> SentMessages:
        """Read the messages sent since a time from the inbox of a send to its recipients.

        `since` and the times of the messages follow our clock.
        """
        skew = self._clock_skew()
        page = await self._api.get(
            Page[Message],
            "messages",
            query={
                "phoneNumberId": record.inbox,
                "participants": list(record.to),
                "createdAfter": times.format_iso(since + skew - timedelta(minutes=1)),
                "maxResults": MESSAGES_READ,
            },
        )
        messages = [
            OutgoingMessage(
                message.id,
                message.text,
                message.created_at - skew,
                tuple(message.to),
                message.status,
            )
            for message in page.data
            if message.direction == "outgoing"
            and message.created_at
            and abs(message.created_at - since) < IMPLAUSIBLE
        ]
        return SentMessages(messages, is_complete=page.next_page_token is None)
