"""The sandbox as one ASGI app: Maton's gateway and control plane, with Quo behind them, and Quo's own host.

The app records each request and then answers it with the first matching fault, or else through one of the two
doors: /v1/… is Quo's own host, and everything else is Maton. A fault may drop the connection. In process, the app raises ConnectionDropped; under
uvicorn it closes the socket before it sends any byte of a response.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import asdict
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any, Literal, Self
from urllib.parse import unquote

from starlette.requests import Request as StarletteRequest

from quo_mcp.sandbox import faults
from quo_mcp.sandbox.connections import ControlPlaneOptions, add_connection
from quo_mcp.sandbox.error_responses import flat_error, route_not_found
from quo_mcp.sandbox.faults import Fault, FaultContext
from quo_mcp.sandbox.http import ConnectionDropped, Json, Request, Response, format_time
from quo_mcp.sandbox.maton_gateway import MatonGateway
from quo_mcp.sandbox.quo_host import QuoHost
from quo_mcp.sandbox.seed import load
from quo_mcp.sandbox.state import SandboxState

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Sandbox:
    """An independent simulated account, generated from `seed` around the time `now()`.

    Args:
        seed: the same seed and the same time generate the same data.
        now: the clock; it returns aware times. Rate limits, deliveries, auto-replies and delays use
            it, so a clock that stands still needs `enforce_rate=False` for more than ten requests.
        sleep: waits for the given seconds; the latency and drip faults use it.
        key: the API key that both doors accept: Maton as a bearer token, Quo as it is.
        default_connection: which of several active connections is used when the request names none.
        connection_create_shape: the shape of the response to POST /connections.
        connection_delete_status: the status of the response to DELETE /connections/{id}.
        wrap_send: whether a sent message is returned in `data`, as Quo documents, or bare.
        enforce_rate: reject more than ten requests per second.
        auto_reply: whether contacts reply to messages.
        open_task_limit: the maximum number of open tasks.
        has_summaries: whether the plan includes call summaries and transcripts.
        extra_connections: fields of additional connections ({} is a pending one to Quo).
        auto_authorize_after: the seconds after which a new connection becomes active by itself.
    """

    def __init__(
        self,
        seed: int = 7,
        now: Callable[[], datetime] = _utc_now,
        *,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
        key: str = "sandbox",
        default_connection: Literal["oldest", "newest"] = "oldest",
        connection_create_shape: Literal["id", "connection_Id", "nested", "flat"] = "id",
        connection_delete_status: Literal[200, 204] = 200,
        wrap_send: bool = True,
        enforce_rate: bool = True,
        auto_reply: bool = True,
        open_task_limit: int = 100,
        has_summaries: bool = True,
        extra_connections: tuple[Json, ...] = (),
        auto_authorize_after: float | None = None,
    ) -> None:
        self._now = now
        self._sleep = sleep
        self._wrap_send = wrap_send
        self._state = SandboxState(seed, now)
        self._state.auto_reply_enabled = auto_reply
        self._state.open_task_limit = open_task_limit
        self._state.has_summaries = has_summaries
        load(self._state)
        for fields in extra_connections:
            add_connection(self._state, fields)
        options = ControlPlaneOptions(
            connection_create_shape,
            connection_delete_status,
            default_connection,
            auto_authorize_after,
        )
        rate = 10 if enforce_rate else None
        self.gateway = MatonGateway(self._state, key, options, rate)
        self._quo_host = QuoHost(self._state, key, rate)
        self.faults: list[Fault] = []
        self.requests: list[Json] = []

    def set_key(self, key: str) -> None:
        """Replace the API key that both doors accept, as after a rotation."""
        self.gateway.key = self._quo_host.key = key

    @property
    def state(self) -> SandboxState:
        """The state, with every scheduled action that is due applied."""
        self._state.run_due()
        return self._state

    @property
    def ledger(self) -> list[Json]:
        """The messages that Quo accepted, in order: id, from, to, content, at."""
        return self.state.ledger

    def inject(self, fault: Fault) -> None:
        self.faults.append(fault)

    @property
    def app(self) -> Self:
        """The ASGI app: the sandbox itself."""
        return self

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _run_lifespan(receive, send)
            return
        request = await self._read_request(scope, receive)
        try:
            response, fault = await self._respond(request, _path_segments(scope))
        except ConnectionDropped:
            await _drop_connection(receive, send)
            return
        await self._send_response(response, fault, send)

    async def _read_request(self, scope: Scope, receive: Receive) -> Request:
        source = StarletteRequest(scope, receive)
        request = Request(
            method=source.method,
            path=_gateway_path(source.url.path),
            query=scope["query_string"].decode("latin-1"),
            headers=dict(source.headers.items()),
            body=await source.body(),
            origin=f"{source.url.scheme}://{source.url.netloc}",
            received_at=self._now(),
        )
        if not request.path.startswith("/_sandbox/"):
            entry = {
                name: getattr(request, name) for name in ("method", "path", "query", "headers")
            }
            at = format_time(request.received_at)
            self.requests.append({**entry, "body": request.body, "at": at})
        return request

    async def _respond(self, request: Request, path: list[str]) -> tuple[Response, Fault | None]:
        """Return the response and the fault that was applied, if any."""
        if path[0] == "_sandbox":
            return self._handle_sandbox_api(request, path[1:]), None

        def dispatch() -> Response:
            return self._dispatch(request, path)

        self._state.run_due()
        fault = next((fault for fault in self.faults if fault.matches(request)), None)
        if fault is None:
            return dispatch(), None
        context = FaultContext(request, dispatch, self._state, self._sleep)
        return await faults.apply_fault(fault, context), fault

    def _dispatch(self, request: Request, path: list[str]) -> Response:
        """Return the response of Quo's host or of the gateway, without faults."""
        if path[0] == "v1":
            response = self._quo_host.handle(request, path[1:])
        else:
            response = self.gateway.handle(request, path)
        is_send = (request.method, path[-2:]) == ("POST", ["v1", "messages"])
        if is_send and response.status == HTTPStatus.ACCEPTED and not self._wrap_send:
            response = Response.from_json(response.json()["data"], response.status)
        return response

    async def _send_response(self, response: Response, fault: Fault | None, send: Send) -> None:
        headers = [
            (b"x-request-id", f"sandbox-{len(self.requests)}".encode()),
            *response.raw_headers(),
        ]
        await send({"type": "http.response.start", "status": response.status, "headers": headers})
        if fault is not None and fault.kind == "drip":
            for start in range(0, len(response.body), fault.size):
                chunk = response.body[start : start + fault.size]
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
                await self._sleep(fault.interval)
            await send({"type": "http.response.body", "body": b""})
        else:
            await send({"type": "http.response.body", "body": response.body})

    def _handle_sandbox_api(self, request: Request, path: list[str]) -> Response:
        """Handle /_sandbox/…, the API by which other processes control the sandbox."""
        match request.method, path:
            case "GET", ["ledger"]:
                return Response.from_json(self.ledger)
            case "GET", ["faults"]:
                return Response.from_json([asdict(fault) for fault in self.faults])
            case "DELETE", ["faults"]:
                self.faults.clear()
                return Response(204)
            case "POST", ["faults"]:
                try:
                    self.inject(Fault.from_json(request.json()))
                except ValueError as error:
                    return flat_error(400, str(error))
                return Response.from_json(asdict(self.faults[-1]), 201)
        return route_not_found()


def _gateway_path(path: str) -> str:
    """Return the path as Maton's gateway has it, so that faults and recorded requests are the same for both doors."""
    return f"/quo{path}" if path.startswith("/v1/") else path


def _path_segments(scope: Scope) -> list[str]:
    """Return the path's segments. Each is unquoted on its own, so a quoted slash does not split an id."""
    raw: bytes = scope.get("raw_path") or scope["path"].encode()
    return [unquote(segment) for segment in raw.decode("latin-1").removeprefix("/").split("/")]


async def _run_lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def _drop_connection(receive: Receive, send: Send) -> None:
    """Close the socket under uvicorn; elsewhere raise ConnectionDropped.

    Uvicorn's `send` is a bound method of the object that holds the transport.
    """
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if transport is None:
        raise ConnectionDropped("the connection was dropped")
    transport.close()
    while (await receive())["type"] != "http.disconnect":
        continue
