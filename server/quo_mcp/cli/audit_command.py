"""The subcommand `audit`: verify the audit log, or list its lines."""

import argparse
import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quo_mcp.cli.console import print_err, print_out
from quo_mcp.cli.record_commands import SANDBOX_HELP, positive_integer, with_state_dir

if TYPE_CHECKING:
    from quo_mcp.config.settings import Settings

DIGITS_SHOWN = 4  # of a number, in a line
TRUNCATION_NOTE = (
    "This check does not detect lines removed from the end, or a completely rewritten log. To detect both, store this hash "
    'elsewhere. In a later check, it must still be the last hash, or appear as "before" in the line that follows.'
)


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "audit",
        help="verify or list the audit log",
        description="Verify the audit log's integrity, or list its lines. `verify`: exit status 1 if a line was changed or the log "
        "is missing or empty.",
    )
    command.add_argument(
        "action",
        nargs="?",
        choices=["verify", "list"],
        help="verify: check the log; list: print its lines, newest first",
    )
    command.add_argument(
        "--person",
        help="with list: only lines about this person: a number or a contact's name. The log has only the last four digits, so "
        "lines about others with the same digits are listed too",
    )
    command.add_argument(
        "--who", metavar="EMAIL", help="with list: only calls of this teammate, if people sign in"
    )
    command.add_argument(
        "--limit",
        type=positive_integer,
        default=50,
        help="with list: maximum number of lines (default: %(default)s)",
    )
    command.add_argument("--sandbox", action="store_true", help=SANDBOX_HELP)
    command.add_argument("--json", action="store_true", help="with list: print JSON")
    command.set_defaults(run=with_state_dir(run_audit))


def run_audit(args: argparse.Namespace, settings: "Settings") -> int:
    if args.action is None:
        print_err("Run: quo-mcp audit verify, or quo-mcp audit list")
        return 2
    if args.action == "verify" and (args.person or args.who or args.json):
        print_err("--person, --who and --json apply only to list")
        return 2
    from quo_mcp.errors import Refusal  # noqa: PLC0415
    from quo_mcp.safety.audit_file import FILE_NAME  # noqa: PLC0415
    from quo_mcp.server.databases import state_dir_for  # noqa: PLC0415

    path = state_dir_for(settings, sandbox=args.sandbox) / FILE_NAME
    try:
        return list_lines(path, args, settings) if args.action == "list" else verify_chain(path)
    except FileNotFoundError:
        print_err(f"no audit log yet at {path}: no tool was called, or the log was deleted")
        return 1
    except OSError as error:
        print_err(f"cannot read the audit log at {path}: {error.strerror}")
        return 1
    except Refusal as refusal:
        print_err(refusal)
        return 1


def verify_chain(path: Path) -> int:
    from quo_mcp.safety.audit_chain import verify  # noqa: PLC0415

    report = verify(path)
    for problem in report.problems:
        print_err(problem)
    if report.problems:
        return 1
    if not report.count:
        print_err("the audit log is empty: no tool was called yet, or its content was deleted")
        return 1
    lines = f"{report.count} {'line' if report.count == 1 else 'lines'}"
    print_out(f"The hash chain is valid: {lines}. Hash of the last line: {report.last_hash}")
    if report.removed:
        print_out(f"Older lines removed by QUO_MCP_RETENTION: {report.removed}.")
    if report.redacted:
        print_out(f"Lines from which a forgotten person was removed: {report.redacted}.")
    print_out(TRUNCATION_NOTE)
    return 0


def list_lines(path: Path, args: argparse.Namespace, settings: "Settings") -> int:
    from quo_mcp.safety.audit_file import read_record  # noqa: PLC0415

    endings = endings_of(args.person, args, settings) if args.person else None
    lines = path.read_bytes().splitlines()
    records = [
        record
        for record in map(read_record, reversed(lines))
        if record
        and "tool" in record
        and (endings is None or endings & set(record.get("people", ())))
        and (args.who is None or str(record.get("who", "")).casefold() == args.who.casefold())
    ][: args.limit]
    if args.json:
        print_out(json.dumps({"lines": records}, indent=2, ensure_ascii=False))
    elif not records:
        print_out("No lines match." if lines else "The audit log is empty.")
    else:
        for text in format_records(records, settings):
            print_out(text)
    return 0


def endings_of(person: str, args: argparse.Namespace, settings: "Settings") -> set[str]:
    """Return the last digits of a person's numbers.

    Raises:
        InvalidArguments: no single contact matches, or the person has no number.
    """
    digits = re.sub(r"[\s()./-]", "", person).removeprefix("+")
    if digits.isdecimal() and len(digits) >= DIGITS_SHOWN:
        return {digits[-DIGITS_SHOWN:]}
    from quo_mcp.cli.person_lookup import find_person  # noqa: PLC0415
    from quo_mcp.errors import InvalidArguments  # noqa: PLC0415

    endings = {
        number[-DIGITS_SHOWN:]
        for number in find_person(person, settings, sandbox=args.sandbox).numbers
    }
    if not endings:
        raise InvalidArguments(
            "This contact has no number, so the audit log has no lines about it."
        )
    return endings


def format_records(records: list[dict[str, Any]], settings: "Settings") -> Iterator[str]:
    """Return one line for each record: when, tool, outcome, whom it was about, who called."""
    from quo_mcp.cli.record_lists import format_moment, zone_line  # noqa: PLC0415
    from quo_mcp.tools.rendering import heading  # noqa: PLC0415
    from quo_mcp.values.untrusted import inline  # noqa: PLC0415

    for record in records:
        why = f" ({inline(str(record['why']))})" if record.get("why") else ""
        people = ", ".join(f"…{inline(str(digits))}" for digits in record.get("people", ()))
        yield heading(
            format_moment(datetime.fromisoformat(record["at"]), settings),
            inline(str(record["tool"])),
            f"{inline(str(record.get('outcome', '')))}{why}",
            f"number {people}" if people else "",
            "approved" if record.get("approved") else "",
            inline(str(record["who"])) if record.get("who") else "",
        )
    yield zone_line(settings)
