"""Sends one HTTP request and reads one reply of limited size. The only module that speaks HTTP."""

import logging
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from enum import Enum
from ssl import SSLContext

import httpx2

from quo_mcp.gateway.network_fault import NetworkFault, diagnose
from quo_mcp.gateway.proxy import NetworkSettings, ProxyRoutingTransport
from quo_mcp.gateway.retry import NoReply

for _name in ("httpx2", "httpcore2"):  # at INFO and DEBUG they log URLs, with phone numbers in them
    logging.getLogger(_name).setLevel(logging.WARNING)

_CONNECT_TIMEOUT = 5.0  # seconds
_READ_TIMEOUT = 10.0  # seconds a GET waits for the next bytes; a write waits until its deadline
_NOT_CONNECTED = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,  # the proxy did not open a tunnel
)
_MAX_CONNECTIONS = 100  # far above what the rate limit allows, so no request waits for one


class BodyError(Enum):
    """Why a body is incomplete. The value is the end of a sentence."""

    TOO_LARGE = "it exceeds this server's size limit"
    UNDECODABLE = "it could not be decompressed"
    INCOMPLETE = "it is incomplete"


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP response.

    headers: names in lower case.
    body: decompressed; empty if there is a `body_error`.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    body_error: BodyError | None = None

    @property
    def is_success(self) -> bool:
        return 200 <= self.status <= 299


@dataclass(slots=True)
class AttemptProgress:
    """How far the current attempt has come, for the error if a deadline ends it.

    maybe_sent: whether the request may have left this machine.
    head: the reply without its body, once its headers have arrived.
    network_fault: why the latest attempt that could not connect failed; kept by the next attempt.
    """

    maybe_sent: bool = False
    head: Reply | None = None
    network_fault: NetworkFault | None = None

    def reset(self) -> None:
        """Prepare for the next attempt."""
        self.maybe_sent, self.head = False, None


class HttpTransport:
    """The HTTP connections to the gateway, opened on first use.

    Reads share keep-alive connections. Each write opens a new one. On a reused connection, a server
    that closed it earlier and a server that failed during the request cannot be told apart.

    This class uses httpx2's transports instead of its client. The client would follow redirects,
    keep cookies, and read credentials and proxies from the environment.

    transport: replaces the network, in tests and in the sandbox.
    """

    def __init__(
        self,
        transport: httpx2.AsyncBaseTransport | None,
        max_reply_bytes: int,
        network: NetworkSettings,
    ) -> None:
        self._max_reply_bytes = max_reply_bytes
        self._network = network
        self._ssl_context: SSLContext | None = None
        self._read_transport = self._write_transport = transport

    async def close(self) -> None:
        for transport in {self._read_transport, self._write_transport}:
            if transport is not None:
                await transport.aclose()

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        content: bytes | None,
        timeout: float,  # noqa: ASYNC109 - becomes httpx2's own timeout
        progress: AttemptProgress,
    ) -> Reply | NoReply:
        """Make one attempt, and update `progress` on the way.

        timeout: seconds until the request's deadline. The caller enforces the deadline; here it
            limits only the wait for the next bytes.
        """
        read_timeout = min(_READ_TIMEOUT, timeout) if method == "GET" else timeout
        request = httpx2.Request(
            method,
            url,
            headers=dict(headers),
            content=content,
            extensions={
                "timeout": httpx2.Timeout(
                    read_timeout, connect=_CONNECT_TIMEOUT, pool=_CONNECT_TIMEOUT
                ).as_dict()
            },
        )
        transport = self._transport_for(method)
        progress.maybe_sent = True
        try:
            response = await transport.handle_async_request(request)
        except _NOT_CONNECTED as error:
            progress.maybe_sent = False
            progress.network_fault = diagnose(error, request.url, self._network)
            return NoReply.BLOCKED if progress.network_fault.is_permanent else NoReply.NOT_SENT
        except httpx2.RequestError:
            progress.network_fault = None
            return NoReply.MAYBE_SENT
        progress.network_fault = None
        try:
            progress.head = Reply(response.status_code, dict(response.headers))
            if method == "DELETE" and progress.head.is_success:
                return progress.head  # the API does not define a body, so it is not read
            return await self._read_body(response, progress.head)
        finally:
            await response.aclose()

    async def _read_body(self, response: httpx2.Response, head: Reply) -> Reply:
        body = bytearray()
        try:
            # Chunks are decompressed one at a time, to at most 1 MiB, so a zip bomb is stopped here.
            async with aclosing(response.aiter_bytes()) as chunks:
                async for chunk in chunks:
                    body += chunk
                    if len(body) > self._max_reply_bytes:
                        return replace(head, body_error=BodyError.TOO_LARGE)
        except httpx2.DecodingError:
            return replace(head, body_error=BodyError.UNDECODABLE)
        except httpx2.RequestError:
            return replace(head, body_error=BodyError.INCOMPLETE)
        return replace(head, body=bytes(body))

    def _transport_for(self, method: str) -> httpx2.AsyncBaseTransport:
        if method == "GET":
            self._read_transport = self._read_transport or self._create_transport(keep_alive=20)
            return self._read_transport
        self._write_transport = self._write_transport or self._create_transport(keep_alive=0)
        return self._write_transport

    def _create_transport(self, *, keep_alive: int) -> httpx2.AsyncBaseTransport:
        """keep_alive: number of idle connections to keep open."""
        self._ssl_context = self._ssl_context or self._network.ssl_context()
        limits = httpx2.Limits(
            max_connections=_MAX_CONNECTIONS, max_keepalive_connections=keep_alive
        )
        if self._network.proxy:
            return ProxyRoutingTransport(self._network, self._ssl_context, limits)
        return httpx2.AsyncHTTPTransport(verify=self._ssl_context, trust_env=False, limits=limits)
