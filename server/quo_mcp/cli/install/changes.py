"""Changes to a client's configuration file: planned, previewed, then applied."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quo_mcp.cli.install import atomic_file
from quo_mcp.cli.install.clients import SERVER_NAME, Client
from quo_mcp.cli.install.config_edit import Data, UneditableFile, parse, set_value, value_at
from quo_mcp.cli.install.server_entry import (
    describe_foreign_entry,
    is_ours,
    key_prompt,
    merge_entry,
    redact_entry,
    render_entry,
)
from quo_mcp.cli.install.variables import KEY_KINDS


class ForeignEntry(Exception):  # noqa: N818 - as in errors
    """The entry with our name belongs to another server; the message describes it."""


@dataclass(frozen=True)
class ConfigChange:
    """A change to one configuration file.

    Attributes:
        before, after: the file's text; None if there is no file.
        new_entry, old_entry: the entry with our name; None if there is none.
        backup: the content of the backup that undo uses, see atomic_file.backup_path; None deletes it.
        other_servers: the names of the file's other servers, which do not change.
    """

    client: Client
    path: Path
    before: str | None
    after: str | None
    new_entry: Any
    old_entry: Any
    backup: str | None = None
    other_servers: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return self.before == self.after

    @property
    def replaced_server(self) -> str:
        """A description of another server that the change replaces; "" if there is none."""
        is_foreign = self.old_entry is not None and not is_ours(self.client, self.old_entry)
        return describe_foreign_entry(self.client, self.old_entry) if is_foreign else ""

    def preview(self) -> list[str]:
        """Return the change as lines, without any value that may be a secret."""
        lines = []
        for sign, entry in (("-", self.old_entry), ("+", self.new_entry)):
            if entry is None:
                continue
            is_whole = sign == "+" and is_ours(self.client, entry)
            visible = entry if is_whole else redact_entry(self.client, entry)
            lines += [f"{sign} {line}" for line in render_entry(self.client, visible)]
            if visible != entry:
                lines.append(f"{sign} (other fields omitted)")
        return lines

    def apply(self) -> None:
        """Write the change.

        The backup is written before the file and deleted after it, so that undo stays possible.

        Raises ConcurrentWrite or OSError.
        """
        backup_path = atomic_file.backup_path(self.path)
        old_backup = atomic_file.read_file(backup_path)
        secret = self.client.keeps_key_in_file
        if self.backup is None:
            atomic_file.replace_file(self.path, self.after, expected=self.before)
            atomic_file.replace_file(backup_path, None, expected=old_backup)
            return
        atomic_file.replace_file(backup_path, self.backup, expected=old_backup, secret=True)
        try:
            atomic_file.replace_file(self.path, self.after, expected=self.before, secret=secret)
        except (atomic_file.ConcurrentWrite, OSError):
            atomic_file.replace_file(backup_path, old_backup, expected=self.backup, secret=True)
            raise


def current_entry(client: Client, path: Path) -> Any:
    """Return the file's entry with our name, or None. Raises UneditableFile or OSError."""
    return _find_entry(client, atomic_file.read_file(path) or "")[0]


def plan_install(client: Client, path: Path, entry: Data) -> ConfigChange:
    """Return the change that adds or updates our entry. Raises UneditableFile or OSError."""
    before = atomic_file.read_file(path)
    old_entry, other_servers = _find_entry(client, before or "")
    backup_text = atomic_file.NO_FILE_RECORD if before is None else before
    if is_ours(client, old_entry):
        # Undo restores what the file held before the first installation, not an entry of ours.
        entry = merge_entry(client, entry, old_entry)
        backup_text = atomic_file.read_file(atomic_file.backup_path(path)) or _with_entry(
            client, before or "", None
        )
    after = _with_entry(client, before or "", entry)
    return ConfigChange(client, path, before, after, entry, old_entry, backup_text, other_servers)


def plan_undo(client: Client, path: Path) -> ConfigChange:
    """Return the change that removes our entry, or restores the entry that it replaced.

    If nothing else in the file changed since, its original text is restored byte for byte.

    Raises:
        ForeignEntry: the entry is not ours.
        UneditableFile: the file cannot be edited safely.
        OSError: the file cannot be read.
    """
    before = atomic_file.read_file(path)
    if before is None:
        return ConfigChange(client, path, None, None, None, None)
    old_entry, other_servers = _find_entry(client, before)
    if old_entry is None:
        return ConfigChange(client, path, before, before, None, None, other_servers=other_servers)
    if not is_ours(client, old_entry):
        raise ForeignEntry(describe_foreign_entry(client, old_entry))
    backup_text = atomic_file.read_file(atomic_file.backup_path(path))
    is_no_file_record = atomic_file.is_no_file_record(backup_text)
    original = "" if is_no_file_record else backup_text or ""
    original_entry = _find_entry(client, original)[0]
    if is_ours(client, original_entry):
        original, original_entry = "", None
    text: str | None = _with_entry(client, before, original_entry)
    if is_no_file_record and not any(parse(client.format, text or "").values()):
        text = None
    elif original and _with_entry(client, original, old_entry) == before:
        text = original
    return ConfigChange(
        client, path, before, text, original_entry, old_entry, other_servers=other_servers
    )


def _find_entry(client: Client, text: str) -> tuple[Any, tuple[str, ...]]:
    """Return the text's entry with our name, or None, and the names of the other servers."""
    servers = value_at(parse(client.format, text), (client.servers_key,)) or {}
    if not isinstance(servers, dict):
        raise UneditableFile(f'"{client.servers_key}" must be an object')
    return servers.get(SERVER_NAME), tuple(name for name in servers if name != SERVER_NAME)


def _with_entry(client: Client, text: str, entry: Any) -> str:
    """Return the text with the entry and the key prompt that it needs; None removes both."""
    text = set_value(client.format, text, (client.servers_key, SERVER_NAME), entry)
    if not client.uses_prompt:
        return text
    inputs = value_at(parse(client.format, text), ("inputs",), [])
    if not isinstance(inputs, list):
        raise UneditableFile('"inputs" must be a list')
    prompt_ids = {kind.prompt_id for kind in KEY_KINDS}
    other_inputs = [
        item for item in inputs if not (isinstance(item, dict) and item.get("id") in prompt_ids)
    ]
    prompt = key_prompt(client.key_kind)
    if client.key_reference and client.key_reference in json.dumps(entry):
        is_present = any(
            isinstance(item, dict) and item.get("id") == prompt["id"] for item in inputs
        )
        return (
            text
            if is_present
            else set_value(client.format, text, ("inputs",), [*other_inputs, prompt])
        )
    if len(other_inputs) == len(inputs):
        return text
    return set_value(client.format, text, ("inputs",), other_inputs or None)
