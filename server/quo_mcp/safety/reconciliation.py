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

REFUSAL_REASONS = frozenset(f"Quo replied with HTTP {status}" for status in (500, 501, 503))
"""Reasons of unknown outcomes where Quo refused the text. Behind a 502 or 504, it may still be processed."""
ABSENCE_REASON = "and the text is not in the conversation more than 15 minutes later"


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


def proves_absence(
    record: SendRecord, messages: Sequence[OutgoingMessage], *, now: datetime
) -> bool:
    """Return whether all messages since a send, read now, prove that it never arrived.

    Three things must come together: Quo itself refused the text, so that nothing else can deliver it later;
    the longest delay is over; and no message has its words. A lost reply proves nothing.
    """
    if record.text is None or record.began_at is None or record.reason not in REFUSAL_REASONS:
        return False
    normalized = normalize_text(record.text)
    is_late = now - record.began_at > MAX_DELAY + MAX_SKEW
    return is_late and all(normalize_text(message.text) != normalized for message in messages)
