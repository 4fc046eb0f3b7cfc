"""Setting up a client: its configuration gains one entry, and nothing else in it changes.

install          what a person sees and is asked
├── standing     how those stand that are set up
├── changes      one file, before and after
├── entries      the entry in it: whose it is, what of it stays, how it is shown
├── clients      the programs there are
├── files        reading, keeping a record, replacing
└── documents    editing a text and proving the edit
    ├── in_json
    ├── in_toml
    └── in_yaml
"""

import shlex
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from quo_mcp.cli.install import atomic_file
from quo_mcp.cli.install.changes import Change, Foreign, held, installing, undoing
from quo_mcp.cli.install.clients import CLIENTS, SERVER, Client, Machine
from quo_mcp.cli.install.config_edit import Unmergeable
from quo_mcp.cli.install.server_entry import is_ours, snippet
from quo_mcp.config.settings import KEY
from quo_mcp.gateway import checked_key, is_reference

__all__ = ["CLIENTS", "Asked", "Machine", "Person", "command_of", "overview", "set_up", "typed"]

PLACEHOLDER = "your Maton API key"


@dataclass(frozen=True)
class Person:
    """Whoever gave the command.

    say: shows a line. agrees: asks a question. key: asks for the key without showing it.
    The last two are None where nobody can be asked.
    """

    say: Callable[[str], None]
    agrees: Callable[[str], bool] | None = None
    key: Callable[[], str] | None = None


@dataclass(frozen=True)
class Asked:
    """What the command was told.

    command: how a client starts this server. key: from the environment. replace: another server of
    our name, too. again: what a person types to run this command.
    """

    command: list[str]
    key: str | None = None
    sandbox: bool = False
    dry_run: bool = False
    undo: bool = False
    yes: bool = False
    replace: bool = False
    again: str = "quo-mcp"


def command_of(
    executable: Path, platform: str, find: Callable[[str], str | None] = shutil.which
) -> list[str]:
    """How a client starts this very installation, by absolute paths.

    executable: the interpreter that runs now. One in uv's cache may be gone tomorrow: then uvx.
    """
    if "archive-v0" in executable.parts:
        return [find("uvx") or "uvx", "quo-mcp"]
    script = executable.with_name("quo-mcp.exe" if platform == "win32" else "quo-mcp")
    return [str(script)] if script.is_file() else [str(executable), "-m", "quo_mcp"]


def typed(command: list[str], find: Callable[[str], str | None] = shutil.which) -> str:
    """What a person types to run the command: its name where that finds it, else where it is."""
    found = find("quo-mcp")
    if found and (len(command) > 1 or Path(found).resolve() == Path(command[0]).resolve()):
        return "quo-mcp"
    return shlex.join(command)


def overview(machine: Machine) -> list[str]:
    """The clients, a line each: what to call it, its file, and how that one stands."""
    return [
        f"{client.name:16} {_stands(client, client.where(machine)):17} {client.where(machine)}"
        for client in CLIENTS.values()
    ]


def _stands(client: Client, path: Path) -> str:
    if not path.exists():
        return "no file"
    try:
        entry = held(client, path)
    except (Unmergeable, OSError):
        return "cannot be read"
    if entry is None:
        return "not set up"
    return "set up" if is_ours(client, entry) else f"another “{SERVER}”"


def set_up(client: Client, machine: Machine, asked: Asked, person: Person) -> int:
    """Shows what would change and, if the person agrees, changes it. The exit status."""
    path = client.where(machine)
    key: str | None = None
    if asked.sandbox:
        key = ""
    elif client.holds_the_key and not asked.undo:
        try:
            key = _key(client, asked, person)
        except ValueError as fault:
            person.say(str(fault))
            return 2
    entry = client.entry(asked.command, key, machine.settings)
    try:
        change = undoing(client, path) if asked.undo else installing(client, path, entry)
        return _settle(change, asked, person)
    except Foreign as fault:
        person.say(
            f"{path} was not touched: what is called “{SERVER}” in it is another server, {fault}. Take it out by hand, if it is to go."
        )
    except (Unmergeable, atomic_file.Changed) as fault:
        person.say(f"{path} was not touched: {fault}")
        if isinstance(fault, Unmergeable) and asked.undo:
            person.say(f"To do it by hand, take “{SERVER}” out from under “{client.under}”.")
        elif isinstance(fault, Unmergeable):
            person.say("To do it by hand, put this into it:")
            for line in snippet(client, entry):
                person.say(f"  {line}")
    except OSError as fault:
        person.say(f"{path} was not touched: {fault.strerror or fault}.")
    return 1


def _key(client: Client, asked: Asked, person: Person) -> str:
    """The key for a client that keeps it in its file. Raises ValueError: there is none, or it cannot be one."""
    key = asked.key or (PLACEHOLDER if asked.dry_run else person.key() if person.key else None)
    if not key:
        raise ValueError(
            f"{client.title} cannot take the key from anywhere but its own file, so it is needed here: "
            f"set {KEY} for this command, type it when asked, or use --sandbox to go without."
        )
    if is_reference(key):
        raise ValueError(f"{KEY} refers to a key and is none; {client.title} needs the key itself.")
    return key if key == PLACEHOLDER else checked_key(key)


def _settle(change: Change, asked: Asked, person: Person) -> int:
    client = change.client
    if change.is_empty:
        done = "holds no entry of ours" if asked.undo else "is set up like this already"
        person.say(f"Nothing to change: {client.title} {done} ({change.path}).")
        return 0
    _show(change, person)
    if asked.dry_run:
        person.say("Nothing was written (--dry-run).")
        return 0
    if (refused := _refused(change, asked, person)) is not None:
        return refused
    change.do()
    if asked.undo:
        person.say(
            f"Done. {client.title} no longer starts this server."
            if change.entry is None
            else "Done. That brought back what stood there before this server."
        )
        return 0
    person.say(f"Done. {client.then}")
    if change.before is not None and change.record == change.before:
        person.say(f"What was there before is kept in {atomic_file.backup_of(change.path)}.")
    if not asked.sandbox and client.key_from:
        person.say(client.key_from)
    person.say(f"To take it out again: {asked.again} install {client.name} --undo")
    return 0


def _show(change: Change, person: Person) -> None:
    new = (
        " (a new file)"
        if change.before is None
        else " (deleted: nothing is left in it)"
        if change.after is None
        else ""
    )
    person.say(f"{change.client.title}: {change.path}{new}")
    for line in change.shown():
        person.say(f"  {line}")
    if change.others:
        person.say(f"Stays as it is: {', '.join(change.others)}.")
    if change.replaces_another:
        person.say(
            f"This replaces another server that is called “{SERVER}” there, {change.replaces_another}."
        )


def _refused(change: Change, asked: Asked, person: Person) -> int | None:
    """The exit status where the person does not agree, or cannot; None where they do."""
    if asked.yes and (asked.replace or not change.replaces_another):
        return None
    if asked.yes:
        person.say("Nothing was written: --yes does not replace it. Say --replace as well.")
        return 2
    if person.agrees is None:
        person.say("Nothing was written: nobody can be asked here. Say --yes to write it.")
        return 2
    question = "Replace it?" if change.replaces_another else "Write it?"
    if person.agrees("Undo it?" if asked.undo else question):
        return None
    person.say("Nothing was written.")
    return 1
