"""The real command as a process, and the sandbox as its gateway.

Nothing waits for a fixed time: the gateway withholds its reply to a text until the test releases it.
"""

import asyncio
import json
import os
import re
import signal
import sys
from contextlib import asynccontextmanager

import uvicorn

from quo_mcp.config.environment import load_settings
from quo_mcp.sandbox import Fault, Sandbox
from quo_mcp.server.databases import open_records
from quo_mcp.values.times import utc_now

TIMEOUT = 60  # seconds before a test gives up on a process
INITIALIZE_PARAMS = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "tests", "version": "1"},
}


def environment(state, **settings):
    """Return an environment without this machine's settings. State is kept in `state`."""
    inherited = {
        name: value for name, value in os.environ.items() if name in {"PATH", "LANG", "HOME"}
    }
    zone = {"QUO_MCP_TIME_ZONE": "America/Los_Angeles"}
    return inherited | zone | {"QUO_MCP_STATE_DIR": str(state)} | settings


def latest_send(state, **settings):
    """Return the id of the latest send in the journal, because the result of a sent text does not show it."""
    loaded_settings = load_settings({"QUO_MCP_STATE_DIR": str(state)} | settings)
    with open_records(loaded_settings) as (journal, _):
        return journal.list_recent(1, now=utc_now())[0].send_id


def personal_data_in(log):
    """Return the phone numbers and URLs in a log."""
    return re.findall(r"\+1[ 0-9]{4,}|555[ -]?01[0-9]{2}|https?://\S+", log)


class Process:
    """A running `quo-mcp` process over stdio."""

    def __init__(self, process):
        self._process = process
        self._id = 0
        self.stdout_lines = []  # every line of stdout
        self._answers = {}  # received, not yet returned by answer()

    @property
    def _input(self):
        return self._process.stdin

    async def write(self, line):
        self._input.write(line + b"\n")
        await self._input.drain()

    async def send(self, method, **params):
        """Send a request and return its id."""
        self._id += 1
        message = {"jsonrpc": "2.0", "id": self._id, "method": method, "params": params}
        await self.write(json.dumps(message).encode())
        return self._id

    async def answer(self, id_):
        """Return the response to a request, or None if the output ends first."""
        while id_ not in self._answers:
            line = await asyncio.wait_for(self._process.stdout.readline(), TIMEOUT)
            if not line:
                return None
            self.stdout_lines.append(line)
            message = json.loads(line)
            if "method" not in message:
                self._answers[message.get("id")] = message
        return self._answers.pop(id_)

    async def ask(self, method, **params):
        return await self.answer(await self.send(method, **params))

    async def initialize(self):
        answer = await self.ask("initialize", **INITIALIZE_PARAMS)
        await self.write(b'{"jsonrpc": "2.0", "method": "notifications/initialized"}')
        return answer["result"]

    async def send_call(self, tool, **arguments):
        """Send a tool call and return its id."""
        return await self.send("tools/call", name=tool, arguments=arguments)

    async def error_line(self, pattern):
        """Return the match of `pattern` in the first line of stderr that matches."""
        while line := await asyncio.wait_for(self._process.stderr.readline(), TIMEOUT):
            if match := re.search(pattern, line.decode()):
                return match
        raise AssertionError(f"it ended without saying {pattern}")

    def signal(self, number):
        self._process.send_signal(number)

    def close_input(self):
        self._input.close()

    async def wait_for_exit(self):
        """Return the exit status and the rest of stderr."""
        rest, errors = await asyncio.wait_for(
            asyncio.gather(self._process.stdout.read(), self._process.stderr.read()), TIMEOUT
        )
        self.stdout_lines += rest.splitlines()
        return await asyncio.wait_for(self._process.wait(), TIMEOUT), errors.decode()


@asynccontextmanager
async def running(*arguments, env):
    """Run `quo-mcp` with these arguments, and kill it afterwards."""
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
        # Read the rest, so that no pipe outlives the event loop.
        await asyncio.gather(process.stdout.read(), process.stderr.read())
        await process.wait()


@asynccontextmanager
async def serving_http(*, env, arguments=("--port", "0")):
    """Run `quo-mcp serve --http` on a free port; yield the process and its URL."""
    async with running("serve", "--http", *arguments, env=env) as process:
        match = await process.error_line(r"(http://\S+)/mcp")
        yield process, match[1]


async def run_to_end(*arguments, env):
    """Run `quo-mcp` to its end; return exit status, stdout and stderr."""
    async with running(*arguments, env=env) as process:
        process.close_input()
        status, errors = await process.wait_for_exit()
    return status, b"\n".join(process.stdout_lines).decode(), errors


class BlockedGateway:
    """A gateway that receives a text and withholds its reply until `release` is set."""

    def __init__(self):
        self.arrived = asyncio.Event()
        self.release = asyncio.Event()
        self.box = Sandbox(sleep=self._wait, enforce_rate=False)
        self.box.inject(Fault("latency", "POST", "/quo/v1/messages", seconds=1))

    async def _wait(self, _seconds):
        self.arrived.set()
        await self.release.wait()


class ReadyServer(uvicorn.Server):
    def __init__(self, config):
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets=None):
        await super().startup(sockets)
        self.ready.set()


@asynccontextmanager
async def gateway(box):
    """Serve the sandbox on a free port; yield its URL."""
    server = ReadyServer(uvicorn.Config(box.app, port=0, log_level="critical", lifespan="off"))
    server_task = asyncio.create_task(server._serve())
    await server.ready.wait()
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await server_task


SHUTDOWN_TRIGGERS = {
    "end of input": Process.close_input,
    "SIGTERM": lambda process: process.signal(signal.SIGTERM),
    "SIGINT": lambda process: process.signal(signal.SIGINT),
}
