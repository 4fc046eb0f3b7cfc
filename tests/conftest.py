"""Fixtures for every test: the server and a client, over a sandbox whose clock stands still.

QUO_MCP_TEST_DOOR=direct sends every request to the sandbox's copy of Quo's own host instead of Maton's gateway. Tests that
are about Maton are then skipped.

QUO_MCP_TEST_DATABASE=postgresql://… replaces the SQLite files by tables in that database. Tests of the files are then skipped.
"""

import os
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import anyio
import pytest
from mcp import Client

import quo_mcp.server.account as account_module
from quo_mcp.config.settings import Settings
from quo_mcp.gateway import GatewayConfig
from quo_mcp.gateway.rate_limit import MemoryLimiter, RequestQueue
from quo_mcp.safety.schema import MIGRATIONS
from quo_mcp.sandbox import Sandbox
from quo_mcp.server.account import open_account
from quo_mcp.server.app import SANDBOX_NOTICE, build_server
from quo_mcp.store.sqlite import SqliteDatabase
from quo_mcp.tools.context import Account
from quo_mcp.values.request_window import RequestWindow
from sandbox.play import Clock
from store.engines import IS_POSTGRES, open_databases

SNAPSHOTS = Path(__file__).with_name("snapshots")
PACIFIC = {"time_zone": "America/Los_Angeles"}


IS_DIRECT = os.environ.get("QUO_MCP_TEST_DOOR") == "direct"
if IS_DIRECT:

    def direct_config(**options):
        quo_url = options["quo_url"].replace("/quo/v1", "/v1")
        return GatewayConfig(
            **options | {"quo_url": quo_url, "control_url": None, "connection_id": None}
        )

    account_module.GatewayConfig = direct_config


if IS_POSTGRES:
    account_module.open_databases = open_databases


def pytest_collection_modifyitems(items):
    for item in items:
        if IS_DIRECT and item.get_closest_marker("maton"):
            item.add_marker(pytest.mark.skip(reason="is about Maton"))
        if IS_POSTGRES and item.get_closest_marker("sqlite"):
            item.add_marker(pytest.mark.skip(reason="is about SQLite"))


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    """On a busy machine, a result must not depend on what was read within a second or two."""
    monkeypatch.setattr("quo_mcp.tools.context.NAMES_TIMEOUT", 60)
    monkeypatch.setattr("quo_mcp.server.completions.TIME_LIMIT", 60)


@dataclass
class RunningServer:
    """A running server: its client, its sandbox, its clock and its account."""

    client: Client
    box: Sandbox
    clock: Clock
    account: Account

    async def __call__(self, tool, /, **arguments):
        """Call a tool that must succeed, and return its text without the sandbox notice."""
        return await self._text(tool, arguments, is_error=False)

    async def refused(self, tool, expected="", /, **arguments):
        """Call a tool that must fail, and return its message. expected: a part of the message."""
        message = await self._text(tool, arguments, is_error=True)
        assert expected in message
        return message

    async def _text(self, tool, arguments, *, is_error):
        result = await self.client.call_tool(tool, arguments)
        banner, _, text = result.content[0].text.partition("\n")
        assert (banner, bool(result.is_error)) == (SANDBOX_NOTICE, is_error), text
        return text

    async def requests(self, tool, /, **arguments):
        """Call a tool, and return the requests it sent to the gateway, each as `METHOD /path`."""
        before = len(self.box.requests)
        await self(tool, **arguments)
        return [f"{each['method']} {each['path']}" for each in self.box.requests[before:]]


@asynccontextmanager
async def open_server(*, config=None, box=None, clock=None, mode="auto", **client):
    """Open a `RunningServer`.

    config: keyword arguments of `Settings`. mode: the client's protocol mode; "legacy" uses the
    initialize handshake. client: further keyword arguments of `Client`.
    """
    clock = clock or Clock()
    box = box or Sandbox(seed=7, now=clock, sleep=clock.sleep, enforce_rate=False)
    accounts = []

    @asynccontextmanager
    async def open_sandbox_account(settings):
        async with open_account(settings, sandbox=box, now=clock) as account:
            skip_waits(account)
            accounts.append(account)
            yield account

    server = build_server(
        Settings(**PACIFIC | (config or {})), account_factory=open_sandbox_account
    )
    async with Client(server, mode=mode, **client) as client_session:
        yield RunningServer(client_session, box, clock, accounts[0])


def skip_waits(account):
    """Remove the pauses between requests, between attempts, and between look-ups of a lost message."""
    ticks = count()

    async def no_pause(_seconds):
        await anyio.lowlevel.checkpoint()

    sender = account.gateway._sender
    limiter = MemoryLimiter(lambda: float(next(ticks)), RequestWindow(limit=100_000))
    sender._queue = RequestQueue(lambda: float(next(ticks)), no_pause, limiter)
    sender._sleep = no_pause
    timeouts = account.outbox._timeouts
    account.outbox._timeouts = replace(
        timeouts, search_delays=(0,), delivery_delays=(), poll_delay=0
    )


@pytest.fixture
def phone():
    """Open the server: `async with phone(config={…}) as quo: text = await quo("quo_list_users")`."""
    return open_server


@pytest.fixture
def snapshot():
    """Compare a text with tests/snapshots/<name>. QUO_MCP_REFRESH=1 writes it; a missing file fails."""

    def compare(name, text):
        path = SNAPSHOTS / name
        if os.environ.get("QUO_MCP_REFRESH"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text + "\n", encoding="utf-8")
        assert path.is_file(), f"no snapshot {name}: QUO_MCP_REFRESH=1 writes it"
        assert text + "\n" == path.read_text(encoding="utf-8")

    return compare


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "journal.db"


@pytest.fixture
def databases(path):
    """Open any number of connections to one database, as several processes do."""
    connections = []

    def open_database(**options):
        connections.append(SqliteDatabase(path, MIGRATIONS, **options))
        return connections[-1]

    yield open_database
    for database in connections:
        database.close()
