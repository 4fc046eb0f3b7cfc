"""The journal of sends, written before each request leaves and after its outcome is known.

It ensures that a text is sent at most once: a text cannot be recalled, Quo accepts no idempotency key,
hosts cancel and retry calls, and models retry too. Rows are kept for 90 days or the retention of the settings. The text itself is kept
for one day after its outcome is known, since reconciliation needs it to find the message. The next
access to the journal prunes expired data, at most once an hour.
"""

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from quo_mcp.errors import DatabaseConnectionLost, InvalidArguments, ReservationExpired
from quo_mcp.safety import journal_sql
from quo_mcp.safety.duplicates import find_duplicate, find_sent
from quo_mcp.safety.journal_sql import Outcome
from quo_mcp.safety.near_duplicates import SimilarSends, find_near_duplicate
from quo_mcp.safety.reconciliation import OutgoingMessage
from quo_mcp.safety.send_limits import UNLIMITED, SendLimits, check_limits
from quo_mcp.safety.send_pauses import SendPause, SendPauses, check_pause
from quo_mcp.safety.send_record import SendRecord, SendRequest, SendState
from quo_mcp.store.database import Database, DatabaseConnection
from quo_mcp.store.loss_guard import DatabaseLoss, latest_loss

Result = TypeVar("Result")

PRUNE_EVERY = timedelta(hours=1)
LOSS_SHOWN = timedelta(days=7)


def no_failpoint(_: str) -> None:
    """The default failpoint: never fails."""


@dataclass(frozen=True)
class Reservation:
    """A new send: call `begin`, post it, then call `finish`."""

    send_id: str


@dataclass(frozen=True)
class Duplicate:
    """The same text is pending or was sent before. record: the earlier send."""

    record: SendRecord


class Journal:
    """The rows of all sends and their state transitions.

    Every method runs one transaction and may be called from any thread. It raises `DatabaseUnavailable` if the
    database cannot be used. `now` is always an aware datetime.

    lease: longer than any send takes. If a process died, its sends are recovered at once. If it is
        alive, a send is recovered only after its lease expired, and the process may still overrule that.
    keep_rows: how long rows are kept.
    certain_now: returns a time that has certainly passed, or None. Rows are deleted only by this one.
    failpoint: called with the name of each point at which a test may inject a failure.
    """

    def __init__(
        self,
        database: Database,
        *,
        lease: timedelta = timedelta(seconds=120),
        keep_rows: timedelta = journal_sql.KEEP_ROWS,
        certain_now: Callable[[], datetime | None] = lambda: None,
        failpoint: Callable[[str], None] = no_failpoint,
    ) -> None:
        self._database = database
        self._lease = lease
        self._keep_rows = keep_rows
        self._failpoint = failpoint
        self._certain_now = certain_now
        self._active_sends = journal_sql.active_sends(database)
        self._unwritten: dict[str, Outcome] = {}  # the database could not be written yet
        self._pruned_at: datetime | None = None

    def reserve(
        self,
        request: SendRequest,
        *,
        now: datetime,
        duplicate_window: timedelta,
        limits: SendLimits = UNLIMITED,
    ) -> Reservation | Duplicate:
        """Reserve a new send, or return the earlier send that it duplicates.

        duplicate_window: how long a sent text blocks a duplicate. An unknown one always does.

        Raises:
            InvalidArguments: the idempotency key was used for a different text.
            PolicyRefusal: the approval was used before, a limit is reached, or a person paused all sends.
        """
        send_id = f"send_{secrets.token_hex(16)}"

        def reserve(*, is_repeat: bool) -> SendRecord | None:
            with self._transaction("reserve", now) as connection:
                if is_repeat and (own := journal_sql.fetch(connection, send_id)):
                    _require_state(own, SendState.RESERVED, self._lease)
                    return None
                earlier = _find_duplicate_or_check_limits(
                    connection, request, now, duplicate_window, limits
                )
                if earlier is None:
                    journal_sql.insert(
                        connection,
                        send_id,
                        request,
                        owner=self._database.owner,
                        lease_until=now + self._lease,
                        now=now,
                    )
                if request.approval is not None:
                    used_for = earlier.send_id if earlier else send_id
                    journal_sql.consume_approval(connection, request.approval, used_for, now)
            return earlier

        self._active_sends.add(send_id)
        try:
            earlier = _repeat_if_lost(reserve)
        except BaseException:
            self._active_sends.discard(send_id)
            raise
        if earlier is None:
            return Reservation(send_id)
        self._active_sends.discard(send_id)
        return Duplicate(earlier)

    def find_duplicate(
        self,
        request: SendRequest,
        *,
        now: datetime,
        duplicate_window: timedelta,
        limits: SendLimits,
    ) -> SendRecord | None:
        """Return the duplicate that `reserve` would return, if any, without reserving; raise as it would."""
        self.recover(now=now)
        with self._database.reader() as connection:
            return _find_duplicate_or_check_limits(
                connection, request, now, duplicate_window, limits
            )

    def find_similar(
        self, request: SendRequest, *, now: datetime, duplicate_window: timedelta
    ) -> SimilarSends:
        """Return the identical and the near-duplicate send to the same recipients within the window."""
        with self._database.reader() as connection:
            identical = find_sent(connection, request, now, duplicate_window)
            since = now - duplicate_window
            other_texts = journal_sql.fetch_other_texts(connection, request, since, limit=10)
        return SimilarSends(identical, find_near_duplicate(request.text, other_texts))

    def begin(self, send_id: str, *, now: datetime) -> SendRecord:
        """Mark the send as in flight. The caller may post only after this returned without raising.

        Raises:
            ReservationExpired: this process no longer holds the reservation.
            PolicyRefusal: a person paused all sends in the meantime.
        """

        def begin(*, is_repeat: bool) -> SendRecord:
            with self._transaction("begin", now) as connection:
                own = journal_sql.fetch(connection, send_id) if is_repeat else None
                if own and own.state is SendState.IN_FLIGHT:
                    return own
                check_pause(connection)
                owner, lease_until = self._database.owner, now + self._lease
                if not journal_sql.mark_in_flight(
                    connection, send_id, owner=owner, lease_until=lease_until, now=now
                ):
                    raise ReservationExpired(
                        _why_expired(journal_sql.fetch(connection, send_id), self._lease)
                    )
                return _require_record(journal_sql.fetch(connection, send_id))

        return _repeat_if_lost(begin)

    def finish(
        self,
        send_id: str,
        state: SendState,
        *,
        now: datetime,
        message_id: str | None = None,
        status: str | None = None,
        reason: str | None = None,
    ) -> SendRecord:
        """Record the outcome of a send of this process: sent, rejected or unknown.

        If the write fails, the outcome stays in memory and the next transaction writes it.
        """
        # The first outcome is the most reliable; a later one results from an interruption.
        self._unwritten.setdefault(send_id, Outcome(state, now, message_id, status, reason))
        with self._transaction("finish", now) as connection:
            return _require_record(journal_sql.fetch(connection, send_id))

    def adopt(
        self, request: SendRequest, message: OutgoingMessage, *, now: datetime
    ) -> SendRecord | None:
        """Record a message of the conversation as a send of this text, and return it.

        Return None if a send of the journal has this message, or may have it.
        """
        send_id = f"send_{secrets.token_hex(16)}"
        request = replace(request, idempotency_key=None, approval=None)
        with self._transaction("adopt", now) as connection:
            if journal_sql.matched_message_ids(connection, [message.message_id]):
                return None
            if journal_sql.competing_sends(connection, request.fingerprint, request.text, send_id):
                return None
            journal_sql.insert(
                connection,
                send_id,
                request,
                owner=self._database.owner,
                lease_until=now,
                now=message.created_at,
            )
            outcome = Outcome(SendState.SENT, now, message.message_id, message.status)
            journal_sql.record_outcome(connection, send_id, outcome)
            return journal_sql.fetch(connection, send_id)

    def reconcile(
        self, send_id: str, messages: Sequence[OutgoingMessage], *, now: datetime
    ) -> SendRecord:
        """Look for an unknown send among the messages of its conversation; mark it sent if one certainly matches."""
        with self._transaction("reconcile", now) as connection:
            record = _require_record(journal_sql.fetch(connection, send_id))
            if record.state in (SendState.IN_FLIGHT, SendState.UNKNOWN):
                record = journal_sql.reconcile(connection, record, messages, now)
        if not record.state.is_pending:
            self._active_sends.discard(send_id)
        return record

    def give_up(self, send_id: str, *, now: datetime) -> SendRecord:
        """Give up on an unknown outcome, as a person decided, so that the same text may be sent again."""
        with self._transaction("give up", now) as connection:
            record = journal_sql.fetch(connection, send_id)
            if record is None or record.state is not SendState.UNKNOWN:
                raise InvalidArguments(
                    f"Only a send with an unknown outcome can be abandoned. The state of {send_id} is {record.state.label}."
                    if record
                    else f"Send not found: {send_id}."
                )
            outcome = Outcome(SendState.GIVEN_UP, now, reason=record.reason)
            journal_sql.record_outcome(connection, send_id, outcome)
            return _require_record(journal_sql.fetch(connection, send_id))

    def settle(self, send_id: str, state: SendState, *, reason: str, now: datetime) -> SendRecord:
        """Record what a person said, or what later reads prove, about an unknown outcome. A known one stays."""
        with self._transaction("settle", now) as connection:
            record = _require_record(journal_sql.fetch(connection, send_id))
            if record.state is SendState.UNKNOWN:
                outcome = Outcome(state, now, reason=reason)
                journal_sql.record_outcome(connection, send_id, outcome)
            return _require_record(journal_sql.fetch(connection, send_id))

    def get(self, send_id: str, *, now: datetime) -> SendRecord | None:
        """Return a send, or None if it does not exist. Abandoned sends are recovered first."""
        self.recover(now=now)
        with self._database.reader() as connection:
            return journal_sql.fetch(connection, send_id)

    def list_recent(self, limit: int, *, now: datetime) -> list[SendRecord]:
        """Return the latest sends, newest first."""
        self.recover(now=now)
        with self._database.reader() as connection:
            return journal_sql.fetch_recent(connection, limit)

    def latest_loss(self, *, now: datetime) -> DatabaseLoss | None:
        """Return the loss of the file that was noticed within `LOSS_SHOWN`, if any."""
        with self._database.reader() as connection:
            loss = latest_loss(connection)
        return loss if loss and abs(now - loss.noticed_at) < LOSS_SHOWN else None

    def find_pause(self, *, now: datetime) -> SendPause | None:  # noqa: ARG002 - as every method
        """Return the pause of all sends that is in force, if any."""
        return SendPauses(self._database).get()

    def has_message(self, message_id: str, *, now: datetime) -> bool:  # noqa: ARG002 - as every method
        """Return whether a message already belongs to a send."""
        with self._database.reader() as connection:
            return bool(journal_sql.matched_message_ids(connection, [message_id]))

    def record_status(self, message_id: str, status: str, *, now: datetime) -> None:
        """Record the delivery status that Quo reports now, if the message belongs to a send."""
        if not self._database.exists:
            return
        with self._database.reader() as connection:
            is_known = journal_sql.has_other_status(connection, message_id, status)
        if is_known:
            with self._transaction("record status", now) as connection:
                journal_sql.record_status(connection, message_id, status)

    def consume_approval(self, approval: str, *, now: datetime) -> bool:
        """Consume an approval for an action other than a text. Return False if it was used before."""
        with self._transaction("consume approval", now) as connection:
            return journal_sql.consume_approval(connection, approval, None, now)

    def recover(self, *, now: datetime) -> None:
        """Record an outcome for abandoned sends, and prune expired data.

        An abandoned send is rejected if it had not begun, and unknown otherwise.
        """
        with self._database.reader() as connection:
            has_unrecorded = bool(self._unwritten) or bool(
                journal_sql.abandoned_sends(connection, self._database, now)
            )
        if has_unrecorded or self._is_pruning_due(now):
            with self._transaction("recover", now):
                pass

    @contextmanager
    def _transaction(self, step: str, now: datetime) -> Iterator[DatabaseConnection]:
        """Open a transaction that first records unwritten outcomes and abandoned sends."""
        with self._database.transaction() as connection:
            unwritten = dict(self._unwritten)
            for send_id, outcome in unwritten.items():
                journal_sql.record_outcome(connection, send_id, outcome)
            for send_id, outcome in journal_sql.abandoned_sends(
                connection, self._database, now
            ).items():
                journal_sql.record_outcome(connection, send_id, outcome)
            pruned = self._is_pruning_due(now)
            if pruned:
                journal_sql.prune(
                    connection, now, certain_now=self._certain_now(), keep_rows=self._keep_rows
                )
                self._database.remove_stale_locks(now)
            yield connection
            self._failpoint(f"{step}: before commit")
        if pruned:
            self._pruned_at = now
        for send_id in unwritten:
            self._unwritten.pop(send_id, None)
            self._active_sends.discard(send_id)
        self._failpoint(f"{step}: after commit")

    def _is_pruning_due(self, now: datetime) -> bool:
        return self._pruned_at is None or abs(now - self._pruned_at) >= PRUNE_EVERY


def _find_duplicate_or_check_limits(
    connection: DatabaseConnection,
    request: SendRequest,
    now: datetime,
    duplicate_window: timedelta,
    limits: SendLimits,
) -> SendRecord | None:
    """Return the earlier send that the request duplicates, if any.

    Raises:
        InvalidArguments, PolicyRefusal: the request may not be sent.
    """
    earlier = find_duplicate(connection, request, now, duplicate_window)
    if earlier is None:
        check_pause(connection)
        check_limits(connection, request, now, limits)
    return earlier


def _repeat_if_lost(step: Callable[..., Result]) -> Result:
    """Run a step of a send, and once more if the connection was lost, since it may or may not have been committed.

    The repetition first reads what the first run has written: only one send has its id, and only this process writes it.
    """
    try:
        return step(is_repeat=False)
    except DatabaseConnectionLost:
        return step(is_repeat=True)


def _require_state(record: SendRecord, state: SendState, lease: timedelta) -> None:
    if record.state is not state:
        raise ReservationExpired(_why_expired(record, lease))


def _why_expired(record: SendRecord | None, lease: timedelta) -> str:
    if record is None:
        return "Not sent: the journal of sends was replaced or emptied during this send. Nothing left this server. Call again."
    if record.state is not SendState.REJECTED:
        return "Not sent: another process is handling this send. For its outcome, call quo_get_send_status."
    return (
        f"Not sent: this send waited longer than {lease.total_seconds():g} s, so its reservation expired. "
        "Nothing left this server. Call again."
    )


def _require_record(record: SendRecord | None) -> SendRecord:
    if record is None:
        raise InvalidArguments("Send not found. Check the send_id.")
    return record
