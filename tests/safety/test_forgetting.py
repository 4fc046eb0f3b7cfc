"""What the journal and the opt-outs keep of a forgotten person, on each engine. tests/process/test_process_forget.py reads the bytes."""

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from quo_mcp.errors import PolicyRefusal
from quo_mcp.safety.forgetting import PersonalRecords, count_records, forget_numbers
from quo_mcp.safety.journal import Duplicate, Journal, Reservation
from quo_mcp.safety.opt_out_store import OptOut, OptOutStore
from quo_mcp.safety.schema import MIGRATIONS, WITNESSED
from quo_mcp.safety.send_limits import UNLIMITED
from quo_mcp.safety.send_record import SendRequest, SendState
from store.engines import open_database
from torture.scripted import TEN

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
DAY = timedelta(days=1)
JANE, JANES_OTHER, OTHER = "+14155550111", "+14155550112", "+14155550155"
HELLO = SendRequest("shop", "PNmain", (JANE,), "Hello", cents=2)


@pytest.fixture
def database(path):
    with closing(open_database(path, MIGRATIONS, witnessed=WITNESSED)) as opened:
        yield opened


def send(database, request, state=SendState.SENT, at=NOW):
    journal = Journal(database)
    place = journal.reserve(request, now=at, duplicate_window=TEN)
    assert isinstance(place, Reservation)
    journal.begin(place.send_id, now=at)
    return journal.finish(place.send_id, state, now=at)


def sends(database):
    return Journal(database).list_recent(10, now=NOW)


def test_old_sends_are_deleted_and_recent_ones_still_block_and_count(database):
    send(database, replace(HELLO, text="Old"), at=NOW - 2 * DAY)
    send(database, HELLO)
    assert forget_numbers(database, [JANE], now=NOW) == PersonalRecords(2, 0, 1)
    (recent,) = sends(database)
    assert (recent.to, recent.text) == (("forgotten",), None)
    journal = Journal(database)
    assert isinstance(journal.reserve(HELLO, now=NOW, duplicate_window=TEN), Duplicate)
    limits = replace(UNLIMITED, per_day=1)
    with pytest.raises(PolicyRefusal, match="at most 1 text per day"):
        journal.reserve(replace(HELLO, to=(OTHER,)), now=NOW, duplicate_window=TEN, limits=limits)


def test_all_numbers_of_a_person_are_forgotten_and_others_stay(database):
    for number in (JANE, JANES_OTHER, OTHER):
        send(database, replace(HELLO, to=(number,)), at=NOW - 2 * DAY)
        OptOutStore(database).add(OptOut(number, NOW, "STOP", "they wrote it"))
    expected = PersonalRecords(2, 2, 0)
    assert count_records(database, [JANE, JANES_OTHER], now=NOW) == expected
    assert forget_numbers(database, [JANE, JANES_OTHER], now=NOW) == expected
    assert [record.to for record in sends(database)] == [(OTHER,)]
    opt_outs = OptOutStore(database)
    assert [opt_out.number for opt_out in opt_outs.list_active()].count("forgotten") == 2
    assert all(opt_outs.get(number) for number in (JANE, JANES_OTHER, OTHER))
    assert opt_outs.get("+14155550113") is None
    assert count_records(database, [JANE, JANES_OTHER], now=NOW) == PersonalRecords(0, 0, 0)
    assert forget_numbers(database, [JANE], now=NOW) == PersonalRecords(0, 0, 0), "again"
    assert opt_outs.get(JANE)


def test_a_group_text_stays_for_the_others_without_its_text(database):
    group = replace(HELLO, to=(JANE, OTHER))
    old = send(database, group, at=NOW - 2 * DAY)
    forget_numbers(database, [JANE], now=NOW)
    (record,) = sends(database)
    assert (record.to, record.text, record.state) == ((OTHER,), None, SendState.SENT)
    assert record.fingerprint != old.fingerprint, "it was made from the number"


@pytest.mark.parametrize("state", [SendState.RESERVED, SendState.IN_FLIGHT])
def test_a_pending_send_stops_the_forgetting(database, state):
    journal = Journal(database)
    place = journal.reserve(HELLO, now=NOW, duplicate_window=TEN)
    if state is SendState.IN_FLIGHT:
        journal.begin(place.send_id, now=NOW)
    OptOutStore(database).add(OptOut(JANE, NOW, "STOP", "they wrote it"))
    with pytest.raises(PolicyRefusal, match="is being sent right now"):
        forget_numbers(database, [JANE], now=NOW)
    assert OptOutStore(database).list_active()[0].number == JANE, "all or nothing"


def test_the_outcome_of_a_send_that_was_forgotten_stays_unknown_until_a_person_abandons_it(
    database,
):
    unknown = send(database, HELLO, SendState.UNKNOWN, at=NOW - 30 * DAY)
    forget_numbers(database, [JANE], now=NOW)
    journal = Journal(database)
    assert isinstance(journal.reserve(HELLO, now=NOW, duplicate_window=TEN), Duplicate)
    assert journal.give_up(unknown.send_id, now=NOW).is_forgotten
    assert isinstance(journal.reserve(HELLO, now=NOW, duplicate_window=TEN), Reservation)


@pytest.mark.parametrize("source", ["they wrote it", "carrier", "agent", "a person set it"])
def test_the_opt_out_of_a_forgotten_person_follows_the_same_rules(database, source):
    opt_outs = OptOutStore(database)
    opt_outs.add(OptOut(JANE, NOW, "words", source))
    forget_numbers(database, [JANE], now=NOW)
    assert opt_outs.get(JANE) == OptOut(JANE, NOW, "", source)
    opt_outs.opt_in(JANE, at=NOW + DAY)
    is_evidence = source in {"they wrote it", "carrier"}
    assert (opt_outs.get(JANE) is None) == is_evidence
    opt_outs.allow(JANE, now=NOW + 2 * DAY)
    assert opt_outs.get(JANE) is None
    assert opt_outs.list_active() == []
    assert not opt_outs.add(OptOut(JANE, NOW, "an old STOP", "they wrote it"))


@pytest.mark.sqlite
def test_nothing_is_created_where_nothing_was_recorded(path, database):
    assert forget_numbers(database, [JANE], now=NOW) == PersonalRecords()
    assert count_records(database, [JANE], now=NOW) == PersonalRecords()
    assert not path.exists()
