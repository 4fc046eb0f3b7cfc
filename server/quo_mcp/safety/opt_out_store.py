"""The stored opt-outs: numbers that must not be texted.

They apply to every account on this machine, since a new API key must not discard them. That of a forgotten person has
a hash in place of the number, and no words: see `forgotten_numbers`.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from quo_mcp.safety.forgotten_numbers import PREFIX, NumberHashes, load_hashes, stored_number
from quo_mcp.safety.send_record import FORGOTTEN
from quo_mcp.store.database import Database, Row

Source = Literal["they wrote it", "carrier", "agent", "a person set it"]
"""Who recorded an opt-out, in ascending rank: a source does not replace one of a higher rank."""

RANKS: dict[str | None, int] = {
    None: 0,
    "they wrote it": 1,
    "carrier": 1,
    "agent": 2,
    "a person set it": 3,
}


@dataclass(frozen=True)
class OptOut:
    """A number that must not be texted.

    number: E.164, or in the list of all opt-outs "forgotten" for a forgotten person. since: when the opt-out was made.
    words: their message, the carrier's report, or the reason that an agent or a person gave; empty if they are
        no longer stored.
    """

    number: str
    since: datetime
    words: str
    source: Source


@dataclass(frozen=True)
class OptedOutNumbers:
    """The numbers with an active opt-out, as the database has them."""

    stored: frozenset[str] = frozenset()
    hashes: NumberHashes = field(default_factory=lambda: NumberHashes(None))

    def __contains__(self, number: object) -> bool:
        return number in self.stored or (
            isinstance(number, str) and self.hashes.of(number) in self.stored
        )


class OptOutStore:
    """The methods block and may be called from any thread. They raise `DatabaseUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, number: str) -> OptOut | None:
        """Return the active opt-out of a number, if any."""
        with self._database.reader() as connection:
            row = connection.execute(
                "SELECT * FROM optouts WHERE number = ? AND allowed_at IS NULL",
                (stored_number(connection, number),),
            ).fetchone()
        return None if row is None else _opt_out_from_row(row, number)

    def numbers(self) -> OptedOutNumbers:
        """Return the numbers with an active opt-out. No file is created for it."""
        if not self._database.exists:
            return OptedOutNumbers()
        with self._database.reader() as connection:
            rows = connection.execute("SELECT number FROM optouts WHERE allowed_at IS NULL")
            stored = frozenset(row["number"] for row in rows)
            return OptedOutNumbers(stored, load_hashes(connection))

    def add(self, opt_out: OptOut) -> bool:
        """Record an opt-out, and return whether it is active.

        One that an agent or a person set is always active. One from a message or a carrier is inactive
        if a person allowed the number after `since`: an old STOP in the conversation must not block the
        number again. It does not replace one of the same or a higher rank.
        """
        is_evidence = RANKS[opt_out.source] == 1
        with self._database.transaction() as connection:
            number = stored_number(connection, opt_out.number)
            words = opt_out.words if number == opt_out.number else ""
            row = connection.execute(
                "SELECT allowed_at, source FROM optouts WHERE number = ?", (number,)
            ).fetchone()
            if row is not None and row["allowed_at"] is None:
                if RANKS[row["source"]] > RANKS[opt_out.source] or (
                    RANKS[row["source"]] == 1 and is_evidence
                ):
                    return True
            elif row is not None and is_evidence and opt_out.since.timestamp() <= row["allowed_at"]:
                return False
            connection.execute(
                "INSERT INTO optouts (number, since, words, source) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (number) DO UPDATE SET since = excluded.since, words = excluded.words,"
                " source = excluded.source, allowed_at = NULL",
                (number, opt_out.since.timestamp(), words, opt_out.source),
            )
            return True

    def opt_in(self, number: str, *, at: datetime) -> None:
        """End an opt-out from an earlier message or report, because the person wrote START. Others stay."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE optouts SET allowed_at = ?"
                " WHERE number = ? AND source IN ('they wrote it', 'carrier') AND since < ?",
                (at.timestamp(), stored_number(connection, number), at.timestamp()),
            )

    def allow(self, number: str, *, now: datetime) -> None:
        """End the opt-out of a number, as a person decided, and ignore any message until now.

        The stored `since` may be later than `now`, since it is Quo's time.
        """
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO optouts (number, allowed_at) VALUES (?, ?) ON CONFLICT (number)"
                " DO UPDATE SET allowed_at = CASE WHEN optouts.since > excluded.allowed_at"
                " THEN optouts.since ELSE excluded.allowed_at END",
                (stored_number(connection, number), now.timestamp()),
            )

    def list_active(self) -> list[OptOut]:
        """Return every active opt-out, oldest first."""
        with self._database.reader() as connection:
            rows = connection.execute(
                "SELECT * FROM optouts WHERE allowed_at IS NULL ORDER BY since, number"
            )
            return [
                _opt_out_from_row(
                    row, FORGOTTEN if row["number"].startswith(PREFIX) else row["number"]
                )
                for row in rows
            ]


def _opt_out_from_row(row: Row, number: str) -> OptOut:
    return OptOut(
        number=number,
        since=datetime.fromtimestamp(row["since"], UTC),
        words=row["words"],
        source=row["source"],
    )
