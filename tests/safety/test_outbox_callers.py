"""What the outbox owes to callers who are cancelled, torn down, or many at once."""

import asyncio

import anyio
import pytest

from quo_mcp.errors import RateLimited, Refusal
from quo_mcp.safety.journal import Journal
from quo_mcp.safety.outbox import Outbox, Timeouts
from quo_mcp.safety.schema import MIGRATIONS
from quo_mcp.safety.send_limits import UNLIMITED
from quo_mcp.safety.send_record import SendState
from quo_mcp.store.sqlite import Database
from torture.scripted import CALM, HELLO, TEN, Quo
from torture.virtual import VirtualLoop, inline, now

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend():
    return "asyncio", {"loop_factory": VirtualLoop}


@pytest.fixture
def database(tmp_path):
    database = Database(tmp_path / "state" / "journal.db", MIGRATIONS)
    yield database
    database.close()


@pytest.fixture
def outbox(database):
    return Outbox(
        Journal(database),
        limits=UNLIMITED,
        now=now,
        run_blocking=inline,
        duplicate_window=TEN,
        timeouts=CALM,
    )


async def send(outbox, quo, request=HELLO):
    return await outbox.send(request, post=quo.post, read_conversation=quo.read_conversation)


async def test_a_cancelled_call_still_has_its_outcome_written_down(outbox, database):
    quo = Quo()
    with anyio.move_on_after(0.05) as host:
        await send(outbox, quo)
    assert host.cancel_called
    (record,) = Journal(database).list_recent(9, now=now())
    assert (record.state, record.message_id) == (SendState.SENT, "AC1")
    assert (await send(outbox, quo)).is_duplicate
    assert quo.posts == 1


async def test_a_call_that_is_cancelled_before_it_starts_sends_nothing(outbox, database):
    quo = Quo()
    with anyio.CancelScope() as host:
        host.cancel()
        await send(outbox, quo)
    assert (quo.posts, Journal(database).list_recent(9, now=now())) == (0, [])


@pytest.mark.parametrize("after", [0.05, 0.5])
async def test_a_send_that_the_event_loop_tears_down_is_unknown_and_found_later(
    outbox, database, after
):
    """Not every cancellation heeds a shield: the end of the event loop does not."""
    quo = Quo("lost")
    sending = asyncio.create_task(send(outbox, quo))
    await anyio.sleep(after)
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
    (record,) = Journal(database).list_recent(9, now=now())
    assert (record.state, record.reason) == (
        SendState.UNKNOWN,
        "the server stopped while sending it",
    )
    found = await outbox.check_status(record.send_id, quo.read_conversation)
    assert found.state is (SendState.SENT if after > 0.1 else SendState.UNKNOWN)


async def test_calls_for_the_same_text_at_the_same_time_all_get_the_firsts_outcome(outbox):
    quo = Quo("lost", lag=2)
    records = []

    async def call():
        records.append(await send(outbox, quo))

    async with anyio.create_task_group() as callers:
        for _ in range(20):
            callers.start_soon(call)
    assert quo.posts == 1
    assert {(record.state, record.message_id) for record in records} == {(SendState.SENT, "AC1")}
    assert sum(not record.is_duplicate for record in records) == 1


async def test_calls_for_a_text_that_is_refused_are_all_told_that_nothing_went_out(outbox):
    quo = Quo(RateLimited("Too many requests."))
    said = []

    async def call():
        with pytest.raises(Refusal) as refusal:
            await send(outbox, quo)
        said.append(str(refusal.value))

    async with anyio.create_task_group() as callers:
        for _ in range(3):
            callers.start_soon(call)
    assert said[0] == "Too many requests."
    assert all("was not sent (Too many requests)" in words for words in said[1:])
    assert quo.posts == 1


async def test_a_call_does_not_wait_forever_for_another_one_that_is_sending(database):
    slow = Outbox(
        Journal(database),
        timeouts=Timeouts(post=60),
        now=now,
        run_blocking=inline,
        limits=UNLIMITED,
        duplicate_window=TEN,
    )
    hasty = Outbox(
        Journal(database),
        timeouts=Timeouts(post=15, pending_send=3),
        now=now,
        run_blocking=inline,
        limits=UNLIMITED,
        duplicate_window=TEN,
    )
    quo = Quo("hangs")
    async with anyio.create_task_group() as callers:
        callers.start_soon(send, slow, quo)
        await anyio.sleep(1)
        record = await send(hasty, quo)
        assert (record.state, record.is_duplicate) == (SendState.IN_FLIGHT, True)
        assert (
            await hasty.check_status(record.send_id, quo.read_conversation)
        ).state is SendState.IN_FLIGHT
    assert quo.posts == 1
