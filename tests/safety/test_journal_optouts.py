from datetime import UTC, datetime, timedelta

import pytest

from quo_mcp.safety.database import Database
from quo_mcp.safety.optouts import OptOut, OptOuts

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


def test_the_first_of_several_is_kept(optouts):
    optouts.put(STOP)
    assert optouts.put(OptOut(STOP.number, TUESDAY, "STOP", "a person set it"))
    assert optouts.get(STOP.number) == STOP


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
