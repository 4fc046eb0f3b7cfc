from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from quo_mcp.errors import InvalidArguments, PolicyRefusal, ReservationExpired
from quo_mcp.safety.journal import Duplicate, Journal, Reservation
from quo_mcp.safety.reconciliation import OutgoingMessage
from quo_mcp.safety.schema import MIGRATIONS
from quo_mcp.safety.send_record import SendRequest, SendState
from store.engines import open_database
from torture.scripted import TEN

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
HELLO = SendRequest("shop", "PNmain", ("+14155550100",), "It's ready", cents=1)


def after(**span):
    return NOW + timedelta(**span)


@pytest.fixture
def journal(tmp_path):
    database = open_database(tmp_path / "state" / "journal.db", MIGRATIONS)
    yield Journal(database)
    database.close()


def sent(journal, request, now=NOW, message_id=None):
    place = journal.reserve(request, now=now, duplicate_window=TEN)
    assert isinstance(place, Reservation), place
    journal.begin(place.send_id, now=now)
    return journal.finish(place.send_id, SendState.SENT, now=now, message_id=message_id)


def unknown(journal, request, now=NOW):
    place = journal.reserve(request, now=now, duplicate_window=TEN)
    journal.begin(place.send_id, now=now)
    return journal.finish(place.send_id, SendState.UNKNOWN, now=now, reason="no reply")


def rejected(journal, request, now=NOW):
    place = journal.reserve(request, now=now, duplicate_window=TEN)
    journal.begin(place.send_id, now=now)
    return journal.finish(place.send_id, SendState.REJECTED, now=now, reason="refused")


def test_a_send_is_in_the_journal_before_and_after(journal):
    place = journal.reserve(HELLO, now=NOW, duplicate_window=TEN)
    assert journal.get(place.send_id, now=NOW).state is SendState.RESERVED
    began = journal.begin(place.send_id, now=after(seconds=1))
    assert (began.state, began.began_at) == (SendState.IN_FLIGHT, after(seconds=1))
    record = journal.finish(
        place.send_id, SendState.SENT, now=after(seconds=2), message_id="AC1", status="queued"
    )
    assert record == journal.get(place.send_id, now=NOW)
    assert record.state is SendState.SENT
    assert (record.to, record.text, record.cents) == (("+14155550100",), "It's ready", 1)
    assert (record.message_id, record.status, record.reason) == ("AC1", "queued", None)
    assert (record.created_at, record.settled_at) == (NOW, after(seconds=2))


@pytest.mark.parametrize("write", [sent, unknown])
@pytest.mark.parametrize("words", ["It's ready", " It\u2019s  ready\n", "IT'S READY!"])
def test_the_same_text_within_the_window_is_answered_with_the_first(journal, write, words):
    first = write(journal, HELLO)
    again = journal.reserve(
        replace(HELLO, text=words), now=after(minutes=9, seconds=59), duplicate_window=TEN
    )
    assert again == Duplicate(first)


@pytest.mark.parametrize(
    "other",
    [
        replace(HELLO, text="It's not ready"),
        replace(HELLO, to=("+14155550101",)),
        replace(HELLO, to=("+14155550100", "+14155550101")),
        replace(HELLO, account="other"),
    ],
)
def test_another_text_person_or_account_is_another_send(journal, other):
    sent(journal, HELLO)
    assert isinstance(journal.reserve(other, now=NOW, duplicate_window=TEN), Reservation)


def test_from_another_inbox_it_is_the_same_text_to_the_same_person(journal):
    first = sent(journal, HELLO)
    other = replace(HELLO, inbox="PNother")
    assert journal.reserve(other, now=NOW, duplicate_window=TEN) == Duplicate(first)


def test_a_group_is_the_same_in_any_order(journal):
    first = sent(journal, replace(HELLO, to=("+14155550100", "+14155550101")))
    again = replace(HELLO, to=("+14155550101", "+14155550100"))
    assert journal.reserve(again, now=NOW, duplicate_window=TEN) == Duplicate(first)


def test_the_same_text_after_the_window_is_sent_again(journal):
    sent(journal, HELLO)
    assert isinstance(
        journal.reserve(HELLO, now=after(minutes=10), duplicate_window=TEN), Reservation
    )
    journal.reserve(replace(HELLO, text="x"), now=NOW, duplicate_window=TEN)
    later = journal.reserve(replace(HELLO, text="x"), now=NOW, duplicate_window=timedelta(0))
    assert isinstance(later, Duplicate), "what is still open is never sent a second time"


@pytest.mark.parametrize("how", ["rejected", "given up"])
def test_what_did_not_go_out_or_was_given_up_does_not_stand_in_the_way(journal, how):
    if how == "rejected":
        rejected(journal, HELLO)
    else:
        journal.give_up(unknown(journal, HELLO).send_id, now=NOW)
    assert isinstance(journal.reserve(HELLO, now=NOW, duplicate_window=TEN), Reservation)


@pytest.mark.parametrize("window", [TEN, timedelta(0)])
@pytest.mark.parametrize("later", [{"seconds": 5}, {"hours": 2}, {"days": 89}])
@pytest.mark.parametrize(
    "how", [{}, {"allow_duplicate": True}, {"idempotency_key": "new"}, {"approval": "yes"}]
)
def test_a_text_that_may_have_arrived_is_not_sent_again_however_it_is_asked(
    journal, how, later, window
):
    first = unknown(journal, HELLO)
    asked = replace(HELLO, **how)
    assert journal.reserve(asked, now=after(**later), duplicate_window=window) == Duplicate(first)
    journal.give_up(first.send_id, now=after(**later))
    freed = replace(asked, approval=None)
    assert isinstance(
        journal.reserve(freed, now=after(**later), duplicate_window=window), Reservation
    )


def test_a_text_that_may_have_arrived_comes_before_a_later_one_that_did(journal):
    first = unknown(journal, replace(HELLO, text="x"))
    second = sent(journal, HELLO)
    with (
        journal._database.transaction() as connection
    ):  # as an earlier version of this server left it
        connection.execute("UPDATE sends SET fingerprint = ?", (second.fingerprint,))
    again = journal.reserve(HELLO, now=after(minutes=1), duplicate_window=TEN)
    assert again.record.send_id == first.send_id


def test_again_is_a_fresh_decision_but_not_twice_while_a_host_may_repeat_it(journal):
    again = replace(HELLO, allow_duplicate=True)
    sent(journal, HELLO)
    second = sent(journal, again, after(seconds=5))
    assert second.allow_duplicate
    assert journal.reserve(again, now=after(seconds=240), duplicate_window=TEN) == Duplicate(second)
    assert isinstance(
        journal.reserve(again, now=after(seconds=310), duplicate_window=TEN), Reservation
    )


def test_again_waits_for_what_is_still_on_its_way(journal):
    first = journal.reserve(HELLO, now=NOW, duplicate_window=TEN)
    place = journal.reserve(
        replace(HELLO, allow_duplicate=True), now=after(seconds=5), duplicate_window=TEN
    )
    assert place.record.send_id == first.send_id


def test_a_key_holds_for_a_day(journal):
    named = replace(HELLO, idempotency_key="monday")
    first = sent(journal, named)
    assert journal.reserve(
        named, now=after(hours=23, minutes=59), duplicate_window=TEN
    ) == Duplicate(first)
    again = replace(named, allow_duplicate=True)
    assert journal.reserve(again, now=after(hours=1), duplicate_window=TEN) == Duplicate(first)
    assert isinstance(
        journal.reserve(named, now=after(hours=24), duplicate_window=TEN), Reservation
    )


def test_a_key_is_refused_for_another_text(journal):
    sent(journal, replace(HELLO, idempotency_key="monday"))
    with pytest.raises(
        InvalidArguments, match='idempotency_key "monday" was already used for a different text'
    ):
        journal.reserve(
            replace(HELLO, idempotency_key="monday", text="x"),
            now=after(hours=1),
            duplicate_window=TEN,
        )
    elsewhere = replace(HELLO, idempotency_key="monday", text="x", account="other")
    assert isinstance(journal.reserve(elsewhere, now=NOW, duplicate_window=TEN), Reservation)


def test_a_key_whose_text_did_not_go_out_can_be_used_again_for_it(journal):
    named = replace(HELLO, idempotency_key="monday")
    rejected(journal, named)
    assert isinstance(journal.reserve(named, now=NOW, duplicate_window=TEN), Reservation)


def test_a_key_whose_text_a_person_gave_up_can_be_used_again_for_it(journal):
    named = replace(HELLO, idempotency_key="monday")
    journal.give_up(unknown(journal, named).send_id, now=NOW)
    assert isinstance(journal.reserve(named, now=NOW, duplicate_window=TEN), Reservation)


def test_a_new_key_does_not_make_the_same_text_another_one(journal):
    first = sent(journal, replace(HELLO, idempotency_key="monday"))
    assert journal.reserve(
        replace(HELLO, idempotency_key="tuesday"), now=NOW, duplicate_window=TEN
    ) == Duplicate(first)


def test_a_replayed_approval_sends_nothing_ever(journal):
    approved = replace(HELLO, approval="yes")
    first = sent(journal, approved)
    for later in (after(minutes=1), after(hours=2), after(days=80)):
        replayed = journal.reserve(
            replace(approved, allow_duplicate=True), now=later, duplicate_window=TEN
        )
        assert replayed.record.send_id == first.send_id
    with pytest.raises(PolicyRefusal, match="approval was already used"):
        journal.reserve(replace(approved, text="Something else"), now=NOW, duplicate_window=TEN)
    assert not journal.consume_approval("yes", now=NOW)


def test_an_approval_for_a_text_that_had_gone_out_is_used_up_all_the_same(journal):
    first = sent(journal, HELLO)
    assert journal.reserve(
        replace(HELLO, approval="yes"), now=NOW, duplicate_window=TEN
    ) == Duplicate(first)
    with pytest.raises(PolicyRefusal, match="already used"):
        journal.reserve(replace(HELLO, approval="yes", text="x"), now=NOW, duplicate_window=TEN)


def test_an_approval_for_something_else_is_no_approval_for_a_text(journal):
    assert journal.consume_approval("yes", now=NOW)
    assert not journal.consume_approval("yes", now=NOW)
    with pytest.raises(PolicyRefusal, match="already used"):
        journal.reserve(replace(HELLO, approval="yes"), now=NOW, duplicate_window=TEN)


def test_a_text_that_must_not_begin_twice_does_not(journal):
    place = journal.reserve(HELLO, now=NOW, duplicate_window=TEN)
    journal.begin(place.send_id, now=NOW)
    with pytest.raises(ReservationExpired, match="another process is handling this send"):
        journal.begin(place.send_id, now=NOW)


@pytest.mark.parametrize("later", [SendState.UNKNOWN, SendState.REJECTED])
def test_what_is_known_to_be_sent_stays_so(journal, later):
    record = sent(journal, HELLO)
    assert journal.finish(record.send_id, later, now=NOW) == record


def test_an_unknown_text_that_is_in_the_thread_was_sent(journal):
    record = unknown(journal, HELLO)
    seen = OutgoingMessage(
        "AC1", "It\u2019s ready", after(seconds=1), ("+14155550100",), "delivered"
    )
    after_looking = journal.reconcile(record.send_id, [seen], now=after(minutes=5))
    assert after_looking.state is SendState.SENT
    assert (after_looking.message_id, after_looking.status) == ("AC1", "delivered")
    assert after_looking.reason is None


def test_looking_never_makes_an_unknown_text_anything_but_sent(journal):
    record = unknown(journal, HELLO)
    assert journal.reconcile(record.send_id, [], now=after(hours=1)) == record


def test_a_message_that_is_another_send_is_not_taken_for_this_one(journal):
    seen = OutgoingMessage("AC1", HELLO.text, NOW, HELLO.to)
    sent(journal, HELLO, message_id="AC1")
    record = unknown(journal, replace(HELLO, allow_duplicate=True))
    assert journal.reconcile(record.send_id, [seen], now=NOW).state is SendState.UNKNOWN


@pytest.mark.parametrize("before", ["taken without an id", "given up"])
def test_a_message_that_may_be_another_send_is_not_taken_for_this_one(journal, before):
    if before == "given up":
        journal.give_up(unknown(journal, HELLO).send_id, now=NOW)
    else:
        sent(journal, HELLO)
    record = unknown(journal, replace(HELLO, allow_duplicate=True))
    one, two = (
        OutgoingMessage(name, HELLO.text, after(seconds=1), HELLO.to) for name in ("AC1", "AC2")
    )
    assert journal.reconcile(record.send_id, [one], now=NOW).state is SendState.UNKNOWN
    assert journal.reconcile(record.send_id, [one, two], now=NOW).message_id == "AC1"


def test_a_text_that_looks_otherwise_makes_no_message_of_this_one_doubtful(journal):
    journal.give_up(unknown(journal, replace(HELLO, text="it's ready!")).send_id, now=NOW)
    record = unknown(journal, HELLO)
    seen = OutgoingMessage("AC1", HELLO.text, after(seconds=1), HELLO.to)
    assert journal.reconcile(record.send_id, [seen], now=NOW).message_id == "AC1"


def test_a_message_id_that_comes_twice_is_kept_once(journal):
    sent(journal, HELLO, message_id="AC1")
    record = sent(journal, replace(HELLO, allow_duplicate=True), message_id="AC1")
    assert (record.state, record.message_id) == (SendState.SENT, None)


def test_only_a_person_gives_up_and_only_on_what_is_unknown(journal):
    record = journal.give_up(unknown(journal, HELLO).send_id, now=after(hours=1))
    assert (record.state, record.reason) == (SendState.GIVEN_UP, "no reply")
    with pytest.raises(InvalidArguments, match="is abandoned"):
        journal.give_up(record.send_id, now=NOW)
    with pytest.raises(InvalidArguments, match="Send not found: send_none"):
        journal.give_up("send_none", now=NOW)


def test_the_latest_sends_come_first(journal):
    records = [sent(journal, replace(HELLO, text=text)) for text in ("a", "b", "c")]
    assert journal.list_recent(2, now=NOW) == records[:0:-1]


def test_a_send_that_was_never_written_is_not_known(journal):
    assert journal.get("send_none", now=NOW) is None
    with pytest.raises(InvalidArguments, match="Send not found"):
        journal.reconcile("send_none", [], now=NOW)


@pytest.mark.parametrize("word", ["unsure", "", "SENT"])
def test_a_state_that_this_version_does_not_know_is_an_unknown_outcome(journal, word):
    record = sent(journal, HELLO)
    with journal._database.transaction() as connection:
        connection.execute("UPDATE sends SET state = ?", (word,))
    assert journal.get(record.send_id, now=NOW).state is SendState.UNKNOWN
    again = replace(HELLO, allow_duplicate=True)
    for request in (HELLO, again):
        place = journal.reserve(request, now=after(days=30), duplicate_window=TEN)
        assert place.record.send_id == record.send_id
    assert journal.give_up(record.send_id, now=NOW).state is SendState.GIVEN_UP


@pytest.mark.parametrize("word", ["given up", "abandoned"])
def test_a_send_that_was_abandoned_is_read_in_either_word(journal, word):
    record = unknown(journal, HELLO)
    with journal._database.transaction() as connection:
        connection.execute("UPDATE sends SET state = ?", (word,))
    found = journal.get(record.send_id, now=NOW)
    assert (found.state, found.state.label) == (SendState.GIVEN_UP, "abandoned")
    assert isinstance(journal.reserve(HELLO, now=NOW, duplicate_window=TEN), Reservation)
