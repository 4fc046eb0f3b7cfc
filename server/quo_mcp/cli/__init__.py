"""The command `quo-mcp`.

quo-mcp [serve]     serve over stdio, or with --http over HTTP
├── demo            show the main job on the sandbox
├── sandbox         the pretend gateway as a server of its own
├── tools           the catalogue
├── call            one call from the shell
├── sends           what was sent, and what became of it
├── optouts         who is not to be texted; a person's to correct
├── audit           whether the audit log is whole
├── webhook         whether a webhook's payload comes from Quo
├── install         enter this server into a client's configuration, or take it out
├── doctor          what is set up, what is not, and what to do about it
└── completion      a script for the shell

A module declares a family of them and runs them. It imports what it needs when it runs, since every
start of the server passes here.
"""

import argparse
import os
import sys
from collections.abc import Sequence

from quo_mcp import __version__
from quo_mcp.cli import (
    record_commands,
    sandbox_commands,
    serve_command,
    setup_commands,
    tool_commands,
    webhook_command,
)
from quo_mcp.cli.console import complain, say_what_can_be_said
from quo_mcp.cli.serve_command import importing

FAMILIES = (
    serve_command,
    sandbox_commands,
    tool_commands,
    record_commands,
    webhook_command,
    setup_commands,
)  # in the order of --help


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command; the exit status is 0, 1 where a call failed, 2 where it was asked wrongly, 3 where nobody knows."""
    say_what_can_be_said()
    given = parser().parse_args(argv)
    try:
        status = run(given)
        sys.stdout.flush()
    except* BrokenPipeError:  # `quo-mcp tools | head`: who reads it has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    return status


def run(given: argparse.Namespace) -> int:
    with importing():
        from quo_mcp.config.environment import from_environment  # noqa: PLC0415
        from quo_mcp.config.settings import Misconfigured  # noqa: PLC0415 - not for --help

    try:
        return int(given.run(given, from_environment()))
    except Misconfigured as faults:
        complain(f"these settings do not fit:\n{faults}")
        return 2
    except KeyboardInterrupt:
        return 130


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="quo-mcp",
        description="A business phone for AI agents: Quo texts, calls and contacts over MCP. Without a subcommand it serves stdio.",
        epilog="Settings are environment variables; the README lists them. Without MATON_API_KEY a sandbox answers.",
    )
    top.add_argument("--version", action="version", version=f"quo-mcp {__version__}")
    top.set_defaults(
        run=serve_command.serve, http=False, host=None, port=None, parser=top
    )  # which completion describes
    commands = top.add_subparsers(title="commands", metavar="COMMAND")
    for family in FAMILIES:
        family.add(commands)
    return top
