"""What a person gives once, to get going."""

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from quo_mcp.cli.console import complain, say, screen

if TYPE_CHECKING:
    from quo_mcp.config.settings import Config


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    one = commands.add_parser(
        "install",
        help="set up a client to use this server",
        description="Enter this server into a client's configuration. What would change is shown first; nothing else in the file changes, and a copy of it is kept.",
        epilog="The key never goes into the command line: clients take it from MATON_API_KEY or ask for it; for Claude Desktop, which can do neither, it is read from MATON_API_KEY or typed unseen.",
    )
    one.add_argument(
        "client", nargs="?", type=client, metavar="CLIENT", help="which (default: list them)"
    )
    one.add_argument("--sandbox", action="store_true", help="no key: a pretend account answers")
    one.add_argument("--dry-run", action="store_true", help="only show what would change")
    one.add_argument("--undo", action="store_true", help="take the entry out again")
    one.add_argument("--yes", action="store_true", help="write without asking")
    one.add_argument(
        "--replace", action="store_true", help="with --yes: another server called quo, too"
    )
    one.set_defaults(run=install)

    one = commands.add_parser(
        "doctor",
        help="check the setup",
        description="Check key, connection, numbers, plan and limits, by reading alone. The exit status is 1 where something must be done.",
    )
    one.add_argument("--json", action="store_true", help="as JSON")
    one.add_argument(
        "--client", type=client, help="with the key and settings that this client's file gives"
    )
    one.set_defaults(run=doctor)

    one = commands.add_parser(
        "completion",
        help="print a completion script for a shell",
        description="Print a script that completes this command's words.",
        epilog='Example: eval "$(quo-mcp completion bash)"; in fish: quo-mcp completion fish | source',
    )
    one.add_argument("shell", choices=["bash", "zsh", "fish"])
    one.set_defaults(run=completion)


def client(text: str) -> str:
    from quo_mcp.cli.install import CLIENTS  # noqa: PLC0415 - serving does without

    if text in CLIENTS:
        return text
    raise argparse.ArgumentTypeError(f"{text!r} is none of {', '.join(CLIENTS)}")


def install(given: argparse.Namespace, config: "Config") -> int:
    from getpass import getpass  # noqa: PLC0415

    from quo_mcp.cli.install import (  # noqa: PLC0415
        CLIENTS,
        Asked,
        Machine,
        Person,
        command_of,
        overview,
        set_up,
        typed,
    )

    def agrees(question: str) -> bool:
        try:
            return input(f"{question} [y/N] ").strip().lower() in {"y", "yes"}
        except EOFError:  # Ctrl-D
            say("")
            return False

    def key() -> str:
        try:
            return getpass("Maton API key (not shown): ").strip()
        except EOFError:
            say("")
            return ""

    here = sys.stdin.isatty()
    command = command_of(Path(sys.executable), sys.platform)
    asked = Asked(
        command=command,
        key=config.api_key.get_secret_value() if config.api_key else None,
        sandbox=given.sandbox,
        dry_run=given.dry_run,
        undo=given.undo,
        yes=given.yes,
        replace=given.replace,
        again=typed(command),
    )
    person = Person(say, agrees=agrees if here else None, key=key if here else None)
    machine = Machine(sys.platform, Path.home(), os.environ)
    if given.client is None:
        say("\n".join(overview(machine)))
        return 0
    return set_up(CLIENTS[given.client], machine, asked, person)


def doctor(given: argparse.Namespace, config: "Config") -> int:
    import anyio  # noqa: PLC0415

    from quo_mcp.cli.doctor import examine  # noqa: PLC0415
    from quo_mcp.cli.install import CLIENTS, Machine, command_of, typed  # noqa: PLC0415
    from quo_mcp.cli.install.status import Unseen, environment_of, found  # noqa: PLC0415
    from quo_mcp.config.environment import from_environment  # noqa: PLC0415

    machine = Machine(sys.platform, Path.home(), os.environ)
    again = typed(command_of(Path(sys.executable), sys.platform))
    only = CLIENTS.get(given.client)
    where = "in this shell"
    if only is not None:
        try:
            config = from_environment(environment_of(only, machine))
        except Unseen as why:
            complain(why)
            return 2
        where = f"for {only.title}"
    clients = found(machine, again, only)

    async def run() -> int:
        return await examine(config, screen(), as_document=given.json, where=where, clients=clients)

    return anyio.run(run)


def completion(given: argparse.Namespace, _config: "Config") -> int:
    from quo_mcp.cli.install import CLIENTS  # noqa: PLC0415
    from quo_mcp.cli.shell_completion import script  # noqa: PLC0415
    from quo_mcp.tools.base import name_of  # noqa: PLC0415
    from quo_mcp.tools.catalogue import TOOLSETS  # noqa: PLC0415

    names = [name_of(tool) for tools in TOOLSETS.values() for tool in tools]
    say(
        script(
            given.shell, given.parser, {"call": names, "install": CLIENTS, "doctor": CLIENTS}
        ).rstrip()
    )
    return 0
