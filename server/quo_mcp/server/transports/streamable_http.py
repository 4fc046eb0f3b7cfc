"""The streamable HTTP transport, for any number of clients."""

import signal
import socket
import sys
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import anyio
import anyio.lowlevel

from quo_mcp.config.settings import InvalidSettings, Settings
from quo_mcp.server.open_paths import OPEN_PATHS
from quo_mcp.server.transports import DRAIN, WRITE_GRACE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

    from mcp.server import Server
    from starlette.types import ASGIApp, Receive, Scope, Send

    from quo_mcp.server.request_handlers import InFlightWrites
    from quo_mcp.server.transports.http_connections import ConnectionLimits
    from quo_mcp.tools.context import Account

HTTP_DEFAULT_PORT = 80
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def serve_http(
    server: "Server[Account]",
    in_flight_writes: "InFlightWrites",
    settings: Settings,
    *,
    host: str,
    port: int,
) -> None:
    """Serve streamable HTTP at /mcp until told to stop.

    /health returns 200 while the server is up, and /ready while it can record sends.

    port: 0 picks a free port, which is printed to stderr.

    Raises:
        InvalidSettings: the host is not a loopback address, and no token is set.
        SystemExit: the address cannot be bound.
    """
    from quo_mcp.server.transports.http_shutdown import GracefulShutdown  # noqa: PLC0415 - only for this transport

    if host not in {*LOOPBACK, "::1"} and not (settings.http_token or settings.oauth_issuer):
        raise InvalidSettings(
            f"{host} is reachable from other machines. Set QUO_MCP_HTTP_TOKEN to a bearer token that clients must send, set "
            "QUO_MCP_OAUTH_ISSUER so that people sign in, or listen on 127.0.0.1."
        )
    shutdown = GracefulShutdown()
    write_timeout = settings.send_timeout + WRITE_GRACE
    with listen(host, port) as listener:
        port = listener.getsockname()[1]
        url = f"http://{host_in_url(host)}:{port}/mcp"
        print(f"quo-mcp is listening at {url} (stop with Ctrl-C).", file=sys.stderr)  # noqa: T201
        run_http(
            shutdown.wrap(
                http_app(
                    server,
                    settings,
                    host=host,
                    port=port,
                    is_ending=lambda: shutdown.has_begun,
                )
            ),
            listener,
            seconds_to_finish=int(write_timeout + 2 * DRAIN) + 1,
            on_shutdown=partial(shutdown.run, in_flight_writes, write_timeout=write_timeout),
        )


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on the address.

    Raises:
        SystemExit: the address cannot be bound; the message says why.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host.strip("[]"), port), family=family, backlog=2048)
    except OSError as error:
        raise SystemExit(
            f"quo-mcp: cannot listen on {host} port {port}: {error.strerror or error}"
        ) from None
    # Connections inherit this. Without it, the first event of a stream waits 40 ms for the headers' acknowledgment.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def host_in_url(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def run_http(
    app: "ASGIApp",
    listener: socket.socket,
    *,
    seconds_to_finish: int,
    on_shutdown: "Callable[[], Coroutine[Any, Any, None]]" = anyio.lowlevel.checkpoint,
    limits: "ConnectionLimits | None" = None,
) -> None:
    """Serve the app until SIGTERM or SIGINT, then answer the pending requests.

    on_shutdown: runs while the pending requests are answered.
    limits: of the connections; by default those that suit this process.
    """
    import uvicorn  # noqa: PLC0415 - only for this transport
    from sse_starlette.sse import AppStatus  # noqa: PLC0415 - the SDK streams responses with it

    from quo_mcp.server.transports.http_connections import (  # noqa: PLC0415
        ConnectionLimits,
        LimitedConnection,
    )

    limits = limits or ConnectionLimits.of_this_process()
    # It would cut off responses, including those of sends, half a second after the signal.
    AppStatus.enable_automatic_graceful_drain = False

    def exit_cleanly(*_: object) -> None:
        raise SystemExit(0)

    class Uvicorn(uvicorn.Server):
        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            async with anyio.create_task_group() as task_group:
                task_group.start_soon(on_shutdown)
                await super().shutdown(sockets)
                task_group.cancel_scope.cancel()

    # After draining, Uvicorn raises the signal again for the previous handler, which is this one.
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signal_number, exit_cleanly)
    Uvicorn(
        uvicorn.Config(
            app,
            http=cast("Any", partial(LimitedConnection, limits=limits)),
            log_config=None,  # its lines go where this program's go, with the same limit
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=seconds_to_finish,
        )
    ).run(sockets=[listener])


def http_app(
    server: "Server[Account]",
    settings: Settings,
    *,
    host: str,
    port: int,
    is_ending: "Callable[[], bool]" = lambda: False,
) -> "ASGIApp":
    """Return the ASGI app. It checks Host and Origin (against DNS rebinding), and the sign-in or the token of the settings."""
    from mcp.server.transport_security import TransportSecuritySettings  # noqa: PLC0415
    from starlette.requests import Request  # noqa: PLC0415
    from starlette.responses import PlainTextResponse, Response  # noqa: PLC0415
    from starlette.routing import Route, Router  # noqa: PLC0415

    from quo_mcp.server.transports.http_sessions import McpEndpoint  # noqa: PLC0415
    from quo_mcp.server.transports.path_prefix import path_prefix, without_prefix  # noqa: PLC0415
    from quo_mcp.server.transports.readiness import Readiness  # noqa: PLC0415

    async def health(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    hosts = allowed_hosts(settings, host, port)
    origins = [f"{scheme}://{host_name}" for scheme in ("http", "https") for host_name in hosts]
    security = TransportSecuritySettings(
        allowed_hosts=hosts, allowed_origins=[*origins, *settings.http_origins]
    )
    may_elicit = settings.approval != "never" or settings.roles is not None
    endpoint = McpEndpoint(server, security, may_elicit=may_elicit)
    readiness = Readiness(settings, is_ending)

    @asynccontextmanager
    async def lifespan(app: object) -> "AsyncIterator[None]":
        async with endpoint.lifespan(app):
            try:
                yield
            finally:
                readiness.close()

    # Starlette's application adds only error pages, at a cost for every message.
    app = Router(
        routes=[
            Route("/mcp", endpoint),
            Route("/mcp/", endpoint),
            Route("/health", health),
            Route("/ready", readiness.respond),
        ],
        lifespan=lifespan,
    )
    token = settings.http_token
    if settings.oauth_issuer:
        from quo_mcp.server.auth.sign_in import require_sign_in  # noqa: PLC0415 - imports cryptography

        guarded = require_sign_in(app, settings)
    else:
        guarded = require_token(app, token.get_secret_value()) if token else app
    guarded = with_lower_case_hosts(without_prefix(guarded, path_prefix(settings.public_url)))
    if not settings.http_origins:
        return guarded
    from quo_mcp.server.transports.cross_origin import CrossOriginAccess  # noqa: PLC0415

    return CrossOriginAccess(guarded, settings.http_origins)


def with_lower_case_hosts(app: "ASGIApp") -> "ASGIApp":
    """Lower the case of Host and Origin, which has no meaning (RFC 9110 §4.2.3)."""

    async def lower_hosts(scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] == "http":
            scope["headers"] = [
                (name, value.lower() if name in {b"host", b"origin"} else value)
                for name, value in scope["headers"]
            ]
        await app(scope, receive, send)

    return lower_hosts


def allowed_hosts(settings: Settings, host: str, port: int) -> list[str]:
    """Return the accepted values of the Host header, in lower case. Clients omit the port if it is the scheme's default."""
    local_hosts = (*LOOPBACK, host_in_url(host))
    hosts_without_port = [
        name for name in settings.http_hosts if ":" not in name.rpartition("]")[2]
    ]
    hosts = [
        *(f"{name}:{port}" for name in (*local_hosts, *hosts_without_port)),
        *(local_hosts if port == HTTP_DEFAULT_PORT else ()),
        *settings.http_hosts,
        *([urlsplit(settings.public_url).netloc] if settings.public_url else ()),
    ]
    return [name.lower() for name in hosts]


def require_token(app: "ASGIApp", token: str) -> "ASGIApp":
    """Require a bearer token for every path of the app but /health and /ready."""
    import hmac  # noqa: PLC0415

    from starlette.datastructures import Headers  # noqa: PLC0415
    from starlette.responses import PlainTextResponse  # noqa: PLC0415

    async def check_token(scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] == "http" and scope["path"] not in OPEN_PATHS:
            scheme, _, sent_token = Headers(scope=scope).get("authorization", "").partition(" ")
            is_token = hmac.compare_digest(sent_token.strip().encode(), token.encode())
            if scheme.lower() != "bearer" or not is_token:
                response = PlainTextResponse(
                    "Bearer token required: send the value of QUO_MCP_HTTP_TOKEN.\n",
                    401,
                    {"WWW-Authenticate": "Bearer"},
                )
                await response(scope, receive, send)
                return
        await app(scope, receive, send)

    return check_token
