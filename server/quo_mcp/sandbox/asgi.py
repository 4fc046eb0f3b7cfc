"""The sandbox: one ASGI app that plays both planes of Maton's gateway and Quo behind it.

A request is written down, then answered: by a fault that fits it, else by the gateway. A dropped
connection is signalled to an in-process transport by raising Dropped. Under uvicorn the socket is
really closed, before any byte of a reply.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import asdict
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Literal, Self
from urllib.parse import unquote

from starlette.requests import Request as Received

from quo_mcp.sandbox import faults
from quo_mcp.sandbox.connections import Manners, new_connection
from quo_mcp.sandbox.error_responses import flat, unrouted
from quo_mcp.sandbox.faults import Fault, Scene
from quo_mcp.sandbox.http import Dropped, Json, Reply, Request, iso
from quo_mcp.sandbox.maton_gateway import Gateway
from quo_mcp.sandbox.seed import tell
from quo_mcp.sandbox.state import World

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Sandbox:
    """A world of its own, made anew from `seed` around the moment `now()`.

    Args:
        seed: the same seed and the same moment make the same world.
        now: the clock, aware of its zone. Rates, deliveries, answers and lags go by it, so a clock
            that stands still needs `enforce_rate=False` for more than ten requests.
        sleep: what latency and dripping wait with.
        key: the API key that is accepted.
        default_connection: which of several active connections is used when none is named.
        connection_created: the shape of the reply to POST /connections.
        connection_deleted: the status of the reply to DELETE /connections/{id}.
        wrap_send: whether a sent text comes back in `data`, as Quo documents, or bare.
        enforce_rate: refuse more than ten requests a second.
        replies: whether people answer texts.
        open_tasks: how many tasks may be open at once.
        extra_connections: fields of more connections ({} is a pending one to Quo).
        auto_authorize_after: seconds after which a new connection becomes active by itself.
    """

    def __init__(
        self,
        seed: int = 7,
        now: Callable[[], datetime] = _utc_now,
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        key: str = "sandbox",
        default_connection: Literal["oldest", "newest"] = "oldest",
        connection_created: Literal["id", "connection_Id", "nested", "flat"] = "id",
        connection_deleted: Literal[200, 204] = 200,
        wrap_send: bool = True,
        enforce_rate: bool = True,
        replies: bool = True,
        open_tasks: int = 100,
        extra_connections: tuple[Json, ...] = (),
        auto_authorize_after: float | None = None,
    ) -> None:
        self._now = now
        self._sleep = sleep
        self._wrap_send = wrap_send
        self._world = World(seed, now)
        self._world.answering = replies
        self._world.open_tasks = open_tasks
        tell(self._world)
        for told in extra_connections:
            new_connection(self._world, told)
        manners = Manners(
            connection_created, connection_deleted, default_connection, auto_authorize_after
        )
        self.gateway = Gateway(self._world, key, manners, 10 if enforce_rate else None)
        self.faults: list[Fault] = []
        self.requests: list[Json] = []

    @property
    def world(self) -> World:
        """The state, brought up to now."""
        self._world.settle()
        return self._world

    @property
    def ledger(self) -> list[Json]:
        """The texts that Quo really accepted, in order: id, from, to, content, at."""
        return self.world.ledger

    def misbehave(self, fault: Fault) -> None:
        self.faults.append(fault)

    @property
    def app(self) -> Self:
        """The ASGI app: the sandbox itself."""
        return self

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
            return
        request = await self._read(scope, receive)
        try:
            reply, fault = await self._answer(request, _segments(scope))
        except Dropped:
            await _hang_up(receive, send)
            return
        await self._deliver(reply, fault, send)

    async def _read(self, scope: Scope, receive: Receive) -> Request:
        received = Received(scope, receive)
        request = Request(
            method=received.method,
            path=received.url.path,
            query=scope["query_string"].decode("latin-1"),
            headers=dict(received.headers.items()),
            body=await received.body(),
            origin=f"{received.url.scheme}://{received.url.netloc}",
            at=self._now(),
        )
        if not request.path.startswith("/_sandbox/"):
            seen = {name: getattr(request, name) for name in ("method", "path", "query", "headers")}
            self.requests.append({**seen, "body": request.body, "at": iso(request.at)})
        return request

    async def _answer(self, request: Request, path: list[str]) -> tuple[Reply, Fault | None]:
        if path[0] == "_sandbox":
            return self._control(request, path[1:]), None

        def act() -> Reply:
            return self._act(request, path)

        self._world.settle()
        fault = next((fault for fault in self.faults if fault.fits(request)), None)
        if fault is None:
            return act(), None
        scene = Scene(request, act, self._world, self._sleep)
        return await faults.happen(fault, scene), fault

    def _act(self, request: Request, path: list[str]) -> Reply:
        reply = self.gateway.answer(request, path)
        sent = (request.method, path[1:]) == ("POST", ["v1", "messages"])
        if sent and reply.status == HTTPStatus.ACCEPTED and not self._wrap_send:
            reply = Reply.of(reply.document()["data"], reply.status)
        return reply

    async def _deliver(self, reply: Reply, fault: Fault | None, send: Send) -> None:
        headers = [
            (b"x-request-id", f"sandbox-{len(self.requests)}".encode()),
            *reply.raw_headers(),
        ]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        if fault is not None and fault.kind == "drip":
            for start in range(0, len(reply.body), fault.size):
                part = reply.body[start : start + fault.size]
                await send({"type": "http.response.body", "body": part, "more_body": True})
                await self._sleep(fault.interval)
            await send({"type": "http.response.body", "body": b""})
        else:
            await send({"type": "http.response.body", "body": reply.body})

    def _control(self, request: Request, path: list[str]) -> Reply:
        """The sandbox's own door, for clients in other processes."""
        match request.method, path:
            case "GET", ["ledger"]:
                return Reply.of(self.ledger)
            case "GET", ["faults"]:
                return Reply.of([asdict(fault) for fault in self.faults])
            case "DELETE", ["faults"]:
                self.faults.clear()
                return Reply(204)
            case "POST", ["faults"]:
                try:
                    self.misbehave(Fault.of(request.document()))
                except ValueError as problem:
                    return flat(400, str(problem))
                return Reply.of(asdict(self.faults[-1]), 201)
        return unrouted()


def _segments(scope: Scope) -> list[str]:
    """The path's segments, unquoted one by one: a quoted slash does not part an id in two."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    return [unquote(part) for part in raw.decode("latin-1").removeprefix("/").split("/")]


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _hang_up(receive: Receive, send: Send) -> None:
    """Close the socket under uvicorn, whose `send` is a method of what holds it; else raise Dropped."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise Dropped("the connection was dropped")
    transport.close()
    while (await receive())["type"] != "http.disconnect":
        continue
