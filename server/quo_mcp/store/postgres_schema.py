"""The tables of one purpose in PostgreSQL: which migrations they have seen, and which servers can use them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from quo_mcp.store.database import SchemaStatus
from quo_mcp.store.database_errors import LaterVersion
from quo_mcp.store.postgres_connection import lock_key
from quo_mcp.store.postgres_dialect import translate_schema

if TYPE_CHECKING:
    import psycopg

_VERSIONS = (
    "CREATE TABLE IF NOT EXISTS schema_versions"
    " (name TEXT PRIMARY KEY, version BIGINT NOT NULL, minimum_reader BIGINT NOT NULL)"
)


class PostgresSchema:
    """schema, name, migrations, minimum_reader: as of `PostgresDatabase`."""

    def __init__(
        self, schema: str, name: str, migrations: Sequence[str], minimum_reader: int | None
    ) -> None:
        self._schema = schema
        self._name = name
        self._migrations = migrations
        self._minimum_reader = len(migrations) if minimum_reader is None else minimum_reader

    def migrate(self, raw: "psycopg.Connection[Any]") -> None:
        """Run the migrations that the tables have not seen. Without any, no right to create tables is required."""
        status = self.status(raw)
        if status is None or status.version < status.known:
            with raw.transaction():
                raw.execute(f"SELECT pg_advisory_xact_lock({lock_key(self._schema)})".encode())
                if not _has_schema(raw, self._schema):
                    raw.execute(f"CREATE SCHEMA {self._schema}".encode())
                raw.execute(_VERSIONS.encode())
                status = self.status(raw) or SchemaStatus(0, 0, len(self._migrations))
                self._run_migrations(raw, status)
        elif not status.is_usable:
            raise LaterVersion

    def _run_migrations(self, raw: "psycopg.Connection[Any]", status: SchemaStatus) -> None:
        if status.version >= status.known:
            return
        for script in self._migrations[status.version :]:
            for statement in translate_schema(script):
                raw.execute(statement.encode())
        raw.execute(
            "INSERT INTO schema_versions VALUES (%s, %s, %s) ON CONFLICT (name) DO UPDATE"
            " SET version = excluded.version, minimum_reader = excluded.minimum_reader",
            (self._name, status.known, self._minimum_reader),
        )

    def status(self, raw: "psycopg.Connection[Any]") -> SchemaStatus | None:
        exists = raw.execute(
            "SELECT to_regclass(%s)", (f"{self._schema}.schema_versions",)
        ).fetchone()
        if exists is None or exists[0] is None:
            return None
        row = raw.execute(
            "SELECT version, minimum_reader FROM schema_versions WHERE name = %s", (self._name,)
        ).fetchone()
        return None if row is None else SchemaStatus(row[0], row[1], len(self._migrations))


def _has_schema(raw: "psycopg.Connection[Any]", schema: str) -> bool:
    row = raw.execute("SELECT to_regnamespace(%s) IS NOT NULL", (schema,)).fetchone()
    return bool(row and row[0])
