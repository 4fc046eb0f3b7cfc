"""Any number of clients, over streamable HTTP."""

import signal
import socket
import sys
from typing import TYPE_CHECKING

from quo_mcp.config import Config, Misconfigured
from quo_mcp.serving import GRACE

if TYPE_CHECKING:
    from mcp.server import Server
    from starlette.types import ASGIApp

    from quo_mcp.quo import Quo

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def serve_http(server: "Server[Quo]", config: Config, *, host: str, port: int) -> None:
    """Serves any number of clients over streamable HTTP, without sessions, at /mcp; /health says that it lives.

    port: 0 for a free one; stderr says which.

    Raises:
        Misconfigured: the address is not this machine's own, and no token is set.
        SystemExit: it cannot be listened on.
    """
    if host not in {*LOOPBACK, "::1"} and config.http_token is None:
        raise Misconfigured(
            f"{host} can be reached from other machines. Set QUO_MCP_HTTP_TOKEN, which clients then have to send as "
            "their bearer token, or stay on 127.0.0.1."
        )
    with bound(host, port) as door:
        port = door.getsockname()[1]
        print(f"quo-mcp serves http://{in_url(host)}:{port}/mcp (Ctrl-C ends it).", file=sys.stderr)  # noqa: T201
        run_http(
            http_app(server, config, host=host, port=port),
            door,
            seconds_to_finish=int(config.send_timeout + GRACE),
        )


def bound(host: str, port: int) -> socket.socket:
    """A socket at that address.

    Raises:
        SystemExit: saying why there is none.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host.strip("[]"), port), family=family, backlog=2048)
    except OSError as fault:
        raise SystemExit(
            f"quo-mcp: cannot listen on {host} port {port}: {fault.strerror or fault}"
        ) from None


def in_url(host: str) -> str:
    return f"[{host}]" if ":" in host and not host.startswith("[") else host


def run_http(app: "ASGIApp", door: socket.socket, *, seconds_to_finish: int) -> None:
    """Serves the app until SIGTERM or SIGINT; what was asked by then is answered."""
    import uvicorn  # noqa: PLC0415 - only for this transport
    from sse_starlette.sse import AppStatus  # noqa: PLC0415 - what the SDK answers with

    # It would cut off answers half a second after the signal, a send's among them.
    AppStatus.enable_automatic_graceful_drain = False

    def leave(*_: object) -> None:
        raise SystemExit(0)

    # When it has drained, Uvicorn raises the signal again for whoever had it before: for us.
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, leave)
    uvicorn.Server(
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
    from starlette.requests import Request  # noqa: PLC0415
    from starlette.responses import PlainTextResponse, Response  # noqa: PLC0415
    from starlette.routing import Route  # noqa: PLC0415

    async def health(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    hosts = [f"{name}:{port}" for name in (*LOOPBACK, in_url(host))] + list(config.http_hosts)
    origins = [f"http://{name}" for name in hosts] + [
        f"https://{name}" for name in config.http_hosts
    ]
    app = server.streamable_http_app(
        stateless_http=True,
        transport_security=TransportSecuritySettings(allowed_hosts=hosts, allowed_origins=origins),
        custom_starlette_routes=[Route("/health", health)],
    )
    return guarded(app, config.http_token.get_secret_value()) if config.http_token else app


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
