"""The journal and the rate limit on a real PostgreSQL, and what is specific to it. Needs the system's packages."""

import os
import subprocess
import sys
import threading
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from quo_mcp.errors import (
    DatabaseConnectionLost,
    DatabaseUnavailable,
    InvalidArguments,
    PolicyRefusal,
    ReservationExpired,
)
from quo_mcp.safety.account_store import AccountStore
from quo_mcp.safety.approval_records import ApprovalRecords
from quo_mcp.safety.journal import Duplicate, Journal, Reservation
from quo_mcp.safety.opt_out_store import OptOut, OptOutStore
from quo_mcp.safety.schema import MIGRATIONS, MINIMUM_READER
from quo_mcp.safety.send_limits import UNLIMITED
from quo_mcp.safety.send_record import SendRequest, SendState
from quo_mcp.store.postgres import PostgresDatabase
from quo_mcp.store.postgres_connection import lock_key
from quo_mcp.store.record_store import MIGRATIONS as RECORDS
from quo_mcp.store.record_store import RecordStore
from store.cut_connection import Relay
from store.postgres_server import VARIABLE, PostgresServer, find_binaries, schema_of
from torture import processes, simulation
from torture.scripted import TEN

pytestmark = pytest.mark.skipif(
    find_binaries() is None,
    reason="PostgreSQL IS NOT INSTALLED, so nothing here is tested: apt-get install postgresql",
)
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
HELLO = SendRequest("shop", "PNmain", ("+14155550100",), "It's ready", cents=1)


@pytest.fixture(scope="module")
def server():
    with closing(PostgresServer()) as running:
        yield running


@pytest.fixture
def replica(server, tmp_path):
    """Open the journal's database as one more replica does."""
    opened = []

    def open_replica(
        migrations=MIGRATIONS, *, url=server.url, minimum_reader=MINIMUM_READER, **options
    ):
        database = PostgresDatabase(
            url,
            schema_of(tmp_path),
            "journal",
            migrations,
            minimum_reader=minimum_reader,
            **options,
        )
        opened.append(database)
        return database

    yield open_replica
    for database in opened:
        database.close()


@pytest.fixture
def relay(server):
    with closing(Relay(server.port)) as running:
        yield running


def reserve(journal, request=HELLO, **more):
    return journal.reserve(request, now=NOW, duplicate_window=TEN, **more)


def send(journal, request=HELLO, message_id="AC1"):
    place = reserve(journal, request)
    journal.begin(place.send_id, now=NOW)
    return journal.finish(place.send_id, SendState.SENT, now=NOW, message_id=message_id)


def end_sessions(server, where="true"):
    with psycopg.connect(server.url) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            f" WHERE application_name = 'quo-mcp' AND {where}"
        )


def test_what_one_replica_sent_is_a_duplicate_on_another(replica):
    record = send(Journal(replica()))
    assert reserve(Journal(replica())) == Duplicate(record)


def test_a_send_of_a_replica_that_died_is_unknown_and_of_one_that_lives_is_pending(replica):
    one, other = replica(), Journal(replica())
    place = reserve(Journal(one))
    Journal(one).begin(place.send_id, now=NOW)
    assert reserve(other).record.state is SendState.IN_FLIGHT
    one.close()
    assert reserve(other).record.state is SendState.UNKNOWN


def test_a_replica_whose_session_was_ended_takes_its_lock_again(replica, server):
    one, other = replica(), replica()
    place = reserve(Journal(one))
    end_sessions(server)
    with one.reader(), other.reader():
        assert one.owner
        assert other.is_alive(one.owner)
    assert Journal(other).get(place.send_id, now=NOW).state is SendState.RESERVED


def test_a_reservation_that_others_took_for_abandoned_is_not_sent(replica, server):
    one, other = Journal(replica()), Journal(replica())
    place = reserve(one)
    end_sessions(server)
    assert other.get(place.send_id, now=NOW).state is SendState.REJECTED
    with pytest.raises(ReservationExpired):
        one.begin(place.send_id, now=NOW)
    assert isinstance(reserve(other), Reservation)


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", ["reserve", "begin"])
def test_a_commit_whose_reply_is_lost_is_looked_up_and_not_repeated(
    replica, server, relay, step, when
):
    url = server.url.replace(str(server.port), str(relay.port))
    journal = Journal(replica(url=url))
    journal.list_recent(1, now=NOW)
    other = Journal(replica())
    if step == "reserve":
        relay.cut = when
    place = reserve(journal, replace(HELLO, approval="yes"))
    if step == "begin":
        relay.cut = when
    assert journal.begin(place.send_id, now=NOW).state is SendState.IN_FLIGHT
    assert relay.cuts == 1
    assert isinstance(reserve(other), Duplicate)
    with pytest.raises(PolicyRefusal, match="already used"):
        reserve(other, replace(HELLO, text="Another", approval="yes"))
    journal.finish(place.send_id, SendState.SENT, now=NOW, message_id="AC9")
    assert [each.message_id for each in other.list_recent(9, now=NOW)] == ["AC9"]


def test_an_outcome_whose_commit_is_lost_is_written_by_the_next_transaction(replica, server, relay):
    journal = Journal(replica(url=server.url.replace(str(server.port), str(relay.port))))
    place = reserve(journal)
    journal.begin(place.send_id, now=NOW)
    relay.cut = "before"
    with pytest.raises(DatabaseConnectionLost):
        journal.finish(place.send_id, SendState.SENT, now=NOW, message_id="AC1")
    assert journal.get(place.send_id, now=NOW).message_id == "AC1"


def test_a_session_that_is_ended_in_the_middle_of_a_transaction_leaves_nothing_behind(
    replica, server
):
    journal = Journal(replica(), failpoint=lambda point: ends.pop(point, int)())
    ends = {"reserve: before commit": lambda: end_sessions(server)}
    place = reserve(journal)
    assert ends == {}
    ends = {"begin: before commit": lambda: end_sessions(server)}
    assert journal.begin(place.send_id, now=NOW).state is SendState.IN_FLIGHT
    assert [each.send_id for each in journal.list_recent(9, now=NOW)] == [place.send_id]


def test_a_server_that_restarts_in_the_middle_of_a_transaction_delays_a_send_and_loses_none():
    with closing(PostgresServer(durable=True)) as server:
        database = PostgresDatabase(server.url, "restarted", "journal", MIGRATIONS)

        def restart():
            server.stop("immediate")
            starting.start()

        starting = threading.Thread(target=server.start)
        faults = {"begin: before commit": restart}
        with closing(database):
            journal = Journal(database, failpoint=lambda point: faults.pop(point, int)())
            first = send(journal, message_id="AC0")
            place = reserve(journal, replace(HELLO, text="Second"))
            assert starting.ident is not None
            starting.join()
            assert first.state is SendState.SENT
            assert journal.begin(place.send_id, now=NOW).state is SendState.IN_FLIGHT
            assert len(journal.list_recent(9, now=NOW)) == 2


def test_a_server_that_is_down_refuses_sends_in_a_sentence_without_secrets(server):
    url = "postgresql://quo:unguessable@127.0.0.1:1/shop"
    with (
        closing(PostgresDatabase(url, "x", "journal", MIGRATIONS, busy_timeout=0)) as database,
        pytest.raises(DatabaseUnavailable, match="cannot be reached") as caught,
    ):
        reserve(Journal(database))
    assert 'the PostgreSQL database "shop" on 127.0.0.1' in str(caught.value)
    assert "unguessable" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_transaction_that_waits_too_long_for_another_ends_with_a_sentence(replica):
    with replica().transaction(), pytest.raises(DatabaseUnavailable, match="locked by another"):
        reserve(Journal(replica(busy_timeout=0.1)))


def test_a_failed_statement_that_somebody_ignores_is_not_committed(replica):
    database = replica()

    def ignore_failure():
        with database.transaction() as connection:
            connection.execute("INSERT INTO refusals (question, refused_at) VALUES ('q', 1)")
            with pytest.raises(psycopg.Error):
                connection.execute("SELECT 1 FROM no_table")

    with pytest.raises(DatabaseUnavailable):
        ignore_failure()
    assert not ApprovalRecords(database).is_refused("q")


def test_an_older_server_sends_beside_a_newer_one_that_only_added_to_the_tables(replica):
    old = Journal(replica())
    send(old)
    added = (
        "ALTER TABLE sends ADD COLUMN later TEXT;\nALTER TABLE approvals ADD COLUMN later TEXT;\n"
    )
    with closing(replica((*MIGRATIONS, added))) as newer:
        send(Journal(newer), replace(HELLO, text="From the newer one"), "AC2")
    assert send(old, replace(HELLO, text="Third", approval="a"), "AC3").state is SendState.SENT
    late = replica()
    assert len(Journal(late).list_recent(9, now=NOW)) == 3
    assert late.read_status() == (len(MIGRATIONS) + 1, MINIMUM_READER, len(MIGRATIONS))
    assert late.read_status().is_usable


def test_an_older_server_does_not_send_once_the_tables_have_changed(replica):
    newest = (*MIGRATIONS, "ALTER TABLE sends RENAME COLUMN text TO words;\n")
    with replica(newest, minimum_reader=len(newest)).reader():
        pass
    with pytest.raises(DatabaseUnavailable, match="later version of quo-mcp"):
        reserve(Journal(replica()))


def test_many_replicas_that_start_at_once_create_the_tables_once(replica):
    databases = [replica() for _ in range(8)]
    threads = [
        threading.Thread(target=lambda each=each: each.reader().__enter__()) for each in databases
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {each.read_status() for each in databases} == {
        (len(MIGRATIONS), MINIMUM_READER, len(MIGRATIONS))
    }


def test_the_other_stores_work(replica, server, tmp_path):
    database = replica()
    accounts = AccountStore(database)
    assert accounts.identify("key", ["PN1", "PN2"]) == "key"
    assert accounts.identify("key2", ["PN2"]) == "key"
    assert accounts.find("key2", ["PN1"]) == "key"
    records = ApprovalRecords(database)
    assert records.sealing_key() == ApprovalRecords(replica()).sealing_key()
    records.refuse("q", now=NOW)
    assert ApprovalRecords(replica()).is_refused("q")
    opt_outs = OptOutStore(database)
    assert opt_outs.add(OptOut("+14155550100", NOW, "STOP\0 \ud83d", "they wrote it"))
    assert OptOutStore(replica()).get("+14155550100").words == "STOP ?"
    opt_outs.allow("+14155550100", now=NOW + timedelta(1))
    assert "+14155550100" not in OptOutStore(replica()).numbers()
    with closing(
        PostgresDatabase(server.url, schema_of(tmp_path), "contacts", RECORDS)
    ) as contacts:
        kept = RecordStore(contacts, "shop")
        kept.replace({"b": "B", "a": "A"}, "1", read_at=5)
        kept.put("b", "B2")
        assert kept.load("1", newer_than=1).records == ["B2", "A"]
        kept.clear()
        assert kept.load("1", newer_than=1) is None


def test_a_limit_counts_the_sends_of_all_replicas(replica):
    limits = replace(UNLIMITED, per_minute=1, cents_per_day=5, per_person_hour=3)
    reserve(Journal(replica()), limits=limits)
    with pytest.raises(PolicyRefusal, match="1 text per minute"):
        reserve(Journal(replica()), replace(HELLO, text="Second"), limits=limits)


def test_four_processes_on_one_database_take_ten_slots_a_second_between_them(server):
    script = str(Path(__file__).with_name("slot_taker.py"))
    taking = [
        subprocess.Popen([sys.executable, script, server.url, "shop", "10"], stdout=subprocess.PIPE)
        for _ in range(4)
    ]
    times = sorted(
        float(time)
        for process in taking
        for time in process.communicate(timeout=90)[0].decode().strip("[]\n").split(", ")
    )
    assert len(times) == 40
    assert min(last - first for first, last in zip(times, times[10:], strict=False)) >= 1.0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_fifty_identical_calls_in_four_processes_are_one_text(server, monkeypatch, tmp_path):
    monkeypatch.setenv(VARIABLE, server.url)
    assert processes.identical(50, 4, tmp_path) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_server_killed_at_any_point_never_leads_to_a_second_text(server, monkeypatch, tmp_path):
    monkeypatch.setenv(VARIABLE, server.url)
    kills = processes.kill(12, tmp_path)
    assert kills.wrong == []
    assert kills.done == dict.fromkeys(simulation.POINTS, 1)


def test_names_of_locks_are_numbers_that_postgres_takes():
    assert 0 <= lock_key("quo_mcp/journal") < 2**63
    assert lock_key("quo_mcp/journal") != lock_key("quo_mcp/rate")


def test_a_person_who_gives_up_an_unknown_send_frees_it_on_every_replica(replica):
    journal = Journal(replica())
    place = reserve(journal)
    journal.begin(place.send_id, now=NOW)
    journal.finish(place.send_id, SendState.UNKNOWN, now=NOW, reason="no reply")
    assert isinstance(reserve(Journal(replica())), Duplicate)
    Journal(replica()).give_up(place.send_id, now=NOW)
    with pytest.raises(InvalidArguments):
        Journal(replica()).give_up(place.send_id, now=NOW)
    assert isinstance(reserve(Journal(replica())), Reservation)


def test_a_sign_of_life_that_is_lost_in_the_middle_of_a_step_delays_the_send(replica, server):
    database = replica()
    journal = Journal(database)
    place = reserve(journal)
    lock = database._session_lock._raw
    journal._failpoint = lambda point: (
        point.startswith("begin: before") and (ends.pop("lock", int)())
    )
    ends = {"lock": lambda: (end_sessions(server), database.is_alive("0" * 32))}
    assert journal.begin(place.send_id, now=NOW).state is SendState.IN_FLIGHT
    assert lock.closed
