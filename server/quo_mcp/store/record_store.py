"""Records of an account that outlive the server: one row per record, and when all of them were read."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from quo_mcp.store.database import Database

MIGRATIONS = (
    """
CREATE TABLE readings (
    account TEXT PRIMARY KEY,
    form TEXT NOT NULL,            -- what the records depend on, such as the version of their format
    read_at REAL NOT NULL          -- Unix seconds
);
CREATE TABLE records (
    account TEXT NOT NULL,
    id TEXT NOT NULL,
    record TEXT NOT NULL,
    PRIMARY KEY (account, id)
);
""",
    # Unix seconds; null if changes are not read.
    """
ALTER TABLE readings ADD COLUMN changes_until REAL;
""",
)


class StoredRecords(NamedTuple):
    """All records in the order in which they were added.

    read_at: Unix seconds. changes_until: the time until which the changes since then are stored, too; None if
    changes are not read.
    """

    read_at: float
    records: list[str]
    changes_until: float | None = None


class RecordStore:
    """The records of one account. Every method may be called from any thread.

    Every method raises `DatabaseUnavailable` if the database cannot be used.

    account: identifies the account without revealing its key.
    """

    def __init__(self, database: Database, account: str) -> None:
        self._database = database
        self._account = account

    @property
    def location(self) -> str:
        return self._database.location

    def clear(self) -> None:
        """Delete all records."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM records WHERE account = ?", (self._account,))
            connection.execute("DELETE FROM readings WHERE account = ?", (self._account,))

    def load(self, form: str, *, newer_than: float) -> StoredRecords | None:
        """Return the records, or None if they have another form or are not newer."""
        with self._database.reader() as connection:
            row = connection.execute(
                "SELECT read_at, changes_until FROM readings WHERE account = ? AND form = ? AND read_at > ?",
                (self._account, form, newer_than),
            ).fetchone()
            if row is None:
                return None
            records = connection.execute(
                "SELECT record FROM records WHERE account = ? ORDER BY rowid", (self._account,)
            ).fetchall()
        return StoredRecords(
            row["read_at"], [record for (record,) in records], row["changes_until"]
        )

    def replace(
        self,
        records: Mapping[str, str],
        form: str,
        *,
        read_at: float,
        changes_until: float | None = None,
    ) -> None:
        """Replace all records by those of a complete reading.

        records: by id, in the order to return them in. read_at: when the reading began.
        changes_until: as in `StoredRecords`.
        """
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM records WHERE account = ?", (self._account,))
            connection.executemany(
                "INSERT INTO records (account, id, record) VALUES (?, ?, ?)",
                ((self._account, record_id, record) for record_id, record in records.items()),
            )
            connection.execute(
                "INSERT INTO readings (account, form, read_at, changes_until) VALUES (?, ?, ?, ?) "
                "ON CONFLICT (account) DO UPDATE SET form = excluded.form, read_at = excluded.read_at, "
                "changes_until = excluded.changes_until",
                (self._account, form, read_at, changes_until),
            )

    def put_changes(
        self, records: Mapping[str, str], form: str, *, since: float, until: float
    ) -> bool:
        """Add or replace the records that changed between two times (Unix seconds), if nothing before is missing.

        Return whether it did. If it did not, another process has stored an older reading, or none is stored.
        """
        with self._database.transaction() as connection:
            row = connection.execute(
                "SELECT changes_until FROM readings WHERE account = ? AND form = ?",
                (self._account, form),
            ).fetchone()
            if row is None or row["changes_until"] is None or row["changes_until"] < since:
                return False
            connection.executemany(
                "INSERT INTO records (account, id, record) VALUES (?, ?, ?) ON CONFLICT (account, id) "
                "DO UPDATE SET record = excluded.record",
                ((self._account, record_id, record) for record_id, record in records.items()),
            )
            connection.execute(
                "UPDATE readings SET changes_until = ? WHERE account = ? AND changes_until < ?",
                (until, self._account, until),
            )
            return True

    def put(self, record_id: str, record: str) -> None:
        """Add a record, or replace the one with the same id."""
        with self._database.transaction() as connection:
            connection.execute(
                "INSERT INTO records (account, id, record) VALUES (?, ?, ?) ON CONFLICT (account, id) "
                "DO UPDATE SET record = excluded.record",
                (self._account, record_id, record),
            )

    def remove(self, record_id: str) -> None:
        """Remove a record. Unknown ids are ignored."""
        with self._database.transaction() as connection:
            connection.execute(
                "DELETE FROM records WHERE account = ? AND id = ?", (self._account, record_id)
            )


def remove_records(database: Database, is_match: Callable[[str, str], bool]) -> int:
    """Remove records of all accounts, and return their number.

    is_match: called with the id and the text of each record.

    Raises:
        DatabaseUnavailable: the database cannot be used.
    """
    if not database.exists:
        return 0
    with database.transaction() as connection:
        matching = [
            (row["account"], row["id"])
            for row in connection.execute("SELECT account, id, record FROM records").fetchall()
            if is_match(row["id"], row["record"])
        ]
        connection.executemany("DELETE FROM records WHERE account = ? AND id = ?", matching)
    database.overwrite_deleted()
    return len(matching)


def remove_changing(database: Database) -> None:
    """Remove the records of all readings whose changes are read, too.

    One record less would make such a reading incomplete for good, so all of them are read again.

    Raises:
        DatabaseUnavailable: the database cannot be used.
    """
    if not database.exists:
        return
    with database.transaction() as connection:
        accounts = [
            (row["account"],)
            for row in connection.execute(
                "SELECT account FROM readings WHERE changes_until IS NOT NULL"
            ).fetchall()
        ]
        connection.executemany("DELETE FROM records WHERE account = ?", accounts)
        connection.executemany("DELETE FROM readings WHERE account = ?", accounts)
    database.overwrite_deleted()
