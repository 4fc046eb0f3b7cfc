"""The requests over stdio without a response, and the streams that record them."""

from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any, Self

import anyio

from quo_mcp.server.transports.json_rpc_lines import rejection

if TYPE_CHECKING:
    from mcp.shared._stream_protocols import ReadStream, WriteStream
    from mcp.shared.message import SessionMessage


class PendingRequests:
    """The requests without a response.

    The SDK drops them when its input ends, so StdinLines holds back the end of input until none is pending.
    """

    def __init__(self) -> None:
        self._unparsed_lines = deque[str]()  # read from stdin, not yet parsed by the SDK
        self._ids: set[object] = set()
        self._changed = anyio.Event()

    def record_line(self, line: str = "") -> None:
        self._unparsed_lines.append(line)

    def record_received(self, item: "SessionMessage | Exception") -> str:
        """Record what the SDK made of the first unparsed line, and return that line."""
        line = self._unparsed_lines.popleft()
        message: Any = getattr(item, "message", None)
        method = getattr(message, "method", None)
        if method == "notifications/cancelled":
            cancelled_id = (message.params or {}).get("requestId")
            if isinstance(cancelled_id, str | int):  # any other value is not a request id
                self._ids.discard(cancelled_id)
        elif method and hasattr(message, "id"):
            self._ids.add(message.id)
        self._notify()
        return line

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
    """A read stream that records the requests that the SDK receives.

    reject: sends the response to a request that the SDK cannot read. Without it, there is none.
    """

    def __init__(
        self,
        stream: "ReadStream[SessionMessage | Exception]",
        pending: PendingRequests,
        reject: "Callable[[SessionMessage], Awaitable[None]] | None" = None,
    ) -> None:
        self._stream = stream
        self._pending = pending
        self._reject = reject
        self.aclose = stream.aclose

    @property
    def last_context(self) -> Any:
        """The sender's context variables, which the SDK reads from its stream."""
        return getattr(self._stream, "last_context", None)

    async def __aiter__(self) -> "AsyncIterator[SessionMessage | Exception]":
        from mcp.shared.message import SessionMessage  # noqa: PLC0415 - only for this transport

        async for item in self._stream:
            line = self._pending.record_received(item)
            response = rejection(line, getattr(item, "message", item)) if self._reject else None
            if response is None or self._reject is None:
                yield item
            else:
                await self._reject(SessionMessage(response))


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
