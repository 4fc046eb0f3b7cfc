"""Reconciliation: decide which message of a conversation is a send whose outcome is unknown."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from quo_mcp.safety.send_record import SendRecord
from quo_mcp.safety.text_normalization import normalize_text

# The remaining difference between the two clocks after correction. A larger value would match older identical texts.
MAX_SKEW = timedelta(seconds=30)
# The longest delay until a text appears. A later identical text is a new request.
MAX_DELAY = timedelta(minutes=15)


@dataclass(frozen=True)
class OutgoingMessage:
    """A text from this account in a conversation. created_at: aware, corrected to the local clock."""

    message_id: str
    text: str
    created_at: datetime
    to: tuple[str, ...]
    status: str | None = None


def match_sent(
    record: SendRecord,
    messages: Sequence[OutgoingMessage],
    *,
    matched_ids: Collection[str],
    competing_starts: Sequence[datetime],
) -> OutgoingMessage | None:
    """Return the message that certainly is this send, or None.

    matched_ids: the ids of messages that already belong to other sends.
    competing_starts: the start times of other sends of the same text whose message is not known. Each
        accounts for at most one message created after it began. So this send certainly has a message
        only if there are more messages than competing sends.
    """
    if record.text is None or record.began_at is None:
        return None
    normalized = normalize_text(record.text)
    began = record.began_at
    candidates = {
        message.message_id: message
        for message in messages
        if message.message_id not in matched_ids
        and began - MAX_SKEW <= message.created_at <= began + MAX_DELAY
        and set(message.to) == set(record.to)
        and normalize_text(message.text) == normalized
    }
    oldest_first = sorted(candidates.values(), key=lambda message: message.created_at)
    for count, message in enumerate(oldest_first, start=1):
        if sum(start - MAX_SKEW <= message.created_at for start in competing_starts) < count:
            return oldest_first[0]  # later messages are left to sends that began later
    return None
