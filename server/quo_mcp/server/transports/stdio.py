"""The stdio transport: one client, on this process's stdin and stdout."""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any, Self, cast

import anyio

from quo_mcp.config.settings import Settings
from quo_mcp.server.transports import DRAIN, WRITE_GRACE

if TYPE_CHECKING:
    from mcp.server import Server
    from mcp.shared._stream_protocols import ReadStream, WriteStream
    from mcp.shared.message import SessionMessage

    from quo_mcp.server.app import InFlightWrites
    from quo_mcp.tools.context import Account

logger = logging.getLogger(__name__)

STDIN = 0
CHUNK_BYTES = 65_536
MAX_MESSAGE_BYTES = 8_000_000  # twice the limit over HTTP


class PendingRequests:
    """The requests without a response.

    The SDK drops them when its input ends, so StdinLines holds back the end of input until none is pending.
    """

    def __init__(self) -> None:
        self._unparsed_lines = 0  # read from stdin, not yet parsed by the SDK
        self._ids: set[object] = set()
        self._changed = anyio.Event()

    def record_line(self) -> None:
        self._unparsed_lines += 1

    def record_received(self, item: "SessionMessage | Exception") -> None:
        self._unparsed_lines -= 1
        message: Any = getattr(item, "message", None)
        method = getattr(message, "method", None)
        if method == "notifications/cancelled":
            cancelled_id = (message.params or {}).get("requestId")
            if isinstance(cancelled_id, str | int):  # any other value is not a request id
                self._ids.discard(cancelled_id)
        elif method and hasattr(message, "id"):
            self._ids.add(message.id)
        self._notify()

    def record_sent(self, item: "SessionMessage") -> None:
        if not hasattr(item.message, "method"):
            self._ids.discard(getattr(item.message, "id", None))
        self._notify()

    def _notify(self) -> None:
        changed, self._changed = self._changed, anyio.Event()
        changed.set()

    async def wait_until_answered(self, ids: AbstractSet[object] | None = None) -> None:
        """Return once each of `ids`, or every request, has a response."""
        while (self._ids & ids) if ids is not None else (self._unparsed_lines or self._ids):
            await self._changed.wait()


class TrackedReadStream:
    """A read stream that records the requests that the SDK receives."""

    def __init__(
        self, stream: "ReadStream[SessionMessage | Exception]", pending: PendingRequests
    ) -> None:
        self._stream = stream
        self._pending = pending
        self.aclose = stream.aclose

    @property
    def last_context(self) -> Any:
        """The sender's context variables, which the SDK reads from its stream."""
        return getattr(self._stream, "last_context", None)

    async def __aiter__(self) -> "AsyncIterator[SessionMessage | Exception]":
        async for item in self._stream:
            self._pending.record_received(item)
            yield item


class TrackedWriteStream:
    """A write stream that records the responses that the SDK sends."""

    def __init__(self, stream: "WriteStream[SessionMessage]", pending: PendingRequests) -> None:
        self._stream = stream
        self._pending = pending
        self.aclose = stream.aclose

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def send(self, item: "SessionMessage") -> None:
        await self._stream.send(item)
        self._pending.record_sent(item)


class StdinLines:
    """The lines of standard input, until its end or `stop`. Then the running calls finish.

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

    def _line(self, parts: list[bytes]) -> str:
        self._pending.record_line()
        return b"".join(parts).decode("utf-8", "replace")

    async def __aiter__(self) -> AsyncIterator[str]:
        parts: list[bytes] = []
        size = 0
        while chunk := await self._chunks.get():
            *complete_parts, remainder = chunk.split(b"\n")
            for last_part in complete_parts:
                yield self._line([*parts, last_part] if size <= MAX_MESSAGE_BYTES else parts[:1])
                parts, size = [], 0
            size += len(remainder)
            if remainder and size <= MAX_MESSAGE_BYTES:  # drop the rest of an oversized message
                parts.append(remainder)
        if parts:
            yield self._line(parts)
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
        await serve_stream(
            server,
            cast("Any", TrackedReadStream(read_stream, pending)),
            TrackedWriteStream(write_stream, pending),
            pending.wait_until_answered,
        )
