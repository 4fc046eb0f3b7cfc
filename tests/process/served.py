"""The real command as a process, and the sandbox as the gateway that it talks to.

Nothing here waits a fixed time: a text is held at the gateway until the test lets it go.
"""

import asyncio
import json
import os
import re
import signal
import sys
from contextlib import asynccontextmanager

import uvicorn

from quo_mcp.config.environment import from_environment
from quo_mcp.sandbox import Fault, Sandbox
from quo_mcp.server.account import real_time, records_of

PATIENCE = 60  # seconds before a test gives up on a process
HELLO = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "tests", "version": "1"},
}


def environment(state, **settings):
    """Nothing of this machine's settings, and nothing kept outside of `state`."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "LANG", "HOME"}}
    zone = {"QUO_MCP_TIME_ZONE": "America/Los_Angeles"}
    return kept | zone | {"QUO_MCP_STATE_DIR": str(state)} | settings


def latest_send(state, **settings):
    """The id of the latest text in the journal: no result needs to show it of one that went out."""
    config = from_environment({"QUO_MCP_STATE_DIR": str(state)} | settings)
    with records_of(config) as (journal, _):
        return journal.recent(1, now=real_time())[0].send_id


def given_away(logged):
    """The phone numbers and addresses in a log."""
    return re.findall(r"\+1[ 0-9]{4,}|555[ -]?01[0-9]{2}|https?://\S+", logged)


class Process:
    """A running `quo-mcp`, spoken to line by line."""

    def __init__(self, process):
        self._process = process
        self._id = 0
        self.said = []  # every line of its standard output
        self._answers = {}  # that came and nobody has asked for yet

    @property
    def _input(self):
        return self._process.stdin

    async def write(self, line):
        self._input.write(line + b"\n")
        await self._input.drain()

    async def send(self, method, **params):
        """Asks without waiting; the id to wait for."""
        self._id += 1
        message = {"jsonrpc": "2.0", "id": self._id, "method": method, "params": params}
        await self.write(json.dumps(message).encode())
        return self._id

    async def answer(self, id_):
        """The answer to a request, whatever comes before it; None where the output ends first."""
        while id_ not in self._answers:
            line = await asyncio.wait_for(self._process.stdout.readline(), PATIENCE)
            if not line:
                return None
            self.said.append(line)
            message = json.loads(line)
            if "method" not in message:
                self._answers[message.get("id")] = message
        return self._answers.pop(id_)

    async def ask(self, method, **params):
        return await self.answer(await self.send(method, **params))

    async def greet(self):
        answer = await self.ask("initialize", **HELLO)
        await self.write(b'{"jsonrpc": "2.0", "method": "notifications/initialized"}')
        return answer["result"]

    async def calls(self, tool, **arguments):
        """Calls a tool without waiting; the id to wait for."""
        return await self.send("tools/call", name=tool, arguments=arguments)

    async def error_line(self, pattern):
        """What `pattern` finds in the first line of stderr that has it."""
        while line := await asyncio.wait_for(self._process.stderr.readline(), PATIENCE):
            if found := re.search(pattern, line.decode()):
                return found
        raise AssertionError(f"it ended without saying {pattern}")

    def signal(self, number):
        self._process.send_signal(number)

    def close_input(self):
        self._input.close()

    async def ended(self):
        """Its exit status, and the rest of stderr."""
        rest, errors = await asyncio.wait_for(
            asyncio.gather(self._process.stdout.read(), self._process.stderr.read()), PATIENCE
        )
        self.said += rest.splitlines()
        return await asyncio.wait_for(self._process.wait(), PATIENCE), errors.decode()


@asynccontextmanager
async def running(*arguments, env):
    """`quo-mcp` with these arguments; it is gone afterwards, whatever happens."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "quo_mcp", *arguments),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=env,
        limit=2**24,
    )
    try:
        yield Process(process)
    finally:
        if process.returncode is None:
            process.kill()
        process.stdin.close()
        # What is left is read to the end, so that no pipe outlives the event loop.
        await asyncio.gather(process.stdout.read(), process.stderr.read())
        await process.wait()


@asynccontextmanager
async def serving_http(*, env, arguments=("--port", "0")):
    """`quo-mcp serve --http` on a free port: the process and its URL."""
    async with running("serve", "--http", *arguments, env=env) as process:
        found = await process.error_line(r"(http://\S+)/mcp")
        yield process, found[1]


async def finished(*arguments, env):
    """Runs `quo-mcp` to its end: exit status, stdout, stderr."""
    async with running(*arguments, env=env) as process:
        process.close_input()
        status, errors = await process.ended()
    return status, b"\n".join(process.said).decode(), errors


class Held:
    """A gateway that takes a text and keeps its reply back until it is let go."""

    def __init__(self):
        self.arrived = asyncio.Event()
        self.let_go = asyncio.Event()
        self.box = Sandbox(sleep=self._wait, enforce_rate=False)
        self.box.misbehave(Fault("latency", "POST", "/quo/v1/messages", seconds=1))

    async def _wait(self, _seconds):
        self.arrived.set()
        await self.let_go.wait()


class _Announced(uvicorn.Server):
    def __init__(self, config):
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets=None):
        await super().startup(sockets)
        self.ready.set()


@asynccontextmanager
async def gateway(box):
    """The sandbox on a free port of this machine: its URL."""
    server = _Announced(uvicorn.Config(box.app, port=0, log_level="critical", lifespan="off"))
    running_ = asyncio.create_task(server._serve())
    await server.ready.wait()
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await running_


ENDINGS = {
    "end of input": Process.close_input,
    "SIGTERM": lambda process: process.signal(signal.SIGTERM),
    "SIGINT": lambda process: process.signal(signal.SIGINT),
}
