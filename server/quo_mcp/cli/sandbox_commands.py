"""What needs no key: the pretend gateway as a server of its own, and the main job shown on it."""

import argparse
from typing import TYPE_CHECKING

from quo_mcp.cli.serve_command import port

if TYPE_CHECKING:
    from quo_mcp.config.settings import Config

PORT = 4010


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    one = commands.add_parser(
        "demo",
        help="show what an agent can do, on the sandbox",
        description="Show the main job on the sandbox.",
    )
    one.set_defaults(run=demo)

    one = commands.add_parser(
        "sandbox",
        help="serve the pretend gateway",
        description="Serve the pretend gateway on 127.0.0.1, for clients in any language. Its key is: sandbox.",
        epilog="To serve it over MCP: MATON_API_KEY=sandbox QUO_MCP_BASE_URL=http://127.0.0.1:4010 quo-mcp. To have it "
        'misbehave, POST a fault to /_sandbox/faults, as {"kind": "lost_reply", "method": "POST"}; a kind that there '
        "is not is answered with those that there are. GET lists the faults, DELETE ends them, and /_sandbox/ledger has the "
        "texts that really went out.",
    )
    one.add_argument("--port", type=port, default=PORT, help="the port (default: %(default)s)")
    one.set_defaults(run=sandbox)


def demo(_given: argparse.Namespace, _config: "Config") -> int:
    import anyio  # noqa: PLC0415

    from quo_mcp.cli.demo import show  # noqa: PLC0415

    anyio.run(show)
    return 0


def sandbox(given: argparse.Namespace, _config: "Config") -> int:
    from quo_mcp.server.transports.sandbox_server import serve_sandbox  # noqa: PLC0415

    serve_sandbox(given.port)
    return 0
