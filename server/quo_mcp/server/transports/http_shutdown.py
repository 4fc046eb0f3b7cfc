"""How what is open over HTTP ends once the server has been told to.

Who only listens is hung up on at once. Calls are answered, as over stdio: those that change or send
something for as long as that takes, any other if it is done in a moment. What still waits then (a person who
was asked, a long read) is hung up on; nothing was sent for it.
"""

from typing import TYPE_CHECKING, NamedTuple

import anyio
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from quo_mcp.server.transports import LAST_WORDS

if TYPE_CHECKING:
    from quo_mcp.server.app import Busy


class Ending(NamedTuple):
    """begun: no listener is needed any more. over: nor is any answer."""

    begun: anyio.Event
    over: anyio.Event

    async def come(self, busy: "Busy", *, within: float) -> None:
        """within: seconds that a call which changes or sends something gets."""
        self.begun.set()
        await anyio.sleep(LAST_WORDS)  # by then, what came last has begun
        with anyio.move_on_after(within):
            await busy.idle()
        await anyio.sleep(LAST_WORDS)
        self.over.set()

    def of(self, app: ASGIApp) -> ASGIApp:
        """The app, which takes the end for its client's leaving."""

        async def until_the_end(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            end = self.begun if scope["method"] == "GET" else self.over
            answer = Answer(send)
            await app(scope, lambda: first_of(receive, end), answer.send)
            if end.is_set():
                await answer.finish()

        return until_the_end


class Answer:
    """An answer on its way out, which can be finished where the app has left it."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._begun = self._finished = False

    async def send(self, message: Message) -> None:
        self._begun = True
        self._finished = not message.get("more_body", message["type"] == "http.response.start")
        await self._send(message)

    async def finish(self) -> None:
        if not self._begun:
            await self.send({"type": "http.response.start", "status": 503, "headers": []})
        if not self._finished:
            await self.send({"type": "http.response.body"})


async def first_of(receive: Receive, end: anyio.Event) -> Message:
    """What comes next from the client, or its leaving once the end has come."""
    message: Message = {"type": "http.disconnect"}
    async with anyio.create_task_group() as either:

        async def listen() -> None:
            nonlocal message
            message = await receive()
            either.cancel_scope.cancel()

        either.start_soon(listen)
        await end.wait()
        either.cancel_scope.cancel()
    return message
