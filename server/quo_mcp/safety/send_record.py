"""A request to send one text, the journal's record of it, and the states that it passes through.

reserved ──> in flight ──> sent
    │            ├───────> rejected     the text was certainly not delivered
    │            └───────> unknown ───> sent (found in the conversation)
    └──> rejected               └─────> given up (by a person)
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from quo_mcp.errors import InvalidArguments
from quo_mcp.safety.text_normalization import duplicate_key


class SendState(StrEnum):
    """The values are stored in the journal."""

    RESERVED = "reserved"
    IN_FLIGHT = "in flight"
    SENT = "sent"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    GIVEN_UP = "given up"

    @property
    def is_pending(self) -> bool:
        """Whether a process may still be working on the send."""
        return self in (SendState.RESERVED, SendState.IN_FLIGHT)


@dataclass(frozen=True)
class SendRequest:
    """A text to send.

    account: identifies the API key and connection without revealing the key. Limits apply per account.
    inbox: the id of the sending number (PN…).
    to: the recipients' numbers, E.164; more than one makes a group text.
    cents: the estimated cost.
    idempotency_key: chosen by the caller; valid for 24 hours.
    allow_duplicate: send even if the same text was sent recently. It has no effect while the earlier
        outcome is unknown.
    approval: the id of a person's approval; this send consumes it.
    """

    account: str
    inbox: str
    to: tuple[str, ...]
    text: str
    cents: int = 0
    idempotency_key: str | None = None
    allow_duplicate: bool = False
    approval: str | None = None

    def __post_init__(self) -> None:
        if self.text != self.text.encode("utf-8", "ignore").decode():
            raise InvalidArguments(
                "The text holds half a character (a lone surrogate): write it anew."
            )

    @property
    def recipients(self) -> tuple[str, ...]:
        """The distinct numbers, sorted."""
        return tuple(sorted(set(self.to)))

    @property
    def fingerprint(self) -> str:
        """The identity for duplicate detection: account, recipients, and text without case and punctuation.

        The inbox does not count: the server may choose a different one on a retry, and the recipients
        would still get the text twice.
        """
        parts = [self.account, self.recipients, duplicate_key(self.text)]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@dataclass(frozen=True)
class SendRecord:
    """The journal's record of one send.

    text: None one day after the outcome is known; the journal then keeps only the fingerprint.
    status: Quo's delivery status ("queued", "delivered", …).
    reason: why the text was rejected, or why its outcome is unknown.

    The journal does not store the last three; they describe the call that returned the record.
    is_duplicate: the call sent nothing, and the record is that of an earlier send.
    approved: a person approved the send.
    near_duplicate: a recent send of similar text to the same recipients.
    """

    send_id: str
    account: str
    fingerprint: str
    inbox: str
    to: tuple[str, ...]
    text: str | None
    cents: int
    idempotency_key: str | None
    allow_duplicate: bool
    state: SendState
    message_id: str | None
    status: str | None
    reason: str | None
    created_at: datetime
    began_at: datetime | None
    settled_at: datetime | None
    is_duplicate: bool = False
    approved: bool = False
    near_duplicate: "SendRecord | None" = None


def describe(
    record: SendRecord,
    recipients: str | None = None,
    format_time: Callable[[datetime], str] | None = None,
) -> str:
    """Return the outcome of a send and the next step, for a model to read.

    recipients: how to name the recipients; the default is their numbers.
    format_time: how to write a time; the default is UTC.
    """
    people = recipients or " and ".join(record.to)
    when = (format_time or _format_utc)(record.began_at or record.created_at)
    look_again = f"quo_get_send_status send_id={record.send_id}"
    match record.state:
        case SendState.SENT if record.is_duplicate:
            another = " and another key, or none" if record.idempotency_key else ""
            return (
                f"Not sent again: the same text already went to {people}, {when}{_status_and_id(record)}. "
                f"To send it once more on purpose, call again with again=true{another}."
            )
        case SendState.SENT:
            return f"Sent to {people}, {when}{_status_and_id(record)}.{_delivery_hint(record)}"
        case SendState.RESERVED | SendState.IN_FLIGHT:
            return (
                f"The text to {people} is being sent right now, since {when}. Do not send it "
                f"again; {look_again} tells what became of it."
            )
        case SendState.UNKNOWN:
            return (
                f"It is not known whether the text to {people} of {when} arrived"
                f"{_reason_in_parentheses(record)}. It may have been sent, so the same text is not sent again, not "
                f"even with again=true; {look_again} will look again. If it stays unknown, only a "
                f"person can give it up, with `quo-mcp sends --give-up {record.send_id}`."
            )
        case SendState.REJECTED:
            return (
                f"The text to {people} of {when} was not sent{_reason_in_parentheses(record)}. Nothing reached "
                "them; it can be sent again once that is mended."
            )
        case SendState.GIVEN_UP:
            return (
                f"A person gave up on the text to {people} of {when}: whether it arrived was never "
                "found out. Ask that person before sending it again."
            )


def _delivery_hint(record: SendRecord) -> str:
    """Point out that accepted is not delivered; without it, a model reports "delivered"."""
    if record.message_id and record.status in {"queued", "sent"}:
        return " quo_get_message tells whether it was delivered."
    return ""


def _format_utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S %Z}"


def _status_and_id(record: SendRecord) -> str:
    known = [f"status {record.status}"] if record.status else []
    known += [f"message {record.message_id}"] if record.message_id else []
    return f" ({', '.join(known)})" if known else ""


def _reason_in_parentheses(record: SendRecord) -> str:
    return f" ({record.reason.rstrip('.')})" if record.reason else ""
