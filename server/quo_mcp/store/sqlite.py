"""The file in which sends, used approvals and opt-outs outlive the process. Several processes share it.

It holds whom each text went to, when, and what became of it; the words of a text until it is used
a day or more after the outcome is known, and from then on only their fingerprint. It holds no keys.
Only its owner can read it.
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

from quo_mcp.errors import Forbidden
from quo_mcp.store.process_liveness import Presence

_SHAPE = 1  # what the tables below look like; a file of a later shape is not touched

_TABLES = """
CREATE TABLE sends (
    send_id TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    inbox TEXT NOT NULL,
    people TEXT NOT NULL,          -- a JSON list, sorted
    text TEXT,                     -- dropped once it has been settled for a day
    cents INTEGER NOT NULL,
    key TEXT,
    again INTEGER NOT NULL,
    state TEXT NOT NULL,
    owner TEXT NOT NULL,           -- the sign of life of the process that sends it
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
    since REAL,                    -- null where a person allowed somebody who never opted out here
    words TEXT,
    source TEXT,
    allowed_at REAL                -- null while the opt-out is in force
);
"""


class Unwritable(Forbidden):
    """The journal cannot be written, and without it nothing is sent."""


class Database:
    """A SQLite file, opened on first use. Its methods may be called from any thread.

    path: a file in a folder of its own; folder and file are made, for the owner's eyes only.
    patience: how many seconds to wait for another process that is writing.
    """

    def __init__(self, path: Path, *, patience: float = 5.0) -> None:
        if str(path) == ":memory:":
            raise ValueError("A journal in memory forgets: give a file.")
        self.path = path
        self._patience = patience
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None
        self._presence: Presence | None = None
        self._file: tuple[int, int] | None = None
        self.busy: set[str] = set()  # the sends that this process has reserved and not finished

    @property
    def owner(self) -> str:
        """The name under which this process's rows stand. Only within `writing` or `reading`."""
        return self._sign().name

    def is_alive(self, owner: str) -> bool:
        return self._sign().is_alive(owner)

    def sweep(self, now: datetime) -> None:
        self._sign().sweep(now)

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, alone among all processes; taken back if anything is raised.

        Raises Unwritable, with the reason in words, where the file does not allow it.
        """
        with self._lock, self._in_words():
            connection = self._open()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                connection.rollback()
                raise

    @contextlib.contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._in_words():
            yield self._open()

    def close(self) -> None:
        """Let go of the file. What this process left open counts as left behind. It opens again on use."""
        with self._lock:
            self._disconnect()
            if self._presence is not None:
                self._presence.forget()
                self._presence = None

    def _sign(self) -> Presence:
        if self._presence is None:
            folder = self.path.with_name(self.path.name + ".alive")
            self._presence = Presence(folder, secrets.token_hex(16))
        return self._presence

    @contextlib.contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as fault:
            self._disconnect()
            raise Unwritable(
                f"The journal of sends at {self.path} cannot be used ({fault}). Nothing is sent "
                "without it, since a text could go out twice. A person has to make the file "
                "writable, or choose another state directory for this server."
            ) from fault

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _open(self) -> sqlite3.Connection:
        if self._connection is not None and self._file != self._identity():
            self._disconnect()  # the file was removed or replaced under us: others use the new one
        if self._connection is None:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # A file that is there already is not opened: closing it would undo SQLite's own locks.
            with contextlib.suppress(FileExistsError):
                os.close(os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
            self.path.chmod(0o600)
            self._connection = self._connect()
            self._file = self._identity()
        return self._connection

    def _identity(self) -> tuple[int, int] | None:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=self._patience, isolation_level=None, check_same_thread=False
        )
        try:
            connection.row_factory = sqlite3.Row
            self._use_wal(connection)
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("BEGIN IMMEDIATE")
            shape = connection.execute("PRAGMA user_version").fetchone()[0]
            if shape == 0:
                for statement in _TABLES.split(";\n"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {_SHAPE}")
            connection.execute("COMMIT")
            if shape not in (0, _SHAPE):
                raise sqlite3.DatabaseError("a later version of this server wrote it")  # noqa: TRY301 - closed below like any other that cannot be used
        except BaseException:
            connection.close()
            raise
        return connection

    def _use_wal(self, connection: sqlite3.Connection) -> None:
        """Switching to WAL does not wait its turn by itself when several processes start together."""
        tries_left = 100
        while tries_left:
            tries_left -= 1
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as fault:
                if fault.sqlite_errorcode != sqlite3.SQLITE_BUSY or not tries_left:
                    raise
                sleep(self._patience / 100)
            else:
                tries_left = 0
