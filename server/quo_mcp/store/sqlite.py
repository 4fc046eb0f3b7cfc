"""The SQLite file that keeps sends, used approvals and opt-outs across restarts, shared by several processes.

It records the recipient, time and outcome of each message. The text itself is deleted when the file is
used a day or more after the outcome is known; only its fingerprint remains. The file contains no API
keys, and only its owner can read it.
"""

import contextlib
import os
import secrets
import sqlite3
import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from time import sleep

from quo_mcp.errors import PolicyRefusal
from quo_mcp.store.process_liveness import ProcessLock

_SCHEMA_VERSION = 1  # a file with a later version is not modified

_SCHEMA = """
CREATE TABLE sends (
    send_id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    inbox TEXT NOT NULL,
    people TEXT NOT NULL,          -- a sorted JSON list
    text TEXT,                     -- set to null a day or more after settled_at
    cents INTEGER NOT NULL,
    key TEXT,
    again INTEGER NOT NULL,
    state TEXT NOT NULL,
    owner TEXT NOT NULL,           -- the lock file of the sending process
    lease_until REAL NOT NULL,     -- times are Unix seconds
    message_id TEXT,
    status TEXT,
    reason TEXT,
    created_at REAL NOT NULL,
    began_at REAL,
    settled_at REAL
);
CREATE UNIQUE INDEX one_send_a_message ON sends (message_id) WHERE message_id IS NOT NULL;
CREATE INDEX by_fingerprint ON sends (fingerprint);
CREATE INDEX by_key ON sends (account, key) WHERE key IS NOT NULL;
CREATE INDEX by_time ON sends (account, created_at);
CREATE INDEX by_age ON sends (created_at);
CREATE INDEX still_open ON sends (state) WHERE state IN ('reserved', 'in flight');
CREATE TABLE approvals (approval TEXT PRIMARY KEY, send_id TEXT, used_at REAL NOT NULL);
CREATE TABLE optouts (
    number TEXT PRIMARY KEY,
    since REAL,                    -- null if a person allowed a number that had not opted out
    words TEXT,
    source TEXT,
    allowed_at REAL                -- null while the opt-out is in force
);
"""


class DatabaseUnavailable(PolicyRefusal):
    """The database cannot be used. Nothing is sent without it."""


class Database:
    """A SQLite file, opened on first use. Its methods may be called from any thread.

    path: a file in a folder of its own. Both are created, with access for the owner only.
    busy_timeout: seconds to wait for another process that is writing.
    active_sends: ids of the sends that this process has reserved and not finished.

    Raises:
        ValueError: the path is ":memory:".
    """

    def __init__(self, path: Path, *, busy_timeout: float = 5.0) -> None:
        if str(path) == ":memory:":
            raise ValueError("A journal in memory forgets: give a file.")
        self.path = path
        self._busy_timeout = busy_timeout
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._process_lock: ProcessLock | None = None
        self._opened_file: tuple[int, int] | None = None
        self.active_sends: set[str] = set()

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
                connection.execute("COMMIT")
            except BaseException:
                connection.rollback()
                raise

    @contextlib.contextmanager
    def reader(self) -> Iterator[sqlite3.Connection]:
        """Open the file for reading.

        Raises:
            DatabaseUnavailable: the file cannot be used. The message contains the reason.
        """
        with self._lock, self._translate_errors():
            yield self._open()

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
        except (sqlite3.Error, OSError) as error:
            self._disconnect()
            raise DatabaseUnavailable(
                f"The journal of sends at {self.path} cannot be used ({error}). Nothing is sent "
                "without it, since a text could go out twice. A person has to make the file "
                "writable, or choose another state directory for this server."
            ) from error

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None and self._opened_file != self._file_identity():
            self._disconnect()  # the file was removed or replaced; other processes use the new one
        if self._connection is None:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # An existing file is not opened here: closing it would release SQLite's own POSIX locks.
            with contextlib.suppress(FileExistsError):
                os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            self.path.chmod(0o600)
            self._connection = self._connect()
            self._opened_file = self._file_identity()
        return self._connection

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
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("BEGIN IMMEDIATE")
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version == 0:
                for statement in _SCHEMA.split(";\n"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")
            connection.execute("COMMIT")
            if version not in (0, _SCHEMA_VERSION):
                raise sqlite3.DatabaseError("a later version of this server wrote it")  # noqa: TRY301 - the handler closes the connection
        except BaseException:
            connection.close()
            raise
        return connection

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
                sleep(self._busy_timeout / 100)
            else:
                attempts_left = 0
