"""The install command: set up a client, with a preview and confirmation, or undo it."""

import shlex
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from quo_mcp.cli.install import atomic_file
from quo_mcp.cli.install.changes import (
    ConfigChange,
    ForeignEntry,
    current_entry,
    plan_install,
    plan_undo,
)
from quo_mcp.cli.install.clients import CLIENTS, SERVER_NAME, Client, Machine
from quo_mcp.cli.install.config_edit import UneditableFile
from quo_mcp.cli.install.server_entry import is_ours, mask_password, render_entry
from quo_mcp.cli.install.variables import KeyKind
from quo_mcp.config.settings import SHARED_VARIABLES
from quo_mcp.gateway import is_placeholder, validate_key


@dataclass(frozen=True)
class Prompter:
    """Interaction with the user of the command.

    Attributes:
        show: prints a line.
        confirm: asks a yes-or-no question; None without a terminal.
        ask_key: asks for an API key of this kind without echo; None without a terminal.
    """

    show: Callable[[str], None]
    confirm: Callable[[str], bool] | None = None
    ask_key: Callable[[KeyKind], str] | None = None


@dataclass(frozen=True)
class InstallOptions:
    """Options of the install command.

    Attributes:
        command: the command line with which a client starts this server.
        key: the API key from the environment.
        key_kind: the kind of key to set up; None for that of an entry that exists, or else Maton's.
        replace: with `yes`, also replace another server of the same name.
        command_for_user: what the user types to run this program.
    """

    command: list[str]
    key: str | None = None
    key_kind: KeyKind | None = None
    sandbox: bool = False
    dry_run: bool = False
    undo: bool = False
    yes: bool = False
    replace: bool = False
    command_for_user: str = "quo-mcp"


def launch_command(
    executable: Path, platform: str, which: Callable[[str], str | None] = shutil.which
) -> list[str]:
    """Return the command line that starts this installation, with absolute paths.

    `executable` is the running interpreter. If it is in uv's cache, which uv may delete, the
    command is uvx.
    """
    if "archive-v0" in executable.parts:
        return [which("uvx") or "uvx", "quo-mcp"]
    script = executable.with_name("quo-mcp.exe" if platform == "win32" else "quo-mcp")
    return [str(script)] if script.is_file() else [str(executable), "-m", "quo_mcp"]


def command_for_user(command: list[str], which: Callable[[str], str | None] = shutil.which) -> str:
    """Return what the user types to run this program: its name if it is on the PATH, else its path."""
    path = which("quo-mcp")
    if path and (len(command) > 1 or Path(path).resolve() == Path(command[0]).resolve()):
        return "quo-mcp"
    return shlex.join(command)


def list_clients(machine: Machine, user_command: str = "quo-mcp") -> list[str]:
    """Return one line per client, with its name, status and configuration file, and what to run next."""
    lines = [
        f"{client.name:16} {_status(client, client.config_path(machine)):17} {client.config_path(machine)}"
        for client in CLIENTS.values()
    ]
    return [*lines, f"To set one up: {user_command} install CLIENT"]


def _status(client: Client, path: Path) -> str:
    if not path.exists():
        return "not set up"
    try:
        entry = current_entry(client, path)
    except (UneditableFile, OSError):
        return "cannot be read"
    if entry is None:
        return "not set up"
    return "set up" if is_ours(client, entry) else f'other "{SERVER_NAME}" server'


def set_up_client(
    client: Client, machine: Machine, options: InstallOptions, prompter: Prompter
) -> int:
    """Show the change and apply it if the user confirms. Return the exit status."""
    path = client.config_path(machine)
    client = client.with_key_kind(options.key_kind or _installed_key_kind(client, path))
    key: str | None = None
    if options.sandbox:
        key = ""
    elif client.keeps_key_in_file and not options.undo:
        try:
            key = _resolve_key(client, options, prompter)
        except ValueError as error:
            prompter.show(str(error))
            return 2
    settings = _choose_settings(client, machine, options, prompter)
    entry = client.build_entry(options.command, key, settings)
    try:
        change = plan_undo(client, path) if options.undo else plan_install(client, path, entry)
        return _apply(change, options, prompter)
    except ForeignEntry as error:
        prompter.show(
            f'Nothing written: "{SERVER_NAME}" in {path} is a different server, {error}. To remove it, edit the file.'
        )
    except (UneditableFile, atomic_file.ConcurrentWrite) as error:
        prompter.show(f"Nothing written to {path}: {str(error).removesuffix('.')}.")
        if isinstance(error, UneditableFile) and options.undo:
            prompter.show(
                f'To remove the server manually, delete "{SERVER_NAME}" from "{client.servers_key}".'
            )
        elif isinstance(error, UneditableFile):
            prompter.show("To add the server manually, merge this into the file:")
            for line in render_entry(client, entry):
                prompter.show(f"  {line}")
    except OSError as error:
        prompter.show(f"Nothing written to {path}: {error.strerror or error}.")
    return 1


def _installed_key_kind(client: Client, path: Path) -> KeyKind:
    """Return the kind of key of the client's entry for this server; Maton's if there is none."""
    try:
        entry = current_entry(client, path)
    except (UneditableFile, OSError):
        entry = None
    return client.key_kind_of(entry if is_ours(client, entry) else {})


def _choose_settings(
    client: Client, machine: Machine, options: InstallOptions, prompter: Prompter
) -> dict[str, str]:
    """Return the settings of this shell.

    Its proxy and certificates may be meant for other programs, so they are included only if the user says so.
    """
    settings = machine.settings
    shared = {name: settings[name] for name in SHARED_VARIABLES.values() if name in settings}
    if not client.keeps_key_in_file or options.undo:
        return settings
    own = {name: value for name, value in settings.items() if name not in shared}
    if not shared or options.sandbox:  # the sandbox does not use the network
        return own
    if options.yes or options.dry_run or prompter.confirm is None:
        prompter.show(
            f"Network settings in this shell, not added: {', '.join(shared)}. To add them, run this command in a terminal, "
            "without --yes and --dry-run, and confirm."
        )
        return own
    prompter.show("Network settings in this shell:")
    for name, value in shared.items():
        prompter.show(f"  {name}={mask_password(value)}")
    return (
        settings
        if prompter.confirm("Add these settings to the client's configuration too?")
        else own
    )


def _resolve_key(client: Client, options: InstallOptions, prompter: Prompter) -> str:
    """Return the key for a client that keeps it in its file. Raises ValueError if missing or invalid."""
    kind = client.key_kind
    key = options.key
    if not key and options.dry_run:
        prompter.show(
            f"No {kind.issuer} API key is set in this shell: without --dry-run, it is required."
        )
        return f"your {kind.issuer} API key"
    if not key and prompter.ask_key:
        key = prompter.ask_key(kind)
    if not key:
        raise ValueError(
            f"API key required: {client.title} can read the key only from its own configuration file. Set {kind.variable} for "
            "this command, enter the key when prompted, or use --sandbox to run without a key."
        )
    if is_placeholder(key):
        raise ValueError(
            f"{kind.variable} contains a reference to a key; {client.title} needs the key itself."
        )
    return validate_key(key)


def _apply(change: ConfigChange, options: InstallOptions, prompter: Prompter) -> int:
    client = change.client
    if change.is_empty:
        state = "does not use this server" if options.undo else "is already set up"
        prompter.show(f"Nothing to change: {client.title} {state} ({change.path}).")
        return 0
    _preview(change, prompter)
    if options.dry_run:
        prompter.show("Nothing written (--dry-run).")
        return 0
    if (exit_status := _check_consent(change, options, prompter)) is not None:
        return exit_status
    change.apply()
    if options.undo:
        prompter.show(
            f"Done. {client.title} no longer starts this server."
            if change.new_entry is None
            else "Done. The previous server was restored."
        )
        return 0
    prompter.show(f"Done. {client.next_step}")
    if change.before is not None and change.backup == change.before:
        prompter.show(f"Backup of the previous file: {atomic_file.backup_path(change.path)}")
    if not options.sandbox and client.key_note:
        prompter.show(client.key_note)
    prompter.show(f"To undo: {options.command_for_user} install {client.name} --undo")
    return 0


def _preview(change: ConfigChange, prompter: Prompter) -> None:
    note = (
        " (new file)"
        if change.before is None
        else " (file deleted: nothing else is in it)"
        if change.after is None
        else ""
    )
    prompter.show(f"{change.client.title}: {change.path}{note}")
    for line in change.preview():
        prompter.show(f"  {line}")
    if change.other_servers:
        prompter.show(f"Other servers, unchanged: {', '.join(change.other_servers)}.")
    if change.replaced_server:
        prompter.show(
            f'This replaces another server that is called "{SERVER_NAME}" there, {change.replaced_server}.'
        )


def _check_consent(change: ConfigChange, options: InstallOptions, prompter: Prompter) -> int | None:
    """Return None if the user consents, else the exit status."""
    if options.yes and (options.replace or not change.replaced_server):
        return None
    if options.yes:
        prompter.show(
            "Nothing written: --yes alone does not replace another server. Add --replace."
        )
        return 2
    if prompter.confirm is None:
        prompter.show("Nothing written: no terminal to ask for confirmation. Use --yes.")
        return 2
    question = "Replace it?" if change.replaced_server else "Write it?"
    if prompter.confirm("Undo it?" if options.undo else question):
        return None
    prompter.show("Nothing written.")
    return 1
