"""How the clients stand that are set up already: what each starts, and where it takes the key from."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from quo_mcp.cli.install.changes import held
from quo_mcp.cli.install.clients import CLIENTS, OWN, SETTINGS, Client, Machine
from quo_mcp.cli.install.config_edit import Unmergeable
from quo_mcp.cli.install.server_entry import is_ours
from quo_mcp.config.settings import KEY, SHARED
from quo_mcp.tools.setup_findings import Finding, Verdict

# ${X}, ${env:X}, ${X:-otherwise} and $X; a prompt is ${input:X}.
_REFERENCE = re.compile(
    r"\$(?:\{(?P<prompt>input:)?(?:env:)?(?P<name>\w+)(?::-(?P<otherwise>[^}]*))?\}|(?P<bare>\w+))"
)


class Unseen(Exception):  # noqa: N818 - as in errors
    """What a client would give to the server cannot be known from here; the message says why."""


def found(machine: Machine, again: str, only: Client | None = None) -> list[Finding]:
    """A finding for each client that starts this server. again: what a person types for this command."""
    return [
        _finding(client, entry, machine, again)
        for client in CLIENTS.values()
        if only in (None, client) and (entry := _entry(client, machine)) is not None
    ]


def environment_of(client: Client, machine: Machine) -> dict[str, str]:
    """What the client gives to the server, as far as it has to do with it. Holds the key.

    Raises:
        Unseen: it is not set up, or keeps the key where nobody else reads it.
    """
    entry = _entry(client, machine)
    if entry is None:
        raise Unseen(f"{client.title} is not set up; {client.where(machine)} has no entry of ours.")
    given = {
        name: value
        for name, value in machine.environ.items()
        if name in SETTINGS or name.upper() in SHARED.values()
    }
    listed = entry.get(client.forwards) if client.forwards else None
    if client.holds_the_key:  # it starts servers with next to nothing of its own environment
        given = {}
    elif client.forwards:
        given = {name: given[name] for name in listed or () if name in given}
    given |= {
        name: _resolved(client, str(value), machine.environ)
        for name, value in _env(client, entry).items()
    }
    if client.stores and KEY in (entry.get(client.stores) or ()) and not given.get(KEY):
        raise Unseen(f"{client.title} may keep the key in its own store, which is not read here.")
    return given


def _entry(client: Client, machine: Machine) -> dict[str, Any] | None:
    try:
        entry = held(client, client.where(machine))
    except (Unmergeable, OSError):
        return None
    return entry if is_ours(client, entry) else None


def _env(client: Client, entry: dict[str, Any]) -> dict[str, Any]:
    env = entry.get(client.env)
    return env if isinstance(env, dict) else {}


def _resolved(client: Client, value: str, environ: Mapping[str, str]) -> str:
    reference = _REFERENCE.fullmatch(value)
    if reference is None:
        return value
    if reference["prompt"]:
        raise Unseen(f"{client.title} asked for the key and keeps it where nobody else reads it.")
    return environ.get(reference["name"] or reference["bare"]) or reference["otherwise"] or ""


def _finding(client: Client, entry: dict[str, Any], machine: Machine, again: str) -> Finding:
    command = str(entry.get(client.command))
    if Path(command).is_absolute() and not Path(command).exists():
        return Finding(
            client.title,
            Verdict.WRONG,
            f"Set up, but it starts {command}, which is not there.",
            f"{again} install {client.name}",
        )
    verdict, says = _key(client, entry, machine)
    settings = [name for name in _env(client, entry) if name in OWN]
    if settings:
        says += f" It sets {', '.join(settings)}."
    if entry.get("disabled") is True or entry.get("enabled") is False:
        verdict, says = Verdict.NOTE, f"{says} It is switched off there."
    return Finding(client.title, verdict, f"Set up: {says}")


def _key(client: Client, entry: dict[str, Any], machine: Machine) -> tuple[Verdict, str]:
    """Where the client takes the key from, without the key."""
    value = _env(client, entry).get(KEY)
    reference = _REFERENCE.fullmatch(value) if isinstance(value, str) else None
    if value and not reference:
        return Verdict.FINE, "the key stands in its file."
    if reference and reference["prompt"]:
        return Verdict.FINE, "it asked for the key, and keeps it."
    if client.stores and KEY in (entry.get(client.stores) or ()):
        return Verdict.FINE, f"the key comes from its own store, or from {KEY} where it runs."
    if reference or (client.forwards and KEY in (entry.get(client.forwards) or ())):
        says = f"the key comes from {KEY} where it runs"
        if machine.environ.get(KEY):
            return Verdict.FINE, f"{says}."
        return Verdict.NOTE, f"{says}. In this shell that is not set; the sandbox answers then."
    return Verdict.NOTE, "with no key, so the sandbox answers."
