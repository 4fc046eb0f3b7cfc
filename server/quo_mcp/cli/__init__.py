"""The command `quo-mcp`.

quo-mcp [serve]     serve MCP over stdio, or with --http over HTTP
├── demo            play an agent's session on the sandbox
├── sandbox         serve the sandbox API
├── tools           list the enabled tools
├── call            call one tool
├── sends           list recent sends and their outcome
├── optouts         manage the do-not-text list
├── audit           verify or list the audit log
├── forget          remove a person from this server's records
├── pause           pause all sends
├── resume          resume sends after a pause
├── store           check or migrate the database
├── webhook         verify a webhook's signature
├── install         add this server to a client's configuration, or remove it
├── doctor          check the setup
└── completion      print a completion script for a shell

Each module declares some subcommands (`add_commands`) and runs them. Modules import what a subcommand needs only when it
runs, because every start of the server imports all of them.
"""

import argparse
import os
import sys
from collections.abc import Sequence

from quo_mcp import __version__
from quo_mcp.cli import (
    audit_command,
    forget_command,
    record_commands,
    sandbox_commands,
    serve_command,
    setup_commands,
    store_commands,
    tool_commands,
    webhook_command,
)
from quo_mcp.cli.console import print_err, replace_unencodable
from quo_mcp.cli.serve_command import fast_imports

COMMAND_MODULES = (
    serve_command,
    sandbox_commands,
    tool_commands,
    record_commands,
    audit_command,
    forget_command,
    store_commands,
    webhook_command,
    setup_commands,
)  # in the order of --help


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status: 0 success, 1 failure, 2 usage error, 3 unknown outcome."""
    replace_unencodable()
    args = build_parser().parse_args(argv)
    try:
        status = run(args)
        sys.stdout.flush()
    except* BrokenPipeError:  # `quo-mcp tools | head` closes the pipe early
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = 0
    return status


def run(args: argparse.Namespace) -> int:
    with fast_imports():
        from quo_mcp.config.environment import load_settings  # noqa: PLC0415
        from quo_mcp.config.settings import InvalidSettings  # noqa: PLC0415 - not for --help

    try:
        return int(args.run(args, load_settings()))
    except InvalidSettings as error:
        print_err(f"invalid settings:\n{error}")
        return 2
    except KeyboardInterrupt:
        return 130


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="quo-mcp",
        description="An MCP server that gives AI agents a business phone: the texts, calls, voicemails, contacts and tasks of "
        "a Quo workspace. Without a command, it serves MCP over stdio.",
        epilog="Settings are environment variables; the README lists them. Without MATON_API_KEY, the server runs on sandbox "
        "data. Exit status: 0 success, 1 failure, 2 usage error, 3 unknown or in progress.",
    )
    parser.add_argument("--version", action="version", version=f"quo-mcp {__version__}")
    parser.set_defaults(
        run=serve_command.run_serve, http=False, host=None, port=None, parser=parser
    )  # which completion describes
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND")
    for module in COMMAND_MODULES:
        module.add_commands(subparsers)
    return parser
