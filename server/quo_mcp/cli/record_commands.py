"""What is kept about sends, opt-outs and calls of tools: a person's to look at, and to correct."""

import argparse
from typing import TYPE_CHECKING

from quo_mcp.cli.console import complain, say, screen

if TYPE_CHECKING:
    from collections.abc import Callable

    from quo_mcp.config.settings import Config
    from quo_mcp.safety.opt_out_store import OptOuts

    Command = Callable[[argparse.Namespace, Config], int]

NOT_SEEN = (
    "Lines that are missing at the end, or a log that was written anew from the start, do not show by this alone. Note "
    'the hash elsewhere: it has to be the last one\'s still, or stand as "before" in the line that came next.'
)
SANDBOX = "those of the sandbox (kept in QUO_MCP_STATE_DIR), not the account's"


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    one = commands.add_parser(
        "sends", help="list recent sends", description="What was sent, and what became of it."
    )
    one.add_argument("--limit", type=int, default=20, help="how many (default: %(default)s)")
    one.add_argument(
        "--give-up", metavar="SEND_ID", help="stop waiting for a send whose outcome is unknown"
    )
    one.add_argument("--sandbox", action="store_true", help=SANDBOX)
    one.add_argument("--json", action="store_true", help="the list as JSON")
    one.set_defaults(run=kept(sends))

    one = commands.add_parser(
        "optouts",
        help="who is not to be texted",
        description="List and correct who is not to be texted.",
    )
    one.add_argument("action", nargs="?", choices=["list", "add", "allow"], default="list")
    one.add_argument("number", nargs="?", help="with add and allow: +14155550134")
    one.add_argument("--sandbox", action="store_true", help=SANDBOX)
    one.add_argument("--json", action="store_true", help="the list as JSON")
    one.set_defaults(run=kept(optouts))

    one = commands.add_parser(
        "audit",
        help="check the audit log",
        description="Tell whether the audit log is as it was written. The exit status is 1 where it is not, or holds nothing.",
    )
    one.add_argument("action", choices=["verify"])
    one.add_argument("--sandbox", action="store_true", help=SANDBOX)
    one.set_defaults(run=kept(audit))


def kept(command: "Command") -> "Command":
    """The command, where there is something to look at: whether a key is set in this shell says nothing."""

    def run(given: argparse.Namespace, config: "Config") -> int:
        if given.sandbox and config.state_dir is None:
            complain("the sandbox keeps nothing between runs; set QUO_MCP_STATE_DIR to keep it")
            return 2
        return command(given, config)

    return run


def sends(given: argparse.Namespace, config: "Config") -> int:
    from quo_mcp.cli.record_lists import sends_of  # noqa: PLC0415
    from quo_mcp.errors import Refusal  # noqa: PLC0415
    from quo_mcp.safety.send_record import in_words  # noqa: PLC0415
    from quo_mcp.server.account import real_time, records_of  # noqa: PLC0415

    try:
        with records_of(config, sandbox=given.sandbox) as (journal, _):
            if given.give_up:
                say(in_words(journal.give_up(given.give_up, now=real_time())))
                return 0
            recent = journal.recent(given.limit, now=real_time())
    except Refusal as refusal:
        complain(refusal)
        return 1
    say(sends_of(recent, config, screen(), as_json=given.json, now=real_time()))
    return 0


def optouts(given: argparse.Namespace, config: "Config") -> int:
    from quo_mcp.cli.record_lists import optouts_of  # noqa: PLC0415
    from quo_mcp.errors import Refusal  # noqa: PLC0415
    from quo_mcp.server.account import records_of  # noqa: PLC0415
    from quo_mcp.values.phone_numbers import is_plain  # noqa: PLC0415

    if given.action != "list" and not is_plain(given.number or ""):
        complain("name the number in full, as +14155550134")
        return 2
    try:
        with records_of(config, sandbox=given.sandbox) as (_, listed):
            if given.action == "list":
                say(optouts_of(listed.all(), config, screen(), as_json=given.json))
            else:
                change(given.action, given.number, listed)
    except Refusal as refusal:
        complain(refusal)
        return 1
    return 0


def change(action: str, number: str, listed: "OptOuts") -> None:
    """Adds a number to those not to be texted, or allows one again."""
    from quo_mcp.safety.opt_out_store import OptOut  # noqa: PLC0415
    from quo_mcp.server.account import real_time  # noqa: PLC0415

    if action == "add":
        listed.put(OptOut(number, real_time(), "set on the command line", "a person set it"))
        say(f"{number} will not be texted.")
    else:
        listed.remove(number, now=real_time())
        say(f"{number} may be texted again.")


def audit(given: argparse.Namespace, config: "Config") -> int:
    from quo_mcp.safety.audit import NAME, verify  # noqa: PLC0415
    from quo_mcp.server.account import state_of  # noqa: PLC0415

    path = state_of(config, sandbox=given.sandbox) / NAME
    try:
        found = verify(path)
    except OSError as fault:
        complain(f"the audit log at {path} cannot be read: {fault.strerror}")
        return 1
    for each in found.faults:
        complain(each)
    if found.faults:
        return 1
    if not found.count:
        complain("the audit log holds no line: nothing was called yet, or somebody emptied it")
        return 1
    lines = f"{found.count} {'line' if found.count == 1 else 'lines'}"
    say(f"The audit log is whole: {lines}; the hash of the last is {found.last}.")
    say(NOT_SEEN)
    return 0
