"""A SQLite file that several processes share: transactions, reading, and whether a process is alive.

Only its owner can read the file. Deleted data is overwritten.
"""

import contextlib
import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from quo_mcp.errors import DatabaseUnavailable
from quo_mcp.store.database import DatabaseConnection, SchemaStatus
from quo_mcp.store.database_errors import LaterVersion, TamperedFile, explain
from quo_mcp.store.loss_guard import LossGuard
from quo_mcp.store.process_liveness import ProcessLock
from quo_mcp.store.witness import WitnessedTable

READERS_SCHEMA = (
    "CREATE TABLE IF NOT EXISTS schema_readers (version INTEGER NOT NULL, minimum INTEGER NOT NULL)"
)


class SqliteDatabase:
    """A SQLite file as a `Database`, opened on first use.

    path: a file in a folder of its own. Both are created, with access for the owner only.
    migrations: SQL scripts that create or change tables. Each file runs each of them once, in order.
    minimum_reader: how many of the migrations a server must know to use the tables; all by default.
    busy_timeout: seconds to wait for another process that is writing.
    witnessed: the tables whose loss is noticed and made good; see `loss_guard`. Its schema must be in `migrations`.
    wall: returns Unix seconds.
    durable: whether every commit waits for the disk. Without it, a power failure can undo the latest commits.

    Raises:
        ValueError: the path is ":memory:".
    """

    def __init__(
        self,
        path: Path,
        migrations: Sequence[str],
        *,
        minimum_reader: int | None = None,
        busy_timeout: float = 5.0,
        durable: bool = True,
        witnessed: Sequence[WitnessedTable] = (),
        wall: Callable[[], float] = time.time,
    ) -> None:
        if str(path) == ":memory:":
            raise ValueError("path: :memory: is not supported; use a file.")
        self.path = path
        self._migrations = migrations
        self._minimum_reader = len(migrations) if minimum_reader is None else minimum_reader
        self._busy_timeout = busy_timeout
        self._durable = durable
        self._guard = LossGuard(path, witnessed, wall=wall) if witnessed else None
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._process_lock: ProcessLock | None = None
        self._opened_file: tuple[int, int] | None = None

    @property
    def location(self) -> str:
        return str(self.path)

    @property
    def exists(self) -> bool:
        return self.path.exists()

    @property
    def was_used(self) -> bool:
        """Whether the file exists, or has existed by its witness."""
        return self.path.exists() or (self._guard is not None and self._guard.has_witness)

    @property
    def owner(self) -> str:
        """The name of this process in its rows. Use it only within `transaction` or `reader`."""
        return self._ensure_process_lock().name

    def is_alive(self, owner: str) -> bool:
        """Whether the process named `owner` is running."""
        return self._ensure_process_lock().is_alive(owner)

    def remove_stale_locks(self, now: datetime) -> None:
        """Delete the lock files of processes that ended over a day ago."""
        self._ensure_process_lock().remove_stale(now)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Open a write transaction, exclusive among all processes. An exception rolls it back.

        Raises:
            DatabaseUnavailable: the file cannot be used. The message contains the reason.
        """
        with self._lock, self._translate_errors():
            connection = self._open()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                rows = self._guard.collect(connection) if self._guard else []
                connection.execute("COMMIT")
            except BaseException:
                connection.rollback()
                raise
            if self._guard:
                self._guard.remember(rows)
                self._forget_erased(connection, self._guard)

    def _forget_erased(self, connection: sqlite3.Connection, guard: LossGuard) -> None:
        """After a commit: let memory and witness forget what was erased. If it fails, the next opening does it."""
        with contextlib.suppress(sqlite3.Error):
            if not guard.has_erased(connection):
                return
            connection.execute(
                "BEGIN IMMEDIATE"
            )  # no other process writes to the witness meanwhile
            try:
                guard.forget_erased(connection)
            finally:
                connection.rollback()

    def overwrite_deleted(self) -> None:
        """Overwrite what was deleted wherever it may remain: in free space, and in the files beside this one.

        Raises:
            DatabaseUnavailable: another process uses the file all the time.
        """
        with self._lock, self._translate_errors():
            connection = self._open()
            connection.execute("VACUUM")
            busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if busy:
                raise sqlite3.OperationalError("database is locked")

    @contextlib.contextmanager
    def reader(self) -> Iterator[sqlite3.Connection]:
        """Open the file for reading.

        Raises:
            DatabaseUnavailable: the file cannot be used. The message contains the reason.
        """
        with self._lock, self._translate_errors():
            yield self._open()

    def shared_time(self, connection: DatabaseConnection) -> None:
        """Return None: all processes share this machine's clock."""

    def read_status(self) -> SchemaStatus | None:
        if not self.path.exists():
            return None
        with self._lock, self._translate_errors():
            connection = sqlite3.connect(f"{self.path.as_uri()}?mode=ro", uri=True)
            with contextlib.closing(connection):
                return self._status(connection)

    def close(self) -> None:
        """Close the file and release the process lock. The next use opens the file again.

        Other processes then treat this process's unfinished rows as abandoned.
        """
        with self._lock:
            self._disconnect()
            if self._process_lock is not None:
                self._process_lock.release()
                self._process_lock = None

    def _ensure_process_lock(self) -> ProcessLock:
        if self._process_lock is None:
            folder = self.path.with_name(self.path.name + ".alive")
            self._process_lock = ProcessLock(folder, secrets.token_hex(16))
        return self._process_lock

    @contextlib.contextmanager
    def _translate_errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError, LaterVersion, TamperedFile) as error:
            self._disconnect()
            raise DatabaseUnavailable(explain(error, self.path)) from error

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None and self._opened_file != self._file_identity():
            self._disconnect()  # the file was removed or replaced; other processes use the new one
        if self._connection is not None and not self._is_recognized(self._connection):
            self._disconnect()
        if self._connection is None:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # An existing file is not opened here: closing it would release SQLite's own POSIX locks.
            with contextlib.suppress(FileExistsError):
                os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            self.path.chmod(0o600)
            self._connection = self._connect()
            self._opened_file = self._file_identity()
        return self._connection

    def _is_recognized(self, connection: sqlite3.Connection) -> bool:
        """Return whether an open file still is the one that was opened: its content may have been replaced."""
        try:
            return self._guard is None or self._guard.recognizes(connection)
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                raise
            return False

    def _file_identity(self) -> tuple[int, int] | None:
        """Return the device and inode of the file at `path`, or None if there is none."""
        try:
            stat = self.path.stat()
        except FileNotFoundError:
            return None
        return stat.st_dev, stat.st_ino

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=self._busy_timeout, isolation_level=None, check_same_thread=False
        )
        try:
            connection.row_factory = sqlite3.Row
            self._enable_wal(connection)
            connection.execute(f"PRAGMA synchronous = {'FULL' if self._durable else 'NORMAL'}")
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("BEGIN IMMEDIATE")
            self._migrate(connection)
            if self._guard:
                self._guard.attach(connection)
            connection.execute("COMMIT")
        except BaseException:
            connection.close()
            raise
        return connection

    def _migrate(self, connection: sqlite3.Connection) -> None:
        """Run the migrations that the file has not seen; its `user_version` is their number."""
        status = self._status(connection)
        if not status.is_usable:
            raise LaterVersion
        if status.version >= status.known:
            return
        for script in self._migrations[status.version :]:
            for statement in script.split(";\n"):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {status.known}")
        connection.execute(READERS_SCHEMA)
        connection.execute("DELETE FROM schema_readers")
        connection.execute(
            "INSERT INTO schema_readers (version, minimum) VALUES (?, ?)",
            (status.known, self._minimum_reader),
        )

    def _status(self, connection: sqlite3.Connection) -> SchemaStatus:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        minimum = version  # 0.1.0 wrote no other
        query = "SELECT 1 FROM sqlite_master WHERE name = 'schema_readers'"
        if connection.execute(query).fetchone():
            row = connection.execute(
                "SELECT minimum FROM schema_readers WHERE version = ?", (version,)
            ).fetchone()
            minimum = row[0] if row else version
        return SchemaStatus(version, minimum, len(self._migrations))

    def _enable_wal(self, connection: sqlite3.Connection) -> None:
        """Switch to WAL mode. SQLite's busy timeout does not apply to the switch, so it is retried."""
        attempts_left = 100
        while attempts_left:
            attempts_left -= 1
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or not attempts_left:
                    raise
                time.sleep(self._busy_timeout / 100)
            else:
                attempts_left = 0
