"""Server entries in a client's configuration: ownership, merging and display without secrets."""

import re
from typing import Any
from urllib.parse import urlsplit

from quo_mcp.cli.install.clients import SERVER_NAME, Client
from quo_mcp.cli.install.config_edit import Data
from quo_mcp.cli.install.variables import KEY_VARIABLES, OWN_VARIABLES, KeyKind
from quo_mcp.config.settings import SHARED_VARIABLES

MASK = "••••••"
# A program, module or package of that name, with or without a version, but not a directory.
_OURS = re.compile(r"(?:^|[\s/\\])quo[-_]mcp(?:\.exe)?(?=$|[\s\"'@=<>~\[:])")


def key_prompt(kind: KeyKind) -> Data:
    """Return VS Code's prompt for a key."""
    return {
        "type": "promptString",
        "id": kind.prompt_id,
        "description": f"{kind.issuer} API key ({kind.page})",
        "password": True,
    }


def is_ours(client: Client, entry: Any) -> bool:
    """Return whether the entry starts this server. Another server may be named `quo`, such as Quo's own."""
    if not isinstance(entry, dict):
        return False
    args = entry.get("args")
    words = [entry.get(client.command_field), *(args if isinstance(args, list) else [])]
    return any(isinstance(item, str) and _OURS.search(item) for item in words)


def describe_foreign_entry(client: Client, entry: Any) -> str:
    """Describe another server's entry in a few words, without possible secrets."""
    if isinstance(entry, dict):
        for field in ("url", "serverUrl", "httpUrl", "uri"):
            if isinstance(entry.get(field), str):
                return f"at {urlsplit(entry[field]).hostname or 'an unknown address'}"
        if isinstance(entry.get(client.command_field), str):
            return f"started by {entry[client.command_field]}"
    return "of an unknown type"


def merge_entry(client: Client, entry: Data, old_entry: Data) -> Data:
    """Return the new entry with the settings and client options that the user added to the old one.

    A file with the key stays in use, unless the new entry holds the key itself or is for the sandbox.
    """
    managed = {
        client.command_field,
        "args",
        client.env_field,
        client.forward_field,
        client.store_field,
    }
    unmanaged = {name: value for name, value in old_entry.items() if name not in managed}
    new_env, old_env = (_object_field(item, client.env_field) for item in (entry, old_entry))
    env = {name: value for name, value in old_env.items() if name not in KEY_VARIABLES} | new_env
    kind = client.key_kind
    has_key = new_env.get(kind.variable) not in (None, client.key_reference)
    if kind.file_variable in old_env and not has_key:
        env.pop(kind.variable, None)
        env.setdefault(kind.file_variable, old_env[kind.file_variable])
        entry = {name: value for name, value in entry.items() if name != client.store_field}
    merged = entry | unmanaged | ({client.env_field: _keys_first(env)} if env else {})
    for field in filter(None, (client.forward_field, client.store_field)):
        old_names = old_entry.get(field)
        if field in entry and isinstance(old_names, list):
            own_names = entry[field]
            merged[field] = [
                *own_names,
                *(item for item in old_names if item not in (*KEY_VARIABLES, *own_names)),
            ]
    return merged


def _keys_first(env: Data) -> Data:
    return {name: env[name] for name in sorted(env, key=lambda name: name not in KEY_VARIABLES)}


def _object_field(entry: Data, field: str) -> Data:
    members = entry.get(field)
    return members if isinstance(members, dict) else {}


def redact_entry(client: Client, entry: Any) -> Data:
    """Return a removed entry's command and environment only; other fields may hold secrets."""
    if not isinstance(entry, dict):
        return {}
    command = entry.get(client.command_field)
    visible: Data = {client.command_field: command} if isinstance(command, str) else {}
    env = _object_field(entry, client.env_field)
    return visible | ({client.env_field: env} if env else {})


def render_entry(client: Client, entry: Data) -> list[str]:
    """Return the entry as lines of the file. The key and values that are not ours are masked."""
    visible = {name: _masked(client, name, value) for name, value in entry.items()}
    data: Data = {client.servers_key: {SERVER_NAME: visible}}
    if (
        client.uses_prompt
        and client.key_reference in _object_field(entry, client.env_field).values()
    ):
        data["inputs"] = [key_prompt(client.key_kind)]
    return client.format.dump(data).splitlines()


def mask_password(url: str) -> str:
    """Return a proxy's URL, a path or a list of hosts, without the password that a URL may hold."""
    return re.sub(r"^((?:\w+://)?[^:@]*:)(?!//).*(?=@)", rf"\1{MASK}", url)


def _masked(client: Client, field: str, value: Any) -> Any:
    if field == client.env_field and isinstance(value, dict):
        public_values = ("", client.key_reference)
        return {
            name: item
            if item in public_values or name in OWN_VARIABLES
            else mask_password(item)
            if name in SHARED_VARIABLES.values() and isinstance(item, str)
            else MASK
            for name, item in value.items()
        }
    own_names = {
        *client.extra_fields,
        client.command_field,
        "args",
        client.forward_field,
        client.store_field,
    }
    return value if field in own_names or isinstance(value, bool | int) else MASK
