"""Any number of clients, over streamable HTTP."""

import signal
import socket
import sys
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel

from quo_mcp.config.settings import Config, Misconfigured
from quo_mcp.server.transports import GRACE, LAST_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from mcp.server import Server
    from starlette.types import ASGIApp

    from quo_mcp.server.app import Busy
    from quo_mcp.tools.context import Quo

HTTP = 80
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def serve_http(
    server: "Server[Quo]", busy: "Busy", config: Config, *, host: str, port: int
) -> None:
    """Serves any number of clients over streamable HTTP at /mcp; /health says that it lives.

    port: 0 for a free one; stderr says which.

    Raises:
        Misconfigured: the address is not this machine's own, and no token is set.
        SystemExit: it cannot be listened on.
    """
    from quo_mcp.server.transports.http_shutdown import Ending  # noqa: PLC0415 - only for this transport

    if host not in {*LOOPBACK, "::1"} and config.http_token is None:
        raise Misconfigured(
            f"{host} can be reached from other machines. Set QUO_MCP_HTTP_TOKEN, which clients then have to send as "
            "their bearer token, or stay on 127.0.0.1."
        )
    ending, within = Ending(anyio.Event(), anyio.Event()), config.send_timeout + GRACE
    with bound(host, port) as door:
        port = door.getsockname()[1]
        print(f"quo-mcp serves http://{in_url(host)}:{port}/mcp (Ctrl-C ends it).", file=sys.stderr)  # noqa: T201
        run_http(
            ending.of(http_app(server, config, host=host, port=port)),
            door,
            seconds_to_finish=int(within + 2 * LAST_WORDS) + 1,
            at_end=partial(ending.come, busy, within=within),
        )


def bound(host: str, port: int) -> socket.socket:
    """A socket at that address.

    Raises:
        SystemExit: saying why there is none.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        door = socket.create_server((host.strip("[]"), port), family=family, backlog=2048)
    except OSError as fault:
        raise SystemExit(
            f"quo-mcp: cannot listen on {host} port {port}: {fault.strerror or fault}"
        ) from None
    # Every connection inherits it. Without, what a stream holds behind its headers waits for their receipt: 40 ms.
    door.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return door


def in_url(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def run_http(
    app: "ASGIApp",
    door: socket.socket,
    *,
    seconds_to_finish: int,
    at_end: "Callable[[], Coroutine[Any, Any, None]]" = anyio.lowlevel.checkpoint,
) -> None:
    """Serves the app until SIGTERM or SIGINT; what was asked by then is answered.

    at_end: runs beside the answering of what is left.
    """
    import uvicorn  # noqa: PLC0415 - only for this transport
    from sse_starlette.sse import AppStatus  # noqa: PLC0415 - what the SDK answers with

    # It would cut off answers half a second after the signal, a send's among them.
    AppStatus.enable_automatic_graceful_drain = False

    def leave(*_: object) -> None:
        raise SystemExit(0)

    class Serving(uvicorn.Server):
        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            async with anyio.create_task_group() as group:
                group.start_soon(at_end)
                await super().shutdown(sockets)
                group.cancel_scope.cancel()

    # When it has drained, Uvicorn raises the signal again for whoever had it before: for us.
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, leave)
    Serving(
        uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=seconds_to_finish,
        )
    ).run(sockets=[door])


def http_app(server: "Server[Quo]", config: Config, *, host: str, port: int) -> "ASGIApp":
    """The ASGI app: Host and Origin checked (against DNS rebinding), the token where one is set."""
    from mcp.server.transport_security import TransportSecuritySettings  # noqa: PLC0415
    from starlette.applications import Starlette  # noqa: PLC0415
    from starlette.requests import Request  # noqa: PLC0415
    from starlette.responses import PlainTextResponse, Response  # noqa: PLC0415
    from starlette.routing import Route  # noqa: PLC0415

    from quo_mcp.server.transports.http_sessions import Endpoint  # noqa: PLC0415

    async def health(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    hosts = hosts_of(config, host, port)
    origins = [f"http://{name}" for name in hosts] + [f"https://{name}" for name in hosts]
    security = TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=origins)
    endpoint = Endpoint(server, security, asks=config.approval != "never")
    app = Starlette(
        routes=[Route("/mcp", endpoint), Route("/health", health)], lifespan=endpoint.running
    )
    return guarded(app, config.http_token.get_secret_value()) if config.http_token else app


def hosts_of(config: Config, host: str, port: int) -> list[str]:
    """The names under which a request may come. A client leaves out the port where it is the scheme's own."""
    local = (*LOOPBACK, in_url(host))
    bare = [name for name in config.http_hosts if ":" not in name.rpartition("]")[2]]
    return [
        *(f"{name}:{port}" for name in (*local, *bare)),
        *(local if port == HTTP else ()),
        *config.http_hosts,
    ]


def guarded(app: "ASGIApp", token: str) -> "ASGIApp":
    """The app behind a bearer token; /health stays open."""
    import hmac  # noqa: PLC0415

    from starlette.datastructures import Headers  # noqa: PLC0415
    from starlette.responses import PlainTextResponse  # noqa: PLC0415
    from starlette.types import Receive, Scope, Send  # noqa: PLC0415

    async def door(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] != "/health":
            given = Headers(scope=scope).get("authorization", "")
            if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
                refusal = PlainTextResponse(
                    "A bearer token is needed: the one in QUO_MCP_HTTP_TOKEN.\n",
                    401,
                    {"WWW-Authenticate": "Bearer"},
                )
                await refusal(scope, receive, send)
                return
        await app(scope, receive, send)

    return door
