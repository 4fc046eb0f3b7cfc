"""The database file: its permissions, and errors if it cannot be used."""

import errno
import os
import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from quo_mcp.errors import DatabaseUnavailable, InvalidArguments, ReservationExpired
from quo_mcp.safety.journal import Journal, Reservation
from quo_mcp.safety.schema import MIGRATIONS
from quo_mcp.safety.send_record import SendRequest, SendState
from quo_mcp.store.database_errors import explain
from quo_mcp.store.sqlite import SqliteDatabase
from torture.scripted import TEN

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
HELLO = SendRequest("shop", "PNmain", ("+14155550100",), "It's ready")


def after(**span):
    return NOW + timedelta(**span)


@pytest.mark.skipif(os.name == "nt", reason="other permissions")
def test_only_its_owner_can_read_the_journal(databases, path):
    Journal(databases()).reserve(HELLO, now=NOW, duplicate_window=TEN)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == (0o700 if file.is_dir() else 0o600), file


def test_every_commit_waits_for_the_disk_and_readers_do_not_wait_for_writers(databases):
    with databases().reader() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


def test_what_is_deleted_is_overwritten(databases):
    with databases().reader() as connection:
        assert connection.execute("PRAGMA secure_delete").fetchone()[0] == 1


def test_a_file_runs_each_migration_once_and_in_order(path):
    first = SqliteDatabase(path, ["CREATE TABLE a (x)"])
    with closing(first), first.transaction() as connection:
        connection.execute("INSERT INTO a VALUES (1)")
    both = ["CREATE TABLE a (x)", "ALTER TABLE a ADD COLUMN y;\nUPDATE a SET y = x + 1;\n"]
    for _ in range(2):
        with closing(SqliteDatabase(path, both)) as database, database.reader() as connection:
            assert connection.execute("SELECT x, y FROM a").fetchone()["y"] == 2


def test_a_migration_that_fails_changes_nothing(path):
    broken = SqliteDatabase(path, ["CREATE TABLE a (x);\nCREATE TABLE a (x);\n"])
    with pytest.raises(DatabaseUnavailable, match="already exists"), broken.reader():
        pass
    with closing(SqliteDatabase(path, ["CREATE TABLE a (x)"])) as database, database.reader():
        pass


def test_a_journal_in_memory_is_refused():
    with pytest.raises(ValueError, match="not supported"):
        SqliteDatabase(":memory:", MIGRATIONS)


def test_a_journal_that_is_no_journal_is_said_to_be_so(databases, path):
    path.parent.mkdir()
    path.write_bytes(b"not a database, and long enough to be looked at " * 100)
    with pytest.raises(DatabaseUnavailable, match="file is not a database"):
        Journal(databases()).reserve(HELLO, now=NOW, duplicate_window=TEN)


def test_a_journal_in_a_place_that_cannot_be_written_is_said_to_be_so(databases, path):
    path.parent.write_text("a file where the folder should be")
    with pytest.raises(DatabaseUnavailable, match="A person must move away the file"):
        Journal(databases()).reserve(HELLO, now=NOW, duplicate_window=TEN)


def test_a_journal_of_a_later_version_is_not_touched(databases, path):
    first = databases()
    with first.transaction() as connection:
        connection.execute("PRAGMA user_version = 99")
    first.close()
    with pytest.raises(DatabaseUnavailable, match="a later version of quo-mcp"):
        Journal(databases()).reserve(HELLO, now=NOW, duplicate_window=TEN)


def test_a_journal_that_another_process_holds_for_too_long_is_not_waited_for_forever(databases):
    with databases().transaction(), pytest.raises(DatabaseUnavailable, match="locked"):
        Journal(databases(busy_timeout=0)).reserve(HELLO, now=NOW, duplicate_window=TEN)


def test_a_journal_that_was_taken_away_is_begun_anew_where_the_others_look(databases, path):
    mine = Journal(databases())
    send_id = mine.reserve(HELLO, now=NOW, duplicate_window=TEN).send_id
    for file in path.parent.glob("journal.db*"):
        if file.is_file():
            file.unlink()
    place = Journal(databases()).reserve(HELLO, now=NOW, duplicate_window=TEN)
    assert mine.reserve(HELLO, now=NOW, duplicate_window=TEN).record.send_id == place.send_id
    with pytest.raises(ReservationExpired, match="replaced or emptied"):
        mine.begin(send_id, now=NOW)
    with pytest.raises(InvalidArguments, match="Send not found"):
        mine.finish(send_id, SendState.REJECTED, now=NOW)


@pytest.mark.parametrize("made_anew", [True, False])
def test_a_journal_whose_file_is_gone_starts_afresh(databases, path, made_anew):
    journal = Journal(databases())
    journal.reserve(HELLO, now=NOW, duplicate_window=TEN)
    for file in path.parent.glob("journal.db*"):
        if file.is_file():
            file.unlink()
    if made_anew:
        path.touch()
    assert isinstance(journal.reserve(HELLO, now=NOW, duplicate_window=TEN), Reservation)


def test_a_journal_that_another_process_is_making_is_waited_for_but_not_forever(databases, path):
    path.parent.mkdir()
    maker = sqlite3.connect(path, isolation_level=None)
    maker.execute("BEGIN EXCLUSIVE")
    with pytest.raises(DatabaseUnavailable, match="locked"):
        Journal(databases(busy_timeout=0)).reserve(HELLO, now=NOW, duplicate_window=TEN)
    maker.execute("ROLLBACK")
    maker.close()
    assert isinstance(
        Journal(databases(busy_timeout=0)).reserve(HELLO, now=NOW, duplicate_window=TEN),
        Reservation,
    )


def test_signs_of_processes_that_ended_long_ago_are_swept_away(databases, path):
    journal = Journal(databases())
    journal.reserve(HELLO, now=NOW, duplicate_window=TEN)
    folder = path.with_name("journal.db.alive")
    (mine,) = folder.iterdir()
    old, young = folder / "old", folder / "young"
    for sign, age in ((old, 25), (young, 23), (mine, 25)):
        sign.touch()
        os.utime(sign, (after(hours=-age).timestamp(),) * 2)
    journal.consume_approval("later", now=NOW + timedelta(hours=1, seconds=-3600))
    assert old.exists(), "only with the hourly tidying"
    journal.consume_approval("much later", now=after(hours=1))
    assert not old.exists()
    assert young.exists()
    assert mine.exists()


# What is wrong, and what to do about it


def refusal(database):
    with pytest.raises(DatabaseUnavailable) as refused:
        Journal(database).reserve(HELLO, now=NOW, duplicate_window=TEN)
    return str(refused.value)


def locked(path, open_database):
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    return holder


def later_version(path, open_database):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 4711")


def garbage(path, open_database):
    path.write_bytes(b"not a database, and long enough to be looked at " * 100)


def torn(path, open_database):
    """A disk that lost the middle of the file."""
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))


CAUSES = {
    locked: ("is locked by another program", "close the program that holds it"),
    later_version: ("a later version of quo-mcp", "update quo-mcp"),
    garbage: ("is damaged", "restore its latest backup"),
    torn: ("is damaged", "restore its latest backup"),
}


@pytest.mark.parametrize("cause", CAUSES, ids=lambda cause: cause.__name__)
def test_each_cause_has_its_own_advice(databases, path, cause):
    first = databases()
    Journal(first).reserve(HELLO, now=NOW, duplicate_window=TEN)
    first.close()
    held = cause(path, databases)
    message = refusal(databases(busy_timeout=0))
    for part in (*CAUSES[cause], str(path), "Nothing is sent without it"):
        assert part in message
    for others_part in {part for parts in CAUSES.values() for part in parts} - {*CAUSES[cause]}:
        assert others_part not in message
    assert "directory for this server" not in message
    if held:
        held.close()


def test_a_full_disk_is_said_to_be_full(databases):
    database = databases()
    with database.transaction() as connection:
        connection.execute("PRAGMA max_page_count = 1")
        pages = connection.execute("PRAGMA max_page_count").fetchone()[0]
    long = SendRequest("shop", "PNmain", ("+14155550100",), "x" * 5000 * pages)
    with pytest.raises(DatabaseUnavailable, match=r"disk is full.*must free disk space"):
        Journal(database).reserve(long, now=NOW, duplicate_window=TEN)


@pytest.mark.parametrize(
    ("error", "problem", "remedy"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full", "free disk space"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "the disk is full", "free disk space"),
        (OSError(errno.EROFS, "Read-only file system"), "opened for writing", "write access"),
        (PermissionError(errno.EACCES, "Permission denied"), "opened for writing", "write access"),
        (OSError(errno.EIO, "Input/output error"), "cannot be used", "check the disk"),
        (sqlite3.OperationalError("disk I/O error"), "cannot be used", "check the disk"),
    ],
)
def test_what_the_system_says_is_told_with_its_remedy(tmp_path, error, problem, remedy):
    message = explain(error, tmp_path)
    assert problem in message
    assert remedy in message
