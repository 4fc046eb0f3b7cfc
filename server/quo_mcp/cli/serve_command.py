"""The subcommand `serve`, and a fast way to import what it needs."""

import argparse
import gc
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from quo_mcp.cli.console import print_err
from quo_mcp.cli.log_limit import RepetitionLimit

if TYPE_CHECKING:
    from quo_mcp.config.settings import Settings

HOST = "127.0.0.1"
HTTP_PORT = 4020


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "serve",
        help="serve MCP over stdio, or over HTTP",
        description="Serve MCP over stdio to the client that starts this command, or over HTTP to any number of clients.",
        epilog="Over HTTP, clients connect to /mcp; /health returns 200 when the server is up, and /ready when it can record sends. To accept connections from other "
        "machines, set QUO_MCP_HTTP_TOKEN to the bearer token that clients must send, and QUO_MCP_HTTP_HOSTS to the host names "
        "that they use.",
    )
    command.add_argument(
        "--http", action="store_true", help="serve streamable HTTP instead of stdio"
    )
    command.add_argument("--host", help=f"with --http: address to listen on (default: {HOST})")
    command.add_argument(
        "--port", type=port_number, help=f"with --http: port to listen on (default: {HTTP_PORT})"
    )
    command.set_defaults(run=run_serve)


def port_number(text: str) -> int:
    if text.isdecimal() and 0 <= int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError(f"invalid port {text!r}: use a number from 0 to 65535")


def run_serve(args: argparse.Namespace, settings: "Settings") -> int:
    if not args.http and (args.host, args.port) != (None, None):
        print_err("--host and --port apply only to HTTP; add --http")
        return 2
    with fast_imports():
        import anyio  # noqa: PLC0415

        from quo_mcp.server.account import open_account  # noqa: PLC0415
        from quo_mcp.server.app import build_server  # noqa: PLC0415
        from quo_mcp.server.request_handlers import InFlightWrites  # noqa: PLC0415
        from quo_mcp.server.transports.stdio import serve_stdio  # noqa: PLC0415

    log_to_stderr(settings.log_level)
    if settings.api_key and settings.quo_api_key:
        logging.getLogger(__name__).warning(
            "QUO_API_KEY is ignored, because MATON_API_KEY is set. To use Quo's API directly, remove MATON_API_KEY."
        )
    in_flight_writes = InFlightWrites()
    if settings.http_audit_stdout and not args.http:
        print_err("QUO_MCP_HTTP_AUDIT_STDOUT requires --http: over stdio, stdout is for the client")
        return 2
    server = build_server(
        settings,
        account_factory=partial(
            open_account, audit_stream=sys.stdout if settings.http_audit_stdout else None
        ),
        in_flight_writes=in_flight_writes,
    )
    if args.http:
        from quo_mcp.server.transports.streamable_http import serve_http  # noqa: PLC0415 - only for this transport

        port = HTTP_PORT if args.port is None else args.port
        serve_http(server, in_flight_writes, settings, host=args.host or HOST, port=port)
    else:
        if sys.stdin and sys.stdin.isatty():  # a client would have connected a pipe
            print_err(
                "waiting for an MCP client on stdin (stop with Ctrl-C). For a sample session, run: quo-mcp demo. To connect a "
                "client, run: quo-mcp install"
            )
        anyio.run(serve_stdio, server, in_flight_writes, settings)
    return 0


def log_to_stderr(level: str) -> None:
    """Log this package at `level` and libraries from WARNING up: their INFO lines contain phone numbers."""
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    logging.getLogger("quo_mcp").setLevel(level)
    for handler in logging.getLogger().handlers:
        handler.addFilter(RepetitionLimit())


@contextmanager
def fast_imports() -> Iterator[None]:
    """Import modules in about 80 % of the usual time. Imports dominate the startup time.

    Garbage collection is off, because imports create almost no garbage. Pydantic defers building validators, because the
    server never uses most of the SDK's message classes.
    """
    from pydantic import BaseModel  # noqa: PLC0415 - not for --help

    gc.disable()
    BaseModel.model_config["defer_build"] = True
    try:
        yield
    finally:
        BaseModel.model_config.pop("defer_build", None)
        gc.freeze()
        gc.enable()
