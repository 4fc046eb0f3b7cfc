"""What all servers on one state directory must know about approvals: the sealing key, and the refused questions.

Any of them may get the answer to a question that another one asked. Used approvals are in the journal,
because a send uses its approval in the transaction that reserves it.
"""

import secrets
from datetime import datetime

from quo_mcp.store.database import Database

KEY_BYTES = 32


class ApprovalRecords:
    """The methods block and may be called from any thread. They raise `DatabaseUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def sealing_key(self) -> bytes:
        """Return the key that signs the questions. The first call creates it."""
        with self._database.reader() as connection:
            row = connection.execute("SELECT value FROM secrets WHERE name = 'approval'").fetchone()
        if row is None:
            with self._database.transaction() as connection:
                connection.execute(
                    "INSERT INTO secrets (name, value) VALUES ('approval', ?) ON CONFLICT DO NOTHING",
                    (secrets.token_bytes(KEY_BYTES),),
                )
                row = connection.execute(
                    "SELECT value FROM secrets WHERE name = 'approval'"
                ).fetchone()
        return bytes(row["value"])

    def refuse(self, question: str, *, now: datetime) -> None:
        """Record that a person refused a question, so that no later answer to it counts."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO refusals (question, refused_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
                (question, now.timestamp()),
            )

    def is_refused(self, question: str) -> bool:
        with self._database.reader() as connection:
            query = "SELECT 1 FROM refusals WHERE question = ?"
            return connection.execute(query, (question,)).fetchone() is not None
