"""Deadlines, in virtual time, which advances only while every task waits."""

import anyio
import httpx2
import pytest

from gateway.script import GOOD, Data, Script, gateway_config, never
from quo_mcp.errors import OutcomeUnknown, RequestRejected, Unavailable
from quo_mcp.gateway import Gateway
from torture.virtual import VirtualLoop

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend():
    return "asyncio", {"loop_factory": VirtualLoop}


@pytest.mark.parametrize("answers", [[never], [httpx2.ConnectError("x"), never]])
async def test_a_deadline_ends_a_write_in_doubt(answers):
    async with Script(*answers).gateway(write_timeout=0.3) as gateway:
        with pytest.raises(OutcomeUnknown, match="was sent, but no reply arrived"):
            await gateway.api.post(Data, "messages", body={})


async def test_a_deadline_ends_a_read_with_nothing_changed():
    async with Script(never).gateway(read_timeout=0.02) as gateway:
        with pytest.raises(Unavailable, match="nothing was changed"):
            await gateway.api.get(Data, "users")


@pytest.mark.parametrize(
    ("method", "seconds"), [("get", 10), ("post", 25), ("patch", 25), ("delete", 25)]
)
async def test_only_a_read_gives_up_on_silence_before_its_deadline(method, seconds):
    script = Script(GOOD)
    async with script.gateway(read_timeout=20, write_timeout=25) as gateway:
        await {
            "get": lambda: gateway.api.get(Data, "users"),
            "post": lambda: gateway.api.post(Data, "messages", body={}),
            "patch": lambda: gateway.api.patch(Data, "contacts", "1", body={}),
            "delete": lambda: gateway.api.delete("contacts", "1"),
        }[method]()
    [request] = script.requests
    timeouts = request.extensions["timeout"]
    assert timeouts == {"read": seconds, "write": seconds, "connect": 5, "pool": 5}


async def test_a_deadline_in_the_queue_leaves_a_write_unsent():
    script = Script(GOOD)

    async def sleep_forever(_seconds):
        await never()

    gateway = Gateway(
        gateway_config(connection_id="c", write_timeout=0.05),
        httpx2.MockTransport(script),
        clock=lambda: 0.0,
        sleep=sleep_forever,
    )
    async with gateway:
        await gateway._sender._queue.pause("POST /messages", 0.01)
        with pytest.raises(Unavailable, match="nothing was sent"):
            await gateway.api.post(Data, "messages", body={})
    assert script.requests == []


async def drip():
    while True:
        yield b" "
        await anyio.sleep(1)


async def test_a_refusal_whose_words_only_drip_is_a_refusal():
    async with Script((400, drip())).gateway() as gateway:
        with pytest.raises(RequestRejected, match="HTTP 400"):
            await gateway.api.post(Data, "messages", body={})
        assert anyio.current_time() == 25


async def test_a_write_that_is_accepted_in_words_that_only_drip_is_in_doubt():
    async with Script((200, drip())).gateway() as gateway:
        with pytest.raises(OutcomeUnknown, match=r"accepted \(HTTP 200\).*in time"):
            await gateway.api.post(Data, "messages", body={})
