"""The databases of an account: SQLite files in the state directory, or tables in PostgreSQL that several servers share."""

import contextlib
import logging
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import anyio.to_thread

from quo_mcp.config.settings import Settings
from quo_mcp.errors import DatabaseUnavailable
from quo_mcp.safety.journal import Journal
from quo_mcp.safety.opt_out_store import OptOutStore
from quo_mcp.safety.schema import MIGRATIONS, MINIMUM_READER, WITNESSED
from quo_mcp.store import record_store, shared_rate
from quo_mcp.store.database import Database
from quo_mcp.store.record_store import RecordStore
from quo_mcp.store.sqlite import SqliteDatabase
from quo_mcp.values import times

JOURNAL_FILE = "sends.sqlite3"
RATE_FILE = "rate.sqlite3"
CONTACTS_FILE = "contacts.sqlite3"
CONVERSATIONS_FILE = "conversations.sqlite3"
SCHEMA = "quo_mcp"
SANDBOX_SCHEMA = "quo_mcp_sandbox"  # sandbox sends must not block real texts as duplicates

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Databases:
    """journal: the sends, opt-outs and approvals. rate: the shared rate limit. contacts: the kept contacts.

    conversations: the kept index of conversations; in PostgreSQL, it is in the tables of the contacts.
    """

    journal: Database
    rate: Database
    contacts: Database
    conversations: Database

    def close(self) -> None:
        for database in (self.journal, self.rate, self.contacts, self.conversations):
            database.close()

    async def forget_records(self, database: Database, account: str) -> None:
        """Delete what is kept in one of the databases: the file, or in PostgreSQL the account's records."""
        if isinstance(database, SqliteDatabase):
            delete_file(database.path)
            return
        records = RecordStore(database, account)

        def clear() -> None:
            with contextlib.suppress(DatabaseUnavailable):  # a send reports the failure
                if database.read_status() is not None:
                    records.clear()

        await anyio.to_thread.run_sync(clear)


def open_databases(
    settings: Settings,
    state_dir: Path,
    now: Callable[[], datetime] = times.utc_now,
    *,
    sandbox: bool | None = None,
) -> Databases:
    """Return the databases that the settings name. Each is opened on first use.

    sandbox: whether to open the sandbox's (default: as the settings say).
    """
    if settings.database is None:
        return Databases(
            SqliteDatabase(
                state_dir / JOURNAL_FILE,
                MIGRATIONS,
                minimum_reader=MINIMUM_READER,
                witnessed=WITNESSED,
                wall=lambda: now().timestamp(),
            ),
            SqliteDatabase(
                state_dir / RATE_FILE,
                shared_rate.MIGRATIONS,
                busy_timeout=shared_rate.BUSY_TIMEOUT,
                durable=False,
            ),
            SqliteDatabase(state_dir / CONTACTS_FILE, record_store.MIGRATIONS),
            SqliteDatabase(state_dir / CONVERSATIONS_FILE, record_store.MIGRATIONS, durable=False),
        )
    from quo_mcp.store.postgres import PostgresDatabase  # noqa: PLC0415 - only for a team

    url = settings.database.get_secret_value()
    schema = SANDBOX_SCHEMA if (settings.is_sandbox if sandbox is None else sandbox) else SCHEMA
    records = PostgresDatabase(url, schema, "contacts", record_store.MIGRATIONS, durable=False)
    return Databases(
        PostgresDatabase(url, schema, "journal", MIGRATIONS, minimum_reader=MINIMUM_READER),
        PostgresDatabase(
            url,
            schema,
            "rate",
            shared_rate.MIGRATIONS,
            busy_timeout=shared_rate.BUSY_TIMEOUT,
            durable=False,
        ),
        records,
        records,
    )


@contextmanager
def open_records(
    settings: Settings, *, sandbox: bool | None = None
) -> Iterator[tuple[Journal, OptOutStore]]:
    """Open the journal and the opt-outs, for command-line use. sandbox: as in `state_dir_for`."""
    databases = open_databases(settings, state_dir_for(settings, sandbox=sandbox), sandbox=sandbox)
    with closing(databases):
        yield Journal(databases.journal), OptOutStore(databases.journal)


def state_dir_for(settings: Settings, *, sandbox: bool | None = None) -> Path:
    """Return the directory for persistent state. The sandbox has its own.

    sandbox: whether to return the sandbox's directory (default: as the settings say).
    """
    use_sandbox = settings.is_sandbox if sandbox is None else sandbox
    return settings.state_path / "sandbox" if use_sandbox else settings.state_path


def delete_file(path: Path) -> None:
    """Delete a SQLite file, and the files that SQLite keeps beside it."""
    for suffix in ("", "-wal", "-shm"):
        try:
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        except OSError as error:
            logger.warning("%s could not be deleted: %s.", path, error.strerror)
