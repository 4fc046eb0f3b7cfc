"""Limits on HTTP connections, with a real Uvicorn on a free port."""

import asyncio
from contextlib import asynccontextmanager, suppress
from functools import partial

import httpx2
import pytest
import uvicorn

from process.served import ReadyServer
from quo_mcp.server.transports.http_connections import ConnectionLimits, LimitedConnection

pytestmark = pytest.mark.anyio

HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
NEVER = 3_600.0


class Port:
    """A served port, with the bodies that the app received and whether it saw a disconnect."""

    def __init__(self, address):
        self.address = address
        self.bodies = []
        self.disconnects = 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.address[1]}"

    async def connect(self, sent=b""):
        reader, writer = await asyncio.open_connection(*self.address)
        writer.write(sent)
        await writer.drain()
        return reader, writer


@asynccontextmanager
async def serving(**limits):
    async def app(scope, receive, send):
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message["body"]
            if not message["more_body"]:
                break
        else:
            port.disconnects += 1
            return
        port.bodies.append(body)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})

    protocol = partial(LimitedConnection, limits=ConnectionLimits(**limits))
    server = ReadyServer(
        uvicorn.Config(
            app, port=0, http=protocol, log_config=None, log_level="warning", lifespan="off"
        )
    )
    task = asyncio.create_task(server._serve())
    await server.ready.wait()
    port = Port(server.servers[0].sockets[0].getsockname()[:2])
    try:
        yield port
    finally:
        server.should_exit = True
        await task


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"", b"HTTP/1.1 408 Request Timeout"),
        (b"POST / HT", b"HTTP/1.1 408 Request Timeout"),
        (HEAD, b"HTTP/1.1 408 Request Timeout"),
        (HEAD + b"\r\n", b"HTTP/1.1 408 Request Timeout"),
        (HEAD + b"\r\n123", b"HTTP/1.1 408 Request Timeout"),
    ],
)
async def test_a_request_that_does_not_arrive_is_ended(sent, answer):
    async with serving(seconds=0.05) as port:
        reader, writer = await port.connect(sent)
        assert (await asyncio.wait_for(reader.read(), 10)).startswith(answer)
        writer.close()
    assert port.bodies == []
    assert port.disconnects == (b"\r\n\r\n" in sent)


async def test_a_second_request_on_a_connection_has_its_own_time():
    async with serving(seconds=0.05) as port:
        reader, writer = await port.connect(HEAD + b"\r\n12345" + b"POST / HT")
        answers = await asyncio.wait_for(reader.read(), 10)
        writer.close()
    assert port.bodies == [b"12345"]
    assert answers.startswith(b"HTTP/1.1 200 OK")


async def test_a_request_in_parts_that_arrives_in_time_is_answered():
    async with serving(seconds=NEVER) as port:
        reader, writer = await port.connect(HEAD)
        for part in (b"\r\n", b"123", b"45"):
            writer.write(part)
            await writer.drain()
        assert (await reader.readline()) == b"HTTP/1.1 200 OK\r\n"
        writer.close()
    assert port.bodies == [b"12345"]


async def test_beyond_the_limit_new_connections_are_closed_and_one_that_ends_makes_room(caplog):
    async with serving(connections=3, seconds=NEVER) as port:
        held = [await port.connect() for _ in range(3)]
        for _ in range(5):
            reader, writer = await port.connect()
            with suppress(ConnectionResetError):
                assert await reader.read() == b""
            writer.close()
        held[0][1].close()
        await held[0][1].wait_closed()
        async with httpx2.AsyncClient(base_url=port.url) as http:
            for _ in range(100):  # until the server has seen that the other one is closed
                try:
                    reply = await http.post("/", content=b"12345")
                    break
                except httpx2.TransportError:
                    continue
        assert reply.text == "ok"
        for _, writer in held:
            writer.close()
    assert "More than 3 connections are open; closing new ones." in caplog.messages


async def test_five_hundred_silent_connections_do_not_delay_a_good_client():
    async with serving(seconds=NEVER) as port:
        silent = [await port.connect(HEAD if number % 2 else b"") for number in range(500)]
        async with httpx2.AsyncClient(base_url=port.url, timeout=10) as http:
            for _ in range(10):
                assert (await http.post("/", content=b"12345")).text == "ok"
        for _, writer in silent:
            writer.close()


def test_the_limit_leaves_files_for_the_rest_of_this_process():
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
        assert ConnectionLimits.of_this_process() == ConnectionLimits(192, 15.0)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
        assert ConnectionLimits.of_this_process() == ConnectionLimits(1000, 15.0)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
