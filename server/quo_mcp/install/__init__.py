"""Setting up a client: its configuration gains one entry, and nothing else in it changes.

install          what a person sees and is asked
├── changes      one file, before and after
├── clients      the programs there are
├── files        reading, backing up, replacing
└── documents    editing a text and proving the edit
    ├── in_json
    ├── in_toml
    └── in_yaml
"""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from quo_mcp.config import KEY
from quo_mcp.install.changes import Change, installing, snippet, undoing
from quo_mcp.install.clients import CLIENTS, SERVER, Client, Machine
from quo_mcp.install.documents import Unmergeable
from quo_mcp.install.files import Changed, backup_of

__all__ = ["CLIENTS", "Asked", "Machine", "Person", "command_of", "overview", "set_up"]

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
    """What the command was told. key: from the environment."""

    command: list[str]
    key: str | None = None
    sandbox: bool = False
    dry_run: bool = False
    undo: bool = False
    yes: bool = False


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


def overview(machine: Machine) -> list[str]:
    """The clients, a line each: what to call it, its file, and how that one stands."""
    lines = []
    for client in CLIENTS.values():
        path = client.where(machine)
        try:
            stands = "set up" if undoing(client, path).was is not None else "not set up"
        except (Unmergeable, OSError):
            stands = "cannot be read"
        lines.append(f"{client.name:16} {stands if path.exists() else 'no file':14} {path}")
    return lines


def set_up(client: Client, machine: Machine, asked: Asked, person: Person) -> int:
    """Shows what would change and, if the person agrees, changes it. The exit status."""
    path = client.where(machine)
    key: str | None = None
    if asked.sandbox:
        key = ""
    elif client.holds_the_key and not asked.undo:
        key = asked.key or (PLACEHOLDER if asked.dry_run else person.key() if person.key else None)
        if not key:
            person.say(
                f"{client.title} cannot take the key from anywhere but its own file, so it is needed here: "
                f"set {KEY} for this command, type it when asked, or use --sandbox to go without."
            )
            return 2
    entry = client.entry(asked.command, key)
    try:
        change = undoing(client, path) if asked.undo else installing(client, path, entry)
        return _settle(change, asked, person)
    except (Unmergeable, Changed) as fault:
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


def _settle(change: Change, asked: Asked, person: Person) -> int:
    client = change.client
    if change.is_empty:
        done = "holds no entry of ours" if asked.undo else "is set up like this already"
        person.say(f"Nothing to change: {client.title} {done} ({change.path}).")
        return 0
    new = (
        " (a new file)"
        if change.before is None
        else " (deleted: nothing is left in it)"
        if change.after is None
        else ""
    )
    person.say(f"{client.title}: {change.path}{new}")
    for line in change.shown():
        person.say(f"  {line}")
    if change.others:
        person.say(f"Stays as it is: {', '.join(change.others)}.")
    if asked.dry_run:
        person.say("Nothing was written (--dry-run).")
        return 0
    if (refused := _refused(asked, person)) is not None:
        return refused
    change.do()
    if asked.undo:
        person.say(f"Done. {client.title} no longer starts this server.")
        return 0
    person.say(f"Done. {client.then}")
    if change.before is not None:
        person.say(f"What was there before is kept in {backup_of(change.path)}.")
    if not asked.sandbox and client.key_from:
        person.say(client.key_from)
    person.say(f"To take it out again: quo-mcp install {client.name} --undo")
    return 0


def _refused(asked: Asked, person: Person) -> int | None:
    """The exit status where the person does not agree, or cannot; None where they do."""
    if asked.yes:
        return None
    if person.agrees is None:
        person.say("Nothing was written: nobody can be asked here. Say --yes to write it.")
        return 2
    if person.agrees("Undo it?" if asked.undo else "Write it?"):
        return None
    person.say("Nothing was written.")
    return 1
