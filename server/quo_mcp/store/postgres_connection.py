"""A connection to PostgreSQL that takes the statements of SQLite, and returns rows as SQLite does."""

import hashlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from quo_mcp.store.database import Parameters, StatementResult
from quo_mcp.store.postgres_dialect import translate, translate_parameters
from quo_mcp.store.postgres_url import CONNECT_OPTIONS

if TYPE_CHECKING:
    import psycopg

# A transaction whose process hangs must not stop all others. The server ends it, and it is not committed.
MAX_IDLE_IN_TRANSACTION = 10.0
# The server notices within 25 s that a machine is gone, and releases its locks.
_SETTINGS = (
    "SET search_path TO {schema}; SET lock_timeout = '{busy_timeout}ms';"
    " SET idle_in_transaction_session_timeout = '{idle}ms'; SET statement_timeout = '30s';"
    " SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3;"
)


class PostgresRow(tuple[Any, ...]):
    """A row that is read by position and by column name, as one of SQLite is."""

    __slots__ = ()
    columns: ClassVar[tuple[str, ...]]

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, str):
            key = self.columns.index(key)
        return super().__getitem__(key)

    def keys(self) -> tuple[str, ...]:
        return self.columns


class PostgresConnection:
    """A connection that takes the statements of SQLite."""

    def __init__(self, raw: "psycopg.Connection[Any]") -> None:
        self._raw = raw

    def execute(self, sql: str, parameters: Parameters = (), /) -> "psycopg.Cursor[Any]":
        return self._raw.execute(translate(sql).encode(), translate_parameters(parameters))

    def executemany(self, sql: str, parameters: Iterable[Parameters], /) -> StatementResult:
        cursor = self._raw.cursor()
        cursor.executemany(
            translate(sql).encode(), [translate_parameters(row) for row in parameters]
        )
        return cursor

    def commit(self) -> None:
        """Commit the transaction.

        Raises:
            psycopg.Error: a statement had failed, so nothing was written.
        """
        import psycopg  # noqa: PLC0415

        if self._raw.execute("COMMIT").statusmessage != "COMMIT":
            raise psycopg.errors.InFailedSqlTransaction


def connect(
    url: str, schema: str, *, busy_timeout: float, durable: bool
) -> "psycopg.Connection[Any]":
    """Open a session whose statements are transactions of their own until BEGIN. Arguments: as of `PostgresDatabase`."""
    import psycopg  # noqa: PLC0415

    raw = psycopg.connect(
        url,
        autocommit=True,
        prepare_threshold=None,
        row_factory=_make_row,
        **CONNECT_OPTIONS,
    )
    settings = _SETTINGS.format(
        schema=schema,
        busy_timeout=int(busy_timeout * 1000),
        idle=int(MAX_IDLE_IN_TRANSACTION * 1000),
    )
    try:
        raw.execute(settings.encode())
        committing = raw.execute("SELECT current_setting('synchronous_commit')").fetchone()
        if not durable:
            raw.execute("SET synchronous_commit = off")
        elif committing and committing[0] in {"off", "local"}:
            raw.execute("SET synchronous_commit = on")
    except BaseException:
        raw.close()
        raise
    return raw


def lock_key(name: str) -> int:
    """Return the number of an advisory lock: 63 bits of a hash."""
    return int.from_bytes(hashlib.sha256(f"quo-mcp\n{name}".encode()).digest()[:8]) >> 1


def _make_row(cursor: "psycopg.Cursor[Any]") -> Any:
    description = cursor.description or ()
    names = tuple(column.name for column in description)
    row_type = _row_type(names)

    def make(values: Sequence[Any]) -> PostgresRow:
        return row_type(values)

    return make


_ROW_TYPES: dict[tuple[str, ...], type[PostgresRow]] = {}


def _row_type(names: tuple[str, ...]) -> type[PostgresRow]:
    """Return the class of rows with these columns. The statements of this server are few, and so are the classes."""
    if names not in _ROW_TYPES:
        _ROW_TYPES[names] = type("PostgresRow", (PostgresRow,), {"columns": names, "__slots__": ()})
    return _ROW_TYPES[names]
