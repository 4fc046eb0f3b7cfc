"""The stored opt-outs: numbers that must not be texted.

They apply to every account on this machine, since a new API key must not discard them.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

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

    number: E.164. since: when the opt-out was made.
    words: their message, the carrier's report, or the reason that an agent or a person gave.
    """

    number: str
    since: datetime
    words: str
    source: Source


class OptOutStore:
    """The methods block and may be called from any thread. They raise `DatabaseUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, number: str) -> OptOut | None:
        """Return the active opt-out of a number, if any."""
        with self._database.reader() as connection:
            row = connection.execute(
                "SELECT * FROM optouts WHERE number = ? AND allowed_at IS NULL", (number,)
            ).fetchone()
        return None if row is None else _opt_out_from_row(row)

    def numbers(self) -> frozenset[str]:
        """Return the numbers with an active opt-out. No file is created for it."""
        if not self._database.exists:
            return frozenset()
        with self._database.reader() as connection:
            rows = connection.execute("SELECT number FROM optouts WHERE allowed_at IS NULL")
            return frozenset(row["number"] for row in rows)

    def add(self, opt_out: OptOut) -> bool:
        """Record an opt-out, and return whether it is active.

        One that an agent or a person set is always active. One from a message or a carrier is inactive
        if a person allowed the number after `since`: an old STOP in the conversation must not block the
        number again. It does not replace one of the same or a higher rank.
        """
        is_evidence = RANKS[opt_out.source] == 1
        with self._database.transaction() as connection:
            row = connection.execute(
                "SELECT allowed_at, source FROM optouts WHERE number = ?", (opt_out.number,)
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
                (opt_out.number, opt_out.since.timestamp(), opt_out.words, opt_out.source),
            )
            return True

    def opt_in(self, number: str, *, at: datetime) -> None:
        """End an opt-out from an earlier message or report, because the person wrote START. Others stay."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE optouts SET allowed_at = ?"
                " WHERE number = ? AND source IN ('they wrote it', 'carrier') AND since < ?",
                (at.timestamp(), number, at.timestamp()),
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
                (number, now.timestamp()),
            )

    def list_active(self) -> list[OptOut]:
        """Return every active opt-out, oldest first."""
        with self._database.reader() as connection:
            rows = connection.execute(
                "SELECT * FROM optouts WHERE allowed_at IS NULL ORDER BY since, number"
            )
            return [_opt_out_from_row(row) for row in rows]


def _opt_out_from_row(row: Row) -> OptOut:
    return OptOut(
        number=row["number"],
        since=datetime.fromtimestamp(row["since"], UTC),
        words=row["words"],
        source=row["source"],
    )
