"""The subcommands for all servers on one database: pause and resume sends, and the database's own state."""

import argparse
from contextlib import closing
from typing import TYPE_CHECKING

from quo_mcp.cli.console import confirm_by_person, print_err, print_out
from quo_mcp.cli.record_commands import SANDBOX_HELP, with_state_dir

if TYPE_CHECKING:
    from quo_mcp.config.settings import Settings
    from quo_mcp.server.databases import Databases
    from quo_mcp.store.database import Database


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "pause",
        help="pause all sends",
        description="Stop all texts at once, on every server that uses the same state directory or database. Tools that read "
        "keep working. A text that is already on its way is not stopped.",
    )
    command.add_argument(
        "--reason", default="", help="the reason; results show it to people and models"
    )
    command.add_argument("--sandbox", action="store_true", help=SANDBOX_HELP)
    command.set_defaults(run=with_state_dir(run_pause))

    command = commands.add_parser(
        "resume",
        help="resume sends after a pause",
        description="End a pause. Asks for confirmation on the terminal.",
    )
    command.add_argument("--sandbox", action="store_true", help=SANDBOX_HELP)
    command.set_defaults(run=with_state_dir(run_resume))

    command = commands.add_parser(
        "store",
        help="check or migrate the database",
        description="Check the database of sends, opt-outs and approvals, or create and update its tables. The server creates "
        "and updates them when it starts; use `migrate` if its database user must not create tables.",
    )
    command.add_argument(
        "action",
        nargs="?",
        choices=["status", "migrate"],
        default="status",
        help="status: show where the data is and its version (default); migrate: create or update the tables",
    )
    command.add_argument("--sandbox", action="store_true", help=SANDBOX_HELP)
    command.set_defaults(run=with_state_dir(run_store))


def run_pause(args: argparse.Namespace, settings: "Settings") -> int:
    from quo_mcp.errors import Refusal  # noqa: PLC0415
    from quo_mcp.safety.send_pauses import SendPauses  # noqa: PLC0415
    from quo_mcp.values.times import utc_now  # noqa: PLC0415

    try:
        with closing(databases_of(args, settings)) as databases:
            pause = SendPauses(databases.journal).pause(args.reason.strip(), now=utc_now())
    except Refusal as refusal:
        print_err(refusal)
        return 1
    print_out(f"{pause.description} To resume, run: quo-mcp resume")
    return 0


def run_resume(args: argparse.Namespace, settings: "Settings") -> int:
    from quo_mcp.errors import Refusal  # noqa: PLC0415
    from quo_mcp.safety.send_pauses import SendPauses  # noqa: PLC0415
    from quo_mcp.values.times import utc_now  # noqa: PLC0415

    try:
        with closing(databases_of(args, settings)) as databases:
            pauses = SendPauses(databases.journal)
            pause = pauses.get()
            if pause is None:
                print_out("Sends are not paused.")
                return 0
            question = f"{pause.description}\nIf you resume, every server can send texts again."
            if not confirm_by_person(question, "resume"):
                return 1
            pauses.resume(now=utc_now())
    except Refusal as refusal:
        print_err(refusal)
        return 1
    print_out("Sends are no longer paused.")
    return 0


def run_store(args: argparse.Namespace, settings: "Settings") -> int:
    from quo_mcp.errors import Refusal  # noqa: PLC0415

    try:
        with closing(databases_of(args, settings)) as databases:
            tables = {
                "Sends, opt-outs, approvals": databases.journal,
                "Rate limit": databases.rate,
                "Kept contacts": databases.contacts,
            }
            if args.action == "migrate":
                migrate(databases, settings)
            print_out(
                "\n".join(f"{title}: {describe(database)}" for title, database in tables.items())
            )
            statuses = [database.read_status() for database in tables.values()]
    except Refusal as refusal:
        print_err(refusal)
        return 1
    return 0 if all(status is None or status.is_usable for status in statuses) else 1


def migrate(databases: "Databases", settings: "Settings") -> None:
    """Create or update the tables. Contacts are a file of their own, created only where they are kept."""
    for database in (databases.journal, databases.rate):
        with database.reader():
            pass
    if settings.keep_contacts or settings.database is not None:
        with databases.contacts.reader():
            pass


def describe(database: "Database") -> str:
    """Return the state of a database in a sentence."""
    status = database.read_status()
    if status is None:
        return f"no tables yet in {database.location}; they are created on first use."
    if status.version == status.known:
        state = "up to date"
    elif status.version < status.known:
        state = f"older than this quo-mcp, which updates it to {status.known} on first use"
    elif status.is_usable:
        state = "newer than this quo-mcp, which can use it"
    else:
        state = "newer than this quo-mcp, which cannot use it and refuses to send; update quo-mcp"
    return f"version {status.version} in {database.location}: {state}."


def databases_of(args: argparse.Namespace, settings: "Settings") -> "Databases":
    from quo_mcp.server.databases import open_databases, state_dir_for  # noqa: PLC0415

    folder = state_dir_for(settings, sandbox=args.sandbox)
    return open_databases(settings, folder, sandbox=args.sandbox)
