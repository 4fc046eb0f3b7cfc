"""A person pauses all sends, for every server on the database."""

from datetime import UTC, datetime
from functools import partial

import pytest

from quo_mcp.errors import PolicyRefusal
from quo_mcp.safety.journal import Duplicate, Journal, Reservation
from quo_mcp.safety.schema import MIGRATIONS
from quo_mcp.safety.send_pauses import SendPauses
from quo_mcp.safety.send_record import SendRequest, SendState
from store.engines import open_database
from torture.scripted import TEN

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
HELLO = SendRequest("shop", "PNmain", ("+14155550100",), "It's ready", cents=1)
JANE = "+14155550111"


@pytest.fixture
def database(tmp_path):
    opened = open_database(tmp_path / "state" / "journal.db", MIGRATIONS)
    yield opened
    opened.close()


@pytest.fixture
def reserve(database):
    return partial(Journal(database).reserve, now=NOW, duplicate_window=TEN)


def test_nothing_is_reserved_during_a_pause_and_the_refusal_says_who_ends_it(database, reserve):
    SendPauses(database).pause("the number is being ported", now=NOW)
    with pytest.raises(PolicyRefusal) as caught:
        reserve(HELLO)
    assert str(caught.value) == (
        "Not sent: A person paused all texts on 2026-11-23 09:00 UTC. The reason given: "
        '"the number is being ported". Do not try again until they say that it is over. Only a person can resume, with '
        "`quo-mcp resume` on the command line."
    )
    assert Journal(database).list_recent(9, now=NOW) == []


def test_after_the_pause_sends_go_on(database, reserve):
    pauses = SendPauses(database)
    assert pauses.get() is None
    assert not pauses.resume(now=NOW)
    pauses.pause("", now=NOW)
    assert pauses.pause("later", now=NOW).reason == ""
    assert pauses.resume(now=NOW)
    assert pauses.get() is None
    assert isinstance(reserve(HELLO), Reservation)
    assert pauses.pause("again", now=NOW).reason == "again"


def test_a_pause_between_the_reservation_and_the_post_stops_the_post(database, reserve):
    place = reserve(HELLO)
    SendPauses(database).pause("", now=NOW)
    with pytest.raises(PolicyRefusal, match="paused all texts"):
        Journal(database).begin(place.send_id, now=NOW)


def test_a_retry_of_a_text_that_was_sent_hears_so_during_a_pause(database, reserve):
    journal = Journal(database)
    place = reserve(HELLO)
    journal.begin(place.send_id, now=NOW)
    journal.finish(place.send_id, SendState.SENT, now=NOW, message_id="AC1")
    SendPauses(database).pause("", now=NOW)
    assert isinstance(reserve(HELLO), Duplicate)


@pytest.mark.anyio
async def test_tools_report_a_pause_and_send_nothing(phone, tmp_path):
    async with phone(config={"state_dir": tmp_path}) as quo:
        pauses = SendPauses(quo.account.outbox._journal._database)
        pauses.pause("holidays", now=quo.clock())
        send = {"to": JANE, "text": "The part is here"}
        refused = await quo.refused("quo_send_message", "Only a person can resume", **send)
        assert "holidays" in refused
        assert "paused all texts" in await quo("quo_send_message", **send, dry_run=True)
        setup = await quo("quo_check_setup")
        assert "Pause: A person paused all texts" in setup
        assert "quo-mcp resume" in setup
        assert quo.box.ledger == []
        pauses.resume(now=quo.clock())
        assert "Pause" not in await quo("quo_check_setup")
        await quo("quo_send_message", **send)
    assert len(quo.box.ledger) == 1
