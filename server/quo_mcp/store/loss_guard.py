"""Notices that the database was removed, emptied or replaced by an older copy, and restores what is known.

Known is what this process has in memory, and what the witness beside the database holds.
"""
# ruff: noqa: S608 - the names of tables and columns are constants or come from the database itself

import secrets
import sqlite3
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from quo_mcp.store.database import DatabaseConnection
from quo_mcp.store.witness import Testimony, Witness, WitnessedRow, WitnessedTable

ROWS_IN_MEMORY = 2000  # the latest of each table
ROWS_RELOADED = 200  # the latest of each table, when another process has written
SPARE_LINES = 2000  # of the witness, before it is rewritten

GUARD_SCHEMA = """
CREATE TABLE database_state (id TEXT NOT NULL, sequence INTEGER NOT NULL);
CREATE TABLE losses (
    noticed_at REAL NOT NULL,
    kind TEXT NOT NULL,
    restored INTEGER NOT NULL      -- the number of rows
);
"""
"""The tables that a guarded database has; a part of its migrations."""
ERASURES_SCHEMA = """
CREATE TABLE erasures (count INTEGER NOT NULL);
INSERT INTO erasures VALUES (0);
"""
"""A later part: how many times rows were erased on purpose, so that nothing restores them."""


class DatabaseLoss(NamedTuple):
    """A loss that was noticed. kind: what happened to the file. restored: the number of restored rows."""

    noticed_at: datetime
    kind: str
    restored: int


class LossGuard:
    """The guard of one database. Its methods run within a transaction of the caller.

    path: of the database. tables: the tables to restore. wall: returns Unix seconds.
    """

    def __init__(
        self,
        path: Path,
        tables: Iterable[WitnessedTable],
        *,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._wall = wall
        self._witness = Witness(path.with_name(path.name + ".witness"), tables)
        self._memory = Testimony()
        self._data_version = 0

    @property
    def has_witness(self) -> bool:
        return self._witness.path.exists()

    def recognizes(self, connection: sqlite3.Connection) -> bool:
        """Return whether the database still is the one that this process knows, and no older copy of it."""
        state = connection.execute("SELECT id, sequence FROM database_state").fetchone()
        erasures = _erasures(connection)
        is_known = (
            state is not None
            and state["id"] == self._memory.database_id
            and state["sequence"] >= self._memory.sequence
            and erasures >= self._memory.erasures
        )
        if is_known and erasures > self._memory.erasures:  # another process has erased rows
            self._memory = Testimony(state["id"], state["sequence"], erasures)
            self._load_memory(connection, state["sequence"], ROWS_IN_MEMORY)
        version = _data_version(connection)
        if is_known and version != self._data_version:  # another process has written
            self._load_memory(connection, state["sequence"], ROWS_RELOADED)
            self._data_version = version
        return is_known

    def attach(self, connection: sqlite3.Connection) -> None:
        """Check a database that was just opened, restore what it has lost, and record later changes."""
        witness, lines = self._witness.read()
        state = connection.execute("SELECT id, sequence FROM database_state").fetchone()
        kind, restored = self._loss(connection, state, witness), 0
        erasures = max(_erasures(connection), witness.erasures, self._memory.erasures)
        database_id = state["id"] if state else secrets.token_hex(8)
        sequence = max(state["sequence"] if state else 0, witness.sequence, self._memory.sequence)
        if kind:
            database_id, sequence = secrets.token_hex(8), sequence + 1
        if kind or self._memory.database_id not in {None, database_id}:
            sources = [
                testimony for testimony in (witness, self._memory) if testimony.erasures == erasures
            ]
            restored = self._restore(connection, sources, overwrite=bool(kind))
        if kind:
            connection.execute(
                "INSERT INTO losses VALUES (?, ?, ?)", (self._wall(), kind, restored)
            )
        connection.execute("DELETE FROM database_state")
        connection.execute("INSERT INTO database_state VALUES (?, ?)", (database_id, sequence))
        connection.execute("UPDATE erasures SET count = ?", (erasures,))
        self._record_changes(connection)
        self._memory = Testimony(database_id, sequence, erasures)
        self._load_memory(connection, sequence, ROWS_IN_MEMORY)
        self._data_version = _data_version(connection)
        if (
            kind
            or witness.database_id != database_id
            or witness.erasures != erasures
            or lines > 2 * len(witness.rows) + SPARE_LINES
        ):
            self._witness.rewrite(self._memory, self._all_rows(connection))

    def collect(self, connection: sqlite3.Connection) -> list[WitnessedRow]:
        """Return the rows that the transaction has changed, just before its commit."""
        changed = connection.execute(
            "SELECT DISTINCT table_name, row_id FROM temp.changed"
        ).fetchall()
        if not changed:
            return []
        connection.execute("DELETE FROM temp.changed")
        connection.execute("UPDATE database_state SET sequence = sequence + 1")
        sequence = connection.execute("SELECT sequence FROM database_state").fetchone()[0]
        return [
            WitnessedRow(sequence, change["table_name"], dict(row))
            for change in changed
            for row in connection.execute(
                f"SELECT * FROM {change['table_name']} WHERE rowid = ?", (change["row_id"],)
            )
        ]

    def remember(self, rows: list[WitnessedRow]) -> None:
        """Remember rows that were committed."""
        if rows:
            for row in rows:
                self._memory.add(row, self._witness.tables[row.table])
            self._witness.append(rows)

    def has_erased(self, connection: sqlite3.Connection) -> bool:
        """Return whether rows were erased that memory and witness may still hold."""
        return _erasures(connection) != self._memory.erasures

    def forget_erased(self, connection: sqlite3.Connection) -> None:
        """Make memory and witness hold what the database holds now, and nothing else."""
        state = connection.execute("SELECT id, sequence FROM database_state").fetchone()
        self._memory = Testimony(state["id"], state["sequence"], _erasures(connection))
        self._load_memory(connection, state["sequence"], ROWS_IN_MEMORY)
        self._witness.rewrite(self._memory, self._all_rows(connection))

    def _loss(
        self, connection: sqlite3.Connection, state: sqlite3.Row | None, witness: Testimony
    ) -> str | None:
        """Return what happened to the database, or None if nothing did."""
        known = [testimony for testimony in (witness, self._memory) if testimony.database_id]
        if not known:
            return None
        if state is None:
            has_rows = any(
                connection.execute(f"SELECT 1 FROM {name} LIMIT 1").fetchone()
                for name in self._witness.tables
            )
            return "replaced by an older copy" if has_rows else "removed or emptied"
        same = [testimony for testimony in known if testimony.database_id == state["id"]]
        if any(state["sequence"] < testimony.sequence for testimony in same):
            return "replaced by an older copy"
        # If only the memory differs, another process has noticed the loss before.
        return None if same else "replaced by another file"

    def _restore(
        self, connection: sqlite3.Connection, sources: Iterable[Testimony], *, overwrite: bool
    ) -> int:
        """Write the known rows, and return how many the database lacked or had in an older version."""
        known = Testimony()
        for testimony in sources:
            for row in testimony.rows.values():
                known.add(row, self._witness.tables[row.table])
        return sum(
            self._restore_row(connection, row, overwrite=overwrite)
            for row in sorted(known.rows.values(), key=lambda row: row.sequence)
        )

    def _restore_row(
        self, connection: sqlite3.Connection, row: WitnessedRow, *, overwrite: bool
    ) -> bool:
        table = self._witness.tables[row.table]
        existing = {
            column["name"] for column in connection.execute(f"PRAGMA table_info({table.name})")
        }
        values = {name: value for name, value in row.values.items() if name in existing}
        columns, marks = ", ".join(values), ", ".join("?" * len(values))
        inserted = connection.execute(
            f"INSERT OR IGNORE INTO {table.name} ({columns}) VALUES ({marks})", [*values.values()]
        )
        if inserted.rowcount or not overwrite:
            return bool(inserted.rowcount)
        changes = ", ".join(f"{name} = ?" for name in values)
        is_row = " AND ".join(f"{name} = ?" for name in table.key)
        differs = " OR ".join(f"{name} IS NOT ?" for name in values)
        updated = connection.execute(
            f"UPDATE OR IGNORE {table.name} SET {changes} WHERE {is_row} AND ({differs})",
            [*values.values(), *(values[name] for name in table.key), *values.values()],
        )
        return bool(updated.rowcount)

    def _record_changes(self, connection: sqlite3.Connection) -> None:
        """Note each changed row in a table of this connection; a rollback removes the notes."""
        connection.execute("CREATE TEMP TABLE changed (table_name TEXT, row_id INTEGER)")
        for name in self._witness.tables:
            for event in ("INSERT", "UPDATE"):
                connection.execute(
                    f"CREATE TEMP TRIGGER note_{event}_{name} AFTER {event} ON main.{name}"
                    f" BEGIN INSERT INTO changed VALUES ('{name}', NEW.rowid); END"
                )

    def _load_memory(self, connection: sqlite3.Connection, sequence: int, limit: int) -> None:
        for table in self._witness.tables.values():
            for row in connection.execute(
                f"SELECT * FROM {table.name} ORDER BY rowid DESC LIMIT ?", (limit,)
            ):
                self._memory.add(WitnessedRow(sequence, table.name, dict(row)), table)

    def _all_rows(self, connection: sqlite3.Connection) -> list[WitnessedRow]:
        return [
            WitnessedRow(0, name, dict(row))
            for name in self._witness.tables
            for row in connection.execute(f"SELECT * FROM {name} ORDER BY rowid")
        ]


def record_erasure(connection: DatabaseConnection) -> None:
    """Record that the transaction erases rows or values on purpose, so that no other record of them remains.

    Without this, a deleted row stays in the witness until it is rewritten, and is restored after a loss.
    """
    connection.execute("UPDATE erasures SET count = count + 1")


def _erasures(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count FROM erasures").fetchone()[0])


def _data_version(connection: sqlite3.Connection) -> int:
    """Return a number that changes when another connection has written."""
    return int(connection.execute("PRAGMA data_version").fetchone()[0])


def latest_loss(connection: DatabaseConnection) -> DatabaseLoss | None:
    row = connection.execute(
        "SELECT noticed_at, kind, restored FROM losses ORDER BY rowid DESC LIMIT 1"
    ).fetchone()
    if row is None:
        return None
    noticed_at = datetime.fromtimestamp(row["noticed_at"], UTC)
    return DatabaseLoss(noticed_at, row["kind"], row["restored"])
