"""What the server costs over HTTP beside a bare server on the same SDK: python tests/bench/bench_http.py.

| figure | bar |
|---|---|
| tools/list, requests a second | 1.0 x |
| a cached read, calls a second | 0.6 x |
| p99 of each | 1.5 x |

The processor time per request is printed too: another load on the machine changes it little.

200 connections stay open, each with one request at a time, in protocol version 2026-07-28. Ours and the bare
server take turns. The load comes from a process of its own, so both have a core of their own on two cores.
The exit status is 1 where a bar is missed.
"""

# ruff: noqa: T201 - a script prints

import argparse
import asyncio
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

HERE = Path(__file__).parent
META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "bench", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
READ = "quo_find_contacts"


def request(url: str, method: str, **params: Any) -> bytes:
    """Return the bytes of one HTTP request."""
    message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**params, "_meta": META}}
    body = json.dumps(message).encode()
    name = f"Mcp-Name: {params['name']}\r\n" if "name" in params else ""
    head = (
        f"POST /mcp/ HTTP/1.1\r\nHost: {urlsplit(url).netloc}\r\nContent-Type: application/json\r\n"
        f"Accept: application/json, text/event-stream\r\nMCP-Protocol-Version: 2026-07-28\r\n"
        f"Mcp-Method: {method}\r\n{name}Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def reply(reader: asyncio.StreamReader) -> bytes:
    """Return the body of a reply that was successful and not streamed.

    Raises:
        SystemExit: it was not.
    """
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    if not head.startswith(b"HTTP/1.1 200") or length is None:
        raise SystemExit(f"not such a reply: {head.decode()}")
    return await reader.readexactly(int(length[1]))


async def load(url: str, content: bytes, connections: int, seconds: float) -> list[float]:
    """Return the seconds that each request took."""
    host, _, port = urlsplit(url).netloc.partition(":")
    took: list[float] = []
    ends = time.perf_counter() + seconds

    async def client() -> None:
        reader, writer = await asyncio.open_connection(host, int(port))
        while (began := time.perf_counter()) < ends:
            writer.write(content)
            await reply(reader)
            took.append(time.perf_counter() - began)
        writer.close()

    await asyncio.gather(*(client() for _ in range(connections)))
    return took


async def text_of(url: str, content: bytes) -> str:
    host, _, port = urlsplit(url).netloc.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(content)
    result = json.loads(await reply(reader))["result"]
    writer.close()
    return str(result["content"][0]["text"])


def start(command: list[str], environ: Mapping[str, str]) -> tuple[subprocess.Popen[str], str]:
    """Start a server; return its process and its URL."""
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env={**os.environ, **environ}
    )
    assert process.stderr is not None
    for line in process.stderr:
        if url := re.search(r"http://\S+", line):
            return process, url[0]
    raise SystemExit(f"{command} did not start")


def processor_seconds(process: subprocess.Popen[str]) -> float:
    """Return the seconds that the process has used a processor."""
    times = psutil.Process(process.pid).cpu_times()
    return float(times.user + times.system)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--connections", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        environ = {"QUO_MCP_STATE_DIR": folder, "QUO_MCP_TIME_ZONE": "America/Los_Angeles"}
        ours, url = start(
            [sys.executable, "-m", "quo_mcp", "serve", "--http", "--port", "0"], environ
        )
        read = {"name": READ, "arguments": {"query": "Jane"}}
        text = asyncio.run(text_of(url, request(url, "tools/call", **read)))
        bare, bare_url = start([sys.executable, str(HERE / "bare_http_server.py"), text], environ)
        missed = False
        try:
            for figure, bar, params in (
                ("tools/list", 1.0, {}),
                ("tools/call", 0.6, read),
            ):
                rates: dict[str, list[float]] = {"ours": [], "bare": []}
                tails: dict[str, list[float]] = {"ours": [], "bare": []}
                processor: dict[str, list[float]] = {"ours": [], "bare": []}
                for number in range(options.rounds):
                    peers = [("ours", url), ("bare", bare_url)][:: -1 if number % 2 else 1]
                    for name, peer in peers:
                        content = request(peer, figure, **params)
                        used = processor_seconds({"ours": ours, "bare": bare}[name])
                        took = asyncio.run(
                            load(peer, content, options.connections, options.seconds)
                        )
                        used = processor_seconds({"ours": ours, "bare": bare}[name]) - used
                        processor[name].append(1000 * used / len(took))
                        rates[name].append(len(took) / options.seconds)
                        tails[name].append(1000 * statistics.quantiles(took, n=100)[-1])
                missed |= report(figure, bar, rates, tails, processor)
        finally:
            for process in (ours, bare):
                process.terminate()
                process.wait(30)
    return int(missed)


def report(
    figure: str,
    bar: float,
    rates: Mapping[str, list[float]],
    tails: Mapping[str, list[float]],
    processor: Mapping[str, list[float]],
) -> bool:
    """Print the figures; return whether a bar is missed."""
    ours, bare = (statistics.median(rates[name]) for name in ("ours", "bare"))
    tail, bare_tail = (statistics.median(tails[name]) for name in ("ours", "bare"))
    own_ms, bare_ms = (statistics.median(processor[name]) for name in ("ours", "bare"))
    missed = ours / bare < bar or tail / bare_tail > 1.5
    print(
        f"{figure:12} ours {ours:6.0f}/s  bare {bare:6.0f}/s  {ours / bare:5.2f} x (bar {bar:.1f})   "
        f"p99 {tail:6.0f} ms  bare {bare_tail:6.0f} ms  {tail / bare_tail:5.2f} x (bar 1.5)   "
        f"processor {own_ms:.3f} ms  bare {bare_ms:.3f} ms  {bare_ms / own_ms:5.2f} x  "
        f"{'MISSED' if missed else 'ok'}",
        flush=True,
    )
    return missed


if __name__ == "__main__":
    sys.exit(main())
