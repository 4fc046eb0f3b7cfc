"""The SQL statements of the journal. Each function runs within the caller's transaction."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from weakref import WeakKeyDictionary

from quo_mcp.safety.reconciliation import OutgoingMessage, match_sent
from quo_mcp.safety.send_record import (
    ABANDONED_WORDS,
    FINAL_WORDS,
    FORGOTTEN,
    SendRecord,
    SendRequest,
    SendState,
)
from quo_mcp.safety.text_normalization import normalize_text
from quo_mcp.store.database import Database, DatabaseConnection, Row
from quo_mcp.store.loss_guard import record_erasure

KEEP_ROWS = timedelta(days=90)
FORGOTTEN_PEOPLE = json.dumps([FORGOTTEN])
KEEP_TEXT = timedelta(hours=24)  # from the time when the outcome is known


@dataclass(frozen=True)
class Outcome:
    """The result of a send. status: Quo's delivery status. reason: why it was rejected or is unknown."""

    state: SendState
    at: datetime
    message_id: str | None = None
    status: str | None = None
    reason: str | None = None


_ACTIVE_SENDS: WeakKeyDictionary[Database, set[str]] = WeakKeyDictionary()


def active_sends(database: Database) -> set[str]:
    """Return the ids of the sends that this process has reserved and not finished, which may change.

    The journals on one database share them, because they have the same owner in its rows.
    """
    return _ACTIVE_SENDS.setdefault(database, set())


def insert(
    connection: DatabaseConnection,
    send_id: str,
    request: SendRequest,
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
            request.account,
            request.fingerprint,
            request.inbox,
            json.dumps(request.recipients),
            request.text,
            request.cents,
            request.idempotency_key,
            request.allow_duplicate,
            SendState.RESERVED,
            owner,
            lease_until.timestamp(),
            now.timestamp(),
        ),
    )


def fetch(connection: DatabaseConnection, send_id: str) -> SendRecord | None:
    row = connection.execute("SELECT * FROM sends WHERE send_id = ?", (send_id,)).fetchone()
    return None if row is None else record_from_row(row)


def fetch_recent(connection: DatabaseConnection, limit: int) -> list[SendRecord]:
    rows = connection.execute("SELECT * FROM sends ORDER BY rowid DESC LIMIT ?", (limit,))
    return [record_from_row(row) for row in rows]


def fetch_other_texts(
    connection: DatabaseConnection, request: SendRequest, since: datetime, limit: int
) -> list[SendRecord]:
    """Return other texts to the same recipients that were or may have been sent, newest first."""
    rows = connection.execute(
        "SELECT * FROM sends WHERE account = ? AND created_at > ? AND people = ? AND fingerprint <> ?"
        " AND text IS NOT NULL AND state NOT IN (?, ?, ?) ORDER BY rowid DESC LIMIT ?",
        (
            request.account,
            since.timestamp(),
            json.dumps(request.recipients),
            request.fingerprint,
            SendState.REJECTED,
            *ABANDONED_WORDS,
            limit,
        ),
    )
    return [record_from_row(row) for row in rows]


def abandoned_sends(
    connection: DatabaseConnection, database: Database, now: datetime
) -> dict[str, Outcome]:
    """Return the pending sends that no process is working on, by id, with the outcome to assume."""
    rows = connection.execute(
        "SELECT send_id, state, owner, lease_until FROM sends"
        " WHERE state IN ('reserved', 'in flight')"  # as in the partial index, so that SQLite uses it
    ).fetchall()
    alive: dict[str, bool] = {}
    abandoned = {}
    for row in rows:
        send_id, owner = row["send_id"], row["owner"]
        if owner not in alive:
            alive[owner] = owner == database.owner or database.is_alive(owner)
        is_active = alive[owner] and (owner != database.owner or send_id in active_sends(database))
        if is_active and now.timestamp() < row["lease_until"]:
            continue
        if row["state"] == SendState.RESERVED:
            reason = "the server stopped before sending it"
            abandoned[send_id] = Outcome(SendState.REJECTED, now, reason=reason)
        else:
            reason = "the server stopped while sending it"
            abandoned[send_id] = Outcome(SendState.UNKNOWN, now, reason=reason)
    return abandoned


def record_from_row(row: Row) -> SendRecord:
    return SendRecord(
        send_id=row["send_id"],
        account=row["account"],
        fingerprint=row["fingerprint"],
        inbox=row["inbox"],
        to=tuple(json.loads(row["people"])),
        text=row["text"],
        cents=row["cents"],
        idempotency_key=row["key"],
        allow_duplicate=bool(row["again"]),
        state=SendState(row["state"]),
        message_id=row["message_id"],
        status=row["status"],
        reason=row["reason"],
        created_at=_moment(row["created_at"]),
        began_at=None if row["began_at"] is None else _moment(row["began_at"]),
        settled_at=None if row["settled_at"] is None else _moment(row["settled_at"]),
    )


def mark_in_flight(
    connection: DatabaseConnection,
    send_id: str,
    *,
    owner: str,
    lease_until: datetime,
    now: datetime,
) -> bool:
    """Return False if this process no longer holds the reservation: the text must not be sent."""
    updated = connection.execute(
        "UPDATE sends SET state = ?, began_at = ?, lease_until = ?"
        " WHERE send_id = ? AND state = ? AND owner = ?",
        (
            SendState.IN_FLIGHT,
            now.timestamp(),
            lease_until.timestamp(),
            send_id,
            SendState.RESERVED,
            owner,
        ),
    )
    return updated.rowcount == 1


def record_outcome(connection: DatabaseConnection, send_id: str, outcome: Outcome) -> None:
    """Record the outcome of a pending or unknown send. A final outcome stays unchanged."""
    is_new = outcome.message_id is not None and not matched_message_ids(
        connection, [outcome.message_id]
    )
    connection.execute(
        "UPDATE sends SET state = ?, message_id = ?, status = ?, reason = ?, settled_at = ?"
        " WHERE send_id = ? AND state NOT IN (?, ?, ?, ?)",
        (
            outcome.state,
            outcome.message_id if is_new else None,
            outcome.status,
            outcome.reason,
            outcome.at.timestamp(),
            send_id,
            *FINAL_WORDS,
        ),
    )


def consume_approval(
    connection: DatabaseConnection, approval: str, send_id: str | None, now: datetime
) -> bool:
    """Return False if the approval was used before."""
    inserted = connection.execute(
        "INSERT INTO approvals (approval, send_id, used_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        (approval, send_id, now.timestamp()),
    )
    return inserted.rowcount == 1


def matched_message_ids(connection: DatabaseConnection, message_ids: Sequence[str]) -> set[str]:
    """Return those of the ids that already belong to a send."""
    rows = connection.execute(
        "SELECT message_id FROM sends WHERE message_id IN (SELECT value FROM json_each(?))",
        (json.dumps(message_ids),),
    )
    return {row["message_id"] for row in rows}


def has_other_status(connection: DatabaseConnection, message_id: str, status: str) -> bool:
    """Return whether the message belongs to a send with another delivery status."""
    query = "SELECT 1 FROM sends WHERE message_id = ? AND (status IS NULL OR status <> ?)"
    return connection.execute(query, (message_id, status)).fetchone() is not None


def record_status(connection: DatabaseConnection, message_id: str, status: str) -> None:
    connection.execute("UPDATE sends SET status = ? WHERE message_id = ?", (status, message_id))


def competing_sends(
    connection: DatabaseConnection, fingerprint: str, text: str, send_id: str
) -> list[datetime]:
    """Return the start times of other sends of the same text whose message is not known."""
    rows = connection.execute(
        "SELECT began_at, text FROM sends WHERE fingerprint = ? AND send_id <> ?"
        " AND message_id IS NULL AND began_at IS NOT NULL AND state <> ?",
        (fingerprint, send_id, SendState.REJECTED),
    )
    normalized = normalize_text(text)
    return [
        _moment(row["began_at"])
        for row in rows
        if row["text"] is None or normalize_text(row["text"]) == normalized
    ]


def reconcile(
    connection: DatabaseConnection,
    send: SendRecord,
    messages: Sequence[OutgoingMessage],
    now: datetime,
) -> SendRecord:
    """Mark the send as sent if one of the messages certainly is its text; otherwise return it unchanged."""
    message = match_sent(
        send,
        messages,
        matched_ids=matched_message_ids(connection, [message.message_id for message in messages]),
        competing_starts=competing_sends(
            connection, send.fingerprint, send.text or "", send.send_id
        ),
    )
    if message is None:
        return send
    outcome = Outcome(SendState.SENT, now, message.message_id, message.status)
    record_outcome(connection, send.send_id, outcome)
    return fetch(connection, send.send_id) or send


def prune(
    connection: DatabaseConnection,
    now: datetime,
    *,
    certain_now: datetime | None,
    keep_rows: timedelta = KEEP_ROWS,
) -> None:
    """Delete rows and used approvals after `keep_rows`, and texts one day after their final outcome.

    A send with an unknown outcome stays for at least 90 days, without its text and its recipients once `keep_rows`
    has passed, so that a duplicate stays blocked.

    certain_now: a time that has certainly passed. If it is not known, rows stay: a clock that is wrong for a
    moment must not let an unknown text be sent again. A text without its words still blocks a duplicate.
    """
    if certain_now is not None:
        old = (certain_now - keep_rows).timestamp()
        oldest = (certain_now - max(keep_rows, KEEP_ROWS)).timestamp()
        changes = [
            connection.execute(statement, parameters).rowcount
            for statement, parameters in (
                (
                    "DELETE FROM sends WHERE created_at < ? AND (created_at < ? OR state IN (?, ?, ?, ?))",
                    (old, oldest, *FINAL_WORDS),
                ),
                (
                    "UPDATE sends SET text = NULL, key = NULL, people = ? WHERE created_at < ? AND people <> ?",
                    (FORGOTTEN_PEOPLE, old, FORGOTTEN_PEOPLE),
                ),
                ("DELETE FROM approvals WHERE used_at < ?", (old,)),
                ("DELETE FROM refusals WHERE refused_at < ?", (old,)),
            )
        ]
        if any(changes):
            record_erasure(connection)
    connection.execute(
        "UPDATE sends SET text = NULL WHERE text IS NOT NULL AND settled_at <= ? AND state IN (?, ?, ?, ?)",
        ((now - KEEP_TEXT).timestamp(), *FINAL_WORDS),
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
