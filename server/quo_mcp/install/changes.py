"""What is to become of a client's file: worked out first, shown, and only then done."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quo_mcp.install import files
from quo_mcp.install.clients import PROMPT, SERVER, Client
from quo_mcp.install.documents import Data, Unmergeable, inside, put

HIDDEN = "••••••"
ASKED = {
    "type": "promptString",
    "id": PROMPT,
    "description": "Maton API key (maton.ai/settings)",
    "password": True,
}


@dataclass(frozen=True)
class Change:
    """One file, before and after; None where there is none.

    entry: what it is to hold for this server, None for nothing. was: what it held.
    others: the other servers in it, which stay as they are.
    """

    client: Client
    path: Path
    before: str | None
    after: str | None
    entry: Data | None
    was: Data | None
    others: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return self.before == self.after

    def shown(self) -> list[str]:
        """The change in lines; no value that may be a secret, ours or another's, is among them."""
        lines = []
        if self.was is not None:
            lines += [
                f"- {line}"
                for line in snippet(self.client, only_the_command(self.client, self.was))
            ]
        if self.entry is not None:
            lines += [f"+ {line}" for line in snippet(self.client, self.entry)]
        return lines

    def do(self) -> None:
        """Raises Changed, or OSError."""
        backup = files.backup_of(self.path)
        kept = files.read(backup)
        if self.entry is None:
            files.replace(self.path, self.after, expected=self.before)
            files.replace(backup, None, expected=kept)
            return
        # What stood there before us is what undoing brings back, not what we wrote the last time.
        copy = self.before if kept is None or self.was is None else kept
        files.replace(backup, copy, expected=kept, secret=True)
        try:
            files.replace(
                self.path, self.after, expected=self.before, secret=self.client.holds_the_key
            )
        except (files.Changed, OSError):
            files.replace(backup, kept, expected=copy, secret=True)
            raise


def installing(client: Client, path: Path, entry: Data) -> Change:
    """Raises Unmergeable, or OSError."""
    before = files.read(path)
    was, others = _present(client, before or "")
    return Change(client, path, before, _entered(client, before or "", entry), entry, was, others)


def undoing(client: Client, path: Path) -> Change:
    """Takes the entry out again, or brings back the one that it replaced.

    Where nothing else was changed since, the file becomes what it was to the last byte.

    Raises:
        Unmergeable, or OSError.
    """
    before = files.read(path)
    if before is None:
        return Change(client, path, None, None, None, None)
    was, others = _present(client, before)
    backup = files.read(files.backup_of(path))
    if was is None:
        return Change(client, path, before, before, None, None, others)
    if backup is not None and _entered(client, backup, was) == before:
        return Change(client, path, before, backup, None, was, others)
    replaced = inside(client.form.read(backup or ""), (client.under, SERVER))
    text: str | None = _entered(client, before, replaced)
    if backup is None and not any(client.form.read(text or "").values()):
        text = None  # it was made by us, and holds nothing any more
    return Change(client, path, before, text, None, was, others)


def _present(client: Client, text: str) -> tuple[Any, tuple[str, ...]]:
    """The entry of ours that the text holds, and the names of the others."""
    servers = inside(client.form.read(text), (client.under,)) or {}
    if not isinstance(servers, dict):
        raise Unmergeable(f"{client.under} in it is not what it should be")
    return servers.get(SERVER), tuple(name for name in servers if name != SERVER)


def _entered(client: Client, text: str, entry: Data | None) -> str:
    """The text with the entry, and with the prompt that it needs; without both where it is None."""
    text = put(client.form, text, (client.under, SERVER), entry)
    if not client.prompts:
        return text
    inputs = inside(client.form.read(text), ("inputs",), [])
    if not isinstance(inputs, list):
        raise Unmergeable("inputs in it is no list")
    others = [each for each in inputs if not (isinstance(each, dict) and each.get("id") == PROMPT)]
    if client.reference and client.reference in json.dumps(entry):
        return (
            text
            if len(others) < len(inputs)
            else put(client.form, text, ("inputs",), [*others, ASKED])
        )
    if len(others) == len(inputs):
        return text
    return put(client.form, text, ("inputs",), others or None)


def only_the_command(client: Client, entry: Any) -> Data:
    """An entry as it may be shown: arguments and variables may hold anything."""
    command = entry.get(client.command) if isinstance(entry, dict) else None
    return {client.command: command if isinstance(command, str) else "…", "…": "…"}


def snippet(client: Client, entry: Data) -> list[str]:
    """The entry as it stands in the file, for eyes: the key is hidden."""
    shown = dict(entry)
    held = shown.get(client.env)
    if isinstance(held, dict):
        shown[client.env] = {
            name: value if value in ("", client.reference) else HIDDEN
            for name, value in held.items()
        }
    data: Data = {client.under: {SERVER: shown}}
    if client.prompts and client.reference in (held or {}).values():
        data["inputs"] = [ASKED]
    return client.form.write(data).splitlines()
