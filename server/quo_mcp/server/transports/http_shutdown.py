"""Graceful shutdown over HTTP.

GET streams end at once. As over stdio, calls that write or send get the time they need, and other calls get DRAIN
seconds. Calls that still wait then (for an approval, or in a long read) are disconnected; they have sent nothing.
"""

from typing import TYPE_CHECKING

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from quo_mcp.server.transports import DRAIN

if TYPE_CHECKING:
    from quo_mcp.server.request_handlers import InFlightWrites


class GracefulShutdown:
    """The end of the server, in two steps: first GET streams end, then all other requests."""

    def __init__(self) -> None:
        self._streams, self._requests = RequestGroup(), RequestGroup()

    @property
    def has_begun(self) -> bool:
        return self._streams.is_ended

    async def run(self, in_flight_writes: "InFlightWrites", *, write_timeout: float) -> None:
        """Wait for pending calls, then end them. write_timeout: seconds that running writes get."""
        self._streams.end()
        await anyio.sleep(DRAIN)  # by then, the last requests have started
        with anyio.move_on_after(write_timeout):
            await in_flight_writes.wait_until_idle()
        await anyio.sleep(DRAIN)
        self._requests.end()

    def wrap(self, app: ASGIApp) -> ASGIApp:
        """Return an app whose requests end at shutdown, with a complete response."""

        async def wrapped_app(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            group = self._streams if scope["method"] == "GET" else self._requests
            response = TrackedResponse(send)
            with anyio.CancelScope() as cancel_scope:
                group.add(cancel_scope)
                try:
                    await app(scope, receive, response.send)
                finally:
                    group.remove(cancel_scope)
            if group.is_ended:
                await response.finish()

        return wrapped_app


class RequestGroup:
    """Running requests that are cancelled together."""

    def __init__(self) -> None:
        self.is_ended = False
        self._scopes: set[anyio.CancelScope] = set()

    def add(self, scope: anyio.CancelScope) -> None:
        """Add the scope of a request. A request that begins after the end is cancelled too."""
        self._scopes.add(scope)
        if self.is_ended:
            scope.cancel()

    def remove(self, scope: anyio.CancelScope) -> None:
        self._scopes.discard(scope)

    def end(self) -> None:
        self.is_ended = True
        for scope in self._scopes:
            scope.cancel()


class TrackedResponse:
    """A response that can be completed if the app ends without completing it."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._started = self._finished = False

    async def send(self, message: Message) -> None:
        self._started = True
        self._finished = not message.get("more_body", message["type"] == "http.response.start")
        await self._send(message)

    async def finish(self) -> None:
        if not self._started:
            await self.send({"type": "http.response.start", "status": 503, "headers": []})
        if not self._finished:
            await self.send({"type": "http.response.body"})
