"""What the server costs beside the least that a server on the same SDK can be: python tests/bench/bench_server.py.

| figure | bar |
|---|---|
| start: from the process's start to its answer to tools/list | 1.10 x |
| call: one read, over stdio and one HTTP request to a fixed reply on this machine | 1.25 x |
| memory: resident, after tools/list and after a call | 1.25 x |

Ours and the bare one take turns, and turns in going first, so that what else the machine does falls on
both. Every call comes after the same pause: one right behind another call finds all that they share (this
process, the replies' server, the processor's caches) awake, which made whoever came second look faster. The
pause also stays under the ten a second that our rate limit lets through: a call is measured, not a queue.
The exit status is 1 where a bar is missed.
"""

# ruff: noqa: T201 - a script prints; it starts what it was made to measure

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import psutil

HERE = Path(__file__).parent
PAUSE = 0.08  # seconds before each call: some six a second to each peer
MESSAGE = {
    "id": "AC0001",
    "from": "+14155550111",
    "to": ["+14155550100"],
    "direction": "incoming",
    "text": "It is down to 0.8 again this evening. Any day but Thursday.",
    "status": "delivered",
    "phoneNumberId": "PN0001",
    "userId": "US0001",
    "createdAt": "2026-03-02T18:00:00.000Z",
    "updatedAt": "2026-03-02T18:00:00.000Z",
}
NUMBER = {"id": "PN0001", "number": "+14155550100", "name": "Main Line", "users": []}
USER = {"id": "US0001", "firstName": "Ana", "lastName": "Ruiz", "email": "ana@example.com"}
REPLIES: dict[str, Any] = {
    "/quo/v1/messages/AC0001": {"data": MESSAGE},
    "/quo/v1/phone-numbers": {"data": [NUMBER]},
    "/quo/v1/users": {"data": [USER], "totalItems": 1, "nextPageToken": None},
    "/quo/v1/contacts": {"data": [], "totalItems": 0, "nextPageToken": None},
}


class Loopback(threading.Thread):
    """A thread that serves fixed replies over HTTP on 127.0.0.1."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.ready = threading.Event()
        self.url = ""

    def run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self.ready.set()
        await server.serve_forever()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                path = head.split(b" ", 2)[1].decode().partition("?")[0]
                body = json.dumps(REPLIES[path]).encode()
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                    b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
                )
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


class Served:
    """A server process over stdio."""

    def __init__(self, command: list[str], environ: Mapping[str, str]) -> None:
        self._began = time.perf_counter()
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, **environ}
        )
        self._id = 0

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        self._id += 1
        self._write({"id": self._id, "method": method, "params": params})
        assert self.process.stdout is not None
        while True:
            answer: dict[str, Any] = json.loads(self.process.stdout.readline())
            if answer.get("id") == self._id:
                if "error" in answer or answer["result"].get("isError"):
                    raise SystemExit(f"{self.process.args!r} failed: {answer}")
                return answer

    def _write(self, message: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
        self.process.stdin.flush()

    def start(self) -> float:
        """Return the milliseconds from the start of the process to the list of tools."""
        self.ask(
            "initialize",
            protocolVersion="2025-11-25",
            capabilities={},
            clientInfo={"name": "bench", "version": "1"},
        )
        self._write({"method": "notifications/initialized"})
        self.ask("tools/list")
        return 1000 * (time.perf_counter() - self._began)

    def call(self, tool: str) -> float:
        """Return the milliseconds that one call takes."""
        began = time.perf_counter()
        self.ask("tools/call", name=tool, arguments={"message_id": "AC0001"})
        return 1000 * (time.perf_counter() - began)

    def megabytes(self) -> float:
        return float(psutil.Process(self.process.pid).memory_info().rss) / 2**20

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(10)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--starts", type=int, default=15)
    parser.add_argument("--calls", type=int, default=100)
    options = parser.parse_args()
    loopback = Loopback()
    loopback.start()
    loopback.ready.wait()
    with tempfile.TemporaryDirectory() as folder:
        environ = {
            "MATON_API_KEY": "bench",
            "QUO_MCP_BASE_URL": loopback.url,
            "QUO_MCP_CONNECTION": "bench",
            "QUO_MCP_STATE_DIR": folder,
            "QUO_MCP_TIME_ZONE": "America/Los_Angeles",
            # Compiled beforehand, as an installed package is; the first start of each is for that.
            "PYTHONPYCACHEPREFIX": f"{folder}/compiled",
            "PYTHONDONTWRITEBYTECODE": "",
        }
        peers = {
            "ours": ([sys.executable, "-m", "quo_mcp"], "quo_get_message"),
            "bare": (
                [sys.executable, str(HERE / "bare_server.py"), loopback.url, "bench"],
                "get_message",
            ),
        }
        took: dict[str, dict[str, list[float]]] = {
            figure: {name: [] for name in peers} for figure in BARS
        }
        for command, tool in peers.values():
            served = Served(command, environ)
            served.start()
            served.call(tool)
            served.end()
        for number in range(options.starts):
            for name in in_turn(peers, number):
                command, tool = peers[name]
                served = Served(command, environ)
                took["start, ms"][name].append(served.start())
                took["memory after tools/list, MB"][name].append(served.megabytes())
                served.call(tool)
                took["memory after a call, MB"][name].append(served.megabytes())
                served.end()
        both = {name: Served(command, environ) for name, (command, _) in peers.items()}
        for name, served in both.items():
            served.start()
            served.call(peers[name][1])  # the first reads who is who, and opens the connection
        time.sleep(1)
        for number in range(options.calls):
            for name in in_turn(both, number):
                time.sleep(PAUSE)
                took["call, ms"][name].append(both[name].call(peers[name][1]))
        for served in both.values():
            served.end()
    return report(took)


def in_turn(names: Iterable[str], number: int) -> list[str]:
    """Return the names, in reverse order every second time."""
    return list(names)[:: -1 if number % 2 else 1]


BARS = {
    "start, ms": 1.10,
    "call, ms": 1.25,
    "memory after tools/list, MB": 1.25,
    "memory after a call, MB": 1.25,
}


def report(took: Mapping[str, Mapping[str, list[float]]]) -> int:
    missed = 0
    for figure, bar in BARS.items():
        ours, bare = (statistics.median(took[figure][name]) for name in ("ours", "bare"))
        verdict = "ok" if ours / bare <= bar else "MISSED"
        missed |= verdict == "MISSED"
        print(
            f"{figure:28} ours {ours:7.2f}  bare {bare:7.2f}  {ours / bare:5.2f} x  (bar {bar:.2f} x)  "
            f"least {min(took[figure]['ours']):.2f} / {min(took[figure]['bare']):.2f}  {verdict}"
        )
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
