"""What is to become of a client's file: worked out first, shown, and only then done."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quo_mcp.cli.install import atomic_file
from quo_mcp.cli.install.clients import PROMPT, SERVER, Client
from quo_mcp.cli.install.config_edit import Data, Unmergeable, inside, put, read
from quo_mcp.cli.install.server_entry import (
    ASKED,
    is_ours,
    named,
    only_the_command,
    renewed,
    snippet,
)


class Foreign(Exception):  # noqa: N818 - as in errors
    """What stands under our name is not ours; the message says what it is."""


@dataclass(frozen=True)
class Change:
    """One file, before and after; None where there is none.

    entry: what it is to hold under our name, None for nothing. was: what it held.
    record: what undoing goes by afterwards: the file as it was before us, or `files.NONE`.
    others: the other servers in it, which stay as they are.
    """

    client: Client
    path: Path
    before: str | None
    after: str | None
    entry: Any
    was: Any
    record: str | None = None
    others: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return self.before == self.after

    @property
    def replaces_another(self) -> str:
        """The other server that would go, in a few words; "" where there is none."""
        foreign = self.was is not None and not is_ours(self.client, self.was)
        return named(self.client, self.was) if foreign else ""

    def shown(self) -> list[str]:
        """The change in lines; no value that may be a secret, ours or another's, is among them."""
        parts = [("-", only_the_command(self.client, self.was))] if self.was is not None else []
        if is_ours(self.client, self.entry):
            parts.append(("+", self.entry))
        elif self.entry is not None:
            parts.append(("+", only_the_command(self.client, self.entry)))
        return [f"{sign} {line}" for sign, part in parts for line in snippet(self.client, part)]

    def do(self) -> None:
        """The record is written before the change, and goes after it. Raises Changed, or OSError."""
        backup = atomic_file.backup_of(self.path)
        kept = atomic_file.read(backup)
        secret = self.client.holds_the_key
        if self.record is None:
            atomic_file.replace(self.path, self.after, expected=self.before)
            atomic_file.replace(backup, None, expected=kept)
            return
        atomic_file.replace(backup, self.record, expected=kept, secret=True)
        try:
            atomic_file.replace(self.path, self.after, expected=self.before, secret=secret)
        except (atomic_file.Changed, OSError):
            atomic_file.replace(backup, kept, expected=self.record, secret=True)
            raise


def held(client: Client, path: Path) -> Any:
    """What the file holds under our name; None for nothing. Raises Unmergeable, or OSError."""
    return _present(client, atomic_file.read(path) or "")[0]


def installing(client: Client, path: Path, entry: Data) -> Change:
    """Raises Unmergeable, or OSError."""
    before = atomic_file.read(path)
    was, others = _present(client, before or "")
    record = atomic_file.NONE if before is None else before
    if is_ours(client, was):
        # What stood there before us is what undoing brings back, never what we wrote ourselves.
        entry = renewed(client, entry, was)
        record = atomic_file.read(atomic_file.backup_of(path)) or _entered(
            client, before or "", None
        )
    after = _entered(client, before or "", entry)
    return Change(client, path, before, after, entry, was, record, others)


def undoing(client: Client, path: Path) -> Change:
    """Takes the entry out again, or brings back the one that it replaced.

    Where nothing else was changed since, the file becomes what it was to the last byte.

    Raises:
        Foreign: the entry is not ours.
        Unmergeable, or OSError.
    """
    before = atomic_file.read(path)
    if before is None:
        return Change(client, path, None, None, None, None)
    was, others = _present(client, before)
    if was is None:
        return Change(client, path, before, before, None, None, others=others)
    if not is_ours(client, was):
        raise Foreign(named(client, was))
    record = atomic_file.read(atomic_file.backup_of(path))
    earlier = "" if record in {None, atomic_file.NONE} else record or ""
    replaced = _present(client, earlier)[0]
    if is_ours(client, replaced):
        earlier, replaced = "", None
    text: str | None = _entered(client, before, replaced)
    if record == atomic_file.NONE and not any(read(client.form, text or "").values()):
        text = None
    elif earlier and _entered(client, earlier, was) == before:
        text = earlier
    return Change(client, path, before, text, replaced, was, others=others)


def _present(client: Client, text: str) -> tuple[Any, tuple[str, ...]]:
    """The entry under our name that the text holds, and the names of the others."""
    servers = inside(read(client.form, text), (client.under,)) or {}
    if not isinstance(servers, dict):
        raise Unmergeable(f"{client.under} in it is not what it should be")
    return servers.get(SERVER), tuple(name for name in servers if name != SERVER)


def _entered(client: Client, text: str, entry: Any) -> str:
    """The text with the entry, and with the prompt that it needs; without both where it is None."""
    text = put(client.form, text, (client.under, SERVER), entry)
    if not client.prompts:
        return text
    inputs = inside(read(client.form, text), ("inputs",), [])
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
