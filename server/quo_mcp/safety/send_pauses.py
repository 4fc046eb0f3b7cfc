"""The pause of all sends: a person sets it on the command line, and every server on the database obeys at once.

It is read in the transaction that reserves a send, and again in the one that begins it.
"""

from datetime import UTC, datetime
from typing import NamedTuple

from quo_mcp.errors import PolicyRefusal
from quo_mcp.store.database import Database, DatabaseConnection
from quo_mcp.values.untrusted import quote_inline

_QUERY = "SELECT paused_at, reason FROM pauses WHERE scope = 'sends' AND resumed_at IS NULL"


class SendPause(NamedTuple):
    """A pause that is in force. reason: what the person gave, or an empty string."""

    paused_at: datetime
    reason: str

    @property
    def description(self) -> str:
        """The pause in a sentence, for a model and a person."""
        reason = f" The reason given: {quote_inline(self.reason, 200)}." if self.reason else ""
        since = f"{self.paused_at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
        return f"A person paused all texts on {since}.{reason}"


class SendPauses:
    """The methods block and may be called from any thread. They raise `DatabaseUnavailable`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self) -> SendPause | None:
        """Return the pause that is in force, if any. No file is created for it."""
        if not self._database.exists:
            return None
        with self._database.reader() as connection:
            return _fetch(connection)

    def pause(self, reason: str, *, now: datetime) -> SendPause:
        """Pause all sends, and return the pause. An earlier one stays as it is."""
        with self._database.transaction() as connection:
            pause = _fetch(connection)
            if pause is None:
                connection.execute(
                    "INSERT INTO pauses (scope, paused_at, reason) VALUES ('sends', ?, ?) ON CONFLICT (scope)"
                    " DO UPDATE SET paused_at = excluded.paused_at, reason = excluded.reason, resumed_at = NULL",
                    (now.timestamp(), reason),
                )
                pause = SendPause(now, reason)
        return pause

    def resume(self, *, now: datetime) -> bool:
        """End the pause. Return False if there was none."""
        with self._database.transaction() as connection:
            updated = connection.execute(
                "UPDATE pauses SET resumed_at = ? WHERE scope = 'sends' AND resumed_at IS NULL",
                (now.timestamp(),),
            )
            return updated.rowcount == 1


def check_pause(connection: DatabaseConnection) -> None:
    """Check that sends are not paused.

    Raises:
        PolicyRefusal: they are; the message says who can resume them.
    """
    if pause := _fetch(connection):
        raise PolicyRefusal(
            f"Not sent: {pause.description} Do not try again until they say that it is over. Only a person can resume, with "
            "`quo-mcp resume` on the command line."
        )


def _fetch(connection: DatabaseConnection) -> SendPause | None:
    row = connection.execute(_QUERY).fetchone()
    if row is None:
        return None
    return SendPause(datetime.fromtimestamp(row["paused_at"], UTC), row["reason"])
