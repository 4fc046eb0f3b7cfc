"""The API clients for Quo and for Maton's control plane: five verbs, with records in and out.

A request can be cancelled like any coroutine. A cancelled write may still have arrived, so a caller
that must know its outcome shields it. The request's own deadline ends it in any case.
"""

import random
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Protocol, Self, TypeVar

import anyio
import httpx2
from pydantic import BaseModel

from quo_mcp.errors import (
    AccessDenied,
    GatewayError,
    OutcomeUnknown,
    RateLimited,
    Unavailable,
)
from quo_mcp.gateway.attempts import Observer, RetryingSender, log_attempt, unreadable_success
from quo_mcp.gateway.connection_choice import QUO_APP, ConnectionChooser, ConnectionList
from quo_mcp.gateway.decoding import UnreadableReply, decode
from quo_mcp.gateway.endpoint import MATON, GatewayConfig, Peer
from quo_mcp.gateway.error_body import is_web_page
from quo_mcp.gateway.error_mapping import VERIFY_FIRST, describe_web_page, web_page_error
from quo_mcp.gateway.proxy import NetworkSettings
from quo_mcp.gateway.rate_limit import Limiter
from quo_mcp.gateway.request import Query, build_request
from quo_mcp.gateway.transport import HttpTransport, Reply

ModelT = TypeVar("ModelT", bound=BaseModel)


class Sender(Protocol):
    async def __call__(
        self, method: str, segments: tuple[str, ...], query: Query | None, body: object
    ) -> Reply: ...


class ApiClient:
    """One of the two APIs: Quo's, or Maton's control plane.

    Every method takes the segments of a path, and percent-encodes them.

    Every method raises a `Refusal`: `InvalidArguments` for a segment that cannot be an id,
    `OutcomeUnknown` for a write that may have been done, or another `GatewayError`.

    send: sends a request and returns its raw reply. A wrapping client, such as one that limits the
        scope, calls it.
    peer: what the requests are sent to, for the messages of errors.
    """

    def __init__(self, send: Sender, peer: Peer = MATON) -> None:
        self.send = send
        self.peer = peer

    async def get(self, model: type[ModelT], *path: str, query: Query | None = None) -> ModelT:
        reply = await self.send("GET", path, query, None)
        try:
            return decode(model, reply.body)
        except UnreadableReply as error:
            if is_web_page(reply.body):
                raise web_page_error(reply.status, self.peer) from None
            raise Unavailable(
                f"The reply could not be read: {error}. Try again in a minute. If this continues, a person "
                "should check for a newer version of this server.",
                status=reply.status,
                source="gateway",
            ) from None

    async def post(self, model: type[ModelT], *path: str, body: object = None) -> ModelT:
        return await self._write("POST", model, path, body)

    async def put(self, model: type[ModelT], *path: str, body: object) -> ModelT:
        return await self._write("PUT", model, path, body)

    async def patch(self, model: type[ModelT], *path: str, body: object) -> ModelT:
        return await self._write("PATCH", model, path, body)

    async def delete(self, *path: str) -> None:
        """Delete the record at `path`. The API does not define a reply, so none is decoded."""
        await self.send("DELETE", path, None, None)

    async def _write(
        self, method: str, model: type[ModelT], path: tuple[str, ...], body: object
    ) -> ModelT:
        reply = await self.send(method, path, None, body)
        try:
            return decode(model, reply.body)
        except UnreadableReply as error:
            if is_web_page(reply.body):
                raise OutcomeUnknown(
                    f"Outcome unknown: {describe_web_page(self.peer)} (HTTP {reply.status}). {VERIFY_FIRST}.",
                    status=reply.status,
                    source="network",
                ) from None
            reason = reply.body_error.value if reply.body_error else str(error)
            raise unreadable_success(reply, reason) from None


class Gateway:
    """The Maton gateway, or Quo's own API if the configuration has no control plane.

    `api` is Quo's API, `control` the control plane with the connections. Without one, every use of `control` raises
    `AccessDenied`, and no connection has to be chosen.


    transport: replaces the network, in tests and in the sandbox; closed with the gateway.
    clock: returns seconds of a monotonic clock.
    sleep: waits for a number of seconds.
    rng: returns a number in [0, 1).
    wall: returns Unix seconds.
    observer: receives each attempt; by default it is logged at DEBUG.
    network: the proxy and the certificates; by default a direct connection.
    limiter: counts the account's requests; by default those of this process.
    """

    def __init__(
        self,
        config: GatewayConfig,
        transport: httpx2.AsyncBaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
        rng: Callable[[], float] = random.random,
        *,
        wall: Callable[[], float] = time.time,
        observer: Observer = log_attempt,
        network: NetworkSettings | None = None,
        limiter: Limiter | None = None,
    ) -> None:
        self._config = config
        self._transport = HttpTransport(
            transport, config.max_reply_bytes, network or NetworkSettings()
        )
        self._sender = RetryingSender(
            config,
            self._transport,
            clock=clock,
            wall=wall,
            sleep=sleep,
            rng=rng,
            observer=observer,
            limiter=limiter,
        )
        self._connections = ConnectionChooser(config.connection_id, self._list_connections)
        self.api = ApiClient(self._send_to_quo, config.peer)
        self.control = ApiClient(self._send_to_control)

    @property
    def connection_in_use(self) -> str | None:
        """The id of the configured or discovered connection, or None before the first write."""
        return self._connections.current

    @property
    def clock_skew(self) -> timedelta:
        """How far the gateway's clock is ahead of ours; zero if the clocks may agree or it is unknown."""
        return timedelta(seconds=self._sender.clock_skew)

    @property
    def has_reply_date(self) -> bool:
        """Whether the latest reply had a Date header."""
        return self._sender.has_reply_date

    @property
    def throttled_replies(self) -> int:
        """The number of replies with HTTP 429 so far."""
        return self._sender.throttled_replies

    @property
    def time(self) -> datetime | None:
        """The time by the gateway's clock, or None before its first dated reply. Our clock may be set meanwhile."""
        seconds = self._sender.gateway_seconds
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)

    async def require_write_connection(self) -> None:
        """Check that writes are possible.

        Raises:
            AccessDenied: there is no connection, or there are several and none is configured.
        """
        if self._config.control_url is not None:
            await self._connections.require_for_write()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._transport.close()

    async def _send_to_quo(
        self, method: str, segments: tuple[str, ...], query: Query | None, body: object
    ) -> Reply:
        request = build_request(
            self._config.quo_url, method, segments, query, body, is_control=False
        )
        connections = self._connections
        discovered = connections.discovered

        def is_connection_replaced(error: GatewayError) -> bool:
            """Whether the gateway no longer knows a discovered connection; nothing was done then."""
            if error.source != "gateway" or error.status not in {400, 404}:
                return False
            connections.invalidate()
            return discovered is not None

        choose_connection = (
            connections.require_for_write if request.is_write else connections.choose_for_read
        )
        if self._config.control_url is None:
            choose_connection = _no_connection
        return await self._sender.send(request, choose_connection, is_connection_replaced)

    async def _send_to_control(
        self, method: str, segments: tuple[str, ...], query: Query | None, body: object
    ) -> Reply:
        if self._config.control_url is None:
            raise AccessDenied(
                "Not done: there are no connections, because this server uses Quo's API directly with QUO_API_KEY. "
                "Connections belong to Maton, which is used with MATON_API_KEY.",
                source="gateway",
            )
        request = build_request(
            self._config.control_url, method, segments, query, body, is_control=True
        )
        try:
            return await self._sender.send(request, _no_connection, lambda _: False)
        finally:
            if request.is_write:
                self._connections.invalidate()

    async def _list_connections(self) -> ConnectionList:
        try:
            return await self.control.get(
                ConnectionList, "connections", query={"app": QUO_APP, "status": "ACTIVE"}
            )
        except (AccessDenied, RateLimited):
            raise
        except GatewayError as error:
            if error.source == "network":  # it names the setting that helps
                raise
            raise Unavailable(
                "Not done: the connection to Quo could not be determined, because the gateway did not return its "
                "list of connections. Try again in a minute, or have a person set QUO_MCP_CONNECTION.",
                status=error.status,
                source=error.source,
            ) from error


async def _no_connection() -> None:
    """Name no connection: for the control plane, which manages them, and for Quo's own API, which has none."""
