"""A clock that somebody sets while texts are sent: the gateway's dates decide."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from quo_mcp.errors import PolicyRefusal
from quo_mcp.safety.journal import Journal, Reservation
from quo_mcp.safety.journal_clock import JournalClock
from quo_mcp.safety.send_limits import UNLIMITED
from quo_mcp.safety.send_record import SendRequest
from quo_mcp.sandbox import Fault
from safety.test_clocks_apart import MESSAGES, TEXT, elsewhere
from sandbox.play import DESK, ROSA, Clock
from torture.scripted import TEN

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
JUMPS = pytest.mark.parametrize(
    "jump",
    [timedelta(hours=-2), timedelta(days=91), timedelta(days=365), timedelta(minutes=15)],
    ids=str,
)


@JUMPS
@pytest.mark.parametrize("fault", [None, "dropped", "lost_reply"])
async def test_a_text_is_not_sent_again_under_a_clock_that_was_set(phone, jump, fault):
    box = elsewhere(0)
    clock = Clock()
    async with phone(box=box, clock=clock) as quo:
        if fault:
            box.inject(Fault(fault, method="POST", path=MESSAGES))
        await quo("quo_send_message", **TEXT)
        sent = len(box.ledger)
        clock.wait(jump.total_seconds())
        await quo("quo_send_message", **TEXT)
        clock.wait(-jump.total_seconds())
        await quo("quo_send_message", **TEXT)
        assert len(box.ledger) == sent


@JUMPS
async def test_limits_hold_and_open_again_by_the_right_time(phone, jump):
    box, clock = elsewhere(0), Clock()
    config = {"max_per_minute": 3}
    async with phone(box=box, clock=clock, config=config) as quo:
        clock.wait(jump.total_seconds())
        for number in range(3):
            await quo("quo_send_message", **TEXT | {"text": f"Under the wrong clock: {number}"})
        clock.wait(-jump.total_seconds())
        why = await quo.refused("quo_send_message", **TEXT | {"text": "One too many."})
        assert "3 texts per minute" in why
        assert "You can send again in" in why
        for each in (clock, box._now):
            each.wait(63)  # dates have whole seconds
        await quo("quo_send_message", **TEXT | {"text": "A minute later."})


@pytest.mark.parametrize("ahead", [timedelta(days=365), timedelta(days=2), timedelta(days=3650)])
def test_without_a_date_sends_of_a_date_that_never_was_do_not_block(databases, ahead):
    journal = Journal(databases())
    limits = replace(UNLIMITED, per_day=2)
    for number in range(2):
        request = SendRequest("shop", DESK, (ROSA,), f"{number}")
        journal.reserve(request, now=NOW + ahead, duplicate_window=TEN, limits=limits)
    other = SendRequest("shop", DESK, (ROSA,), "Now")
    place = journal.reserve(other, now=NOW, duplicate_window=TEN, limits=limits)
    assert isinstance(place, Reservation)


def test_without_a_date_sends_under_a_clock_that_was_set_back_count(databases):
    journal = Journal(databases())
    limits = replace(UNLIMITED, per_hour=1)
    journal.reserve(
        SendRequest("shop", DESK, (ROSA,), "1"), now=NOW, duplicate_window=TEN, limits=limits
    )
    other = SendRequest("shop", DESK, (ROSA,), "2")
    with pytest.raises(PolicyRefusal, match="1 text per hour"):
        journal.reserve(other, now=NOW - timedelta(hours=2), duplicate_window=TEN, limits=limits)


@pytest.mark.parametrize(
    ("gateway", "now", "certain"),
    [
        (None, timedelta(), None),
        (timedelta(seconds=59), timedelta(), timedelta()),
        (timedelta(seconds=-59), timedelta(), timedelta(seconds=-59)),
        (timedelta(hours=2), timedelta(hours=2), timedelta()),
        (timedelta(days=-91), timedelta(days=-91), timedelta(days=-91)),
    ],
)
async def test_the_gateway_corrects_a_clock_and_both_must_agree_on_what_is_past(
    gateway, now, certain
):
    reads = []

    async def read():
        reads.append(1)

    clock = JournalClock(lambda: NOW, lambda: None if gateway is None else NOW + gateway, read)
    assert clock.now() == NOW + now
    assert clock.certain_now() == (None if certain is None else NOW + certain)
    assert clock.now() + clock.skew() == NOW + (gateway or timedelta())
    await clock.confirm()
    assert bool(reads) == (clock.now() != NOW)


@pytest.mark.parametrize("jump", [timedelta(hours=-2), timedelta(days=-1)])
async def test_a_changed_number_is_seen_under_a_clock_that_was_set_back(phone, jump):
    async with phone() as quo:
        await quo("quo_list_phone_numbers")
        before = quo.account.directory.numbers.read_at
        quo.clock.wait(jump.total_seconds())
        await quo("quo_list_users")
        quo.clock.wait(601)
        requests = await quo.requests("quo_send_message", **TEXT)
        assert "GET /quo/v1/phone-numbers" in requests
        assert quo.account.directory.numbers.read_at > before
