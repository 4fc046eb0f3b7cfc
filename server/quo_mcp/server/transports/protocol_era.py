"""Serves one stream in the protocol era that its client chooses, and lets a client fall back.

The SDK decides the era by the first request. A client that probes with `server/discover` and gets no answer
within its time, because this process was still starting, then sends `initialize` on the same pipe. By then
the probe has been answered, and the SDK would refuse the handshake. So the era is open until another
request than a probe comes.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any, Self, cast

import anyio
from mcp.server.runner import serve_dual_era_loop

from quo_mcp.server.transports import DRAIN

if TYPE_CHECKING:
    from mcp.server import Server
    from mcp.shared._stream_protocols import ReadStream, WriteStream
    from mcp.shared.message import SessionMessage

    from quo_mcp.tools.context import Account

PROBE = "server/discover"


class EraStream:
    """The client's messages, up to an `initialize` that follows nothing but probes.

    `handshake` is that `initialize`; it begins the next era's messages.

    wait_until_answered: returns once the requests with these ids have responses.
    """

    def __init__(
        self,
        stream: "ReadStream[SessionMessage | Exception]",
        wait_until_answered: Callable[[AbstractSet[object]], Awaitable[None]],
    ) -> None:
        self._stream = stream
        self._messages = aiter(stream)
        self._wait_until_answered = wait_until_answered
        self._probe_ids: set[object] = set()
        self._is_open = True
        self.handshake: SessionMessage | Exception | None = None

    @property
    def last_context(self) -> Any:
        """The sender's context variables, which the SDK reads from its stream."""
        return getattr(self._stream, "last_context", None)

    async def __aiter__(self) -> "AsyncIterator[SessionMessage | Exception]":
        if self.handshake is not None:
            handshake, self.handshake, self._is_open = self.handshake, None, False
            yield handshake
        async for item in self._messages:
            message: Any = getattr(item, "message", None)
            if self._is_open and hasattr(message, "id") and hasattr(message, "method"):
                if message.method == "initialize" and self._probe_ids:
                    self.handshake = item
                    with anyio.move_on_after(DRAIN):  # the SDK drops what it has not answered
                        await self._wait_until_answered(self._probe_ids)
                    return
                self._probe_ids.add(message.id)
                self._is_open = message.method == PROBE
            yield item

    async def aclose(self) -> None:
        """Do nothing: the SDK closes its stream after each era, and this one is still needed."""


class EraWriteStream:
    """The write stream, which stays open after an era."""

    def __init__(self, stream: "WriteStream[SessionMessage]") -> None:
        self.send = stream.send

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None: ...

    async def aclose(self) -> None: ...


async def serve_stream(
    server: "Server[Account]",
    read_stream: "ReadStream[SessionMessage | Exception]",
    write_stream: "WriteStream[SessionMessage]",
    wait_until_answered: Callable[[AbstractSet[object]], Awaitable[None]],
) -> None:
    """Serve the client until its messages end. This replaces `Server.run`."""
    messages = EraStream(read_stream, wait_until_answered)
    try:
        async with server.lifespan(server) as context:
            while True:
                await serve_dual_era_loop(
                    server,
                    cast("Any", messages),
                    cast("Any", EraWriteStream(write_stream)),
                    lifespan_state=context,
                    init_options=server.create_initialization_options(),
                )
                if messages.handshake is None:
                    return
    finally:
        await read_stream.aclose()
        await write_stream.aclose()
