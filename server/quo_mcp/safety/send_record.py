"""One text, from the wish to send it to what became of it.

reserved ──> in flight ──> sent
    │            ├───────> rejected     it surely did not arrive
    │            └───────> unknown ───> sent (found in the thread)
    └──> rejected               └─────> given up (by a person)
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from quo_mcp.errors import Misunderstood
from quo_mcp.safety.text_normalization import essence


class State(StrEnum):
    RESERVED = "reserved"
    IN_FLIGHT = "in flight"
    SENT = "sent"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    GIVEN_UP = "given up"

    @property
    def is_open(self) -> bool:
        """Somebody is still busy with it."""
        return self in (State.RESERVED, State.IN_FLIGHT)


@dataclass(frozen=True)
class Intent:
    """A text that somebody wants sent.

    account: a name for the key and connection, never the key itself. The limits count per account.
    inbox: the id of the number it is sent from (PN…).
    to: the numbers it reaches, E.164; several make one group text.
    cents: what it is expected to cost.
    key: the caller's own name for this send; it holds for 24 hours.
    again: send even though the same text went out a moment ago; not while its outcome is unknown.
    approval: the id of the approval that a person gave; it is used up by this send.
    """

    account: str
    inbox: str
    to: tuple[str, ...]
    text: str
    cents: int = 0
    key: str | None = None
    again: bool = False
    approval: str | None = None

    def __post_init__(self) -> None:
        if self.text != self.text.encode("utf-8", "ignore").decode():
            raise Misunderstood(
                "The text holds half a character (a lone surrogate): write it anew."
            )

    @property
    def people(self) -> tuple[str, ...]:
        return tuple(sorted(set(self.to)))

    @property
    def fingerprint(self) -> str:
        """The same for the same words, in whatever case and punctuation, to the same people.

        From whichever inbox: where none is named one is chosen anew each time, and to them it is twice.
        """
        parts = [self.account, self.people, essence(self.text)]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@dataclass(frozen=True)
class SendRecord:
    """What the journal knows of one text.

    text: None once it has been settled for a day: only its fingerprint is kept.
    status: the other side's word for where it is ("queued", "delivered", …).
    reason: why it was rejected, or why its outcome is unknown.

    Of the call that got it as its answer, and not in the journal:
    repeated: it sent nothing; this tells what became of an earlier one.
    approved: a person said yes to it.
    like: a text of nearly the same words that had gone to the same people a moment before.
    """

    send_id: str
    account: str
    fingerprint: str
    inbox: str
    to: tuple[str, ...]
    text: str | None
    cents: int
    key: str | None
    again: bool
    state: State
    message_id: str | None
    status: str | None
    reason: str | None
    created_at: datetime
    began_at: datetime | None
    settled_at: datetime | None
    repeated: bool = False
    approved: bool = False
    like: "SendRecord | None" = None


def in_words(
    record: SendRecord, whom: str | None = None, show: Callable[[datetime], str] | None = None
) -> str:
    """What became of a text and what to do next, for a model to read.

    whom: the people, as they are to be named. show: how to write a time. Left out: the numbers, UTC.
    """
    people = whom or " and ".join(record.to)
    when = (show or _in_utc)(record.began_at or record.created_at)
    look_again = f"quo_get_send_status send_id={record.send_id}"
    match record.state:
        case State.SENT if record.repeated:
            another = " and another key, or none" if record.key else ""
            return (
                f"Not sent again: the same text already went to {people}, {when}{_named(record)}. "
                f"To send it once more on purpose, call again with again=true{another}."
            )
        case State.SENT:
            return f"Sent to {people}, {when}{_named(record)}.{_to_come(record)}"
        case State.RESERVED | State.IN_FLIGHT:
            return (
                f"The text to {people} is being sent right now, since {when}. Do not send it "
                f"again; {look_again} tells what became of it."
            )
        case State.UNKNOWN:
            return (
                f"It is not known whether the text to {people} of {when} arrived"
                f"{_because(record)}. It may have been sent, so the same text is not sent again, not "
                f"even with again=true; {look_again} will look again. If it stays unknown, only a "
                f"person can give it up, with `quo-mcp sends --give-up {record.send_id}`."
            )
        case State.REJECTED:
            return (
                f"The text to {people} of {when} was not sent{_because(record)}. Nothing reached "
                "them; it can be sent again once that is mended."
            )
        case State.GIVEN_UP:
            return (
                f"A person gave up on the text to {people} of {when}: whether it arrived was never "
                "found out. Ask that person before sending it again."
            )


def _to_come(record: SendRecord) -> str:
    """Taken is not delivered; a model that is not told so says "delivered"."""
    if record.message_id and record.status in {"queued", "sent"}:
        return " quo_get_message tells whether it was delivered."
    return ""


def _in_utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S %Z}"


def _named(record: SendRecord) -> str:
    known = [f"status {record.status}"] if record.status else []
    known += [f"message {record.message_id}"] if record.message_id else []
    return f" ({', '.join(known)})" if known else ""


def _because(record: SendRecord) -> str:
    return f" ({record.reason.rstrip('.')})" if record.reason else ""
