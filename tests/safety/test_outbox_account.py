"""The outbox over the real gateway: which of them ends a text, and what is known of it then."""

from contextlib import asynccontextmanager

import anyio
import httpx2
import pytest

from quo_mcp.config.settings import Settings
from quo_mcp.errors import DatabaseUnavailable, RateLimited, Unavailable
from quo_mcp.gateway.rate_limit import RequestQueue
from quo_mcp.safety.send_record import SendRequest, SendState
from quo_mcp.sandbox import Fault, Sandbox
from quo_mcp.server.account import open_account
from quo_mcp.server.databases import JOURNAL_FILE
from sandbox.play import DESK, JANE, Clock
from torture.virtual import VirtualLoop, inline, now

pytestmark = [pytest.mark.anyio, pytest.mark.sqlite]

MESSAGES = "/quo/v1/messages"


@pytest.fixture
def anyio_backend():
    return "asyncio", {"loop_factory": VirtualLoop}


@asynccontextmanager
async def opened(folder, *, box=None, transport=None, now=now, **settings):
    config = Settings(state_dir=folder, audit=False, **settings)
    async with open_account(config, sandbox=box, transport=transport, now=now) as quo:
        line = quo.gateway._sender
        line._clock = anyio.current_time
        line._queue = RequestQueue(anyio.current_time, anyio.sleep)
        quo.outbox._run_blocking = inline
        yield quo


async def text(quo):
    return (await quo.outbox.send(SendRequest(quo.id, DESK, (JANE,), "Hello"))).record


def sandbox(*faults):
    box = Sandbox(seed=7, now=now, sleep=anyio.sleep, enforce_rate=False)
    for fault in faults:
        box.inject(fault)
    return box


async def states(quo):
    return [each.state for each in await quo.outbox.list_recent(9)]


async def test_a_text_that_is_told_to_wait_waits_as_long_as_a_write_may(tmp_path):
    box = sandbox(Fault("rate_limited", "POST", MESSAGES, retry_after="18"))
    async with opened(tmp_path, box=box) as quo:
        assert (await text(quo)).state is SendState.SENT
    assert anyio.current_time() >= 18
    assert len(box.ledger) == 1


async def test_a_text_that_waits_for_its_turn_is_sent_when_it_comes(tmp_path):
    async with opened(tmp_path, box=sandbox()) as quo:
        await quo.gateway._sender._queue.pause("POST /messages", 18)
        assert (await text(quo)).state is SendState.SENT
    assert anyio.current_time() >= 18


@pytest.mark.parametrize("retry_after", ["18", "24", "600"])
async def test_a_text_that_is_turned_away_for_good_was_surely_not_sent(tmp_path, retry_after):
    box = sandbox(Fault("rate_limited", "POST", MESSAGES, times=None, retry_after=retry_after))
    async with opened(tmp_path, box=box) as quo:
        with pytest.raises(RateLimited):
            await text(quo)
        assert await states(quo) == [SendState.REJECTED]


@pytest.mark.maton
async def test_a_text_whose_connection_is_not_found_in_time_was_surely_not_sent(tmp_path):
    box = sandbox(Fault("latency", "GET", "/connections", times=None, seconds=3600))
    async with opened(tmp_path, box=box, send_timeout=10) as quo:
        with pytest.raises(Unavailable, match="nothing was sent"):
            await text(quo)
        assert anyio.current_time() == pytest.approx(10)
        assert await states(quo) == [SendState.REJECTED]


async def test_a_text_for_which_no_way_opens_was_surely_not_sent(tmp_path):
    class Nowhere(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request):
            await anyio.sleep(request.extensions["timeout"]["connect"])
            raise httpx2.ConnectTimeout("no answer")

    async with opened(tmp_path, transport=Nowhere(), connection="c") as quo:
        with pytest.raises(Unavailable, match="nothing was sent"):
            await text(quo)
        assert await states(quo) == [SendState.REJECTED]


async def test_a_text_that_left_and_got_no_answer_is_unknown(tmp_path):
    box = sandbox(Fault("latency", "POST", MESSAGES, seconds=3600))
    async with opened(tmp_path, box=box) as quo:
        record = await text(quo)
        assert (record.state, record.reason) == (
            SendState.UNKNOWN,
            "the connection was lost before Quo replied",
        )


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_server_drops_old_words_when_it_starts(tmp_path, anyio_backend):
    clock, file = Clock(), tmp_path / "sandbox" / JOURNAL_FILE
    async with opened(tmp_path, box=sandbox(), now=clock) as quo:
        await text(quo)
    assert b"Hello" in file.read_bytes()
    clock.wait(24 * 3600)
    async with opened(tmp_path, box=sandbox(), now=clock):
        pass
    assert b"Hello" not in file.read_bytes()


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_server_whose_journal_cannot_be_read_starts_all_the_same(tmp_path, anyio_backend):
    (tmp_path / "sandbox" / JOURNAL_FILE).mkdir(parents=True)
    async with opened(tmp_path, box=sandbox(), now=Clock()) as quo:
        with pytest.raises(DatabaseUnavailable):
            await text(quo)
