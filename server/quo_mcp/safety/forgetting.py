"""Removes a person from the journal and the list of opt-outs, and keeps what safety requires.

A send that is over a day old and whose outcome is known is deleted. A later one, or one whose outcome is unknown,
keeps its fingerprint, time, inbox and cost, so that duplicates stay blocked and the limits count it. A group text to
others stays as theirs, without the text.

An opt-out stays as a keyed hash of the number: see `forgotten_numbers`. It also records that a person lifted one.
"""

import json
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from quo_mcp.errors import PolicyRefusal
from quo_mcp.safety.forgotten_numbers import create_hashes
from quo_mcp.safety.journal_sql import KEEP_TEXT
from quo_mcp.safety.send_record import FINAL_WORDS, FORGOTTEN, SendState
from quo_mcp.store.database import Database, DatabaseConnection
from quo_mcp.store.loss_guard import record_erasure


@dataclass(frozen=True)
class PersonalRecords:
    """What the records have about a person.

    sends: all texts to them, also in groups. opt_outs: their numbers on the list, also if a person lifted the opt-out.
    fingerprints: the sends that keep their fingerprint, because they are recent or their outcome is unknown.
    """

    sends: int = 0
    opt_outs: int = 0
    fingerprints: int = 0


def count_records(
    database: Database, numbers: Collection[str], *, now: datetime
) -> PersonalRecords:
    """Return what `forget_numbers` would remove."""
    if not database.was_used:
        return PersonalRecords()
    with database.reader() as connection:
        sends = _sends_to(connection, numbers)
        recent = sum(_keeps_fingerprint(send, now) for send in sends)
        return PersonalRecords(len(sends), len(_opt_outs_of(connection, numbers)), recent)


def forget_numbers(
    database: Database, numbers: Collection[str], *, now: datetime
) -> PersonalRecords:
    """Remove numbers (E.164) and the texts to them, and return what was removed.

    Raises:
        PolicyRefusal: a text to one of them is being sent.
        DatabaseUnavailable: the database cannot be used.
    """
    if not database.was_used:
        return PersonalRecords()
    with database.transaction() as connection:
        sends = _sends_to(connection, numbers)
        if any(SendState(send["state"]).is_pending for send in sends):
            raise PolicyRefusal(
                "Nothing was forgotten: a text to this person is being sent right now. Run the command again in a minute."
            )
        for send in sends:
            _forget_send(connection, send, numbers, now)
        opt_outs = _opt_outs_of(connection, numbers)
        if opt_outs:
            hashes = create_hashes(connection)
            for number in opt_outs:
                connection.execute("DELETE FROM optouts WHERE number = ?", (hashes.of(number),))
                connection.execute(
                    "UPDATE optouts SET number = ?, words = '' WHERE number = ?",
                    (hashes.of(number), number),
                )
        record_erasure(connection)
    database.overwrite_deleted()
    recent = sum(_keeps_fingerprint(send, now) for send in sends)
    return PersonalRecords(len(sends), len(opt_outs), recent)


def _sends_to(connection: DatabaseConnection, numbers: Collection[str]) -> list[Any]:
    return [
        send
        for send in connection.execute(
            "SELECT send_id, people, state, settled_at FROM sends"
        ).fetchall()
        if not set(numbers).isdisjoint(json.loads(send["people"]))
    ]


def _opt_outs_of(connection: DatabaseConnection, numbers: Collection[str]) -> list[str]:
    query = "SELECT number FROM optouts WHERE number = ?"
    return [number for number in numbers if connection.execute(query, (number,)).fetchone()]


def _keeps_fingerprint(send: Any, now: datetime) -> bool:
    """Return whether a send may still block a duplicate, or count for a daily limit."""
    if send["state"] not in FINAL_WORDS or send["settled_at"] is None:
        return True
    return bool(send["settled_at"] > (now - KEEP_TEXT).timestamp())


def _forget_send(
    connection: DatabaseConnection, send: Any, numbers: Collection[str], now: datetime
) -> None:
    people = json.loads(send["people"])
    if _keeps_fingerprint(send, now):
        people = sorted(FORGOTTEN if number in numbers else number for number in people)
    else:
        people = [number for number in people if number not in numbers]
        connection.execute(  # the old fingerprint has the number in it
            "UPDATE sends SET fingerprint = ? WHERE send_id = ?",
            (secrets.token_hex(32), send["send_id"]),
        )
    if not people:
        connection.execute("DELETE FROM sends WHERE send_id = ?", (send["send_id"],))
        return
    connection.execute(
        "UPDATE sends SET people = ?, text = NULL, key = NULL, reason = NULL WHERE send_id = ?",
        (json.dumps(people), send["send_id"]),
    )
