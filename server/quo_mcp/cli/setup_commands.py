"""The setup subcommands: `install`, `doctor` and `completion`."""

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from quo_mcp.cli.console import current_terminal, print_err, print_out

if TYPE_CHECKING:
    from quo_mcp.cli.install.variables import KeyKind
    from quo_mcp.config.settings import Settings


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "install",
        help="add this server to a client's configuration, or remove it",
        description="Add this server to a client's configuration. The command previews the change, asks before it writes, keeps a "
        "backup, and changes nothing else in the file. Without CLIENT, it lists the supported clients and their status.",
        epilog="The API key is never a command-line argument. Clients read it from MATON_API_KEY (with --direct: QUO_API_KEY) or ask "
        "for it. Claude Desktop can do neither, so its configuration file holds the key: it is read from that variable now, or "
        "prompted for without echo.",
    )
    command.add_argument(
        "client",
        nargs="?",
        type=client_name,
        metavar="CLIENT",
        help="the client to configure (default: list all clients)",
    )
    command.add_argument(
        "--sandbox", action="store_true", help="use the sandbox, without an API key"
    )
    command.add_argument(
        "--direct",
        action="store_true",
        help="use Quo's API directly, with Quo's own API key (QUO_API_KEY), instead of Maton",
    )
    command.add_argument(
        "--dry-run", action="store_true", help="show the change without writing it"
    )
    command.add_argument(
        "--undo",
        action="store_true",
        help="remove this server from the configuration; a server that it replaced is restored",
    )
    command.add_argument("--yes", action="store_true", help="write without asking for confirmation")
    command.add_argument(
        "--replace",
        action="store_true",
        help='with --yes: also replace a different server named "quo"',
    )
    command.set_defaults(run=run_install)

    command = commands.add_parser(
        "doctor",
        help="check the setup",
        description="Check key, connection, numbers, plan and limits (read-only). Exit status 1 if a problem needs to be fixed.",
    )
    command.add_argument("--json", action="store_true", help="print JSON")
    command.add_argument(
        "--live",
        action="store_true",
        help="check on your account what the server assumes about Quo, and print a report without personal details",
    )
    command.add_argument(
        "--yes", action="store_true", help="with --live: start without asking for confirmation"
    )
    command.add_argument(
        "--client",
        type=client_name,
        help="check with the key and settings in this client's configuration",
    )
    command.set_defaults(run=run_doctor)

    command = commands.add_parser(
        "completion",
        help="print a completion script for a shell",
        description="Print a shell script that completes the commands and arguments of quo-mcp.",
        epilog='Example: eval "$(quo-mcp completion bash)"; in fish: quo-mcp completion fish | source',
    )
    command.add_argument("shell", choices=["bash", "zsh", "fish"], help="the shell")
    command.set_defaults(run=run_completion)


def client_name(text: str) -> str:
    from quo_mcp.cli.install.clients import CLIENTS  # noqa: PLC0415 - not needed to serve

    if text in CLIENTS:
        return text
    raise argparse.ArgumentTypeError(f"unknown client {text!r} (choose from {', '.join(CLIENTS)})")


def run_install(args: argparse.Namespace, settings: "Settings") -> int:
    from getpass import getpass  # noqa: PLC0415

    from quo_mcp.cli.install.clients import CLIENTS, Machine  # noqa: PLC0415
    from quo_mcp.cli.install.installation import (  # noqa: PLC0415
        InstallOptions,
        Prompter,
        command_for_user,
        launch_command,
        list_clients,
        set_up_client,
    )
    from quo_mcp.cli.install.variables import MATON_KEY, QUO_KEY  # noqa: PLC0415

    def ask_key(kind: "KeyKind") -> str:
        try:
            return getpass(f"{kind.issuer} API key (input is hidden): ").strip()
        except EOFError:
            print_out("")
            return ""

    flags = [
        name for name in ("undo", "direct", "sandbox", "dry_run", "yes") if getattr(args, name)
    ]
    if flags and args.client is None:
        option = f"--{flags[0].replace('_', '-')}"
        print_err(f"{option} requires the name of a client. For a list, run: quo-mcp install")
        return 2
    key = settings.quo_api_key if args.direct else settings.api_key or settings.quo_api_key
    key_kind = None
    if args.direct or settings.is_direct:
        key_kind = QUO_KEY
    elif settings.api_key:
        key_kind = MATON_KEY
    is_interactive = sys.stdin.isatty()
    command = launch_command(Path(sys.executable), sys.platform)
    options = InstallOptions(
        command=command,
        key=None if key is None else key.get_secret_value(),
        key_kind=key_kind,
        sandbox=args.sandbox,
        dry_run=args.dry_run,
        undo=args.undo,
        yes=args.yes,
        replace=args.replace,
        command_for_user=command_for_user(command),
    )
    prompter = Prompter(
        print_out,
        confirm=confirm if is_interactive else None,
        ask_key=ask_key if is_interactive else None,
    )
    machine = Machine(sys.platform, Path.home(), os.environ)
    if args.client is None:
        print_out("\n".join(list_clients(machine, options.command_for_user)))
        return 0
    return set_up_client(CLIENTS[args.client], machine, options, prompter)


def run_doctor(args: argparse.Namespace, settings: "Settings") -> int:
    import anyio  # noqa: PLC0415

    from quo_mcp.cli.doctor import report_setup  # noqa: PLC0415
    from quo_mcp.cli.install.clients import CLIENTS, Machine  # noqa: PLC0415
    from quo_mcp.cli.install.installation import command_for_user, launch_command  # noqa: PLC0415
    from quo_mcp.cli.install.status import (  # noqa: PLC0415
        UnknownEnvironment,
        client_environment,
        client_findings,
    )
    from quo_mcp.config.environment import load_settings  # noqa: PLC0415

    machine = Machine(sys.platform, Path.home(), os.environ)
    user_command = command_for_user(launch_command(Path(sys.executable), sys.platform))
    client = CLIENTS.get(args.client)
    key_source = "in this shell"
    if client is not None:
        try:
            settings = load_settings(client_environment(client, machine))
        except UnknownEnvironment as error:
            print_err(error)
            return 2
        key_source = f"for {client.title}"
    if args.live:
        return run_live_checks(args, settings)
    clients = client_findings(machine, user_command, client)

    async def run() -> int:
        return await report_setup(
            settings,
            current_terminal(),
            json_output=args.json,
            key_source=key_source,
            clients=clients,
            is_client=client is not None,
        )

    return anyio.run(run)


def run_live_checks(args: argparse.Namespace, settings: "Settings") -> int:
    import anyio  # noqa: PLC0415

    from quo_mcp.cli.live_report import QUESTION, report_assumptions  # noqa: PLC0415

    if not args.yes:
        if not sys.stdin.isatty():
            print_err("Nothing was read: no terminal to ask for confirmation. Use --yes.")
            return 2
        if not confirm(QUESTION):
            print_err("Nothing was read.")
            return 1

    async def run() -> int:
        return await report_assumptions(settings, current_terminal(), json_output=args.json)

    return anyio.run(run)


def confirm(question: str) -> bool:
    """Ask a yes-or-no question on the terminal."""
    try:
        return input(f"{question} [y/N] ").strip().lower() in {"y", "yes"}
    except EOFError:  # Ctrl-D
        print_out("")
        return False


def run_completion(args: argparse.Namespace, _settings: "Settings") -> int:
    from quo_mcp.cli.install.clients import CLIENTS  # noqa: PLC0415
    from quo_mcp.cli.shell_completion import completion_script  # noqa: PLC0415
    from quo_mcp.tools.base import name_of  # noqa: PLC0415
    from quo_mcp.tools.catalogue import TOOLSETS  # noqa: PLC0415

    names = [name_of(tool) for tools in TOOLSETS.values() for tool in tools]
    print_out(
        completion_script(args.shell, args.parser, {"tool": names, "client": CLIENTS}).rstrip()
    )
    return 0
