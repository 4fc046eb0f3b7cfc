"""What the rest of the server sees: two planes, five verbs, records in and out.

A call may be cancelled like any coroutine and leaves nothing behind. But a write that is cancelled
may have arrived all the same: who must know shields the call, which its deadline ends in any case.
"""

import random
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from types import TracebackType
from typing import Protocol, Self, TypeVar

import anyio
import httpx2
from pydantic import BaseModel

from quo_mcp.errors import AccessDenied, GatewayError, RateLimited, Unavailable
from quo_mcp.gateway.attempts import Line, Observer, accepted_but, log
from quo_mcp.gateway.connection_choice import Choice, MatonConnections
from quo_mcp.gateway.decoding import Unreadable, record
from quo_mcp.gateway.endpoint import Settings
from quo_mcp.gateway.proxy import Way
from quo_mcp.gateway.request import Query, call
from quo_mcp.gateway.transport import Reply, Wire

M = TypeVar("M", bound=BaseModel)


class Ask(Protocol):
    async def __call__(
        self, method: str, segments: tuple[str, ...], query: Query | None, body: object
    ) -> Reply: ...


class Plane:
    """One of the two APIs behind the key.

    Every method raises a `Refusal`: `Misunderstood` for what cannot be an id, `OutcomeUnknown` for
    a write that may have been done, and the other kinds of `GatewayError`.

    ask: sends a request and gives its reply unread; for a plane in front of this one.
    """

    def __init__(self, ask: Ask) -> None:
        self.ask = ask

    async def get(self, returns: type[M], *path: str, query: Query | None = None) -> M:
        """Read the record at `path`, whose segments are quoted for the caller."""
        reply = await self.ask("GET", path, query, None)
        try:
            return record(returns, reply.body)
        except Unreadable as flaw:
            raise Unavailable(
                f"The reply could not be read: {flaw}. Try again in a minute; if it stays so, "
                "a person should look for a newer version of this server.",
                status=reply.status,
                source="gateway",
            ) from None

    async def post(self, returns: type[M], *path: str, body: object = None) -> M:
        return await self._write("POST", returns, path, body)

    async def put(self, returns: type[M], *path: str, body: object) -> M:
        return await self._write("PUT", returns, path, body)

    async def patch(self, returns: type[M], *path: str, body: object) -> M:
        return await self._write("PATCH", returns, path, body)

    async def delete(self, *path: str) -> None:
        """What the reply holds beyond its status is not read: the API leaves it open."""
        await self.ask("DELETE", path, None, None)

    async def _write(self, method: str, returns: type[M], path: tuple[str, ...], body: object) -> M:
        reply = await self.ask(method, path, None, body)
        try:
            return record(returns, reply.body)
        except Unreadable as unreadable:
            flaw = reply.flaw.value if reply.flaw else str(unreadable)
            raise accepted_but(reply, flaw) from None


class Gateway:
    """The one door. `quo` is the data plane, `control` the one that keeps the connections.

    transport: in place of the network, for tests and the sandbox; closed with the gateway.
    clock, wall: seconds that never go back, and seconds since 1970. rng: a number in [0, 1).
    observer: told of each attempt; by default a line in the log at DEBUG. way: how the network is reached.
    """

    def __init__(
        self,
        settings: Settings,
        transport: httpx2.AsyncBaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
        rng: Callable[[], float] = random.random,
        *,
        wall: Callable[[], float] = time.time,
        observer: Observer = log,
        way: Way | None = None,
    ) -> None:
        self._settings = settings
        self._wire = Wire(transport, settings.reply_limit, way or Way())
        self._line = Line(
            settings,
            self._wire,
            clock=clock,
            wall=wall,
            sleep=sleep,
            rng=rng,
            observer=observer,
        )
        self._choice = Choice(settings.connection, self._find_links)
        self.quo = Plane(self._ask_quo)
        self.control = Plane(self._ask_control)

    @property
    def connection_in_use(self) -> str | None:
        """The connection that is set or was found; None before a first write has looked for it."""
        return self._choice.known

    @property
    def ahead(self) -> timedelta:
        """How far the other side's clock is ahead of ours; nothing where they may agree, or it does not say."""
        return timedelta(seconds=self._line.ahead)

    async def may_write(self) -> None:
        """Raises AccessDenied where nothing can be written: no connection, or several and none chosen."""
        await self._choice.for_writing()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._wire.close()

    async def _ask_quo(
        self, method: str, segments: tuple[str, ...], query: Query | None, body: object
    ) -> Reply:
        asked = call(self._settings.quo_url, method, segments, query, body, control=False)
        choice = self._choice
        found = choice.found

        def replaced(error: GatewayError) -> bool:
            """A connection found before is gone, it seems: refused at the door, so nothing was done."""
            if error.source != "gateway" or error.status not in {400, 404}:
                return False
            choice.forget()
            return found is not None

        return await self._line.ask(
            asked, choice.for_writing if asked.writes else choice.for_reading, replaced
        )

    async def _ask_control(
        self, method: str, segments: tuple[str, ...], query: Query | None, body: object
    ) -> Reply:
        asked = call(self._settings.control_url, method, segments, query, body, control=True)
        try:
            return await self._line.ask(asked, _no_connection, lambda _: False)
        finally:
            if asked.writes:
                self._choice.forget()

    async def _find_links(self) -> MatonConnections:
        try:
            return await self.control.get(
                MatonConnections, "connections", query={"app": "quo", "status": "ACTIVE"}
            )
        except (AccessDenied, RateLimited):
            raise
        except GatewayError as error:
            raise Unavailable(
                "Nothing was done: which connection to Quo to write over could not be looked up, "
                "as the gateway's list of connections cannot be read just now. Try again in a "
                "minute, or have a person set QUO_MCP_CONNECTION.",
                status=error.status,
                source=error.source,
            ) from error


async def _no_connection() -> None:
    """The control plane keeps the connections; it works over none."""
