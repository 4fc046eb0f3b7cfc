"""Graceful shutdown over HTTP.

GET streams end at once. As over stdio, calls that write or send get the time they need, and other calls get DRAIN
seconds. Calls that still wait then (for an approval, or in a long read) are disconnected; they have sent nothing.
"""

from typing import TYPE_CHECKING, NamedTuple

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from quo_mcp.server.transports import DRAIN

if TYPE_CHECKING:
    from quo_mcp.server.app import InFlightWrites


class GracefulShutdown(NamedTuple):
    """stopping: GET streams end. stopped: all other requests end."""

    stopping: anyio.Event
    stopped: anyio.Event

    async def run(self, in_flight_writes: "InFlightWrites", *, write_timeout: float) -> None:
        """Wait for pending calls, then end them. write_timeout: seconds that running writes get."""
        self.stopping.set()
        await anyio.sleep(DRAIN)  # by then, the last requests have started
        with anyio.move_on_after(write_timeout):
            await in_flight_writes.wait_until_idle()
        await anyio.sleep(DRAIN)
        self.stopped.set()

    def wrap(self, app: ASGIApp) -> ASGIApp:
        """Return an app whose requests see a client disconnect at shutdown."""

        async def wrapped_app(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            disconnect = self.stopping if scope["method"] == "GET" else self.stopped
            response = TrackedResponse(send)
            await app(scope, lambda: receive_or_disconnect(receive, disconnect), response.send)
            if disconnect.is_set():
                await response.finish()

        return wrapped_app


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


async def receive_or_disconnect(receive: Receive, disconnect: anyio.Event) -> Message:
    """Return the client's next message, or a disconnect once the event is set."""
    message: Message = {"type": "http.disconnect"}
    async with anyio.create_task_group() as task_group:

        async def listen() -> None:
            nonlocal message
            message = await receive()
            task_group.cancel_scope.cancel()

        task_group.start_soon(listen)
        await disconnect.wait()
        task_group.cancel_scope.cancel()
    return message
