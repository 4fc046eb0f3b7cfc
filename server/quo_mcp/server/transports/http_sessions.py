"""The MCP endpoint over HTTP, and which clients get a session.

Since protocol version 2026-07-28 there are no sessions. Before, an elicitation request goes out on the response to the
waiting call, and its answer arrives in another request, which only a session can connect. So a client of an earlier
version that supports elicitation gets a session when it initializes. Other clients are stateless: any of several servers
may handle any of their requests.
"""

import codecs
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

from quo_mcp.server.approval import supports_elicitation
from quo_mcp.server.transports.http_batches import serve_batch, with_content_length

if TYPE_CHECKING:
    from mcp.server import Server

    from quo_mcp.tools.context import Account

# Beyond this, `initialize` is refused, because without a session the client could never be asked.
MAX_SESSIONS = 1_000
# Without a request or an open stream. Afterwards the client must initialize again.
SESSION_IDLE_SECONDS = 3_600


class McpEndpoint:
    """The ASGI app at /mcp, usable within `lifespan`.

    may_elicit: whether the server ever asks for approval. If it does not, no client needs a session.
    """

    def __init__(
        self,
        server: "Server[Account]",
        security: TransportSecuritySettings,
        *,
        may_elicit: bool,
    ) -> None:
        self._server = server
        self._security = security
        self._may_elicit = may_elicit
        self._limited_post = RequestBodyLimitMiddleware(
            self._handle_post, DEFAULT_MAX_REQUEST_BODY_SIZE
        )

    @asynccontextmanager
    async def lifespan(self, _app: object = None) -> AsyncIterator[None]:
        """Open the account and run the session managers: stateful, stateless, and without streams."""
        async with self._server.lifespan(self._server) as context:
            shared_server = copy(self._server)
            # Otherwise each manager would open the account.
            shared_server.lifespan = lambda _: nullcontext(context)
            self._sessions = StreamableHTTPSessionManager(
                shared_server,
                security_settings=self._security,
                session_idle_timeout=SESSION_IDLE_SECONDS,
                max_sessions=MAX_SESSIONS,
            )
            self._no_session = StreamableHTTPSessionManager(
                shared_server, security_settings=self._security, stateless=True
            )
            self._single_reply = StreamableHTTPSessionManager(
                shared_server,
                security_settings=self._security,
                json_response=True,
                stateless=True,
            )
            async with self._sessions.run(), self._no_session.run(), self._single_reply.run():
                yield

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] == "POST":
            await self._limited_post(scope, receive, send)
        elif MCP_SESSION_ID_HEADER in Headers(scope=scope):
            await self._sessions.handle_request(scope, receive, send)
        else:  # without a session there is no stream to open and nothing to delete
            await Response(status_code=405, headers={"Allow": "POST"})(scope, receive, send)

    async def _handle_post(self, scope: Scope, receive: Receive, send: Send) -> None:
        # The body-limit middleware passes the whole body in one message.
        body_message = await receive()
        body: bytes = body_message.get("body", b"")
        if body.startswith(codecs.BOM_UTF8):
            body = body.removeprefix(codecs.BOM_UTF8)
            body_message = {**body_message, "body": body}
            scope = {**scope, "headers": with_content_length(scope["headers"], len(body))}
        messages = [body_message]

        async def replay() -> Message:
            return messages.pop() if messages else await receive()

        needs_session = MCP_SESSION_ID_HEADER in Headers(scope=scope) or (
            self._may_elicit and is_initialize_with_elicitation(body)
        )
        if needs_session:
            manager = self._sessions
        else:
            # A stream costs two more tasks a request, and only progress needs it.
            manager = self._no_session if b'"progressToken"' in body else self._single_reply
        if body.lstrip().startswith(b"["):
            await serve_batch(body, manager.handle_request, scope, receive, send)
        else:
            await manager.handle_request(scope, replay, send)


def is_initialize_with_elicitation(body: bytes) -> bool:
    """Return whether a body is an `initialize` request of a client that supports elicitation."""
    if b"elicitation" not in body:
        return False
    try:
        request = types.InitializeRequest.model_validate_json(body)
    except ValidationError:
        return False
    return supports_elicitation(request.params.capabilities)
