from datetime import UTC, datetime, timedelta

import pytest

from quo_mcp.safety.opt_out_store import OptOut, OptOuts
from quo_mcp.store.sqlite import Database

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
TUESDAY = MONDAY + timedelta(days=1)
WEDNESDAY = MONDAY + timedelta(days=2)
STOP = OptOut("+14155550100", MONDAY, "Stop texting me", "they wrote it")


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "journal.db"


@pytest.fixture
def optouts(path):
    database = Database(path)
    yield OptOuts(database)
    database.close()


def test_who_opted_out_is_remembered_across_restarts(optouts, path):
    assert optouts.put(STOP)
    other = Database(path)
    assert OptOuts(other).get(STOP.number) == STOP
    other.close()
    assert optouts.get("+14155550101") is None


def test_of_what_they_wrote_the_first_is_kept(optouts):
    optouts.put(STOP)
    assert optouts.put(OptOut(STOP.number, TUESDAY, "STOP", "they wrote it"))
    assert optouts.get(STOP.number) == STOP


def test_what_a_person_sets_takes_the_place_of_what_they_wrote_and_keeps_it(optouts):
    optouts.put(STOP)
    set_by_hand = OptOut(STOP.number, TUESDAY, "on the phone", "a person set it")
    assert optouts.put(set_by_hand)
    assert optouts.put(OptOut(STOP.number, WEDNESDAY, "STOP", "they wrote it"))
    assert optouts.get(STOP.number) == set_by_hand


def test_a_start_lifts_what_they_wrote_before_and_nothing_else(optouts):
    optouts.put(STOP)
    optouts.lift(STOP.number, when=MONDAY)
    assert optouts.get(STOP.number) == STOP
    optouts.lift(STOP.number, when=TUESDAY)
    assert optouts.get(STOP.number) is None
    assert not optouts.put(STOP)
    set_by_hand = OptOut(STOP.number, MONDAY, "on the phone", "a person set it")
    optouts.put(set_by_hand)
    optouts.lift(STOP.number, when=WEDNESDAY)
    assert optouts.get(STOP.number) == set_by_hand


def test_what_a_person_sets_holds_whatever_the_clock_said_before(optouts):
    optouts.remove(STOP.number, now=TUESDAY)
    set_by_hand = OptOut(STOP.number, MONDAY, "on the phone", "a person set it")
    assert optouts.put(set_by_hand)
    assert optouts.get(STOP.number) == set_by_hand


def test_what_a_person_allows_holds_though_the_words_have_a_later_time(optouts):
    late = OptOut(STOP.number, TUESDAY, "STOP", "they wrote it")
    optouts.put(late)
    optouts.remove(STOP.number, now=MONDAY)
    assert not optouts.put(late)
    assert optouts.get(STOP.number) is None


def test_a_person_can_allow_them_again_and_the_old_words_do_not_count_any_more(optouts):
    optouts.put(STOP)
    optouts.remove(STOP.number, now=TUESDAY)
    assert optouts.get(STOP.number) is None
    assert not optouts.put(STOP)
    assert optouts.get(STOP.number) is None


def test_a_new_stop_counts_again(optouts):
    optouts.remove(STOP.number, now=TUESDAY)
    assert not optouts.put(OptOut(STOP.number, TUESDAY, "STOP", "they wrote it"))
    anew = OptOut(STOP.number, WEDNESDAY, "STOP", "they wrote it")
    assert optouts.put(anew)
    assert optouts.get(STOP.number) == anew


def test_all_are_listed_from_the_first(optouts):
    late = OptOut("+14155550101", TUESDAY, "on the phone", "a person set it")
    back = OptOut("+14155550102", TUESDAY, "STOP", "they wrote it")
    for optout in (late, STOP, back):
        optouts.put(optout)
    optouts.remove(back.number, now=WEDNESDAY)
    assert optouts.all() == [STOP, late]
