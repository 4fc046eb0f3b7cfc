"""Duplicate detection: find the earlier send with the same approval, idempotency key or text, or nearly the same text."""

from dataclasses import replace
from datetime import datetime, timedelta

from quo_mcp.errors import InvalidArguments, PolicyRefusal
from quo_mcp.safety import journal_sql
from quo_mcp.safety.near_duplicates import find_rewording
from quo_mcp.safety.send_record import (
    ABANDONED_WORDS,
    HOST_RETRY_WINDOW,
    SendRecord,
    SendRequest,
    SendState,
)
from quo_mcp.store.database import DatabaseConnection
from quo_mcp.values.untrusted import quote_inline

KEY_LIFETIME = timedelta(hours=24)
TEXTS_COMPARED = 10  # the latest texts to the same recipients


def find_duplicate(
    connection: DatabaseConnection, request: SendRequest, now: datetime, window: timedelta
) -> SendRecord | None:
    """Return the earlier send that this request duplicates, if any.

    window: how long a sent text blocks a duplicate.

    Raises:
        PolicyRefusal: the approval was used for something else.
        InvalidArguments: the idempotency key was used for a different text.
    """
    return (
        _by_approval(connection, request)
        or _by_key(connection, request, now)
        or _by_text(connection, request, now, window)
        or _by_wording(connection, request, now, window)
    )


def find_sent(
    connection: DatabaseConnection, request: SendRequest, now: datetime, window: timedelta
) -> SendRecord | None:
    """Return the last send of the same text within the window if it is sent, whatever `allow_duplicate` says."""
    send = _by_text(connection, replace(request, allow_duplicate=False), now, window)
    return send if send and send.state is SendState.SENT else None


def _by_approval(connection: DatabaseConnection, request: SendRequest) -> SendRecord | None:
    if request.approval is None:
        return None
    used = connection.execute(
        "SELECT send_id FROM approvals WHERE approval = ?", (request.approval,)
    ).fetchone()
    if used is None:
        return None
    send = journal_sql.fetch(connection, used["send_id"]) if used["send_id"] else None
    if send is None or send.fingerprint != request.fingerprint:
        raise PolicyRefusal(
            "Not sent: this approval was already used, and each approval covers one text. "
            "Ask the person to approve this text."
        )
    return send


def _by_key(
    connection: DatabaseConnection, request: SendRequest, now: datetime
) -> SendRecord | None:
    if request.idempotency_key is None:
        return None
    row = connection.execute(
        "SELECT * FROM sends WHERE account = ? AND key = ? AND created_at > ?"
        " ORDER BY rowid DESC LIMIT 1",
        (request.account, request.idempotency_key, (now - KEY_LIFETIME).timestamp()),
    ).fetchone()
    if row is None:
        return None
    if row["fingerprint"] != request.fingerprint:
        raise InvalidArguments(
            f"Not sent: the idempotency_key {quote_inline(request.idempotency_key, 102)} was already used for a different text in the "
            "last 24 hours. Use a new key, or omit it."
        )
    reusable = row["state"] in (SendState.REJECTED, *ABANDONED_WORDS)
    return None if reusable else journal_sql.record_from_row(row)


def _by_text(
    connection: DatabaseConnection, request: SendRequest, now: datetime, window: timedelta
) -> SendRecord | None:
    """Return the last pending or unknown send of the same text, else the last one sent within the window.

    A row with a state that this version does not know counts as unknown.

    A pending or unknown send blocks duplicates at any age, even with `allow_duplicate`: the first text
    may have been delivered. It stops blocking once it is found or a person abandons it.
    """
    row = connection.execute(
        "SELECT * FROM sends WHERE fingerprint = :fingerprint"
        " AND (state NOT IN (:sent, :rejected, :given_up, :abandoned)"
        " OR (state = :sent AND created_at > :since AND again >= :again))"
        " ORDER BY state = :sent, rowid DESC LIMIT 1",
        {
            "fingerprint": request.fingerprint,
            "sent": SendState.SENT,
            "rejected": SendState.REJECTED,
            "given_up": ABANDONED_WORDS[0],
            "abandoned": ABANDONED_WORDS[1],
            "since": (now - (HOST_RETRY_WINDOW if request.allow_duplicate else window)).timestamp(),
            "again": request.allow_duplicate,
        },
    ).fetchone()
    return None if row is None else journal_sql.record_from_row(row)


def _by_wording(
    connection: DatabaseConnection, request: SendRequest, now: datetime, window: timedelta
) -> SendRecord | None:
    """Return the last send within the window that the text rewords, unless `allow_duplicate` is set."""
    if request.allow_duplicate:
        return None
    since = now - window
    others = journal_sql.fetch_other_texts(connection, request, since, limit=TEXTS_COMPARED)
    return find_rewording(request.text, others)
