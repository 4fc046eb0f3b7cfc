"""A request to send one text, the journal's record of it with its states, and the outcome.

reserved ──> in flight ──> sent
    │            ├───────> rejected     the text was certainly not delivered
    │            └───────> unknown ───> sent (found in the conversation)
    └──> rejected               ├─────> sent, or given up (a person said whether it arrived)
                                ├─────> given up (a person abandoned it)
                                └─────> rejected (Quo refused it, and it is not in the conversation later)

A row with any other state counts as unknown.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, auto

from quo_mcp.errors import InvalidArguments
from quo_mcp.records.messages import UNDELIVERED_STATUSES
from quo_mcp.safety.text_normalization import duplicate_key

# Two calls with `allow_duplicate` within this span count as one decision, retried by the host. Hosts
# time out after a minute or more and then retry.
HOST_RETRY_WINDOW = timedelta(minutes=5)

FINAL_STATUSES = UNDELIVERED_STATUSES | {"delivered"}


ARRIVED_REASON = "a person said that it arrived"
NOT_ARRIVED_REASON = "a person said that it did not arrive"


class SendState(StrEnum):
    """The values are stored in the journal."""

    RESERVED = "reserved"
    IN_FLIGHT = "in flight"
    SENT = "sent"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    GIVEN_UP = "given up"

    @classmethod
    def _missing_(cls, value: object) -> "SendState":
        """Read any other word of a row as an unknown outcome, so that its text is never sent again.

        A later version may store "abandoned" where this one stores "given up".
        """
        return cls.GIVEN_UP if value == "abandoned" else cls.UNKNOWN

    @property
    def label(self) -> str:
        """The state in the words of the command line."""
        return "abandoned" if self is SendState.GIVEN_UP else self.value

    @property
    def is_pending(self) -> bool:
        """Whether a process may still be working on the send."""
        return self in (SendState.RESERVED, SendState.IN_FLIGHT)


FORGOTTEN = "forgotten"
"""Stands for the number of a recipient whom the journal no longer knows, because a person had them forgotten."""

ABANDONED_WORDS = (SendState.GIVEN_UP.value, "abandoned")
FINAL_WORDS = (SendState.SENT.value, SendState.REJECTED.value, *ABANDONED_WORDS)
"""The stored states that no longer change. SQL compares with these, so that any other word counts as unknown."""


@dataclass(frozen=True)
class SendRequest:
    """A text to send.

    account: the id of the account: see `account_store`. Limits apply per account.
    inbox: the id of the sending number (PN…).
    to: the recipients' numbers, E.164; more than one makes a group text.
    cents: the estimated cost.
    idempotency_key: chosen by the caller; valid for 24 hours.
    allow_duplicate: send even if the same text was sent recently. It has no effect while the earlier
        outcome is unknown.
    approval: the id of a person's approval; this send consumes it.
    user_id: the teammate to send as. mark_done: whether the conversation is marked done.
    """

    account: str
    inbox: str
    to: tuple[str, ...]
    text: str
    cents: int = 0
    idempotency_key: str | None = None
    allow_duplicate: bool = False
    approval: str | None = None
    user_id: str | None = None
    mark_done: bool = False

    def __post_init__(self) -> None:
        if self.text != self.text.encode("utf-8", "ignore").decode():
            raise InvalidArguments(
                "text: contains an invalid character (a lone surrogate). Remove it and call again."
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
        return fingerprint_of(self.account, self.recipients, self.text)


def fingerprint_of(account: str, recipients: tuple[str, ...], text: str) -> str:
    """Return the fingerprint of a text. recipients: distinct numbers, sorted."""
    parts = [account, recipients, duplicate_key(text)]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@dataclass(frozen=True)
class SendRecord:
    """The journal's record of one send.

    text: None one day after the outcome is known; the journal then keeps only the fingerprint.
    status: Quo's delivery status ("queued", "delivered", …).
    reason: why the text was rejected, or why its outcome is unknown.
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

    @property
    def is_forgotten(self) -> bool:
        """Whether a recipient and the text were removed, so that the conversation can no longer tell the outcome."""
        return FORGOTTEN in self.to

    @property
    def is_delivery_open(self) -> bool:
        """Whether Quo accepted the text and has not reported whether it arrived."""
        return self.state is SendState.SENT and self.status not in FINAL_STATUSES

    @property
    def is_undelivered(self) -> bool:
        """Whether Quo accepted the text and reports that it did not arrive."""
        return self.state is SendState.SENT and self.status in UNDELIVERED_STATUSES

    def match_of(self, request: SendRequest) -> "DuplicateMatch":
        """Return in what way a request duplicates this send."""
        if request.idempotency_key and request.idempotency_key == self.idempotency_key:
            return DuplicateMatch.KEY
        if request.fingerprint != self.fingerprint:
            return DuplicateMatch.REWORDING
        is_repeat = request.allow_duplicate and self.state is SendState.SENT
        return DuplicateMatch.REPEAT if is_repeat else DuplicateMatch.TEXT


class DuplicateMatch(StrEnum):
    """In what way a request duplicates an earlier send.

    KEY: the same idempotency key. TEXT: the same text. REPEAT: the same text, which was just repeated with
    `allow_duplicate`. REWORDING: nearly the same text.
    """

    KEY = auto()
    TEXT = auto()
    REPEAT = auto()
    REWORDING = auto()


@dataclass(frozen=True)
class SendOutcome:
    """The outcome of one request to send.

    is_duplicate: nothing was sent, and the record is that of the earlier send that the request duplicates.
    match: in what way it does.
    usual_inbox: the id of the inbox that the recipients know, if the text was sent from another one.
    approved: a person approved the send.
    near_duplicate: a recent send of similar text to the same recipients, unless a person approved the send.
    """

    record: SendRecord
    is_duplicate: bool = False
    approved: bool = False
    near_duplicate: SendRecord | None = None
    match: DuplicateMatch = DuplicateMatch.TEXT
    usual_inbox: str | None = None

    @property
    def is_sent_now(self) -> bool:
        """Whether the request itself sent the text."""
        return self.record.state is SendState.SENT and not self.is_duplicate
