"""The connections over HTTP: how many there may be, and how long a request may take to arrive.

Both limits come before anything of a request is looked at, such as its token.
"""

import asyncio
from typing import Any, NamedTuple, cast

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

_ARRIVING = (h11.IDLE, h11.SEND_BODY)
RESERVED_FILES = 64  # for the database, the logs and the requests to the gateway
TIMEOUT_RESPONSE = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class ConnectionLimits(NamedTuple):
    """connections: the most at one time. seconds: from the connection, or a request's first byte, to its last byte."""

    connections: int = 1_000
    seconds: float = 15.0

    @classmethod
    def of_this_process(cls) -> "ConnectionLimits":
        """Return the limits within the number of files that the system lets this process open.

        Beyond that number, asyncio logs thousands of tracebacks a second.
        """
        try:
            import resource  # noqa: PLC0415 - not on Windows
        except ImportError:
            return cls()
        open_files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        if open_files == resource.RLIM_INFINITY:
            return cls()
        return cls(connections=max(1, min(cls().connections, open_files - RESERVED_FILES)))


class JoiningTransport:
    """A transport that joins what is written in one turn of the event loop: head and body of a response.

    A write costs a system call, which is a tenth of the time of a short request.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._parts: list[bytes] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if not self._parts:
            self._loop.call_soon(self._flush)
        self._parts.append(data)

    def close(self) -> None:
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        if self._parts:
            self._transport.write(b"".join(self._parts))
            self._parts.clear()


class LimitedConnection(H11Protocol):
    """A connection that is closed if its request does not arrive in time, or if there are too many."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        limits: ConnectionLimits,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._limits = limits
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(cast("asyncio.Transport", JoiningTransport(transport, self.loop)))
        if len(self.connections) > self._limits.connections:
            self.logger.warning(
                "More than %d connections are open; closing new ones.", self._limits.connections
            )
            transport.abort()
        else:
            self._watch_arrival()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch_arrival()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def _watch_arrival(self) -> None:
        """Run the timer while a request is expected or incomplete."""
        if self.conn.their_state not in _ARRIVING:
            self._stop_timer()
        elif self._timer is None and not self.transport.is_closing():
            self._timer = self.loop.call_later(self._limits.seconds, self._close)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _close(self) -> None:
        if not getattr(self.cycle, "response_started", False):  # there is no cycle before a request
            self.transport.write(TIMEOUT_RESPONSE)
        self.transport.close()
