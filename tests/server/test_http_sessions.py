"""The HTTP endpoint and its graceful shutdown, without a network."""

import json
import socket
from contextlib import asynccontextmanager

import anyio
import httpx2
import pytest
from mcp.server.transport_security import TransportSecuritySettings

from process.served import INITIALIZE_PARAMS
from process.test_process_http import JSON, message
from quo_mcp.config.settings import Settings
from quo_mcp.server.account import open_account
from quo_mcp.server.app import build_server
from quo_mcp.server.request_handlers import InFlightWrites
from quo_mcp.server.transports import http_sessions, http_shutdown
from quo_mcp.server.transports.http_sessions import McpEndpoint, is_initialize_with_elicitation
from quo_mcp.server.transports.http_shutdown import GracefulShutdown
from quo_mcp.server.transports.streamable_http import listen
from torture.virtual import VirtualLoop

pytestmark = pytest.mark.anyio

ASKING = message("initialize", **INITIALIZE_PARAMS | {"capabilities": {"elicitation": {}}})
LISTING = message("tools/list", 2)


class Served:
    """A running endpoint, a client for it, and the number of accounts that it opened."""

    def __init__(self):
        self.opened = 0

    @asynccontextmanager
    async def account_factory(self, settings):
        self.opened += 1
        async with open_account(settings) as context:
            yield context

    async def post(self, body, session=None):
        headers = JSON | ({"mcp-session-id": session} if session else {})
        return await self.http.post("/mcp", json=body, headers=headers)

    async def greet(self):
        reply = await self.post(ASKING)
        return reply.status_code, reply.headers.get("mcp-session-id")


@pytest.fixture
async def served():
    it = Served()
    server = build_server(Settings(), account_factory=it.account_factory)
    security = TransportSecuritySettings(allowed_hosts=["here"])
    endpoint = McpEndpoint(server, security, may_elicit=True)
    transport = httpx2.ASGITransport(endpoint)
    async with (
        endpoint.lifespan(),
        httpx2.AsyncClient(transport=transport, base_url="http://here") as it.http,
    ):
        yield it


async def test_with_sessions_and_without_it_is_one_account(served):
    _, session = await served.greet()
    for given in (session, None):
        assert '"tools"' in (await served.post(LISTING, given)).text
    assert served.opened == 1


async def test_only_a_call_that_wants_progress_is_answered_with_a_stream(served):
    for params, content_type in (
        ({}, "application/json"),
        ({"_meta": {"progressToken": 1}}, "text/event-stream"),
    ):
        call = message("tools/call", name="quo_list_users", arguments={}, **params)
        assert (await served.post(call)).headers["content-type"].startswith(content_type)


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(http_sessions, "MAX_SESSIONS", 2)


async def test_there_are_only_so_many_sessions_and_one_that_ends_makes_room(few, served):
    (_, first), (_, second) = await served.greet(), await served.greet()
    assert await served.greet() == (503, None)
    assert (await served.post(LISTING)).status_code == 200  # stateless clients are still served
    assert (await served.post(LISTING, second)).status_code == 200
    assert (await served.http.delete("/mcp", headers={"mcp-session-id": first})).status_code == 200
    assert (await served.greet())[0] == 200


async def test_a_greeting_that_is_refused_takes_no_room(few, served):
    for headers, status in (({"Host": "evil"}, 421), ({"Accept": "text/html"}, 406)):
        for _ in range(3):
            reply = await served.http.post("/mcp", json=ASKING, headers=JSON | headers)
            assert reply.status_code == status
    assert (await served.greet())[0] == 200


@pytest.fixture
def short(monkeypatch):
    monkeypatch.setattr(http_sessions, "MAX_SESSIONS", 1)
    monkeypatch.setattr(http_sessions, "SESSION_IDLE_SECONDS", 0.01)


async def test_a_session_that_nobody_uses_any_more_makes_room(short, served):
    _, session = await served.greet()
    with anyio.fail_after(60):
        while (await served.greet())[0] == 503:
            await anyio.lowlevel.checkpoint()
    assert (await served.post(LISTING, session)).status_code == 404


@pytest.mark.parametrize("anyio_backend", [("asyncio", {"loop_factory": VirtualLoop})])
async def test_a_session_ends_after_an_idle_hour(served):
    _, session = await served.greet()
    await anyio.sleep(3_590)
    assert (await served.post(LISTING, session)).status_code == 200
    await anyio.sleep(3_590)
    assert (await served.post(LISTING, session)).status_code == 200
    await anyio.sleep(3_610)
    assert (await served.post(LISTING, session)).status_code == 404


@pytest.mark.parametrize(
    ("capabilities", "can"),
    [
        ({}, False),
        ({"sampling": {}}, False),
        ({"elicitation": {}}, True),
        ({"elicitation": {"form": {}}}, True),
        ({"elicitation": {"url": {}}}, False),
        ({"elicitation": {"form": {}, "url": {}}}, True),
    ],
)
async def test_a_greeting_says_whether_its_client_can_ask(capabilities, can):
    greeting = message("initialize", **INITIALIZE_PARAMS | {"capabilities": capabilities})
    assert is_initialize_with_elicitation(json.dumps(greeting).encode()) is can


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[" * 50_000,
        b'"initialize"',
        b'{"method": "initialize"}',
        b'{"method": "initialize", "params": {"capabilities": {"elicitation": 5}}}',
        json.dumps([ASKING]).encode(),
        json.dumps(ASKING | {"method": "tools/call"}).encode(),
        b"\xff\xfe",
    ],
)
async def test_what_is_no_greeting_is_taken_for_none(body):
    assert not is_initialize_with_elicitation(body)


async def test_what_is_sent_on_a_connection_does_not_wait_for_receipts():
    with listen("127.0.0.1", 0) as door, socket.create_connection(door.getsockname()):
        accepted, _ = door.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


class Open:
    """A request to the wrapped app, and the messages that the app sent."""

    def __init__(self, shutdown, app, method="POST"):
        self._app = shutdown.wrap(app)
        self._scope = {"type": "http", "method": method}
        self.sent = []
        self.waits = anyio.Event()

    async def __call__(self):
        async def receive():
            self.waits.set()
            await anyio.sleep_forever()

        async def send(sent):
            self.sent.append((sent["type"], sent.get("status"), sent.get("more_body", False)))

        await self._app(self._scope, receive, send)


async def listens(_scope, receive, send):
    """Start a response and end without completing it once the client disconnects."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b": ping", "more_body": True})
    assert await receive() == {"type": "http.disconnect"}


async def thinks(_scope, receive, _send):
    assert await receive() == {"type": "http.disconnect"}


@pytest.fixture
def at_once(monkeypatch):
    monkeypatch.setattr(http_shutdown, "DRAIN", 0)


FINISHED = [
    ("http.response.start", 200, False),
    ("http.response.body", None, True),
    ("http.response.body", None, False),
]
UNAVAILABLE = [("http.response.start", 503, False), ("http.response.body", None, False)]


@pytest.mark.parametrize(("answer", "sent"), [(listens, FINISHED), (thinks, UNAVAILABLE)])
async def test_at_the_end_what_is_open_is_answered_to_its_last_byte(at_once, answer, sent):
    shutdown = GracefulShutdown()
    one = Open(shutdown, answer)
    async with anyio.create_task_group() as group:
        group.start_soon(one)
        await one.waits.wait()
        await shutdown.run(InFlightWrites(), write_timeout=60)
    assert one.sent == sent


async def test_who_listens_goes_first_and_who_waits_stays_while_something_is_sent(at_once):
    shutdown, busy = GracefulShutdown(), InFlightWrites()
    listener, waiting = Open(shutdown, listens, "GET"), Open(shutdown, listens)
    left = anyio.Event()

    async def until_left():
        await listener()
        left.set()

    async with anyio.create_task_group() as group:
        for one in (until_left, waiting):
            group.start_soon(one)
        await listener.waits.wait()
        await waiting.waits.wait()
        with busy:
            group.start_soon(lambda: shutdown.run(busy, write_timeout=60))
            await left.wait()
            await anyio.wait_all_tasks_blocked()
            assert (listener.sent, waiting.sent) == (FINISHED, FINISHED[:2])
    assert waiting.sent == FINISHED


async def test_an_answer_that_is_whole_is_left_alone(at_once):
    async def answers(_scope, _receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"ok"})

    shutdown = GracefulShutdown()
    await shutdown.run(InFlightWrites(), write_timeout=60)
    one = Open(shutdown, answers)
    await one()
    assert one.sent == [("http.response.start", 200, False), ("http.response.body", None, False)]
