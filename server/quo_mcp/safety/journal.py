"""The journal of sends: written before the first byte leaves and after the outcome is known.

It is what makes a text go out at most once: a text cannot be taken back, Quo takes no idempotency
key, hosts cancel and repeat calls, and models try again. Rows are kept for 90 days, for whoever
asks what was sent; the words of a text only for a day after its outcome is known, since they are
needed to find it in the thread. Whoever opens, reads or writes the journal from then on drops them
first, once an hour at most.
"""

import secrets
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

from quo_mcp.errors import Misunderstood
from quo_mcp.safety import journal_sql
from quo_mcp.safety.duplicates import repeated, went_out
from quo_mcp.safety.journal_sql import Outcome
from quo_mcp.safety.near_duplicates import Lately, nearly_the_same
from quo_mcp.safety.reconciliation import Seen
from quo_mcp.safety.send_limits import UNLIMITED, Limits, check
from quo_mcp.safety.send_record import Intent, SendRecord, State
from quo_mcp.store.sqlite import Database, Unwritable

PRUNE_EVERY = timedelta(hours=1)


def nowhere(_: str) -> None:
    """The failpoint hook that lets everything pass."""


@dataclass(frozen=True)
class Reserved:
    """Room for one text: begin, send, finish."""

    send_id: str


@dataclass(frozen=True)
class Earlier:
    """The same text is on its way or went out before: this is what became of it."""

    record: SendRecord


class Journal:
    """The rows of all sends, in the one order in which they may change.

    Every method is a transaction of its own, may be called from any thread, and raises Unwritable
    where the file cannot be used. `now` is always an aware datetime.

    lease: longer than any send takes. A row whose process died is settled at once; one whose process
        lives, only when it has overstayed its lease, and even then that process has the last word.
    hook: is told the name of each point at which things may fail, for tests that make them fail.
    """

    def __init__(
        self,
        database: Database,
        *,
        lease: timedelta = timedelta(seconds=120),
        hook: Callable[[str], None] = nowhere,
    ) -> None:
        self._database = database
        self._lease = lease
        self._hook = hook
        self._busy = database.busy
        self._owed: dict[str, Outcome] = {}  # outcomes that are not written yet
        self._pruned_at: datetime | None = None

    def reserve(
        self,
        intent: Intent,
        *,
        now: datetime,
        window: timedelta,
        limits: Limits = UNLIMITED,
    ) -> Reserved | Earlier:
        """Room for a text, or what became of the same one before.

        window: how long one that was sent counts as the same. One of unknown outcome always does.

        Raises Misunderstood for a key that was used for another text, Forbidden for an approval
        that is used up and for a limit that is reached.
        """
        send_id = f"send_{secrets.token_hex(16)}"
        self._busy.add(send_id)
        try:
            with self._writing("reserve", now) as connection:
                earlier = _earlier(connection, intent, now, window, limits)
                if earlier is None:
                    journal_sql.insert(
                        connection,
                        send_id,
                        intent,
                        owner=self._database.owner,
                        lease_until=now + self._lease,
                        now=now,
                    )
                if intent.approval is not None:
                    used_for = earlier.send_id if earlier else send_id
                    journal_sql.use_up(connection, intent.approval, used_for, now)
        except BaseException:
            self._busy.discard(send_id)
            raise
        if earlier is None:
            return Reserved(send_id)
        self._busy.discard(send_id)
        return Earlier(earlier)

    def foresee(
        self, intent: Intent, *, now: datetime, window: timedelta, limits: Limits
    ) -> SendRecord | None:
        """The earlier send that `reserve` would answer with, if any. Raises what it would; makes no room."""
        self.recover(now=now)
        with self._database.reading() as connection:
            return _earlier(connection, intent, now, window, limits)

    def lately(self, intent: Intent, *, now: datetime, window: timedelta) -> Lately:
        """What went to the same people within the window and is worth a word before or after this."""
        with self._database.reading() as connection:
            same = went_out(connection, intent, now, window)
            others = journal_sql.lately(connection, intent, now - window, most=10)
        return Lately(same, nearly_the_same(intent.text, others))

    def begin(self, send_id: str, *, now: datetime) -> SendRecord:
        """The first byte may leave once this has returned, and must not where it raises."""
        with self._writing("begin", now) as connection:
            lease_until = now + self._lease
            owner = self._database.owner
            if not journal_sql.begin(
                connection, send_id, owner=owner, lease_until=lease_until, now=now
            ):
                raise Unwritable(
                    "Nothing was sent: the text waited for its turn longer than a send may take. "
                    "Call again."
                )
            return _sure(journal_sql.fetch(connection, send_id))

    def finish(
        self,
        send_id: str,
        state: State,
        *,
        now: datetime,
        message_id: str | None = None,
        status: str | None = None,
        reason: str | None = None,
    ) -> SendRecord:
        """The outcome of what this process sent: sent, rejected or unknown.

        Where it cannot be written it is kept in mind and goes in with the next thing that can.
        """
        # The first word on a send is the surest: what comes after it came of being interrupted.
        self._owed.setdefault(send_id, Outcome(state, now, message_id, status, reason))
        with self._writing("finish", now) as connection:
            return _sure(journal_sql.fetch(connection, send_id))

    def claim(self, send_id: str, thread: Sequence[Seen], *, now: datetime) -> SendRecord:
        """Looks for a text of unknown outcome in its thread: sent, where it surely is there."""
        with self._writing("claim", now) as connection:
            record = _sure(journal_sql.fetch(connection, send_id))
            if record.state in (State.IN_FLIGHT, State.UNKNOWN):
                record = journal_sql.match(connection, record, thread, now)
        if not record.state.is_open:
            self._busy.discard(send_id)
        return record

    def give_up(self, send_id: str, *, now: datetime) -> SendRecord:
        """A person no longer waits for an unknown outcome: the same text may be sent anew."""
        with self._writing("give up", now) as connection:
            record = journal_sql.fetch(connection, send_id)
            if record is None or record.state is not State.UNKNOWN:
                raise Misunderstood(
                    f"Only a send whose outcome is unknown can be given up; {send_id} is "
                    f"{record.state if record else 'not in the journal'}."
                )
            outcome = Outcome(State.GIVEN_UP, now, reason=record.reason)
            journal_sql.settle(connection, send_id, outcome)
            return _sure(journal_sql.fetch(connection, send_id))

    def get(self, send_id: str, *, now: datetime) -> SendRecord | None:
        """What is known of a send. One that its process left behind is settled first."""
        self.recover(now=now)
        with self._database.reading() as connection:
            return journal_sql.fetch(connection, send_id)

    def recent(self, limit: int, *, now: datetime) -> list[SendRecord]:
        """The latest sends, newest first."""
        self.recover(now=now)
        with self._database.reading() as connection:
            return journal_sql.latest(connection, limit)

    def consume(self, approval: str, *, now: datetime) -> bool:
        """Uses up an approval that is for something other than a text: False if it was used before."""
        with self._writing("consume", now) as connection:
            return journal_sql.use_up(connection, approval, None, now)

    def recover(self, *, now: datetime) -> None:
        """Settles what was left behind, and drops what is no longer to be kept.

        What had not begun was not sent, the rest is unknown.
        """
        with self._database.reading() as connection:
            behind = bool(self._owed) or bool(
                journal_sql.left_behind(connection, self._database, now)
            )
        if behind or self._is_untidy(now):
            with self._writing("recover", now):
                pass

    @contextmanager
    def _writing(self, what: str, now: datetime) -> Iterator[sqlite3.Connection]:
        """A transaction that brings the journal up to date first."""
        with self._database.writing() as connection:
            paid = dict(self._owed)
            for send_id, outcome in paid.items():
                journal_sql.settle(connection, send_id, outcome)
            for send_id, outcome in journal_sql.left_behind(
                connection, self._database, now
            ).items():
                journal_sql.settle(connection, send_id, outcome)
            pruning = self._is_untidy(now)
            if pruning:
                journal_sql.prune(connection, now)
                self._database.sweep(now)
            yield connection
            self._hook(f"{what}: before commit")
        if pruning:
            self._pruned_at = now
        for send_id in paid:
            self._owed.pop(send_id, None)
            self._busy.discard(send_id)
        self._hook(f"{what}: after commit")

    def _is_untidy(self, now: datetime) -> bool:
        return self._pruned_at is None or now - self._pruned_at >= PRUNE_EVERY


def _earlier(
    connection: sqlite3.Connection,
    intent: Intent,
    now: datetime,
    window: timedelta,
    limits: Limits,
) -> SendRecord | None:
    """What stands in the way of a text: the send that it would repeat. Raises where it may not go out."""
    earlier = repeated(connection, intent, now, window)
    if earlier is None:
        check(connection, intent, now, limits)
    return earlier


def _sure(record: SendRecord | None) -> SendRecord:
    if record is None:
        raise Misunderstood("There is no such send in the journal: check the send_id.")
    return record
