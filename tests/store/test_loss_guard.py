"""A journal that was removed, emptied or replaced by an older copy: noticed, said, and made good."""

import shutil
import sqlite3
from contextlib import closing, contextmanager, nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from quo_mcp.errors import DatabaseUnavailable
from quo_mcp.safety.journal import Duplicate, Journal, Reservation
from quo_mcp.safety.opt_out_store import OptOut, OptOutStore
from quo_mcp.safety.schema import MIGRATIONS, WITNESSED
from quo_mcp.safety.send_record import SendRequest, SendState
from quo_mcp.store.loss_guard import latest_loss
from quo_mcp.store.sqlite import SqliteDatabase
from torture.scripted import TEN

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
HELLO = SendRequest("shop", "PNmain", ("+14155550100",), "It's ready")
WAITING = replace(HELLO, text="Are you there?")
JANE = "+14155550111"


@contextmanager
def journal_at(path):
    with closing(SqliteDatabase(path, MIGRATIONS, witnessed=WITNESSED)) as database:
        yield Journal(database), OptOutStore(database), database


def send(journal, request, state=SendState.SENT):
    place = journal.reserve(request, now=NOW, duplicate_window=TEN)
    assert isinstance(place, Reservation), place
    journal.begin(place.send_id, now=NOW)
    return journal.finish(place.send_id, state, now=NOW)


def loss_of(database):
    with database.reader() as connection:
        return latest_loss(connection)


def files(path):
    return [file for file in path.parent.glob(f"{path.name}*") if file.is_file()]


def keep_copy(path):
    """What a backup of the database alone holds."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("VACUUM INTO ?", (str(path.with_name("backup")),))


def remove(path):
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def empty(path):
    remove(path)
    path.touch()


def restore(path):
    remove(path)
    shutil.copy(path.with_name("backup"), path)


def replace_by_another(path):
    remove(path)
    with journal_at(path.with_name("other.db")) as (journal, _, _):
        send(journal, replace(HELLO, text="Something else"))
    shutil.copy(path.with_name("other.db"), path)


LOSSES = {
    remove: "removed or emptied",
    empty: "removed or emptied",
    restore: "replaced by an older copy",
    replace_by_another: "replaced by another file",
}
ALL_LOSSES = pytest.mark.parametrize("lose", LOSSES, ids=lambda lose: lose.__name__)


def fill(journal, opt_outs):
    send(journal, HELLO)
    send(journal, WAITING, SendState.UNKNOWN)
    opt_outs.add(OptOut(JANE, NOW, "set on the command line", "a person set it"))
    journal.consume_approval("yes", now=NOW)


def check_all_is_known(journal, opt_outs):
    later = NOW + timedelta(minutes=5)
    for request in (HELLO, WAITING, replace(WAITING, allow_duplicate=True)):
        place = journal.reserve(request, now=later, duplicate_window=TEN)
        assert isinstance(place, Duplicate), request
    assert opt_outs.get(JANE).source == "a person set it"
    assert not journal.consume_approval("yes", now=later)


@ALL_LOSSES
@pytest.mark.parametrize("witness", ["kept", "lost"])
def test_a_process_that_goes_on_forgets_nothing(path, lose, witness):
    with journal_at(path) as (journal, opt_outs, database):
        send(journal, replace(HELLO, text="Earlier"))
        keep_copy(path)
        fill(journal, opt_outs)
        lose(path)
        if witness == "lost":
            path.with_name(path.name + ".witness").unlink()
        check_all_is_known(journal, opt_outs)
        assert loss_of(database).kind == LOSSES[lose]


@ALL_LOSSES
def test_a_process_that_starts_afterwards_knows_all_from_the_witness(path, lose):
    with journal_at(path) as (journal, opt_outs, _):
        send(journal, replace(HELLO, text="Earlier"))
    keep_copy(path)
    with journal_at(path) as (journal, opt_outs, _):
        fill(journal, opt_outs)
    lose(path)
    with journal_at(path) as (journal, opt_outs, database):
        check_all_is_known(journal, opt_outs)
        loss = loss_of(database)
        assert loss.kind == LOSSES[lose]
        assert loss.restored >= 4
    with journal_at(path) as (journal, opt_outs, database):
        check_all_is_known(journal, opt_outs)
        assert loss_of(database) == loss, "it is noticed once"


@ALL_LOSSES
def test_two_processes_restore_what_each_knows(path, lose):
    with journal_at(path) as (one, opt_outs, database), journal_at(path) as (other, _, _):
        send(one, replace(HELLO, text="Earlier"))
        keep_copy(path)
        fill(one, opt_outs)
        send(other, replace(HELLO, text="From the other"))
        lose(path)
        path.with_name(path.name + ".witness").unlink()
        check_all_is_known(one, opt_outs)
        repeated = replace(HELLO, text="From the other")
        assert isinstance(other.reserve(repeated, now=NOW, duplicate_window=TEN), Duplicate)
        assert isinstance(one.reserve(repeated, now=NOW, duplicate_window=TEN), Duplicate)
        with database.reader() as connection:
            assert connection.execute("SELECT count(*) FROM losses").fetchone()[0] == 1


def test_an_opt_out_that_was_lifted_stays_lifted(path):
    with journal_at(path) as (_, opt_outs, _):
        opt_outs.add(OptOut(JANE, NOW, "STOP", "they wrote it"))
        keep_copy(path)
    with journal_at(path) as (_, opt_outs, _):
        opt_outs.allow(JANE, now=NOW + timedelta(hours=1))
    restore(path)
    with journal_at(path) as (_, opt_outs, _):
        assert opt_outs.get(JANE) is None


@pytest.mark.parametrize(
    "content", [b"", b"not JSON\n", b'{"table": "sends", "row": 4}\n\xff\xfe{']
)
def test_a_damaged_witness_is_made_anew(path, content):
    with journal_at(path) as (journal, opt_outs, _):
        fill(journal, opt_outs)
    path.with_name(path.name + ".witness").write_bytes(content)
    with journal_at(path) as (journal, opt_outs, database):
        check_all_is_known(journal, opt_outs)
        assert loss_of(database) is None
    remove(path)
    with journal_at(path) as (journal, opt_outs, _):
        check_all_is_known(journal, opt_outs)


def test_a_first_start_and_an_upgrade_lose_nothing(path):
    with closing(SqliteDatabase(path, MIGRATIONS[:1])) as old, old.transaction() as connection:
        connection.execute("INSERT INTO optouts (number, since) VALUES (?, 0)", (JANE,))
    for _ in range(2):
        with journal_at(path) as (_, opt_outs, database):
            assert opt_outs.get(JANE)
            assert loss_of(database) is None


def test_a_process_that_ends_between_commit_and_witness_is_no_loss(path):
    with journal_at(path) as (journal, _, _):
        send(journal, HELLO)
        before = path.with_name(path.name + ".witness").read_bytes()
        fill_later = replace(HELLO, text="Later")
        send(journal, fill_later)
    path.with_name(path.name + ".witness").write_bytes(before[:-10])
    with journal_at(path) as (journal, _, database):
        assert isinstance(journal.reserve(fill_later, now=NOW, duplicate_window=TEN), Duplicate)
        assert loss_of(database) is None


def test_a_transaction_that_is_rolled_back_leaves_nothing_in_the_witness(path):
    with journal_at(path) as (journal, _, database):
        send(journal, HELLO)
        witness = path.with_name(path.name + ".witness")
        before = witness.read_bytes()
        failing = Journal(database, failpoint=lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            failing.consume_approval("first", now=NOW)
        assert witness.read_bytes() == before
        journal.consume_approval("next", now=NOW)
        assert b"first" not in witness.read_bytes()


def test_the_witness_holds_no_words_and_only_its_owner_can_read_it(path):
    with journal_at(path) as (journal, opt_outs, _):
        fill(journal, opt_outs)
    witness = path.with_name(path.name + ".witness")
    assert b"It's ready" not in witness.read_bytes()
    assert witness.stat().st_mode & 0o77 == 0


def test_the_witness_does_not_grow_without_end(path, monkeypatch):
    monkeypatch.setattr("quo_mcp.store.loss_guard.SPARE_LINES", 5)
    for number in range(10):
        with journal_at(path) as (journal, _, _):
            send(journal, replace(HELLO, text=f"Number {number}"))
    lines = path.with_name(path.name + ".witness").read_bytes().splitlines()
    assert len(lines) < 10 * 3 + 5
    with journal_at(path) as (journal, _, _):
        assert len(journal.list_recent(99, now=NOW)) == 10


def is_known_or_damaged(path, opened=None):
    """Whether nothing is sent again: all is known, or the file is said to be damaged."""
    with nullcontext(opened) if opened else journal_at(path) as (journal, opt_outs, _):
        try:
            check_all_is_known(journal, opt_outs)
        except DatabaseUnavailable as refusal:
            return "is damaged" in str(refusal)
    return True


@pytest.mark.parametrize("keep", [0, 1000, 4096, 8192])
def test_a_file_that_is_cut_off_under_an_open_connection_never_sends_again(path, keep):
    """SQLite itself may find it damaged: then nothing is sent until a person has seen to it."""
    with journal_at(path) as opened:
        fill(*opened[:2])
        with path.open("r+b") as file:
            file.truncate(keep)
        assert is_known_or_damaged(path, opened)
    assert is_known_or_damaged(path)


@pytest.mark.parametrize("lose", [remove, empty, restore])
def test_a_process_knows_what_another_one_wrote_before_all_records_were_lost(path, lose):
    with journal_at(path) as (journal, opt_outs, _):
        send(journal, replace(HELLO, text="Earlier"))
        keep_copy(path)
        with journal_at(path) as (other, others_opt_outs, _):
            fill(other, others_opt_outs)
        assert opt_outs.get("+14155550199") is None  # any use
        lose(path)
        path.with_name(path.name + ".witness").unlink()
        check_all_is_known(journal, opt_outs)
