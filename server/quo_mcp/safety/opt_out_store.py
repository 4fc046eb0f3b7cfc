"""Who does not want texts from us.

Kept across restarts, and for every account on this machine: a new key must not forget them.
"""

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from quo_mcp.store.sqlite import Database

Source = Literal["they wrote it", "a person set it"]


@dataclass(frozen=True)
class OptOut:
    """number: E.164. since: when they said so. words: what they wrote, or the person's reason."""

    number: str
    since: datetime
    words: str
    source: Source


class OptOuts:
    """Blocking calls, from any thread; they raise Unwritable where the file cannot be used."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, number: str) -> OptOut | None:
        """Their opt-out, if it is in force."""
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT * FROM optouts WHERE number = ? AND allowed_at IS NULL", (number,)
            ).fetchone()
        return None if row is None else _optout(row)

    def put(self, optout: OptOut) -> bool:
        """Records that they opted out. Whether that is in force.

        What a person sets always is, and takes the place of what they wrote, so that no START lifts it.
        What they wrote is not where a person allowed them again after `since`: an old STOP that is
        still in the thread does not block anew. Of what they wrote, the first is kept.
        """
        with self._database.writing() as connection:
            row = connection.execute(
                "SELECT allowed_at FROM optouts WHERE number = ?", (optout.number,)
            ).fetchone()
            if row is not None and optout.source == "they wrote it":
                if row["allowed_at"] is None:
                    return True
                if optout.since.timestamp() <= row["allowed_at"]:
                    return False
            connection.execute(
                "REPLACE INTO optouts (number, since, words, source) VALUES (?, ?, ?, ?)",
                (optout.number, optout.since.timestamp(), optout.words, optout.source),
            )
            return True

    def lift(self, number: str, *, when: datetime) -> None:
        """They wrote START: what they wrote before no longer counts. What a person set does."""
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE optouts SET allowed_at = ?"
                " WHERE number = ? AND source = 'they wrote it' AND since < ?",
                (when.timestamp(), number, when.timestamp()),
            )

    def remove(self, number: str, *, now: datetime) -> None:
        """A person allows them again. What is on record, and whatever they wrote until now, no longer counts.

        What is on record may be later than now: it has the other side's time.
        """
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO optouts (number, allowed_at) VALUES (?, ?) ON CONFLICT (number)"
                " DO UPDATE SET allowed_at = max(excluded.allowed_at, coalesce(since, 0))",
                (number, now.timestamp()),
            )

    def all(self) -> list[OptOut]:
        """Every opt-out in force, the oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT * FROM optouts WHERE allowed_at IS NULL ORDER BY since, number"
            )
            return [_optout(row) for row in rows]


def _optout(row: sqlite3.Row) -> OptOut:
    return OptOut(
        number=row["number"],
        since=datetime.fromtimestamp(row["since"], UTC),
        words=row["words"],
        source=row["source"],
    )
