"""The status of installed clients: the command that each starts and its source of the API key."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from quo_mcp.cli.install.changes import current_entry
from quo_mcp.cli.install.clients import CLIENTS, Client, Machine
from quo_mcp.cli.install.config_edit import UneditableFile
from quo_mcp.cli.install.server_entry import is_ours
from quo_mcp.cli.install.variables import KEY_KINDS, KEY_VARIABLES, OWN_VARIABLES, SETTING_VARIABLES
from quo_mcp.config.settings import SHARED_VARIABLES
from quo_mcp.tools.setup_checks.findings import Finding, FindingStatus

# ${X}, ${env:X}, ${X:-default} and $X; a prompt is ${input:X}.
_REFERENCE = re.compile(
    r"\$(?:\{(?P<prompt>input:)?(?:env:)?(?P<name>\w+)(?::-(?P<default>[^}]*))?\}|(?P<bare>\w+))"
)


class UnknownEnvironment(Exception):  # noqa: N818 - as in errors
    """The environment that a client passes to the server cannot be read; the message gives the reason."""


def client_findings(
    machine: Machine, command_for_user: str, only: Client | None = None
) -> list[Finding]:
    """Return a finding for each client that starts this server.

    `command_for_user` is what the user types to run this program.
    """
    return [
        _client_finding(client, entry, machine, command_for_user)
        for client in CLIENTS.values()
        if only in (None, client) and (entry := _own_entry(client, machine)) is not None
    ]


def client_environment(client: Client, machine: Machine) -> dict[str, str]:
    """Return the variables that the client passes to this server, including the key.

    Raises:
        UnknownEnvironment: the client is not set up, or the key is in its own store.
    """
    entry = _own_entry(client, machine)
    if entry is None:
        raise UnknownEnvironment(
            f"{client.title} is not configured: {client.config_path(machine)} has no entry for this server."
        )
    values = {
        name: value
        for name, value in machine.environ.items()
        if name in SETTING_VARIABLES or name.upper() in SHARED_VARIABLES.values()
    }
    forwarded = entry.get(client.forward_field) if client.forward_field else None
    if client.keeps_key_in_file:  # such a client passes almost none of its own environment
        values = {}
    elif client.forward_field:
        values = {name: values[name] for name in forwarded or () if name in values}
    values |= {
        name: _resolve_reference(client, str(value), machine.environ)
        for name, value in _environment(client, entry).items()
    }
    kind = client.key_kind_of(entry)
    if _lists(entry, client.store_field, kind.variable) and not values.get(kind.variable):
        raise UnknownEnvironment(
            f"{client.title} may keep the key in its own store, which this command does not read."
        )
    return values


def _own_entry(client: Client, machine: Machine) -> dict[str, Any] | None:
    try:
        entry = current_entry(client, client.config_path(machine))
    except (UneditableFile, OSError):
        return None
    return entry if is_ours(client, entry) else None


def _environment(client: Client, entry: dict[str, Any]) -> dict[str, Any]:
    env = entry.get(client.env_field)
    return env if isinstance(env, dict) else {}


def _resolve_reference(client: Client, value: str, environ: Mapping[str, str]) -> str:
    reference = _REFERENCE.fullmatch(value)
    if reference is None:
        return value
    if reference["prompt"]:
        raise UnknownEnvironment(
            f"{client.title} prompts for the key and stores it where this command cannot read it."
        )
    return environ.get(reference["name"] or reference["bare"]) or reference["default"] or ""


def _client_finding(
    client: Client, entry: dict[str, Any], machine: Machine, command_for_user: str
) -> Finding:
    command = str(entry.get(client.command_field))
    if Path(command).is_absolute() and not Path(command).exists():
        return Finding(
            FindingStatus.PROBLEM,
            f"Configured, but it starts {command}, which does not exist.",
            f"Run: {command_for_user} install {client.name}",
            topic=client.title,
        )
    status, text = _key_source(client, entry, machine)
    settings = [
        name
        for name in _environment(client, entry)
        if name in OWN_VARIABLES and name not in KEY_VARIABLES
    ]
    if settings:
        text += f" It also sets {', '.join(settings)}."
    if entry.get("disabled") is True or entry.get("enabled") is False:
        status, text = FindingStatus.NOTE, f"{text} It is disabled in this client."
    return Finding(status, text, topic=client.title)


def _key_source(
    client: Client, entry: dict[str, Any], machine: Machine
) -> tuple[FindingStatus, str]:
    """Return the status and a sentence about the key's source, without the key."""
    env = _environment(client, entry)
    kind = client.key_kind_of(entry)
    if client.forward_field:  # the entry lists both variables
        passed = {**machine.environ, **env}
        kind = next((kind for kind in KEY_KINDS if passed.get(kind.variable)), kind)
    value = env.get(kind.variable)
    reference = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
    has_key_file = value is None and bool(env.get(kind.file_variable))
    if has_key_file or (value and not reference):
        place = f"the file in {kind.file_variable}" if has_key_file else "its configuration file"
        return FindingStatus.OK, f"Configured, with the key in {place}."
    if reference and reference["prompt"]:
        return FindingStatus.OK, "Configured; it prompts for the key and stores it."
    text = f"from {kind.variable} in its environment"
    if _lists(entry, client.store_field, kind.variable):
        return FindingStatus.OK, f"Configured; it takes the key from its own store or {text}."
    if not reference and not _lists(entry, client.forward_field, kind.variable):
        return FindingStatus.NOTE, "Configured without a key; it uses the sandbox."
    forwards_file = _lists(entry, client.forward_field, kind.file_variable)
    if forwards_file and machine.settings.get(kind.file_variable):
        text = f"from the file in {kind.file_variable} in its environment"
    elif not machine.environ.get(kind.variable):
        return (
            FindingStatus.NOTE,
            f"Configured; it takes the key {text}. It is not set in this shell; without it, the client uses the sandbox.",
        )
    return FindingStatus.OK, f"Configured; it takes the key {text}."


def _lists(entry: dict[str, Any], field: str | None, variable: str) -> bool:
    """Return whether the field, a list of variables, has the variable."""
    return field is not None and variable in (entry.get(field) or ())
