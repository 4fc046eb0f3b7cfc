"""The subcommands for the local records: sends and opt-outs."""

import argparse
from typing import TYPE_CHECKING

from quo_mcp.cli.console import confirm_by_person, current_terminal, print_err, print_out

if TYPE_CHECKING:
    from collections.abc import Callable

    from quo_mcp.config.settings import Settings
    from quo_mcp.safety.journal import Journal
    from quo_mcp.safety.opt_out_store import OptOutStore

    Command = Callable[[argparse.Namespace, Settings], int]

SANDBOX_HELP = "use the sandbox's data (requires QUO_MCP_STATE_DIR)"


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "sends",
        help="list recent texts and their outcome",
        description="List recent texts, newest first: time, status, recipients and text. The delivery statuses of the latest texts "
        "are read again; with --json, they are as last read from Quo.",
    )
    command.add_argument(
        "--limit",
        type=positive_integer,
        default=20,
        help="maximum number of texts (default: %(default)s)",
    )
    command.add_argument(
        "--abandon",
        "--give-up",  # the name in 0.1.0
        metavar="SEND_ID",
        help="abandon a text whose outcome is unknown; this lifts the block on sending the same text again, so check in Quo "
        "first whether it was sent; asks for confirmation on the terminal",
    )
    command.add_argument("--sandbox", action="store_true", help=SANDBOX_HELP)
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=with_state_dir(run_sends))

    command = commands.add_parser(
        "optouts",
        help="manage the do-not-text list",
        description="List the numbers that must not be texted, add a number, or allow one again. A model can add a number "
        "with a tool, but only a person can allow one again.",
    )
    command.add_argument(
        "action",
        nargs="?",
        choices=["list", "add", "allow"],
        default="list",
        help="list: print the list (default); add: block a number until a person allows it; allow: lift the block on a number, "
        "even if the person replied STOP (a later STOP blocks it again); asks for confirmation on the terminal",
    )
    command.add_argument(
        "number",
        nargs="?",
        help="with add and allow: the number with + and country code, e.g. +14155550134",
    )
    command.add_argument("--sandbox", action="store_true", help=SANDBOX_HELP)
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=with_state_dir(run_optouts))


def positive_integer(text: str) -> int:
    if text.isdecimal() and int(text) > 0:
        return int(text)
    raise argparse.ArgumentTypeError(f"invalid number {text!r}: use a whole number from 1")


def with_state_dir(command: "Command") -> "Command":
    """Wrap a command: with --sandbox it needs QUO_MCP_STATE_DIR, because otherwise the sandbox keeps no state."""

    def run(args: argparse.Namespace, settings: "Settings") -> int:
        if args.sandbox and settings.state_dir is None and settings.database is None:
            print_err("sandbox data is not saved between runs; set QUO_MCP_STATE_DIR to save it")
            return 2
        return command(args, settings)

    return run


def run_sends(args: argparse.Namespace, settings: "Settings") -> int:
    from quo_mcp.cli.record_lists import format_sends, read_again  # noqa: PLC0415
    from quo_mcp.errors import Refusal  # noqa: PLC0415
    from quo_mcp.server.databases import open_records  # noqa: PLC0415
    from quo_mcp.values.times import utc_now  # noqa: PLC0415

    try:
        with open_records(settings, sandbox=args.sandbox) as (journal, _):
            if args.abandon:
                return abandon_send(args.abandon, journal)
            recent = journal.list_recent(args.limit, now=utc_now())
    except Refusal as refusal:
        print_err(refusal)
        return 1
    labels: dict[str, str] = {}
    if not args.json:
        recent, labels = read_again(recent, settings, sandbox=args.sandbox)
    if settings.is_sandbox and not args.sandbox and not args.json:
        print_out("This is your account's journal. For the sandbox's, add --sandbox.")
    print_out(format_sends(recent, settings, current_terminal(), as_json=args.json, labels=labels))
    return 0


def abandon_send(send_id: str, journal: "Journal") -> int:
    """Abandon a send, if a person confirms it."""
    from quo_mcp.safety.send_record import SendState  # noqa: PLC0415
    from quo_mcp.values.times import utc_now  # noqa: PLC0415
    from quo_mcp.values.untrusted import quote_inline  # noqa: PLC0415

    record = journal.get(send_id, now=utc_now())
    people = " and ".join(record.to) if record else ""
    if record and record.state is SendState.UNKNOWN:
        text = f": {quote_inline(record.text, 500)}" if record.text else ""
        question = (
            f"The text to {people} may have been sent{text}\nIf you abandon it, the same text can be sent again. Check in Quo "
            "first whether it was sent."
        )
        if not confirm_by_person(question, "abandon"):
            return 1
    record = journal.give_up(send_id, now=utc_now())
    print_out(f"Abandoned {record.send_id}. The same text to {people} is no longer blocked.")
    return 0


def run_optouts(args: argparse.Namespace, settings: "Settings") -> int:
    from quo_mcp.cli.record_lists import format_opt_outs  # noqa: PLC0415
    from quo_mcp.errors import Refusal  # noqa: PLC0415
    from quo_mcp.server.databases import open_records  # noqa: PLC0415
    from quo_mcp.values.phone_numbers import is_canonical  # noqa: PLC0415

    if args.action == "list" and args.number:
        print_err("a number is accepted only with add and allow")
        return 2
    if args.action != "list" and not is_canonical(args.number or ""):
        print_err(f"{args.action} requires a number with + and country code, e.g. +14155550134")
        return 2
    try:
        with open_records(settings, sandbox=args.sandbox) as (_, opt_outs):
            if args.action == "list":
                print_out(
                    format_opt_outs(
                        opt_outs.list_active(), settings, current_terminal(), as_json=args.json
                    )
                )
            elif args.action == "add":
                add_opt_out(args.number, opt_outs)
            else:
                return allow_number(args.number, opt_outs)
    except Refusal as refusal:
        print_err(refusal)
        return 1
    return 0


def add_opt_out(number: str, opt_outs: "OptOutStore") -> None:
    from quo_mcp.safety.opt_out_store import OptOut  # noqa: PLC0415
    from quo_mcp.values.times import utc_now  # noqa: PLC0415

    opt_outs.add(OptOut(number, utc_now(), "set on the command line", "a person set it"))
    print_out(f"{number} is on the do-not-text list.")


def allow_number(number: str, opt_outs: "OptOutStore") -> int:
    """End the opt-out of a number, if a person confirms it."""
    from quo_mcp.values.times import utc_now  # noqa: PLC0415
    from quo_mcp.values.untrusted import quote_inline  # noqa: PLC0415

    opt_out = opt_outs.get(number)
    words = f" ({quote_inline(opt_out.words, 500)})" if opt_out and opt_out.words else ""
    state = f"is on the do-not-text list{words}" if opt_out else "is not on the do-not-text list"
    question = f"{number} {state}.\nIf you allow it, texts to this number are no longer blocked, even if the person replied STOP before."
    if not confirm_by_person(question, "allow"):
        return 1
    opt_outs.allow(number, now=utc_now())
    print_out(f"{number} is no longer on the do-not-text list.")
    return 0
