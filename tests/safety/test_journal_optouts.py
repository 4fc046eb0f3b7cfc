from datetime import UTC, datetime, timedelta

import pytest

from quo_mcp.safety.opt_out_store import OptOut, OptOutStore
from quo_mcp.safety.schema import MIGRATIONS
from store.engines import open_database

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)
WEDNESDAY = MONDAY + timedelta(days=2)
STOP = OptOut("+14155550100", MONDAY, "Stop texting me", "they wrote it")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "journal.db"


@pytest.fixture
def optouts(path):
    database = open_database(path, MIGRATIONS)
    yield OptOutStore(database)
    database.close()


def test_who_opted_out_is_remembered_across_restarts(optouts, path):
    assert optouts.add(STOP)
    other = open_database(path, MIGRATIONS)
    assert OptOutStore(other).get(STOP.number) == STOP
    other.close()
    assert optouts.get("+14155550101") is None


def test_of_what_they_wrote_the_first_is_kept(optouts):
    optouts.add(STOP)
    assert optouts.add(OptOut(STOP.number, TUESDAY, "STOP", "they wrote it"))
    assert optouts.get(STOP.number) == STOP


def test_what_a_person_sets_takes_the_place_of_what_they_wrote_and_keeps_it(optouts):
    optouts.add(STOP)
    set_by_hand = OptOut(STOP.number, TUESDAY, "on the phone", "a person set it")
    assert optouts.add(set_by_hand)
    assert optouts.add(OptOut(STOP.number, WEDNESDAY, "STOP", "they wrote it"))
    assert optouts.get(STOP.number) == set_by_hand


def test_a_start_lifts_what_they_wrote_before_and_nothing_else(optouts):
    optouts.add(STOP)
    optouts.opt_in(STOP.number, at=MONDAY)
    assert optouts.get(STOP.number) == STOP
    optouts.opt_in(STOP.number, at=TUESDAY)
    assert optouts.get(STOP.number) is None
    assert not optouts.add(STOP)
    set_by_hand = OptOut(STOP.number, MONDAY, "on the phone", "a person set it")
    optouts.add(set_by_hand)
    optouts.opt_in(STOP.number, at=WEDNESDAY)
    assert optouts.get(STOP.number) == set_by_hand


def test_what_a_person_sets_holds_whatever_the_clock_said_before(optouts):
    optouts.allow(STOP.number, now=TUESDAY)
    set_by_hand = OptOut(STOP.number, MONDAY, "on the phone", "a person set it")
    assert optouts.add(set_by_hand)
    assert optouts.get(STOP.number) == set_by_hand


def test_what_a_person_allows_holds_though_the_words_have_a_later_time(optouts):
    late = OptOut(STOP.number, TUESDAY, "STOP", "they wrote it")
    optouts.add(late)
    optouts.allow(STOP.number, now=MONDAY)
    assert not optouts.add(late)
    assert optouts.get(STOP.number) is None


def test_a_person_can_allow_them_again_and_the_old_words_do_not_count_any_more(optouts):
    optouts.add(STOP)
    optouts.allow(STOP.number, now=TUESDAY)
    assert optouts.get(STOP.number) is None
    assert not optouts.add(STOP)
    assert optouts.get(STOP.number) is None


def test_a_new_stop_counts_again(optouts):
    optouts.allow(STOP.number, now=TUESDAY)
    assert not optouts.add(OptOut(STOP.number, TUESDAY, "STOP", "they wrote it"))
    anew = OptOut(STOP.number, WEDNESDAY, "STOP", "they wrote it")
    assert optouts.add(anew)
    assert optouts.get(STOP.number) == anew


def test_all_are_listed_from_the_first(optouts):
    late = OptOut("+14155550101", TUESDAY, "on the phone", "a person set it")
    back = OptOut("+14155550102", TUESDAY, "STOP", "they wrote it")
    for optout in (late, STOP, back):
        optouts.add(optout)
    optouts.allow(back.number, now=WEDNESDAY)
    assert optouts.list_active() == [STOP, late]
