"""The endpoint of HTTP: which requests belong to a session.

Since 2026-07-28 none does. Before, a question to a person goes out on the answer to the call that waits
for it, and the reply comes in a request of its own, for which a session is needed. So a client of the
handshake era that can ask its user gets one when it greets. Any other is served without: its requests
may come in any order, and to any of several servers.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from copy import copy
from typing import TYPE_CHECKING

import mcp_types as types
from mcp.server.streamable_http import MCP_SESSION_ID_HEADER
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import (
    DEFAULT_MAX_REQUEST_BODY_SIZE,
    RequestBodyLimitMiddleware,
    TransportSecuritySettings,
)
from pydantic import ValidationError
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from quo_mcp.server.approval import can_ask

if TYPE_CHECKING:
    from mcp.server import Server

    from quo_mcp.tools.context import Quo

MOST = (
    1_000  # sessions at a time; who greets beyond is refused, rather than served without questions
)
IDLE = 3_600  # seconds without a request or an open stream; a client that comes later greets anew


class Endpoint:
    """The ASGI app at /mcp, while `running`.

    asks: whether anybody is ever asked; without questions nobody needs a session.
    """

    def __init__(
        self, server: "Server[Quo]", security: TransportSecuritySettings, *, asks: bool
    ) -> None:
        self._server = server
        self._security = security
        self._asks = asks
        self._greeted = RequestBodyLimitMiddleware(self._open, DEFAULT_MAX_REQUEST_BODY_SIZE)

    @asynccontextmanager
    async def running(self, _app: object = None) -> AsyncIterator[None]:
        """Serves one account, with sessions and without."""
        async with self._server.lifespan(self._server) as quo:
            opened = copy(self._server)
            opened.lifespan = lambda _: nullcontext(quo)  # each manager would open one of its own
            self._sessions = StreamableHTTPSessionManager(
                opened,
                security_settings=self._security,
                session_idle_timeout=IDLE,
                max_sessions=MOST,
            )
            self._no_session = StreamableHTTPSessionManager(
                opened, security_settings=self._security, stateless=True
            )
            async with self._sessions.run(), self._no_session.run():
                yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if MCP_SESSION_ID_HEADER in Headers(scope=scope):
            await self._sessions.handle_request(scope, receive, send)
        elif scope["method"] == "POST":
            await self._greeted(scope, receive, send)
        else:  # without a session there is nothing to listen to or to end
            await Response(status_code=405, headers={"Allow": "POST"})(scope, receive, send)

    async def _open(self, scope: Scope, receive: Receive, send: Send) -> None:
        whole = await receive()  # in one piece, from what bounds it
        unread = [whole]

        async def again() -> Message:
            return unread.pop() if unread else await receive()

        needed = self._asks and greets_and_can_ask(whole.get("body", b""))
        manager = self._sessions if needed else self._no_session
        await manager.handle_request(scope, again, send)


def greets_and_can_ask(body: bytes) -> bool:
    """Whether a request is a client's greeting (`initialize`) that says it can put a question to its user."""
    try:
        greeting = types.InitializeRequest.model_validate_json(body)
    except ValidationError:
        return False
    return can_ask(greeting.params.capabilities)
