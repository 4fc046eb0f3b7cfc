"""Browser pages of other origins: which may read this server's responses (CORS, Fetch standard §3.3).

A browser asks with a preflight first, which carries no token and is therefore answered before the token is checked.
A page of an origin that is not allowed gets no permission, so its browser hides the response from it.
"""

from collections.abc import Collection, MutableMapping
from typing import TYPE_CHECKING, Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

ALLOWED_METHODS = "GET, POST, DELETE"
# "Authorization" must be named, because a wildcard does not include it.
REQUEST_HEADERS = (
    "authorization",
    "content-type",
    "accept",
    "last-event-id",
    "mcp-method",
    "mcp-name",
    "mcp-protocol-version",
    "mcp-session-id",
)
MIRRORED_PREFIX = "mcp-param-"  # of headers that repeat arguments
EXPOSED_HEADERS = "Mcp-Session-Id, Mcp-Protocol-Version, WWW-Authenticate, Retry-After"
PREFLIGHT_SECONDS = 600  # how long a browser may remember a permission


class CrossOriginAccess:
    """An ASGI app with permissions for pages of other origins.

    origins: exact origins, in lower case, such as "https://app.example.com".
    """

    def __init__(self, app: "ASGIApp", origins: Collection[str]) -> None:
        self._app = app
        self._origins = frozenset(origins)

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin", "")
        is_allowed = origin.lower() in self._origins
        if scope["method"] == "OPTIONS" and origin and "access-control-request-method" in headers:
            await self._preflight(headers, is_allowed=is_allowed)(scope, receive, send)
            return

        async def send_with_permission(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                response_headers = MutableHeaders(scope=message)
                # Without it, a cache could give a response without the permission to a page that has it.
                response_headers.add_vary_header("Origin")
                if is_allowed:
                    response_headers["Access-Control-Allow-Origin"] = origin
                    response_headers["Access-Control-Expose-Headers"] = EXPOSED_HEADERS
            await send(message)

        await self._app(scope, receive, send_with_permission)

    def _preflight(self, headers: Headers, *, is_allowed: bool) -> Response:
        vary = {"Vary": "Origin, Access-Control-Request-Headers"}
        origin = headers["origin"]
        if not is_allowed:
            return PlainTextResponse(
                "Pages of this origin may not use this server. Add the origin to QUO_MCP_HTTP_ORIGINS.\n",
                403,
                vary,
            )
        requested = headers.get("access-control-request-headers", "").lower().split(",")
        mirrored = [name.strip() for name in requested if name.strip().startswith(MIRRORED_PREFIX)]
        permission = {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Methods": ALLOWED_METHODS,
            "Access-Control-Allow-Headers": ", ".join((*REQUEST_HEADERS, *mirrored)),
            "Access-Control-Max-Age": str(PREFLIGHT_SECONDS),
        }
        if headers.get("access-control-request-private-network") == "true":
            permission["Access-Control-Allow-Private-Network"] = "true"
        return Response(status_code=204, headers=vary | permission)
