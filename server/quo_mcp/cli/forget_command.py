"""The subcommand `forget`: remove a person from this server's records. Only a person can do it, on a terminal."""

import argparse
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from quo_mcp.cli.console import confirm_by_person, print_err, print_out
from quo_mcp.cli.record_commands import SANDBOX_HELP, with_state_dir

if TYPE_CHECKING:
    from quo_mcp.cli.person_lookup import FoundPerson
    from quo_mcp.config.settings import Settings
    from quo_mcp.safety.forgetting import PersonalRecords

UNTOUCHED = (
    "Not changed: Quo itself, backups of these records, and data that your agent's host keeps. A server that is running has the person in memory "
    "until it reads the contacts again."
)


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "forget",
        help="remove a person from this server's records",
        description="Remove a person from the journal of sends, its second record, the audit log, the opt-outs and the kept "
        "contacts. The index of conversations is deleted, and read again. An opt-out stays as a hash of the number, so that texts are still refused. A text of the last day, or of unknown "
        "outcome, keeps only its fingerprint. Asks for confirmation on the terminal.",
    )
    command.add_argument(
        "person",
        help="a number with + and country code, a contact's full name, or a contact id. A name or an id stands for all numbers of the "
        "contact",
    )
    command.add_argument("--sandbox", action="store_true", help=SANDBOX_HELP)
    command.set_defaults(run=with_state_dir(run_forget))


def run_forget(args: argparse.Namespace, settings: "Settings") -> int:
    from quo_mcp.cli.person_lookup import find_person  # noqa: PLC0415
    from quo_mcp.errors import Refusal  # noqa: PLC0415

    try:
        person = find_person(args.person, settings, sandbox=args.sandbox)
        return forget_person(person, settings, sandbox=args.sandbox)
    except Refusal as refusal:
        print_err(refusal)
        return 1
    except OSError as error:
        print_err(
            f"the audit log cannot be changed ({error.strerror}). Free disk space, and run the command again"
        )
        return 1


def forget_person(person: "FoundPerson", settings: "Settings", *, sandbox: bool) -> int:
    """Remove a person from all records, if a person confirms it, and check that no file has them any more.

    Raises:
        Refusal: a text to them is being sent, or a database cannot be used.
        OSError: the audit log cannot be changed.
    """
    from contextlib import closing  # noqa: PLC0415

    from quo_mcp.safety.audit_chain import redact  # noqa: PLC0415
    from quo_mcp.safety.audit_file import FILE_NAME  # noqa: PLC0415
    from quo_mcp.safety.forgetting import count_records, forget_numbers  # noqa: PLC0415
    from quo_mcp.server.databases import open_databases, state_dir_for  # noqa: PLC0415
    from quo_mcp.store import record_store  # noqa: PLC0415
    from quo_mcp.values.times import utc_now  # noqa: PLC0415

    state_dir = state_dir_for(settings, sandbox=sandbox)
    label, now = label_of(person), utc_now()
    with closing(open_databases(settings, state_dir, sandbox=sandbox)) as databases:
        records = count_records(databases.journal, person.numbers, now=now)
        question = (
            f"Forget {label}? {describe_records(records)}\nThis cannot be undone. {UNTOUCHED}"
        )
        if not confirm_by_person(question, "forget"):
            return 1
        forget_numbers(databases.journal, person.numbers, now=now)
        record_store.remove_changing(databases.conversations)
        removed = record_store.remove_records(
            databases.contacts, lambda contact_id, record: is_about(person, contact_id, record)
        )
        endings = {number[-4:] for number in person.numbers}
        lines = redact(state_dir / FILE_NAME, endings, now) if endings else 0
    for leftover in state_dir.glob("*.new"):  # of a process that ended while it wrote
        leftover.unlink(missing_ok=True)
    print_out(f"Forgot {label}. {describe_records(records)}")
    print_out(f"Audit lines redacted: {lines}. Kept contacts removed: {removed}.")
    if person.contact is not None:
        print_out(
            "Quo still has this contact. Delete it there too; otherwise, this server reads it again."
        )
    remaining = files_with(person, state_dir)
    for path in remaining:
        print_err(
            f"{path} still has this person in it. Stop the servers that use it, and run the command again"
        )
    return 1 if remaining else 0


def label_of(person: "FoundPerson") -> str:
    from quo_mcp.directory.address_book import person_label  # noqa: PLC0415
    from quo_mcp.values.references import with_number  # noqa: PLC0415
    from quo_mcp.values.untrusted import inline_number  # noqa: PLC0415

    numbers = ", ".join(map(inline_number, person.numbers))
    if person.contact is None:
        return numbers
    return with_number(person_label(person.contact), numbers or "no number")


def describe_records(records: "PersonalRecords") -> str:
    """Return what is removed from the journal, and what stays for safety."""
    texts = f"Texts to them in the journal: {records.sends}."
    if records.fingerprints:
        texts += (
            f" {records.fingerprints} of them are of the last day or of unknown outcome. Of these, only a fingerprint is kept, so that "
            "they are not sent twice."
        )
    if records.opt_outs:
        texts += " The opt-out stays as a hash of the number, so that texts are still refused."
    return texts


def is_about(person: "FoundPerson", contact_id: str, record: str) -> bool:
    """Return whether a kept contact is the person, or has one of their numbers."""
    is_contact = person.contact is not None and person.contact.id == contact_id
    return is_contact or any(f'"{number}"' in record for number in person.numbers)


def files_with(person: "FoundPerson", state_dir: Path) -> list[Path]:
    """Return the files that have a number or the full name of a person in any byte."""
    traces = [trace.encode() for trace in traces_of(person)]
    return [
        path
        for path in sorted(state_dir.rglob("*"))
        if path.is_file() and any(trace in path.read_bytes() for trace in traces)
    ]


def traces_of(person: "FoundPerson") -> Iterable[str]:
    """Return what no file may have: the digits of the numbers, and the name as it is and as in JSON."""
    for number in person.numbers:
        digits = re.sub(r"\D", "", number)
        if len(digits) > 6:  # fewer appear by chance
            yield digits
    name = person.contact.name if person.contact else ""
    if " " in name.strip():  # one word appears by chance
        yield name
        yield name.encode("ascii", "backslashreplace").decode()
