import threading
from dataclasses import replace
from datetime import timedelta

import anyio
import pytest

from quo_mcp.errors import (
    DatabaseUnavailable,
    InvalidArguments,
    OutcomeUnknown,
    PolicyRefusal,
    RateLimited,
    Refusal,
    Unavailable,
)
from quo_mcp.safety.journal import Journal
from quo_mcp.safety.outbox import Outbox, SendReply
from quo_mcp.safety.schema import MIGRATIONS
from quo_mcp.safety.send_limits import UNLIMITED
from quo_mcp.safety.send_record import SendState
from quo_mcp.store.sqlite import Database
from quo_mcp.values.times import utc_now
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


async def test_a_text_is_sent_and_the_answer_says_so(outbox):
    record = await send(outbox, Quo())
    assert (record.state, record.message_id, record.status) == (SendState.SENT, "AC1", "queued")
    assert not record.is_duplicate


async def test_a_text_that_was_accepted_without_an_id_is_sent(outbox):
    async def post():
        return SendReply(None)

    record = await outbox.send(HELLO, post=post, read_conversation=Quo().read_conversation)
    assert (record.state, record.message_id) == (SendState.SENT, None)


async def test_the_same_text_again_is_answered_and_not_sent(outbox):
    quo = Quo()
    first = await send(outbox, quo)
    assert await send(outbox, quo) == replace(first, is_duplicate=True)
    assert quo.posts == 1


async def test_a_text_whose_sending_timed_out_is_not_sent_again(outbox):
    quo = Quo("hangs", lag=60)
    record = await send(outbox, quo)
    assert record.state is SendState.UNKNOWN
    assert record.reason == "no answer within 15 seconds"
    assert (await send(outbox, quo)).state is SendState.UNKNOWN
    assert quo.posts == 1


@pytest.mark.parametrize("fault", ["lost", "broken", "hangs"])
async def test_a_text_without_a_clear_answer_is_found_in_the_thread(outbox, fault):
    record = await send(outbox, Quo(fault, lag=2.5))
    assert (record.state, record.message_id, record.status) == (SendState.SENT, "AC1", "delivered")
    assert not record.is_duplicate


async def test_a_text_without_a_clear_answer_is_looked_for_three_times(outbox):
    quo = Quo(OutcomeUnknown("It failed (500)."))
    record = await send(outbox, quo)
    assert (record.state, record.reason) == (SendState.UNKNOWN, "the reply was lost")
    began = record.began_at
    times = [round((at - began).total_seconds(), 1) for at, _ in quo.reads]
    assert times == [1.1, 3.1, 8.1]
    assert {since for _, since in quo.reads} == {began - timedelta(seconds=30)}


async def test_everything_ends_in_time_however_slow_the_other_side_is(outbox):
    async def forever(*_):
        await anyio.sleep(3600)
        raise AssertionError

    started = anyio.current_time()
    record = await outbox.send(HELLO, post=forever, read_conversation=forever)
    assert record.state is SendState.UNKNOWN
    assert anyio.current_time() - started == pytest.approx(25)


async def test_asking_ends_in_time_too(outbox):
    record = await send(outbox, Quo(OutcomeUnknown("It failed (500).")))

    async def forever(since):
        await anyio.sleep(3600)

    started = anyio.current_time()
    assert await outbox.check_status(record.send_id, forever) == record
    assert anyio.current_time() - started == pytest.approx(5)


async def test_a_look_that_fails_proves_nothing(outbox):
    quo = Quo("lost")
    record = await outbox.send(HELLO, post=quo.post, read_conversation=quo.blind)
    assert record.state is SendState.UNKNOWN
    assert (await outbox.check_status(record.send_id, quo.blind)).state is SendState.UNKNOWN
    assert (
        await outbox.check_status(record.send_id, quo.read_conversation)
    ).state is SendState.SENT


async def test_asking_later_finds_what_came_late(outbox):
    quo = Quo("lost", lag=60)
    record = await send(outbox, quo)
    assert record.state is SendState.UNKNOWN
    await anyio.sleep(60)
    found = await outbox.check_status(record.send_id, quo.read_conversation)
    assert (found.state, found.message_id) == (SendState.SENT, "AC1")
    looks = len(quo.reads)
    assert await outbox.check_status(record.send_id, quo.read_conversation) == found
    assert len(quo.reads) == looks, "what is known is not looked for"


async def test_the_same_text_again_looks_for_a_first_that_is_unknown(outbox):
    quo = Quo("lost", lag=60)
    await send(outbox, quo)
    await anyio.sleep(60)
    record = await send(outbox, quo)
    assert (record.state, record.is_duplicate) == (SendState.SENT, True)


async def test_asking_for_a_send_that_never_was_is_refused(outbox):
    with pytest.raises(InvalidArguments, match="no send send_none"):
        await outbox.check_status("send_none", Quo().read_conversation)


@pytest.mark.parametrize(
    "refusal", [RateLimited("Too many."), Unavailable("No connection."), Refusal("No.")]
)
async def test_a_text_that_surely_did_not_arrive_is_said_so_and_may_be_sent_again(outbox, refusal):
    quo = Quo(refusal)
    with pytest.raises(type(refusal)) as raised:
        await send(outbox, quo)
    assert raised.value is refusal
    assert not quo.reads
    assert (await send(outbox, quo)).state is SendState.SENT


async def test_limits_and_windows_are_the_outboxs_own(database):
    outbox = Outbox(
        Journal(database),
        limits=replace(UNLIMITED, per_minute=1),
        duplicate_window=timedelta(0),
        now=now,
        run_blocking=inline,
        timeouts=CALM,
    )
    quo = Quo()
    await send(outbox, quo)
    with pytest.raises(PolicyRefusal, match="at most 1 texts a minute"):
        await send(outbox, quo)
    await anyio.sleep(60)
    assert not (await send(outbox, quo)).is_duplicate


async def test_without_a_journal_nothing_is_sent(tmp_path):
    (tmp_path / "state").write_text("no folder")
    outbox = Outbox(
        Journal(Database(tmp_path / "state" / "journal.db", MIGRATIONS)),
        now=now,
        run_blocking=inline,
        limits=UNLIMITED,
        duplicate_window=TEN,
        timeouts=CALM,
    )
    quo = Quo()
    with pytest.raises(DatabaseUnavailable, match="Nothing is sent without it"):
        await send(outbox, quo)
    assert quo.posts == 0


async def test_a_text_that_went_out_is_said_to_be_sent_even_if_that_cannot_be_written(database):
    outbox = Outbox(
        Journal(database),
        limits=UNLIMITED,
        now=now,
        run_blocking=inline,
        duplicate_window=TEN,
        timeouts=CALM,
    )
    quo = Quo()

    async def post():
        posted = await quo.post()
        database.close()
        database.path.rename(database.path.with_suffix(".away"))
        database.path.mkdir()
        return posted

    record = await outbox.send(HELLO, post=post, read_conversation=quo.read_conversation)
    assert (record.state, record.message_id) == (SendState.SENT, "AC1")


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_the_journal_works_in_a_thread_and_by_the_wall_clock(database, anyio_backend):
    threads = set()

    def hook(point):
        if "commit" in point:
            threads.add(threading.current_thread())

    async def post():
        return SendReply("AC1")

    outbox = Outbox(
        Journal(database, failpoint=hook), limits=UNLIMITED, duplicate_window=TEN, timeouts=CALM
    )
    before = utc_now()
    record = await outbox.send(HELLO, post=post, read_conversation=Quo().read_conversation)
    assert before <= record.created_at <= utc_now()
    assert threads
    assert threading.main_thread() not in threads
