"""The database of a test: a SQLite file, or with QUO_MCP_TEST_DATABASE tables in that PostgreSQL, one schema for each file."""

import os
import sqlite3
from pathlib import Path

import psycopg

from quo_mcp.safety.schema import MIGRATIONS, MINIMUM_READER
from quo_mcp.server.databases import (
    CONTACTS_FILE,
    CONVERSATIONS_FILE,
    JOURNAL_FILE,
    RATE_FILE,
    Databases,
)
from quo_mcp.store import record_store, shared_rate
from quo_mcp.store.postgres import PostgresDatabase
from quo_mcp.store.sqlite import SqliteDatabase
from store.postgres_server import VARIABLE, schema_of

IS_POSTGRES = bool(os.environ.get(VARIABLE))
SQLITE_ONLY = {"witnessed", "wall"}
DISK_FAULT = (
    psycopg.errors.DiskFull() if IS_POSTGRES else sqlite3.OperationalError("disk I/O error")
)


def open_database(path, migrations, *, url=None, name=None, **options):
    """Return a database for a path, as `SqliteDatabase` takes it."""
    url = url or os.environ.get(VARIABLE)
    if not url:
        return SqliteDatabase(path, migrations, **options)
    options = {key: value for key, value in options.items() if key not in SQLITE_ONLY}
    return PostgresDatabase(url, schema_of(path), name or Path(path).stem, migrations, **options)


def open_databases(_settings, state_dir, _now=None):
    """Return what `quo_mcp.server.databases.open_databases` does for the state directory, on the engine of the tests."""
    return Databases(
        open_database(state_dir / JOURNAL_FILE, MIGRATIONS, minimum_reader=MINIMUM_READER),
        open_database(state_dir / RATE_FILE, shared_rate.MIGRATIONS, durable=False),
        open_database(state_dir / CONTACTS_FILE, record_store.MIGRATIONS),
        open_database(state_dir / CONVERSATIONS_FILE, record_store.MIGRATIONS, durable=False),
    )
