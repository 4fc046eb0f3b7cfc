"""The two requests of a send: the POST of the text, and the read of its conversation."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from quo_mcp.gateway import ApiClient
from quo_mcp.records.messages import Message
from quo_mcp.records.record import Envelope, Page
from quo_mcp.safety.reconciliation import OutgoingMessage
from quo_mcp.safety.send_record import SendRecord, SendRequest
from quo_mcp.values import times

MESSAGES_READ = 100  # one page


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

    async def read_sent(self, record: SendRecord, since: datetime) -> Sequence[OutgoingMessage]:
        """Return the messages sent since a time from the inbox of a send to its recipients.

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
        return [
            OutgoingMessage(
                message.id,
                message.text,
                message.created_at - skew,
                tuple(message.to),
                message.status,
            )
            for message in page.data
            if message.direction == "outgoing" and message.created_at
        ]
