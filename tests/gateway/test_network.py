"""The gateway client against a real local server that misbehaves."""

import asyncio
import gzip
import tracemalloc
import zlib
from contextlib import asynccontextmanager

import anyio
import pytest
from pydantic import BaseModel

from gateway.script import gateway_config
from quo_mcp.errors import OutcomeUnknown, RequestRejected, Unavailable
from quo_mcp.gateway import Gateway

pytestmark = pytest.mark.anyio


class Data(BaseModel):
    data: list[str]


GOOD = b'{"data": ["x"]}'


class Server:
    """A local server. After each complete request it calls `behave` with the writer.

    connections: the number of accepted connections.
    """

    def __init__(self, behave):
        self.behave = behave
        self.connections = 0
        self.requests = []

    async def serve(self, reader, writer):
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = [
                    x for x in head.lower().split(b"\r\n") if x.startswith(b"content-length:")
                ]
                await reader.readexactly(int(length[0].split(b":")[1]) if length else 0)
                self.requests.append(head)
                await self.behave(writer)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def serving(behave, **options):
    server = Server(behave)
    listener = await asyncio.start_server(server.serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"

    now = 0.0

    async def sleep(seconds):
        nonlocal now
        now += seconds
        await anyio.lowlevel.checkpoint()

    config = gateway_config(quo_url=url, control_url=url, connection_id="c", **options)
    try:
        async with Gateway(config, clock=lambda: now, sleep=sleep) as gateway:
            yield gateway, server
    finally:
        listener.close()


def reply(body, *headers, status=200, length=None):
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body) if length is None else length}"]
    return "\r\n".join([*lines, *headers, "", ""]).encode() + body


def write_parts(*parts):
    async def behave(writer):
        for part in parts:
            writer.write(part)

    return behave


async def test_reads_share_a_connection_and_each_write_has_its_own():
    async with serving(write_parts(reply(GOOD))) as (gateway, server):
        for _ in range(3):
            assert await gateway.api.get(Data, "users") == Data(data=["x"])
        assert server.connections == 1
        for _ in range(3):
            await gateway.api.post(Data, "messages", body={"content": "x"})
        await gateway.api.delete("contacts", "abc")
        assert server.connections == 5


async def test_a_compressed_reply_is_read():
    body = gzip.compress(GOOD)
    async with serving(write_parts(reply(body, "Content-Encoding: gzip"))) as (gateway, _):
        assert await gateway.api.get(Data, "users") == Data(data=["x"])


async def test_a_reply_that_breaks_off_is_asked_for_again_but_not_written_again():
    async def cut(writer):
        writer.write(reply(b'{"da', length=100))
        writer.close()

    async with serving(cut) as (gateway, server):
        with pytest.raises(Unavailable, match="before the reply was complete"):
            await gateway.api.get(Data, "users")
        assert len(server.requests) == 3
        with pytest.raises(OutcomeUnknown, match=r"accepted \(HTTP 200\).*incomplete"):
            await gateway.api.post(Data, "messages", body={})
        await gateway.api.delete("contacts", "abc")
        assert len(server.requests) == 5


async def test_a_connection_that_is_reset_leaves_a_write_in_doubt():
    async def reset(writer):
        writer.transport.abort()

    async with serving(reset) as (gateway, server):
        with pytest.raises(OutcomeUnknown, match="the connection failed before a reply"):
            await gateway.api.post(Data, "messages", body={})
        assert len(server.requests) == 1
        with pytest.raises(Unavailable, match="before the reply was complete"):
            await gateway.api.get(Data, "users")


async def test_a_closed_port_leaves_nothing_in_doubt():
    async with serving(write_parts()) as (gateway, _):
        pass
    dead = gateway_config(quo_url=gateway._config.quo_url, connection_id="c")
    async with Gateway(dead, rng=lambda: 0.0) as gateway:
        with pytest.raises(Unavailable, match="nothing was sent"):
            await gateway.api.post(Data, "messages", body={})


async def drip(writer):
    writer.write(reply(b"", length=1_000))
    while not writer.is_closing():
        writer.write(b" ")
        await asyncio.sleep(0.005)


async def test_a_reply_that_only_drips_is_ended_by_the_deadline():
    async with serving(drip, read_timeout=0.4) as (gateway, _):
        with pytest.raises(Unavailable, match="No complete reply"):
            await gateway.api.get(Data, "users")
        await gateway.api.delete("contacts", "abc")


def bomb(megabytes):
    squeezed = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    zeros = b"0" * 1_000_000
    return b"".join([*(squeezed.compress(zeros) for _ in range(megabytes)), squeezed.flush()])


async def test_a_compressed_bomb_is_not_blown_up():
    body = bomb(60)
    async with serving(write_parts(reply(body, "Content-Encoding: gzip"))) as (gateway, server):
        tracemalloc.start()
        try:
            with pytest.raises(RequestRejected, match="exceeds this server's size limit"):
                await gateway.api.get(Data, "users")
            assert tracemalloc.get_traced_memory()[1] < 20_000_000
        finally:
            tracemalloc.stop()
    assert len(server.requests) == 1


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_what_only_claims_to_be_compressed_is_refused(encoding):
    async with serving(write_parts(reply(GOOD, f"Content-Encoding: {encoding}"))) as (gateway, _):
        with pytest.raises(Unavailable, match="before the reply was complete"):
            await gateway.api.get(Data, "users")
        with pytest.raises(OutcomeUnknown, match=r"accepted.*could not be decompressed"):
            await gateway.api.post(Data, "messages", body={})


@pytest.mark.parametrize(
    "garbage", [b"\x00\x01\x02\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"SSH-2.0-x\r\n\r\n"]
)
async def test_what_is_no_http_is_no_reply(garbage):
    async def behave(writer):
        writer.write(garbage)
        writer.close()

    async with serving(behave) as (gateway, _):
        with pytest.raises(OutcomeUnknown, match="before a reply"):
            await gateway.api.post(Data, "messages", body={})
        with pytest.raises(Unavailable):
            await gateway.api.get(Data, "users")


async def test_hundreds_of_cancelled_requests_leave_no_connection_taken():
    waiting = anyio.Event()

    async def behave(writer):
        await waiting.wait()
        writer.write(reply(GOOD))

    async with serving(behave) as (gateway, _):
        for number in range(300):
            with anyio.CancelScope() as scope:
                async with anyio.create_task_group() as tasks:
                    for ask in (gateway.api.get, gateway.api.post):
                        tasks.start_soon(ask, Data, "users")
                    for _ in range(number % 30):
                        await anyio.lowlevel.checkpoint()
                    scope.cancel()
        waiting.set()
        for transport in (gateway._transport._read_transport, gateway._transport._write_transport):
            assert transport._pool._requests == []
        assert await gateway.api.get(Data, "users") == Data(data=["x"])
        assert await gateway.api.post(Data, "users") == Data(data=["x"])
