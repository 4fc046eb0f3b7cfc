"""The stdio transport: one client, on this process's stdin and stdout."""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any, cast

import anyio

from quo_mcp.config.settings import Settings
from quo_mcp.server.transports import DRAIN, WRITE_GRACE
from quo_mcp.server.transports.json_rpc_lines import split_batch
from quo_mcp.server.transports.pending_requests import (
    PendingRequests,
    TrackedReadStream,
    TrackedWriteStream,
)

if TYPE_CHECKING:
    from mcp.server import Server

    from quo_mcp.server.request_handlers import InFlightWrites
    from quo_mcp.tools.context import Account

logger = logging.getLogger(__name__)

STDIN = 0
CHUNK_BYTES = 65_536
MAX_MESSAGE_BYTES = 8_000_000  # twice the limit over HTTP


class StdinLines:
    """The messages in the lines of standard input, until its end or `stop`. Then the running calls finish.

    A separate daemon thread reads stdin. A worker thread of the event loop cannot be abandoned while it waits for a line,
    so the server would hang on SIGINT until the client wrote one.
    """

    def __init__(
        self, pending: PendingRequests, finish_calls: Callable[[], Awaitable[None]]
    ) -> None:
        self._pending = pending
        self._finish_calls = finish_calls
        self._chunks: asyncio.Queue[bytes] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()

    def start(self) -> None:
        threading.Thread(target=self._read, name="stdin", daemon=True).start()

    def stop(self) -> None:
        self._chunks.put_nowait(b"")

    def _read(self) -> None:
        chunk = b"-"
        while chunk:
            try:
                chunk = os.read(STDIN, CHUNK_BYTES)
            except OSError:
                chunk = b""
            try:
                self._loop.call_soon_threadsafe(self._chunks.put_nowait, chunk)
            except RuntimeError:  # the event loop is closed
                return

    def _messages(self, parts: list[bytes]) -> list[str]:
        messages = split_batch(b"".join(parts).decode("utf-8", "replace"))
        for message in messages:
            self._pending.record_line(message)
        return messages

    async def __aiter__(self) -> AsyncIterator[str]:
        parts: list[bytes] = []
        size = 0
        while chunk := await self._chunks.get():
            *complete_parts, remainder = chunk.split(b"\n")
            for last_part in complete_parts:
                whole = [*parts, last_part] if size <= MAX_MESSAGE_BYTES else parts[:1]
                for message in self._messages(whole):
                    yield message
                parts, size = [], 0
            size += len(remainder)
            if remainder and size <= MAX_MESSAGE_BYTES:  # drop the rest of an oversized message
                parts.append(remainder)
        for message in self._messages(parts) if parts else ():
            yield message
        logger.info("shutting down: waiting for running calls")
        await self._finish_calls()


async def serve_stdio(
    server: "Server[Account]", in_flight_writes: "InFlightWrites", settings: Settings
) -> None:
    """Serve one client on this process's stdin and stdout until the input ends or a signal arrives."""
    from mcp.server.stdio import stdio_server  # noqa: PLC0415 - only for this transport

    from quo_mcp.server.transports.protocol_era import serve_stream  # noqa: PLC0415

    pending = PendingRequests()

    async def finish_calls() -> None:
        for seconds, wait in (
            (DRAIN, pending.wait_until_answered),  # by then, the last requests have started
            (settings.send_timeout + WRITE_GRACE, in_flight_writes.wait_until_idle),
            (DRAIN, pending.wait_until_answered),
        ):
            with anyio.move_on_after(seconds):
                await wait()

    stdin_lines = StdinLines(pending, finish_calls)
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(signal_number, stdin_lines.stop)
        except NotImplementedError:  # Windows: Ctrl-C raises KeyboardInterrupt instead
            break
    stdin_lines.start()
    async with stdio_server(stdin=cast("Any", stdin_lines)) as (read_stream, write_stream):
        responses = TrackedWriteStream(write_stream, pending)
        await serve_stream(
            server,
            cast("Any", TrackedReadStream(read_stream, pending, responses.send)),
            responses,
            pending.wait_until_answered,
        )
