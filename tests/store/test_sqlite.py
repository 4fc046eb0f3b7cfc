"""The database file: its permissions, and errors if it cannot be used."""

import os
import sqlite3
import stat
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from quo_mcp.errors import DatabaseUnavailable, InvalidArguments
from quo_mcp.safety.journal import Journal, Reservation
from quo_mcp.safety.schema import MIGRATIONS
from quo_mcp.safety.send_record import SendRequest, SendState
from quo_mcp.store.sqlite import Database
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
    first = Database(path, ["CREATE TABLE a (x)"])
    with closing(first), first.transaction() as connection:
        connection.execute("INSERT INTO a VALUES (1)")
    both = ["CREATE TABLE a (x)", "ALTER TABLE a ADD COLUMN y;\nUPDATE a SET y = x + 1;\n"]
    for _ in range(2):
        with closing(Database(path, both)) as database, database.reader() as connection:
            assert connection.execute("SELECT x, y FROM a").fetchone()["y"] == 2


def test_a_migration_that_fails_changes_nothing(path):
    broken = Database(path, ["CREATE TABLE a (x);\nCREATE TABLE a (x);\n"])
    with pytest.raises(DatabaseUnavailable, match="already exists"), broken.reader():
        pass
    with closing(Database(path, ["CREATE TABLE a (x)"])) as database, database.reader():
        pass


def test_a_journal_in_memory_is_refused():
    with pytest.raises(ValueError, match="not supported"):
        Database(":memory:", MIGRATIONS)


def test_a_journal_that_is_no_journal_is_said_to_be_so(databases, path):
    path.parent.mkdir()
    path.write_bytes(b"not a database, and long enough to be looked at " * 100)
    with pytest.raises(DatabaseUnavailable, match="file is not a database"):
        Journal(databases()).reserve(HELLO, now=NOW, duplicate_window=TEN)


def test_a_journal_in_a_place_that_cannot_be_written_is_said_to_be_so(databases, path):
    path.parent.write_text("a file where the folder should be")
    with pytest.raises(DatabaseUnavailable, match="A person has to make the file writable"):
        Journal(databases()).reserve(HELLO, now=NOW, duplicate_window=TEN)


def test_a_journal_of_a_later_version_is_not_touched(databases, path):
    first = databases()
    with first.transaction() as connection:
        connection.execute("PRAGMA user_version = 99")
    first.close()
    with pytest.raises(DatabaseUnavailable, match="a later version of this server wrote it"):
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
    with pytest.raises(DatabaseUnavailable, match="Not sent: timed out waiting"):
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
