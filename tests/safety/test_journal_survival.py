"""What the journal does when processes end, disks fail, and time goes by."""

import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from quo_mcp.errors import DatabaseUnavailable, PolicyRefusal, ReservationExpired
from quo_mcp.safety import journal_sql
from quo_mcp.safety.journal import Duplicate, Journal, Reservation
from quo_mcp.safety.reconciliation import OutgoingMessage
from quo_mcp.safety.send_record import SendRequest, SendState
from torture.scripted import TEN

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
HELLO = SendRequest("shop", "PNmain", ("+14155550100",), "It's ready")


def after(**span):
    return NOW + timedelta(**span)


class Failing:
    """A disk that fails at one point, as long as it is told to."""

    def __init__(self, point):
        self.point = point

    def __call__(self, here):
        if here == self.point:
            raise sqlite3.OperationalError("disk I/O error")


def in_flight(journal, request=HELLO, now=NOW):
    send_id = journal.reserve(request, now=now, duplicate_window=TEN).send_id
    journal.begin(send_id, now=now)
    return send_id


def test_what_was_in_flight_when_its_process_ended_is_unknown(databases):
    dead = databases()
    send_id = in_flight(Journal(dead))
    dead.close()
    record = Journal(databases()).get(send_id, now=after(seconds=1))
    assert record.state is SendState.UNKNOWN
    assert record.reason == "the server stopped while sending it"


def test_what_had_not_begun_when_its_process_ended_was_not_sent(databases):
    dead = databases()
    send_id = Journal(dead).reserve(HELLO, now=NOW, duplicate_window=TEN).send_id
    dead.close()
    journal = Journal(databases())
    assert isinstance(
        journal.reserve(HELLO, now=after(seconds=1), duplicate_window=TEN), Reservation
    )
    assert journal.get(send_id, now=NOW).state is SendState.REJECTED


def test_the_row_of_a_living_process_is_left_alone(databases):
    mine, others = Journal(databases()), Journal(databases())
    send_id = in_flight(mine)
    place = others.reserve(HELLO, now=after(seconds=100), duplicate_window=TEN)
    assert place.record.state is SendState.IN_FLIGHT
    assert mine.finish(send_id, SendState.SENT, now=after(seconds=101)).state is SendState.SENT


def test_a_process_that_overstays_its_lease_still_has_the_last_word(databases):
    mine, others = Journal(databases()), Journal(databases())
    send_id = in_flight(mine)
    assert others.get(send_id, now=after(seconds=120)).state is SendState.UNKNOWN
    assert mine.finish(send_id, SendState.SENT, now=after(seconds=121)).state is SendState.SENT


def test_a_text_that_overstayed_its_lease_before_it_began_never_begins(databases):
    mine, others = Journal(databases()), Journal(databases())
    send_id = mine.reserve(HELLO, now=NOW, duplicate_window=TEN).send_id
    assert others.get(send_id, now=after(seconds=120)).state is SendState.REJECTED
    with pytest.raises(ReservationExpired, match="longer than 120 s") as expired:
        mine.begin(send_id, now=after(seconds=121))
    assert "journal" not in str(expired.value), "nothing is wrong with the file"


def test_two_journals_of_one_process_leave_each_others_rows_alone(databases):
    database = databases()
    send_id = in_flight(Journal(database))
    assert Journal(database).get(send_id, now=NOW).state is SendState.IN_FLIGHT


def test_a_reservation_that_could_not_be_written_leaves_nothing(databases):
    hook = Failing("reserve: before commit")
    journal = Journal(databases(), failpoint=hook)
    with pytest.raises(DatabaseUnavailable, match=r"disk I/O error.*Nothing is sent without it"):
        journal.reserve(replace(HELLO, approval="yes"), now=NOW, duplicate_window=TEN)
    hook.point = None
    assert journal.list_recent(9, now=NOW) == []
    assert isinstance(
        journal.reserve(replace(HELLO, approval="yes"), now=NOW, duplicate_window=TEN), Reservation
    )


def test_a_reservation_whose_answer_was_lost_is_settled_as_not_sent(databases):
    hook = Failing("reserve: after commit")
    journal = Journal(databases(), failpoint=hook)
    with pytest.raises(sqlite3.OperationalError):
        journal.reserve(HELLO, now=NOW, duplicate_window=TEN)
    hook.point = None
    assert [record.state for record in journal.list_recent(9, now=NOW)] == [SendState.REJECTED]


def test_an_outcome_that_could_not_be_written_is_written_with_the_next_thing(databases):
    hook = Failing("finish: before commit")
    journal = Journal(databases(), failpoint=hook)
    send_id = in_flight(journal)
    with pytest.raises(DatabaseUnavailable):
        journal.finish(send_id, SendState.SENT, now=NOW, message_id="AC1")
    others = Journal(databases())
    assert others.get(send_id, now=after(seconds=1)).state is SendState.IN_FLIGHT
    hook.point = None
    assert journal.get(send_id, now=after(seconds=2)).message_id == "AC1"
    assert others.get(send_id, now=after(seconds=2)).state is SendState.SENT


def test_the_first_word_on_an_outcome_holds_until_it_can_be_written(databases):
    hook = Failing("finish: before commit")
    journal = Journal(databases(), failpoint=hook)
    send_id = in_flight(journal)
    with pytest.raises(DatabaseUnavailable):
        journal.finish(send_id, SendState.SENT, now=NOW, message_id="AC1")
    hook.point = None
    assert journal.finish(send_id, SendState.UNKNOWN, now=NOW).state is SendState.SENT


def test_nobody_else_begins_what_a_process_has_reserved(databases):
    send_id = Journal(databases()).reserve(HELLO, now=NOW, duplicate_window=TEN).send_id
    with pytest.raises(ReservationExpired, match="another process is handling this send"):
        Journal(databases()).begin(send_id, now=NOW)


def test_nothing_is_kept_in_mind_of_what_is_settled(databases):
    database = databases()
    journal = Journal(database)
    journal.finish(in_flight(journal), SendState.SENT, now=NOW, message_id="AC1")
    found = in_flight(journal, replace(HELLO, text="x"))
    journal.reconcile(found, [OutgoingMessage("AC2", "x", NOW, HELLO.to)], now=NOW)
    assert isinstance(journal.reserve(HELLO, now=NOW, duplicate_window=TEN), Duplicate)
    assert journal_sql.active_sends(database) == set()
    assert journal._unwritten == {}


def test_used_approvals_and_counts_outlive_the_process(databases):
    first = databases()
    journal = Journal(first)
    journal.finish(in_flight(journal, replace(HELLO, approval="yes")), SendState.SENT, now=NOW)
    first.close()
    journal = Journal(databases())
    with pytest.raises(PolicyRefusal, match="already used"):
        journal.reserve(replace(HELLO, text="x", approval="yes"), now=NOW, duplicate_window=TEN)
    assert isinstance(journal.reserve(HELLO, now=NOW, duplicate_window=TEN), Duplicate)


def test_the_words_go_after_a_day_and_the_row_after_ninety(databases):
    certain = [NOW]
    journal = Journal(databases(), certain_now=lambda: certain[0])
    sent = in_flight(journal)
    journal.finish(sent, SendState.SENT, now=NOW, message_id="AC1")
    unsure = in_flight(journal, replace(HELLO, text="Still open?"))
    journal.finish(unsure, SendState.UNKNOWN, now=NOW)

    def texts(now):
        certain[0] = now
        journal.consume_approval(f"at {now}", now=now)
        return [record.text for record in journal.list_recent(9, now=now)]

    assert texts(after(hours=23)) == ["Still open?", "It's ready"]
    assert texts(after(hours=25)) == ["Still open?", None]
    assert texts(after(days=89)) == ["Still open?", None]
    assert texts(after(days=91)) == []
    certain[0] = after(days=182)
    assert journal.consume_approval(f"at {after(hours=23)}", now=after(days=182))


@pytest.mark.parametrize("certain", [None, NOW, NOW + timedelta(days=89)])
@pytest.mark.parametrize("ahead", [timedelta(days=91), timedelta(days=365)])
def test_a_clock_that_is_ahead_for_a_moment_forgets_nothing(databases, certain, ahead):
    journal = Journal(databases(), certain_now=lambda: certain)
    unsure = in_flight(journal, replace(HELLO, approval="yes"))
    journal.finish(unsure, SendState.UNKNOWN, now=NOW)
    journal.recover(now=NOW + ahead)
    journal.consume_approval("at another time", now=NOW + ahead)
    place = journal.reserve(HELLO, now=after(minutes=1), duplicate_window=TEN)
    assert place.record.send_id == unsure
    assert not journal.consume_approval("yes", now=NOW)


def test_the_words_are_kept_for_a_day_from_when_the_outcome_is_known(databases):
    journal = Journal(databases())
    send_id = in_flight(journal)
    journal.finish(send_id, SendState.UNKNOWN, now=NOW)
    journal.give_up(send_id, now=after(days=3))
    assert journal.get(send_id, now=after(days=3, hours=23)).text == "It's ready"
    assert journal.get(send_id, now=after(days=4)).text is None


@pytest.mark.parametrize("how", ["get", "list_recent", "recover"])
def test_the_words_go_even_if_nothing_is_sent_any_more(databases, path, how):
    first = databases()
    journal = Journal(first)
    send_id = in_flight(journal)
    journal.finish(send_id, SendState.SENT, now=NOW)
    first.close()
    next_day = databases()
    arguments = {"get": [send_id], "list_recent": [9], "recover": []}[how]
    getattr(Journal(next_day), how)(*arguments, now=after(hours=24))
    next_day.close()
    assert b"It's ready" not in path.read_bytes()


def test_dropped_words_are_not_left_in_the_file(databases, path):
    first = databases()
    journal = Journal(first)
    journal.finish(in_flight(journal), SendState.SENT, now=NOW)
    journal.consume_approval("later", now=after(hours=25))
    first.close()
    assert b"It's ready" not in path.read_bytes()
