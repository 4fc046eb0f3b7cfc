"""A PostgreSQL database that servers on several machines share.

A transaction takes an advisory lock where SQLite says BEGIN IMMEDIATE, so one runs at a time. Every table is in a schema of
this server. psycopg is imported on first use: a server with SQLite does not need it.
"""

import contextlib
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from quo_mcp.errors import DatabaseConnectionLost, DatabaseUnavailable
from quo_mcp.store.database import DatabaseConnection, SchemaStatus
from quo_mcp.store.database_errors import LaterVersion
from quo_mcp.store.postgres_connection import PostgresConnection, connect, lock_key
from quo_mcp.store.postgres_errors import explain_postgres, is_connection_loss
from quo_mcp.store.postgres_liveness import SessionLock
from quo_mcp.store.postgres_schema import PostgresSchema
from quo_mcp.store.postgres_url import describe_location

if TYPE_CHECKING:
    import psycopg

RETRY_PAUSE = 0.1  # seconds, while the server restarts


class PostgresDatabase:
    """The tables of one purpose in a PostgreSQL database, as a `Database`.

    url: a connection URL; it may hold a password, and is never shown. schema: holds the tables; created if missing.
    name: what the tables are for. Each name has its own migrations and its own lock.
    migrations, minimum_reader: as in `SqliteDatabase`. busy_timeout: seconds to wait for another process that is writing,
        and for a server that restarts.
    durable: whether every commit waits for the disk.

    Raises:
        ValueError: the URL is invalid.
    """

    exists = True
    was_used = True

    def __init__(
        self,
        url: str,
        schema: str,
        name: str,
        migrations: Sequence[str],
        *,
        minimum_reader: int | None = None,
        busy_timeout: float = 5.0,
        durable: bool = True,
    ) -> None:
        self.location = describe_location(url)
        self._url = url
        self._schema = schema
        self._name = name
        self._tables = PostgresSchema(schema, name, migrations, minimum_reader)
        self._busy_timeout = busy_timeout
        self._durable = durable
        self._lock = threading.RLock()
        self._raw: psycopg.Connection[Any] | None = None
        self._is_migrated = False
        self._session_lock: SessionLock | None = None

    @property
    def owner(self) -> str:
        return self._ensure_session_lock().name

    def is_alive(self, owner: str) -> bool:
        return self._ensure_session_lock().is_alive(owner)

    def remove_stale_locks(self, now: datetime) -> None:
        """Do nothing: the lock of a session ends with it."""

    def shared_time(self, connection: DatabaseConnection) -> float:
        """Return the time of the database's machine: the clocks of several machines differ."""
        row = connection.execute("SELECT extract(epoch FROM clock_timestamp())").fetchone()
        return float(row[0])

    @contextlib.contextmanager
    def transaction(self) -> Iterator[DatabaseConnection]:
        with self._lock, self._translate_errors():
            connection = self._start(f"BEGIN; SELECT pg_advisory_xact_lock({self._lock_key})")
            try:
                yield connection
                connection.commit()
            except BaseException:
                self._roll_back()
                raise

    @contextlib.contextmanager
    def reader(self) -> Iterator[DatabaseConnection]:
        with self._lock, self._translate_errors():
            yield self._start(None)

    def read_status(self) -> SchemaStatus | None:
        with self._lock, self._translate_errors():
            raw = self._connect()
            with contextlib.closing(raw):
                return self._tables.status(raw)

    def overwrite_deleted(self) -> None:
        """Rewrite the tables without their deleted rows. PostgreSQL's own log and backups still have them for a while."""
        query = "SELECT tablename FROM pg_tables WHERE schemaname = ?"
        with self._lock, self._translate_errors():
            connection = self._start(None)
            for row in connection.execute(query, (self._schema,)).fetchall():
                connection.execute(f'VACUUM FULL "{self._schema}"."{row[0]}"')

    def close(self) -> None:
        with self._lock:
            self._disconnect()
            if self._session_lock is not None:
                self._session_lock.release()
                self._session_lock = None

    @property
    def _lock_key(self) -> int:
        return lock_key(f"{self._schema}/{self._name}")

    def _ensure_session_lock(self) -> SessionLock:
        if self._session_lock is None:
            self._session_lock = SessionLock(self._connect)
        return self._session_lock

    def _start(self, first: str | None) -> PostgresConnection:
        """Return a connection on which the statement `first` has run.

        Nothing of the caller's has run yet, so a connection that ended meanwhile is replaced. While the server
        restarts, this waits for it.
        """
        import psycopg  # noqa: PLC0415

        deadline = time.monotonic() + self._busy_timeout
        while True:
            try:
                raw = self._open()
                if first and raw.info.transaction_status == psycopg.pq.TransactionStatus.IDLE:
                    raw.execute(first.encode())
                return PostgresConnection(raw)
            except psycopg.OperationalError:
                is_lost = self._raw is None or self._raw.closed
                self._roll_back()
                if not is_lost or time.monotonic() > deadline:
                    raise
                time.sleep(RETRY_PAUSE)

    def _open(self) -> "psycopg.Connection[Any]":
        import psycopg  # noqa: PLC0415

        if self._raw is not None:
            try:
                self._raw.pgconn.consume_input()  # notices that the server ended the connection
            except psycopg.OperationalError:
                self._disconnect()
        if self._raw is None or self._raw.closed:
            self._raw = self._connect()
            if not self._is_migrated:
                self._tables.migrate(self._raw)
                self._is_migrated = True
        return self._raw

    def _connect(self) -> "psycopg.Connection[Any]":
        return connect(
            self._url, self._schema, busy_timeout=self._busy_timeout, durable=self._durable
        )

    @contextlib.contextmanager
    def _translate_errors(self) -> Iterator[None]:
        import psycopg  # noqa: PLC0415

        try:
            yield
        except (psycopg.Error, LaterVersion) as error:
            is_lost = self._raw is None or self._raw.closed or is_connection_loss(error)
            kind = DatabaseConnectionLost if is_lost else DatabaseUnavailable
            self._disconnect()
            raise kind(explain_postgres(error, self.location)) from None

    def _roll_back(self) -> None:
        if self._raw is not None and not self._raw.closed:
            import psycopg  # noqa: PLC0415

            with contextlib.suppress(psycopg.Error):
                self._raw.rollback()
                return
        self._disconnect()

    def _disconnect(self) -> None:
        if self._raw is not None:
            self._raw.close()
            self._raw = None
