"""The stored verdicts of `quo-mcp doctor --live`: which assumptions about Quo were checked on an account."""

from collections.abc import Iterable
from datetime import UTC, datetime

from quo_mcp.records.assumptions import Assumption, Verdict, Verdicts
from quo_mcp.store.database import Database


class VerdictStore:
    """The methods block and may be called from any thread. They raise `DatabaseUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, account: str, verdicts: Iterable[Verdict]) -> None:
        """Replace the verdicts of an account."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM verdicts WHERE account = ?", (account,))
            connection.executemany(
                "INSERT INTO verdicts (account, assumption, holds, evidence, checked_at) VALUES (?, ?, ?, ?, ?)",
                [
                    (
                        account,
                        verdict.assumption.value,
                        None if verdict.holds is None else int(verdict.holds),
                        verdict.evidence,
                        verdict.checked_at.timestamp(),
                    )
                    for verdict in verdicts
                ],
            )

    def load(self, account: str) -> Verdicts:
        """Return the verdicts of an account. Those of assumptions that this version does not make are left out."""
        with self._database.reader() as connection:
            rows = connection.execute(
                "SELECT * FROM verdicts WHERE account = ?", (account,)
            ).fetchall()
        known = {assumption.value: assumption for assumption in Assumption}
        return {
            known[row["assumption"]]: Verdict(
                known[row["assumption"]],
                None if row["holds"] is None else bool(row["holds"]),
                row["evidence"],
                datetime.fromtimestamp(row["checked_at"], UTC),
            )
            for row in rows
            if row["assumption"] in known
        }
