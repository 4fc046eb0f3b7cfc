"""The journal's entries as SQL: each function works within the transaction that it is given."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from quo_mcp.safety.sends import Intent, SendRecord, State

KEEP_ROWS = timedelta(days=90)
KEEP_TEXT = timedelta(hours=24)  # from when the outcome is known


@dataclass(frozen=True)
class Outcome:
    state: State
    at: datetime
    message_id: str | None = None
    status: str | None = None
    reason: str | None = None


def insert(
    connection: sqlite3.Connection,
    send_id: str,
    intent: Intent,
    *,
    owner: str,
    lease_until: datetime,
    now: datetime,
) -> None:
    connection.execute(
        "INSERT INTO sends (send_id, account, fingerprint, inbox, people, text, cents, key, again,"
        " state, owner, lease_until, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            send_id,
            intent.account,
            intent.fingerprint,
            intent.inbox,
            json.dumps(intent.people),
            intent.text,
            intent.cents,
            intent.key,
            intent.again,
            State.RESERVED,
            owner,
            lease_until.timestamp(),
            now.timestamp(),
        ),
    )


def fetch(connection: sqlite3.Connection, send_id: str) -> SendRecord | None:
    row = connection.execute("SELECT * FROM sends WHERE send_id = ?", (send_id,)).fetchone()
    return None if row is None else record(row)


def latest(connection: sqlite3.Connection, limit: int) -> list[SendRecord]:
    rows = connection.execute("SELECT * FROM sends ORDER BY rowid DESC LIMIT ?", (limit,))
    return [record(row) for row in rows]


def still_open(connection: sqlite3.Connection) -> list[sqlite3.Row]:
    return connection.execute(
        "SELECT send_id, state, owner, lease_until FROM sends"
        " WHERE state IN ('reserved', 'in flight')"  # as the index says it, so that it is used
    ).fetchall()


def record(row: sqlite3.Row) -> SendRecord:
    return SendRecord(
        send_id=row["send_id"],
        account=row["account"],
        fingerprint=row["fingerprint"],
        inbox=row["inbox"],
        to=tuple(json.loads(row["people"])),
        text=row["text"],
        cents=row["cents"],
        key=row["key"],
        again=bool(row["again"]),
        state=State(row["state"]),
        message_id=row["message_id"],
        status=row["status"],
        reason=row["reason"],
        created_at=_moment(row["created_at"]),
        began_at=None if row["began_at"] is None else _moment(row["began_at"]),
        settled_at=None if row["settled_at"] is None else _moment(row["settled_at"]),
    )


def begin(
    connection: sqlite3.Connection,
    send_id: str,
    *,
    owner: str,
    lease_until: datetime,
    now: datetime,
) -> bool:
    """False where the reservation is no longer this process's: the text must not go out."""
    begun = connection.execute(
        "UPDATE sends SET state = ?, began_at = ?, lease_until = ?"
        " WHERE send_id = ? AND state = ? AND owner = ?",
        (State.IN_FLIGHT, now.timestamp(), lease_until.timestamp(), send_id, State.RESERVED, owner),
    )
    return begun.rowcount == 1


def settle(connection: sqlite3.Connection, send_id: str, outcome: Outcome) -> None:
    """Writes an outcome over an open or unknown one. What is sure already stays as it is."""
    new = outcome.message_id is not None and not claimed(connection, [outcome.message_id])
    connection.execute(
        "UPDATE sends SET state = ?, message_id = ?, status = ?, reason = ?, settled_at = ?"
        " WHERE send_id = ? AND state IN (?, ?, ?)",
        (
            outcome.state,
            outcome.message_id if new else None,
            outcome.status,
            outcome.reason,
            outcome.at.timestamp(),
            send_id,
            State.RESERVED,
            State.IN_FLIGHT,
            State.UNKNOWN,
        ),
    )


def use_up(
    connection: sqlite3.Connection, approval: str, send_id: str | None, now: datetime
) -> bool:
    """False where it was used before."""
    used = connection.execute(
        "INSERT OR IGNORE INTO approvals VALUES (?, ?, ?)", (approval, send_id, now.timestamp())
    )
    return used.rowcount == 1


def claimed(connection: sqlite3.Connection, message_ids: Sequence[str]) -> set[str]:
    """Those of the ids that are known to be some send's."""
    rows = connection.execute(
        "SELECT message_id FROM sends WHERE message_id IN (SELECT value FROM json_each(?))",
        (json.dumps(message_ids),),
    )
    return {row["message_id"] for row in rows}


def rivals(connection: sqlite3.Connection, send: SendRecord) -> list[datetime]:
    """When the others with the same words began that may have made a message which nobody knows."""
    rows = connection.execute(
        "SELECT began_at FROM sends WHERE fingerprint = ? AND send_id <> ? AND message_id IS NULL"
        " AND began_at IS NOT NULL AND state <> ?",
        (send.fingerprint, send.send_id, State.REJECTED),
    )
    return [_moment(row["began_at"]) for row in rows]


def prune(connection: sqlite3.Connection, now: datetime) -> None:
    """Drops rows and used approvals of 90 days ago, and the words of what was settled a day ago."""
    old = (now - KEEP_ROWS).timestamp()
    connection.execute("DELETE FROM sends WHERE created_at < ?", (old,))
    connection.execute("DELETE FROM approvals WHERE used_at < ?", (old,))
    connection.execute(
        "UPDATE sends SET text = NULL WHERE text IS NOT NULL AND settled_at <= ? AND state IN (?, ?, ?)",
        ((now - KEEP_TEXT).timestamp(), State.SENT, State.REJECTED, State.GIVEN_UP),
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
