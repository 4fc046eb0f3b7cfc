"""What every database of this server offers, for every engine.

`sqlite.py` and `postgres.py` implement it. One set of SQL statements runs on both: it is written for SQLite, in the part
of its language that PostgreSQL shares, and `postgres_dialect.py` translates the rest.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, NamedTuple, Protocol

Parameters = Sequence[Any] | Mapping[str, Any]


class Row(Protocol):
    """One row. Its values are found by column name and by position."""

    def __getitem__(self, key: str | int, /) -> Any: ...


class StatementResult(Protocol):
    """The result of a statement. rowcount: the number of rows that it changed."""

    @property
    def rowcount(self) -> int: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> list[Any]: ...
    def __iter__(self) -> Iterator[Any]: ...


class DatabaseConnection(Protocol):
    """An open connection. Parameters are `?` for a sequence and `:name` for a mapping."""

    def execute(self, sql: str, parameters: Parameters = ..., /) -> StatementResult: ...
    def executemany(self, sql: str, parameters: Iterable[Parameters], /) -> StatementResult: ...


class SchemaStatus(NamedTuple):
    """The version of the tables: the number of migrations that they have seen.

    minimum_reader: the version that a server must know to use them. known: the version that this server knows.
    """

    version: int
    minimum_reader: int
    known: int

    @property
    def is_usable(self) -> bool:
        """Whether this server can use the tables: they have its version, or a later one that only added to it."""
        return self.version <= self.known or self.minimum_reader <= self.known


class Database(Protocol):
    """Transactions that are exclusive among all processes, reading, and whether a process is alive.

    The methods may be called from any thread. Connections are opened on first use.
    """

    @property
    def location(self) -> str:
        """Where the data is, for people to read: a path, or a host and the name of a database. Never a secret."""

    @property
    def exists(self) -> bool:
        """Whether there is a database to read, so that reading creates none."""

    @property
    def was_used(self) -> bool:
        """Whether the database exists, or has existed."""

    @property
    def owner(self) -> str:
        """The name of this process in its rows. Use it only within `transaction` or `reader`."""

    def is_alive(self, owner: str) -> bool:
        """Whether the process named `owner` is running."""

    def remove_stale_locks(self, now: datetime) -> None:
        """Delete what processes that ended over a day ago have left behind."""

    def transaction(self) -> AbstractContextManager[DatabaseConnection]:
        """Open a write transaction, exclusive among all processes. An exception rolls it back.

        Raises:
            DatabaseUnavailable: the database cannot be used. The message contains the reason.
            DatabaseConnectionLost: the connection ended, and it is not known whether the transaction was committed.
        """

    def reader(self) -> AbstractContextManager[DatabaseConnection]:
        """Open the database for reading. It raises as `transaction` does."""

    def shared_time(self, connection: DatabaseConnection) -> float | None:
        """Return Unix seconds by a clock that all processes share, or None if they share this machine's."""

    def read_status(self) -> SchemaStatus | None:
        """Return the version of the tables, or None if there are none. Nothing is created or changed."""

    def overwrite_deleted(self) -> None:
        """Overwrite what was deleted wherever the database still has it, such as in free space. It raises as `transaction` does."""

    def close(self) -> None:
        """Close the database. Other processes then treat this process's unfinished rows as abandoned."""
