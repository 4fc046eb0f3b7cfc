"""What every test may use: the server at its front door, over a sandbox whose clock stands still."""

import os
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import anyio
import pytest
from mcp import Client

from quo_mcp.config.settings import Config
from quo_mcp.gateway.rate_limit import Limiter, Window
from quo_mcp.sandbox import Sandbox
from quo_mcp.server.account import account
from quo_mcp.server.app import SANDBOX, build_server
from quo_mcp.store.sqlite import Database
from quo_mcp.tools.context import Quo
from sandbox.play import Clock

SNAPSHOTS = Path(__file__).with_name("snapshots")
PACIFIC = {"time_zone": "America/Los_Angeles"}


@pytest.fixture
def anyio_backend():
    return "asyncio"


@dataclass
class Phone:
    """An open server: a client of it, the sandbox behind it, its clock and its account."""

    client: Client
    box: Sandbox
    clock: Clock
    quo: Quo

    async def __call__(self, tool, /, **arguments):
        """Call a tool that has to succeed, and read its text without the line about the sandbox."""
        return await self._text(tool, arguments, is_error=False)

    async def refused(self, tool, because="", /, **arguments):
        """Call a tool that has to refuse, and read why. because: what that has to say."""
        why = await self._text(tool, arguments, is_error=True)
        assert because in why
        return why

    async def _text(self, tool, arguments, *, is_error):
        result = await self.client.call_tool(tool, arguments)
        banner, _, text = result.content[0].text.partition("\n")
        assert (banner, bool(result.is_error)) == (SANDBOX, is_error), text
        return text

    async def requests(self, tool, /, **arguments):
        """What a call asks of the gateway, as `METHOD /path` each."""
        before = len(self.box.requests)
        await self(tool, **arguments)
        return [f"{each['method']} {each['path']}" for each in self.box.requests[before:]]


@asynccontextmanager
async def opened(*, config=None, box=None, clock=None, mode="auto", **client):
    """A `Phone`. config: settings, as keywords of Config. mode: "legacy" for the handshake era."""
    clock = clock or Clock()
    box = box or Sandbox(seed=7, now=clock, sleep=clock.sleep, enforce_rate=False)
    quos = []

    @asynccontextmanager
    async def opening(settings):
        async with account(settings, sandbox=box, now=clock) as quo:
            never_waiting(quo)
            quos.append(quo)
            yield quo

    server = build_server(Config(**PACIFIC | (config or {})), opening=opening)
    async with Client(server, mode=mode, **client) as connected:
        yield Phone(connected, box, clock, quos[0])


def never_waiting(quo):
    """Takes the pauses out of the account: between requests, attempts, and looks for a lost text."""
    ticks = count()

    async def no_pause(_seconds):
        await anyio.lowlevel.checkpoint()

    line = quo.gateway._line
    line._limiter = Limiter(lambda: float(next(ticks)), no_pause, Window(100_000))
    line._sleep = no_pause
    quo.outbox._patience = replace(quo.outbox._patience, looks=(0,), poll=0)


@pytest.fixture
def phone():
    """Opens the server: `async with phone(config={…}) as quo: text = await quo("quo_list_users")`."""
    return opened


@pytest.fixture
def snapshot():
    """Compares a text with tests/snapshots/<name>; QUO_MCP_REFRESH=1 writes it, a missing one fails."""

    def same(name, text):
        path = SNAPSHOTS / name
        if os.environ.get("QUO_MCP_REFRESH"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text + "\n", encoding="utf-8")
        assert path.is_file(), f"no snapshot {name}: QUO_MCP_REFRESH=1 writes it"
        assert text + "\n" == path.read_text(encoding="utf-8")

    return same


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "journal.db"


@pytest.fixture
def databases(path):
    """As many processes as are asked for."""
    opened = []

    def another(**options):
        opened.append(Database(path, **options))
        return opened[-1]

    yield another
    for database in opened:
        database.close()
