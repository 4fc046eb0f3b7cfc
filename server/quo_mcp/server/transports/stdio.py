"""One client, on this process's own stdin and stdout."""

import asyncio
import logging
import os
import signal
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any, Self, cast

import anyio

from quo_mcp.config.settings import Config
from quo_mcp.server.transports import GRACE, LAST_WORDS

if TYPE_CHECKING:
    from mcp.server import Server
    from mcp.shared._stream_protocols import ReadStream, WriteStream
    from mcp.shared.message import SessionMessage

    from quo_mcp.server.app import Busy
    from quo_mcp.tools.context import Quo

logger = logging.getLogger(__name__)

STDIN = 0
CHUNK = 65_536
LONGEST = 8_000_000  # bytes of one message; HTTP takes half of that


class Owed:
    """The requests that came in and have no answer yet.

    The SDK drops them when its input ends. So the end is kept from it until there are none.
    """

    def __init__(self) -> None:
        self._lines = 0  # read, and not yet seen by the SDK
        self._ids: set[object] = set()
        self._paid = anyio.Event()

    def line(self) -> None:
        self._lines += 1

    def came(self, item: "SessionMessage | Exception") -> None:
        self._lines -= 1
        message: Any = getattr(item, "message", None)
        method = getattr(message, "method", None)
        if method == "notifications/cancelled":
            given_up = (message.params or {}).get("requestId")
            if isinstance(given_up, str | int):  # anything else names no request
                self._ids.discard(given_up)
        elif method and hasattr(message, "id"):
            self._ids.add(message.id)
        self._look()

    def went(self, item: "SessionMessage") -> None:
        if not hasattr(item.message, "method"):
            self._ids.discard(getattr(item.message, "id", None))
        self._look()

    def _look(self) -> None:
        if not (self._lines or self._ids):
            self._paid.set()

    async def paid(self) -> None:
        """Returns once all that was asked is answered."""
        self._paid = anyio.Event()
        self._look()
        await self._paid.wait()


class Incoming:
    """What the SDK reads, seen on its way there."""

    def __init__(self, stream: "ReadStream[SessionMessage | Exception]", owed: Owed) -> None:
        self._stream = stream
        self._owed = owed
        self.aclose = stream.aclose

    @property
    def last_context(self) -> Any:
        """The sender's context variables; the SDK looks for them here."""
        return getattr(self._stream, "last_context", None)

    async def __aiter__(self) -> "AsyncIterator[SessionMessage | Exception]":
        async for item in self._stream:
            self._owed.came(item)
            yield item


class Outgoing:
    """What the SDK writes, seen once it is on its way out."""

    def __init__(self, stream: "WriteStream[SessionMessage]", owed: Owed) -> None:
        self._stream = stream
        self._owed = owed
        self.aclose = stream.aclose

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def send(self, item: "SessionMessage") -> None:
        await self._stream.send(item)
        self._owed.went(item)


class Input:
    """Standard input, line by line, until its end or until `stop`; then the calls under way finish.

    It is read by a thread of its own: a thread of the event loop's could not be given up while it
    waits for a line, and the server would hang on SIGINT until its host wrote one.
    """

    def __init__(self, owed: Owed, finished: Callable[[], Awaitable[None]]) -> None:
        self._owed = owed
        self._finished = finished
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
                chunk = os.read(STDIN, CHUNK)
            except OSError:
                chunk = b""
            try:
                self._loop.call_soon_threadsafe(self._chunks.put_nowait, chunk)
            except RuntimeError:  # the loop is closed: nobody listens any more
                return

    def _line(self, parts: list[bytes]) -> str:
        self._owed.line()
        return b"".join(parts).decode("utf-8", "replace")

    async def __aiter__(self) -> AsyncIterator[str]:
        parts: list[bytes] = []
        size = 0
        while chunk := await self._chunks.get():
            *ended, rest = chunk.split(b"\n")
            for each in ended:
                yield self._line([*parts, each] if size <= LONGEST else parts[:1])
                parts, size = [], 0
            size += len(rest)
            if rest and size <= LONGEST:  # what is beyond is not kept: no message is that long
                parts.append(rest)
        if parts:
            yield self._line(parts)
        logger.info("ending: what is under way is finished first")
        await self._finished()


async def serve_stdio(server: "Server[Quo]", busy: "Busy", config: Config) -> None:
    """Serves one client on this process's own stdin and stdout."""
    from mcp.server.stdio import stdio_server  # noqa: PLC0415 - only for this transport

    owed = Owed()

    async def finished() -> None:
        for seconds, done in (
            (LAST_WORDS, owed.paid),  # by then, what came last has begun
            (config.send_timeout + GRACE, busy.idle),
            (LAST_WORDS, owed.paid),
        ):
            with anyio.move_on_after(seconds):
                await done()

    lines = Input(owed, finished)
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(name, lines.stop)
        except NotImplementedError:  # Windows: Ctrl-C raises KeyboardInterrupt instead
            break
    lines.start()
    async with stdio_server(stdin=cast("Any", lines)) as (incoming, outgoing):
        await server.run(
            cast("Any", Incoming(incoming, owed)),
            cast("Any", Outgoing(outgoing, owed)),
            server.create_initialization_options(),
        )
