"""One request out, one bounded reply back. The only module that speaks HTTP."""

import logging
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from enum import Enum
from ssl import SSLContext

import httpx2

from quo_mcp.gateway.proxy import Routed, Way
from quo_mcp.gateway.retry import Loss

for _name in ("httpx2", "httpcore2"):  # their finer lines hold URLs, and those hold phone numbers
    logging.getLogger(_name).setLevel(logging.WARNING)

_CONNECT = 5.0  # seconds
_READ = 10.0  # seconds that a read waits for the next bytes; a write waits until its deadline
_UNCONNECTED = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.ProxyError,  # it opened no tunnel
)
_POOL = 100  # connections: the rate limit is the narrower door, so nobody waits for one of these


class Flaw(Enum):
    """Why a body is not whole, as the end of a sentence."""

    LARGE = "it is larger than this server reads"
    GARBLED = "it could not be decompressed"
    CUT = "it broke off"


@dataclass(frozen=True, slots=True)
class Reply:
    """headers: names in lower case. body: decompressed, and empty where it has a flaw."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    flaw: Flaw | None = None

    @property
    def accepted(self) -> bool:
        return 200 <= self.status <= 299


@dataclass(slots=True)
class Course:
    """How far the present attempt has come: all that is known when a deadline ends it.

    sent: whether it may have left. head: the reply without its body, once that has begun.
    """

    sent: bool = False
    head: Reply | None = None


class Wire:
    """The connections to the other side, made when first needed.

    Reads share connections that are kept alive. A write always gets a new one: on a kept one,
    "the server had closed it" and "the server took the request and died" look the same.

    It uses the library's transports, not its client, so that nothing is added to what is asked
    for here: no redirects, cookies or credentials from the environment, and no proxy but the one of `way`.
    """

    def __init__(
        self, transport: httpx2.AsyncBaseTransport | None, reply_limit: int, way: Way
    ) -> None:
        self._reply_limit = reply_limit
        self._way = way
        self._trust: SSLContext | None = None
        self._kept = self._fresh = transport

    async def close(self) -> None:
        for transport in {self._kept, self._fresh}:
            if transport is not None:
                await transport.aclose()

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        content: bytes | None,
        seconds: float,
        course: Course,
    ) -> Reply | Loss:
        """Make one attempt. Its deadline is the caller's, who can see in `course` how far it came."""
        patience = min(_READ, seconds) if method == "GET" else seconds
        timeout = httpx2.Timeout(patience, connect=_CONNECT, pool=_CONNECT)
        request = httpx2.Request(
            method,
            url,
            headers=dict(headers),
            content=content,
            extensions={"timeout": timeout.as_dict()},
        )
        transport = self._transport(method)
        course.sent = True
        try:
            response = await transport.handle_async_request(request)
        except _UNCONNECTED:
            course.sent = False
            return Loss.UNSENT
        except httpx2.RequestError:
            return Loss.CUT
        try:
            course.head = Reply(response.status_code, dict(response.headers))
            if method == "DELETE" and course.head.accepted:
                return course.head  # its body says nothing and is left unread
            return await self._read(response, course.head)
        finally:
            await response.aclose()

    async def _read(self, response: httpx2.Response, head: Reply) -> Reply:
        body = bytearray()
        try:
            # Pieces are decompressed one at a time, a mebibyte at most, so a bomb ends here.
            async with aclosing(response.aiter_bytes()) as pieces:
                async for piece in pieces:
                    body += piece
                    if len(body) > self._reply_limit:
                        return replace(head, flaw=Flaw.LARGE)
        except httpx2.DecodingError:
            return replace(head, flaw=Flaw.GARBLED)
        except httpx2.RequestError:
            return replace(head, flaw=Flaw.CUT)
        return replace(head, body=bytes(body))

    def _transport(self, method: str) -> httpx2.AsyncBaseTransport:
        if method == "GET":
            self._kept = self._kept or self._new(keep_alive=20)
            return self._kept
        self._fresh = self._fresh or self._new(keep_alive=0)
        return self._fresh

    def _new(self, *, keep_alive: int) -> httpx2.AsyncBaseTransport:
        self._trust = self._trust or self._way.trust()
        limits = httpx2.Limits(max_connections=_POOL, max_keepalive_connections=keep_alive)
        if self._way.proxy:
            return Routed(self._way, self._trust, limits)
        return httpx2.AsyncHTTPTransport(verify=self._trust, trust_env=False, limits=limits)
