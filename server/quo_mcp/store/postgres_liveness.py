"""A process's sign of life in PostgreSQL: an advisory lock of a session of its own.

The server releases the lock when the session ends: with the process, or when its machine does not answer any more. If
the session is lost while the process runs, the next use opens another one and takes the same lock. Meanwhile others
may take the process for dead. Its reserved sends then expire before they leave, and the outcome of one in flight counts
as unknown until the process writes it.
"""

import contextlib
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg


class SessionLock:
    """A lock that proves that this process is alive. connect: opens a session in autocommit mode."""

    def __init__(self, connect: "Callable[[], psycopg.Connection[Any]]") -> None:
        self._connect = connect
        self._name = secrets.token_hex(16)
        self._raw: psycopg.Connection[Any] | None = None
        self._ensure_session()

    @property
    def name(self) -> str:
        """The name of this process. Its lock is held when this is read."""
        self._ensure_session()
        return self._name

    def is_alive(self, name: str) -> bool:
        high, low = _key_of(name)
        row = (
            self._ensure_session()
            .execute(
                "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2"
                " AND classid::bigint = %s AND objid::bigint = %s"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))",
                (high, low),
            )
            .fetchone()
        )
        return bool(row and row[0])

    def release(self) -> None:
        """Release the lock at once; the server may notice the end of the session only later."""
        import psycopg  # noqa: PLC0415

        if self._raw is not None:
            with contextlib.suppress(psycopg.Error):
                self._raw.execute("SELECT pg_advisory_unlock_all()")
            self._close()

    def _close(self) -> None:
        if self._raw is not None:
            self._raw.close()
            self._raw = None

    def _ensure_session(self) -> "psycopg.Connection[Any]":
        import psycopg  # noqa: PLC0415

        if self._raw is not None:
            try:
                self._raw.pgconn.consume_input()  # notices that the server ended the session
            except psycopg.OperationalError:
                self._close()
        if self._raw is None or self._raw.closed:
            self._raw = self._connect()
            # Shared, because the server may not have noticed the end of an earlier session of this process yet.
            self._raw.execute(
                "SELECT pg_advisory_lock_shared(%s::int, %s::int)", _key_of(self._name)
            )
        return self._raw


def _key_of(name: str) -> tuple[int, int]:
    """Return the two numbers of a process's lock, from 0 to 2**31 - 1."""
    number = int(name[:16], 16) if _is_name(name) else 0
    return number >> 33, number & 0x7FFFFFFF


def _is_name(name: str) -> bool:
    return len(name) == 32 and not set(name) - set("0123456789abcdef")
