"""Serving MCP, and loading what that takes in little time."""

import argparse
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from quo_mcp.cli.console import complain

if TYPE_CHECKING:
    from quo_mcp.config.settings import Config

HOST = "127.0.0.1"
HTTP_PORT = 4020


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    one = commands.add_parser(
        "serve",
        help="serve MCP over stdio, or over HTTP",
        description="Serve MCP: to the client that starts it, over stdio; or with --http to any number of them.",
        epilog="Over HTTP clients connect to /mcp; /health says that the server lives. To listen beyond this machine, set "
        "QUO_MCP_HTTP_TOKEN, which clients then send as their bearer token, and in QUO_MCP_HTTP_HOSTS the names they reach it by.",
    )
    one.add_argument("--http", action="store_true", help="serve streamable HTTP instead of stdio")
    one.add_argument("--host", help=f"with --http, the address to listen on (default: {HOST})")
    one.add_argument("--port", type=port, help=f"with --http, the port (default: {HTTP_PORT})")
    one.set_defaults(run=serve)


def port(text: str) -> int:
    if text.isdecimal() and 0 <= int(text) < 65536:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a port: use a number from 0 to 65535")


def serve(given: argparse.Namespace, config: "Config") -> int:
    if not given.http and (given.host, given.port) != (None, None):
        complain("--host and --port are for HTTP; add --http")
        return 2
    with importing():
        import anyio  # noqa: PLC0415

        from quo_mcp.server.app import Busy, build_server  # noqa: PLC0415
        from quo_mcp.server.transports.logging import log_to_stderr  # noqa: PLC0415
        from quo_mcp.server.transports.stdio import serve_stdio  # noqa: PLC0415

    log_to_stderr(config.log_level)
    busy = Busy()
    server = build_server(config, busy=busy)
    if given.http:
        from quo_mcp.server.transports.http import serve_http  # noqa: PLC0415 - only for this transport

        at = HTTP_PORT if given.port is None else given.port
        serve_http(server, busy, config, host=given.host or HOST, port=at)
    else:
        if sys.stdin and sys.stdin.isatty():  # a client would have put a pipe there
            complain(
                "an MCP server, which waits for a client to speak to it here; Ctrl-C ends it. To see what it does: "
                "quo-mcp demo. To connect a client: quo-mcp install."
            )
        anyio.run(serve_stdio, server, busy, config)
    return 0


@contextmanager
def importing() -> Iterator[None]:
    """Loads modules in four fifths of the time, which is most of what a start takes.

    Nothing that modules make as they load is garbage, so it is not looked for. And most of the SDK's
    messages are never used by a server: Pydantic builds a class's validator when it is first needed.
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
