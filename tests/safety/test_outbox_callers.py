"""What the outbox owes to callers who are cancelled, torn down, or many at once."""

import asyncio

import anyio
import pytest

from quo_mcp.errors import RateLimited, Refusal
from quo_mcp.safety.journal import Journal
from quo_mcp.safety.outbox import Timeouts
from quo_mcp.safety.schema import MIGRATIONS
from quo_mcp.safety.send_record import SendState
from store.engines import open_database
from torture.scripted import HELLO, Quo, open_outbox
from torture.virtual import VirtualLoop, now

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend():
    return "asyncio", {"loop_factory": VirtualLoop}


@pytest.fixture
def database(tmp_path):
    database = open_database(tmp_path / "state" / "journal.db", MIGRATIONS)
    yield database
    database.close()


@pytest.fixture
def quo():
    return Quo()


@pytest.fixture
def outbox(database, quo):
    return open_outbox(database, quo.api)


async def test_a_cancelled_call_still_has_its_outcome_written_down(outbox, database, quo):
    with anyio.move_on_after(0.05) as host:
        await outbox.send(HELLO)
    assert host.cancel_called
    (record,) = Journal(database).list_recent(9, now=now())
    assert (record.state, record.message_id) == (SendState.SENT, "AC1")
    assert (await outbox.send(HELLO)).is_duplicate
    assert quo.posts == 1


async def test_a_call_that_is_cancelled_before_it_starts_sends_nothing(outbox, database, quo):
    with anyio.CancelScope() as host:
        host.cancel()
        await outbox.send(HELLO)
    assert (quo.posts, Journal(database).list_recent(9, now=now())) == (0, [])


@pytest.mark.parametrize("after", [0.05, 0.5])
async def test_a_send_that_the_event_loop_tears_down_is_unknown_and_found_later(
    outbox, database, after, quo
):
    """Not every cancellation heeds a shield: the end of the event loop does not."""
    quo.script = ["lost"]
    sending = asyncio.create_task(outbox.send(HELLO))
    await anyio.sleep(after)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    (record,) = Journal(database).list_recent(9, now=now())
    assert (record.state, record.reason) == (
        SendState.UNKNOWN,
        "the server stopped while sending it",
    )
    found = await outbox.check_status(record.send_id)
    assert found.state is (SendState.SENT if after > 0.1 else SendState.UNKNOWN)


async def test_calls_for_the_same_text_at_the_same_time_all_get_the_firsts_outcome(outbox, quo):
    quo.script = ["lost"]
    quo.lag = 2
    outcomes = []

    async def call():
        outcomes.append(await outbox.send(HELLO))

    async with anyio.create_task_group() as callers:
        for _ in range(20):
            callers.start_soon(call)
    assert quo.posts == 1
    told = {(outcome.record.state, outcome.record.message_id) for outcome in outcomes}
    assert told == {(SendState.SENT, "AC1")}
    assert sum(not outcome.is_duplicate for outcome in outcomes) == 1


async def test_calls_for_a_text_that_is_refused_are_all_told_that_nothing_went_out(outbox, quo):
    quo.script = [RateLimited("Too many requests.")]
    outcomes, refusals = [], []

    async def call():
        try:
            outcomes.append(await outbox.send(HELLO))
        except Refusal as refusal:
            refusals.append(str(refusal))

    async with anyio.create_task_group() as callers:
        for _ in range(3):
            callers.start_soon(call)
    assert refusals == ["Too many requests."]
    told = {(o.record.state, o.record.reason, o.is_duplicate) for o in outcomes}
    assert (len(outcomes), told) == (2, {(SendState.REJECTED, "Too many requests.", True)})
    assert quo.posts == 1


async def test_a_call_does_not_wait_forever_for_another_one_that_is_sending(database, quo):
    slow = open_outbox(database, quo.api, timeouts=Timeouts(post=60))
    hasty = open_outbox(database, quo.api, timeouts=Timeouts(post=15, pending_send=3))
    quo.script = ["hangs"]
    async with anyio.create_task_group() as callers:
        callers.start_soon(slow.send, HELLO)
        await anyio.sleep(1)
        outcome = await hasty.send(HELLO)
        assert (outcome.record.state, outcome.is_duplicate) == (SendState.IN_FLIGHT, True)
        status = await hasty.check_status(outcome.record.send_id)
        assert status.state is SendState.IN_FLIGHT
    assert quo.posts == 1


async def test_a_call_waits_25_seconds_for_another_one_by_default(database, quo):
    slow = open_outbox(database, quo.api, timeouts=Timeouts(post=60))
    quo.script = ["hangs"]
    async with anyio.create_task_group() as callers:
        callers.start_soon(slow.send, HELLO)
        await anyio.sleep(1)
        await open_outbox(database, quo.api).send(HELLO)
        assert anyio.current_time() == pytest.approx(26)
