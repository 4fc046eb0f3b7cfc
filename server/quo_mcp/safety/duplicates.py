"""Which earlier send an intent would repeat: by its approval, by its key, or by its words."""

import sqlite3
from dataclasses import replace
from datetime import datetime, timedelta

from quo_mcp.errors import Forbidden, Misunderstood
from quo_mcp.safety import journal_sql
from quo_mcp.safety.send_record import Intent, SendRecord, State

KEY_HOLDS = timedelta(hours=24)
# Two calls that both say "again" within this span are one decision that the host repeated. Hosts give
# up on a call after a minute or more, and call again then.
AGAIN_APART = timedelta(minutes=5)


def repeated(
    connection: sqlite3.Connection, intent: Intent, now: datetime, window: timedelta
) -> SendRecord | None:
    """The send that this intent would repeat, if any.

    Raises Forbidden for an approval that was used for something else, Misunderstood for a key that
    was used for another text.
    """
    return (
        _by_approval(connection, intent)
        or _by_key(connection, intent, now)
        or _by_words(connection, intent, now, window)
    )


def went_out(
    connection: sqlite3.Connection, intent: Intent, now: datetime, window: timedelta
) -> SendRecord | None:
    """The same text that went out within the window, whether or not it is to go out `again`."""
    send = _by_words(connection, replace(intent, again=False), now, window)
    return send if send and send.state is State.SENT else None


def _by_approval(connection: sqlite3.Connection, intent: Intent) -> SendRecord | None:
    if intent.approval is None:
        return None
    used = connection.execute(
        "SELECT send_id FROM approvals WHERE approval = ?", (intent.approval,)
    ).fetchone()
    if used is None:
        return None
    send = journal_sql.fetch(connection, used["send_id"]) if used["send_id"] else None
    if send is None or send.fingerprint != intent.fingerprint:
        raise Forbidden(
            "Nothing was sent: that approval has been used already, and each is good for one text. "
            "Ask the person to approve this one."
        )
    return send


def _by_key(connection: sqlite3.Connection, intent: Intent, now: datetime) -> SendRecord | None:
    if intent.key is None:
        return None
    row = connection.execute(
        "SELECT * FROM sends WHERE account = ? AND key = ? AND created_at > ?"
        " ORDER BY rowid DESC LIMIT 1",
        (intent.account, intent.key, (now - KEY_HOLDS).timestamp()),
    ).fetchone()
    if row is None:
        return None
    if row["fingerprint"] != intent.fingerprint:
        raise Misunderstood(
            f"Nothing was sent: the key {intent.key!r} stands for another text in the last "
            "24 hours. Give this text a key of its own, or none."
        )
    over = row["state"] in (State.REJECTED, State.GIVEN_UP)
    return None if over else journal_sql.record(row)


def _by_words(
    connection: sqlite3.Connection, intent: Intent, now: datetime, window: timedelta
) -> SendRecord | None:
    """The latest send of the same words that is not settled, else the latest sent within the window.

    What is still open or unknown is repeated however old it is, and even by one that is to go
    `again`: nobody can decide on that while the first may have arrived. Only finding it, or a
    person who gives it up, makes room for another.
    """
    row = connection.execute(
        "SELECT * FROM sends WHERE fingerprint = :fingerprint"
        " AND (state IN (:reserved, :in_flight, :unknown)"
        " OR (state = :sent AND created_at > :since AND again >= :again))"
        " ORDER BY state = :sent, rowid DESC LIMIT 1",
        {
            "fingerprint": intent.fingerprint,
            "reserved": State.RESERVED,
            "in_flight": State.IN_FLIGHT,
            "sent": State.SENT,
            "unknown": State.UNKNOWN,
            "since": (now - (AGAIN_APART if intent.again else window)).timestamp(),
            "again": intent.again,
        },
    ).fetchone()
    return None if row is None else journal_sql.record(row)
