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
from quo_mcp.gateway import ApiClient
from quo_mcp.safety.journal import Journal
from quo_mcp.safety.outbox import Outbox
from quo_mcp.safety.schema import MIGRATIONS
from quo_mcp.safety.send_limits import UNLIMITED
from quo_mcp.safety.send_record import SendState
from quo_mcp.values.times import utc_now
from store.engines import open_database
from torture.scripted import CALM, HELLO, TEN, Quo, accepted, open_outbox
from torture.virtual import VirtualLoop

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


async def test_a_text_is_sent_and_the_answer_says_so(outbox, quo):
    outcome = await outbox.send(HELLO)
    record = outcome.record
    assert (record.state, record.message_id, record.status) == (SendState.SENT, "AC1", "queued")
    assert not outcome.is_duplicate


async def test_a_text_whose_reply_has_no_id_is_found_in_the_thread_or_unknown(outbox, quo):
    quo.script = ["no id", "no id"]
    record = (await outbox.send(HELLO)).record
    assert (record.state, record.message_id) == (SendState.SENT, "AC1")
    quo.is_blind = True
    record = (await outbox.send(replace(HELLO, text="Come by"))).record
    assert (record.state, record.reason) == (SendState.UNKNOWN, "Quo's reply could not be read")


async def test_a_text_goes_out_as_it_was_asked_for(database):
    requests = []

    async def take(method, segments, query, body):
        requests.append((method, segments, query, body))
        return accepted(f"AC{len(requests)}")

    outbox = open_outbox(database, ApiClient(take))
    await outbox.send(HELLO)
    await outbox.send(replace(HELLO, text="Hi", user_id="US1", mark_done=True))
    plain = {"content": "It's ready", "from": "PNmain", "to": ["+14155550100"]}
    full = plain | {"content": "Hi", "userId": "US1", "setInboxStatus": "done"}
    assert requests == [("POST", ("messages",), None, body) for body in (plain, full)]


async def test_the_same_text_again_is_answered_and_not_sent(outbox, quo):
    first = await outbox.send(HELLO)
    assert await outbox.send(HELLO) == replace(first, is_duplicate=True)
    assert quo.posts == 1


async def test_a_text_whose_sending_timed_out_is_not_sent_again(outbox, quo):
    quo.script = ["hangs"]
    quo.lag = 60
    record = (await outbox.send(HELLO)).record
    assert record.state is SendState.UNKNOWN
    assert record.reason == "no reply within 15 s"
    assert (await outbox.send(HELLO)).record.state is SendState.UNKNOWN
    assert quo.posts == 1


@pytest.mark.parametrize("fault", ["lost", "broken", "hangs"])
async def test_a_text_without_a_clear_answer_is_found_in_the_thread(outbox, fault, quo):
    quo.script = [fault]
    quo.lag = 2.5
    outcome = await outbox.send(HELLO)
    record = outcome.record
    assert (record.state, record.message_id, record.status) == (SendState.SENT, "AC1", "delivered")
    assert not outcome.is_duplicate


async def test_a_text_without_a_clear_answer_is_looked_for_three_times(outbox, quo):
    quo.script = [OutcomeUnknown("It failed (500).")]
    record = (await outbox.send(HELLO)).record
    assert (record.state, record.reason) == (
        SendState.UNKNOWN,
        "the connection was lost before Quo replied",
    )
    began = record.began_at
    times = [round((at - began).total_seconds(), 1) for at, _ in quo.reads]
    assert times == [1.1, 3.1, 8.1]
    assert {since for _, since in quo.reads} == {began - timedelta(seconds=90)}


async def test_everything_ends_in_time_however_slow_the_other_side_is(outbox, quo):
    quo.hangs = True
    started = anyio.current_time()
    record = (await outbox.send(HELLO)).record
    assert record.state is SendState.UNKNOWN
    assert anyio.current_time() - started == pytest.approx(25)


async def test_asking_ends_in_time_too(outbox, quo):
    quo.script = [OutcomeUnknown("It failed (500).")]
    record = (await outbox.send(HELLO)).record
    quo.hangs = True
    started = anyio.current_time()
    assert await outbox.check_status(record.send_id) == record
    assert anyio.current_time() - started == pytest.approx(5)


async def test_a_look_that_fails_proves_nothing(outbox, quo):
    quo.script = ["lost"]
    quo.is_blind = True
    record = (await outbox.send(HELLO)).record
    assert record.state is SendState.UNKNOWN
    assert (await outbox.check_status(record.send_id)).state is SendState.UNKNOWN
    quo.is_blind = False
    assert (await outbox.check_status(record.send_id)).state is SendState.SENT


async def test_asking_later_finds_what_came_late(outbox, quo):
    quo.script = ["lost"]
    quo.lag = 60
    record = (await outbox.send(HELLO)).record
    assert record.state is SendState.UNKNOWN
    await anyio.sleep(60)
    found = await outbox.check_status(record.send_id)
    assert (found.state, found.message_id) == (SendState.SENT, "AC1")
    looks = len(quo.reads)
    assert await outbox.check_status(record.send_id) == found
    assert len(quo.reads) == looks, "what is known is not looked for"


async def test_the_same_text_again_looks_for_a_first_that_is_unknown(outbox, quo):
    quo.script = ["lost"]
    quo.lag = 60
    await outbox.send(HELLO)
    await anyio.sleep(60)
    outcome = await outbox.send(HELLO)
    assert (outcome.record.state, outcome.is_duplicate) == (SendState.SENT, True)


async def test_asking_for_a_send_that_never_was_is_refused(outbox, quo):
    with pytest.raises(InvalidArguments, match="Send not found: send_none"):
        await outbox.check_status("send_none")


@pytest.mark.parametrize(
    "refusal", [RateLimited("Too many."), Unavailable("No connection."), Refusal("No.")]
)
async def test_a_text_that_surely_did_not_arrive_is_said_so_and_may_be_sent_again(
    outbox, refusal, quo
):
    quo.script = [refusal]
    with pytest.raises(type(refusal)) as raised:
        await outbox.send(HELLO)
    assert raised.value is refusal
    assert not quo.reads
    assert (await outbox.send(HELLO)).record.state is SendState.SENT


async def test_limits_and_windows_are_the_outboxs_own(database, quo):
    limits = replace(UNLIMITED, per_minute=1)
    outbox = open_outbox(database, quo.api, limits=limits, duplicate_window=timedelta(0))
    await outbox.send(HELLO)
    with pytest.raises(PolicyRefusal, match="at most 1 text per minute"):
        await outbox.send(HELLO)
    await anyio.sleep(60)
    assert not (await outbox.send(HELLO)).is_duplicate


async def test_similar_sends_are_looked_up_once_and_not_if_a_person_saw_them(database, quo):
    lookups = []

    class Counting(Journal):
        def find_similar(self, request, **more):
            lookups.append(request.text)
            return super().find_similar(request, **more)

    outbox = open_outbox(database, quo.api, journal=Counting(database))
    first = replace(HELLO, text="Your boat is ready at 9:30")
    await outbox.send(first)
    second = await outbox.send(replace(first, text="Your boat is ready at 9:45"))
    assert second.near_duplicate.text == first.text
    assert len(lookups) == 2
    third = await outbox.send(replace(first, text="Your boat is ready at 9:50", approval="yes"))
    assert (third.approved, third.near_duplicate, len(lookups)) == (True, None, 2)


@pytest.mark.sqlite
async def test_without_a_journal_nothing_is_sent(tmp_path, quo):
    (tmp_path / "state").write_text("no folder")
    database = open_database(tmp_path / "state" / "journal.db", MIGRATIONS)
    with pytest.raises(DatabaseUnavailable, match="Nothing is sent without it"):
        await open_outbox(database, quo.api).send(HELLO)
    assert quo.posts == 0


async def test_a_text_that_went_out_is_said_to_be_sent_even_if_that_cannot_be_written(
    database, outbox, quo
):
    def lose_the_file():
        database.close()
        database.path.rename(database.path.with_suffix(".away"))
        database.path.mkdir()

    quo.hook = lose_the_file
    record = (await outbox.send(HELLO)).record
    assert (record.state, record.message_id) == (SendState.SENT, "AC1")


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_the_journal_works_in_a_thread_and_by_the_wall_clock(database, anyio_backend, quo):
    threads = set()

    def hook(point):
        if "commit" in point:
            threads.add(threading.current_thread())

    outbox = Outbox(
        Journal(database, failpoint=hook),
        quo.api,
        clock_skew=timedelta,
        limits=UNLIMITED,
        duplicate_window=TEN,
        timeouts=CALM,
    )
    before = utc_now()
    record = (await outbox.send(HELLO)).record
    assert before <= record.created_at <= utc_now()
    assert threads
    assert threading.main_thread() not in threads
