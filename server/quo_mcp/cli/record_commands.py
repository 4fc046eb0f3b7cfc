"""The subcommands for the local records: sends, opt-outs and the audit log."""

import argparse
from typing import TYPE_CHECKING

from quo_mcp.cli.console import current_terminal, print_err, print_out

if TYPE_CHECKING:
    from collections.abc import Callable

    from quo_mcp.config.settings import Settings
    from quo_mcp.safety.opt_out_store import OptOutStore

    Command = Callable[[argparse.Namespace, Settings], int]

TRUNCATION_NOTE = (
    "Lines that are missing at the end, or a log that was written anew from the start, do not show by this alone. Note "
    'the hash elsewhere: it has to be the last one\'s still, or stand as "before" in the line that came next.'
)
SANDBOX_HELP = "those of the sandbox (kept in QUO_MCP_STATE_DIR), not the account's"


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "sends", help="list recent sends", description="What was sent, and what became of it."
    )
    command.add_argument("--limit", type=int, default=20, help="how many (default: %(default)s)")
    command.add_argument(
        "--give-up", metavar="SEND_ID", help="stop waiting for a send whose outcome is unknown"
    )
    command.add_argument("--sandbox", action="store_true", help=SANDBOX_HELP)
    command.add_argument("--json", action="store_true", help="the list as JSON")
    command.set_defaults(run=with_state_dir(run_sends))

    command = commands.add_parser(
        "optouts",
        help="who is not to be texted",
        description="List and correct who is not to be texted.",
    )
    command.add_argument("action", nargs="?", choices=["list", "add", "allow"], default="list")
    command.add_argument("number", nargs="?", help="with add and allow: +14155550134")
    command.add_argument("--sandbox", action="store_true", help=SANDBOX_HELP)
    command.add_argument("--json", action="store_true", help="the list as JSON")
    command.set_defaults(run=with_state_dir(run_optouts))

    command = commands.add_parser(
        "audit",
        help="check the audit log",
        description="Tell whether the audit log is as it was written. The exit status is 1 where it is not, or holds nothing.",
    )
    command.add_argument("action", choices=["verify"])
    command.add_argument("--sandbox", action="store_true", help=SANDBOX_HELP)
    command.set_defaults(run=with_state_dir(run_audit))


def with_state_dir(command: "Command") -> "Command":
    """Wrap a command: with --sandbox it needs QUO_MCP_STATE_DIR, because otherwise the sandbox keeps no state."""

    def run(args: argparse.Namespace, settings: "Settings") -> int:
        if args.sandbox and settings.state_dir is None:
            print_err("the sandbox keeps nothing between runs; set QUO_MCP_STATE_DIR to keep it")
            return 2
        return command(args, settings)

    return run


def run_sends(args: argparse.Namespace, settings: "Settings") -> int:
    from quo_mcp.cli.record_lists import format_sends  # noqa: PLC0415
    from quo_mcp.errors import Refusal  # noqa: PLC0415
    from quo_mcp.server.account import open_records  # noqa: PLC0415
    from quo_mcp.tools.send_outcome import describe  # noqa: PLC0415
    from quo_mcp.values.times import utc_now  # noqa: PLC0415

    try:
        with open_records(settings, sandbox=args.sandbox) as (journal, _):
            if args.give_up:
                print_out(describe(journal.give_up(args.give_up, now=utc_now())))
                return 0
            recent = journal.list_recent(args.limit, now=utc_now())
    except Refusal as refusal:
        print_err(refusal)
        return 1
    print_out(format_sends(recent, settings, current_terminal(), as_json=args.json, now=utc_now()))
    return 0


def run_optouts(args: argparse.Namespace, settings: "Settings") -> int:
    from quo_mcp.cli.record_lists import format_opt_outs  # noqa: PLC0415
    from quo_mcp.errors import Refusal  # noqa: PLC0415
    from quo_mcp.server.account import open_records  # noqa: PLC0415
    from quo_mcp.values.phone_numbers import is_canonical  # noqa: PLC0415

    if args.action != "list" and not is_canonical(args.number or ""):
        print_err("name the number in full, as +14155550134")
        return 2
    try:
        with open_records(settings, sandbox=args.sandbox) as (_, opt_outs):
            if args.action == "list":
                print_out(
                    format_opt_outs(
                        opt_outs.list_active(), settings, current_terminal(), as_json=args.json
                    )
                )
            else:
                update_opt_outs(args.action, args.number, opt_outs)
    except Refusal as refusal:
        print_err(refusal)
        return 1
    return 0


def update_opt_outs(action: str, number: str, opt_outs: "OptOutStore") -> None:
    """Add a number to the opt-outs, or remove it."""
    from quo_mcp.safety.opt_out_store import OptOut  # noqa: PLC0415
    from quo_mcp.values.times import utc_now  # noqa: PLC0415

    if action == "add":
        opt_outs.add(OptOut(number, utc_now(), "set on the command line", "a person set it"))
        print_out(f"{number} will not be texted.")
    else:
        opt_outs.allow(number, now=utc_now())
        print_out(f"{number} may be texted again.")


def run_audit(args: argparse.Namespace, settings: "Settings") -> int:
    from quo_mcp.safety.audit import FILE_NAME, verify  # noqa: PLC0415
    from quo_mcp.server.account import state_dir_for  # noqa: PLC0415

    path = state_dir_for(settings, sandbox=args.sandbox) / FILE_NAME
    try:
        report = verify(path)
    except OSError as error:
        print_err(f"the audit log at {path} cannot be read: {error.strerror}")
        return 1
    for problem in report.problems:
        print_err(problem)
    if report.problems:
        return 1
    if not report.count:
        print_err("the audit log holds no line: nothing was called yet, or somebody emptied it")
        return 1
    lines = f"{report.count} {'line' if report.count == 1 else 'lines'}"
    print_out(f"The audit log is whole: {lines}; the hash of the last is {report.last_hash}.")
    print_out(TRUNCATION_NOTE)
    return 0
