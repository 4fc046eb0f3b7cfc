"""The journal's entries as SQL: each function works within the transaction that it is given."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from quo_mcp.safety.reconciliation import Seen, found
from quo_mcp.safety.send_record import Intent, SendRecord, State
from quo_mcp.safety.text_normalization import folded
from quo_mcp.store.sqlite import Database

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


def lately(
    connection: sqlite3.Connection, intent: Intent, since: datetime, most: int
) -> list[SendRecord]:
    """Other words to the same people that went out, or may have, newest first; while they are kept."""
    rows = connection.execute(
        "SELECT * FROM sends WHERE account = ? AND created_at > ? AND people = ? AND fingerprint <> ?"
        " AND text IS NOT NULL AND state IN (?, ?, ?) ORDER BY rowid DESC LIMIT ?",
        (
            intent.account,
            since.timestamp(),
            json.dumps(intent.people),
            intent.fingerprint,
            State.IN_FLIGHT,
            State.SENT,
            State.UNKNOWN,
            most,
        ),
    )
    return [record(row) for row in rows]


def left_behind(
    connection: sqlite3.Connection, database: Database, now: datetime
) -> dict[str, Outcome]:
    """What is still open and nobody is busy with, by its id, and what has to be taken to have become of it."""
    rows = connection.execute(
        "SELECT send_id, state, owner, lease_until FROM sends"
        " WHERE state IN ('reserved', 'in flight')"  # as the index says it, so that it is used
    ).fetchall()
    alive: dict[str, bool] = {}
    left = {}
    for row in rows:
        send_id, owner = row["send_id"], row["owner"]
        if owner not in alive:
            alive[owner] = owner == database.owner or database.is_alive(owner)
        lives = alive[owner] and (owner != database.owner or send_id in database.busy)
        if lives and now.timestamp() < row["lease_until"]:
            continue
        if row["state"] == State.RESERVED:
            reason = "the server stopped before it was sent"
            left[send_id] = Outcome(State.REJECTED, now, reason=reason)
        else:
            reason = "the server stopped while it was being sent"
            left[send_id] = Outcome(State.UNKNOWN, now, reason=reason)
    return left


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
    """When the others began that may have made a message which nobody knows and which looks like this one."""
    rows = connection.execute(
        "SELECT began_at, text FROM sends WHERE fingerprint = ? AND send_id <> ?"
        " AND message_id IS NULL AND began_at IS NOT NULL AND state <> ?",
        (send.fingerprint, send.send_id, State.REJECTED),
    )
    looks = folded(send.text or "")
    return [
        _moment(row["began_at"])
        for row in rows
        if row["text"] is None or folded(row["text"]) == looks
    ]


def match(
    connection: sqlite3.Connection, send: SendRecord, thread: Sequence[Seen], now: datetime
) -> SendRecord:
    """Sent, where the text surely is among those seen in its thread; as it was where that is not certain."""
    seen = found(
        send,
        thread,
        claimed=claimed(connection, [seen.message_id for seen in thread]),
        rivals=rivals(connection, send),
    )
    if seen is None:
        return send
    settle(connection, send.send_id, Outcome(State.SENT, now, seen.message_id, seen.status))
    return fetch(connection, send.send_id) or send


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
