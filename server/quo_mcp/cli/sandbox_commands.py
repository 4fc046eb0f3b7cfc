"""The subcommands `sandbox` and `demo`, which need no API key."""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from quo_mcp.cli.console import print_out
from quo_mcp.cli.serve_command import port_number

if TYPE_CHECKING:
    from quo_mcp.config.settings import Settings

DEFAULT_PORT = 4010


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "demo",
        help="play a sample session on the sandbox",
        description="Play a sample session on the sandbox: print an agent's tool calls and their results. No API key is required.",
    )
    command.set_defaults(run=run_demo)

    command = commands.add_parser(
        "sandbox",
        help="run the sandbox API server",
        description="Run the sandbox API server on 127.0.0.1. It simulates Quo and Maton for clients in any language. "
        "The API key is: sandbox.",
        epilog="To use it over MCP: MATON_API_KEY=sandbox QUO_MCP_BASE_URL=http://127.0.0.1:4010 quo-mcp. To simulate a "
        'failure, POST a fault to /_sandbox/faults, such as {"kind": "lost_reply", "method": "POST"}; an unknown kind '
        "returns the list of valid ones. GET lists the active faults, DELETE removes them. GET /_sandbox/ledger lists the "
        "texts that were actually sent.",
    )
    command.add_argument(
        "--port",
        type=port_number,
        default=DEFAULT_PORT,
        help="port to listen on (default: %(default)s)",
    )
    command.set_defaults(run=run_sandbox)


def run_demo(_args: argparse.Namespace, _settings: "Settings") -> int:
    import anyio  # noqa: PLC0415

    from quo_mcp.cli.demo import play_demo  # noqa: PLC0415
    from quo_mcp.cli.install.installation import launch_command  # noqa: PLC0415

    anyio.run(play_demo, launch_command(Path(sys.executable), sys.platform))
    return 0


def run_sandbox(args: argparse.Namespace, _settings: "Settings") -> int:
    from quo_mcp.sandbox import Sandbox  # noqa: PLC0415
    from quo_mcp.server.transports.streamable_http import listen, run_http  # noqa: PLC0415

    with listen("127.0.0.1", args.port) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        print_out(
            f"The sandbox is at {url} (stop it with Ctrl-C). To use it over MCP:\n"
            f"  MATON_API_KEY=sandbox QUO_MCP_BASE_URL={url} quo-mcp"
        )
        sys.stdout.flush()
        run_http(Sandbox().app, listener, seconds_to_finish=1)
    return 0
