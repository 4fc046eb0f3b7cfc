"""One server's entry in a client's file: whose it is, what of it stays, and how it is shown."""

import re
from typing import Any
from urllib.parse import urlsplit

from quo_mcp.cli.install.clients import OWN, PROMPT, SERVER, Client
from quo_mcp.cli.install.config_edit import Data
from quo_mcp.config.settings import KEY

HIDDEN = "••••••"
ASKED = {
    "type": "promptString",
    "id": PROMPT,
    "description": "Maton API key (maton.ai/settings)",
    "password": True,
}

# As a program, a module or a package, with or without a version; a folder of that name is none.
_OURS = re.compile(r"(?:^|[\s/\\])quo[-_]mcp(?:\.exe)?(?=$|[\s\"'@=<>~\[:])")


def is_ours(client: Client, entry: Any) -> bool:
    """Whether it starts this server. Another one may well be called `quo`: Quo's own, for one."""
    if not isinstance(entry, dict):
        return False
    args = entry.get("args")
    words = [entry.get(client.command), *(args if isinstance(args, list) else [])]
    return any(isinstance(each, str) and _OURS.search(each) for each in words)


def named(client: Client, entry: Any) -> str:
    """Somebody else's entry in a few words, without what may be a secret in it."""
    if isinstance(entry, dict):
        for field in ("url", "serverUrl", "httpUrl", "uri"):
            if isinstance(entry.get(field), str):
                return f"at {urlsplit(entry[field]).hostname or 'an address of its own'}"
        if isinstance(entry.get(client.command), str):
            return f"started by {entry[client.command]}"
    return "of a kind that is not known here"


def renewed(client: Client, entry: Data, old: Data) -> Data:
    """The new entry with what a person put into the old one of ours: settings, and the client's own switches."""
    made = {client.command, "args", client.env, client.forwards, client.stores}
    kept = {name: value for name, value in old.items() if name not in made}
    env = _members(old, client.env)
    env = {name: value for name, value in env.items() if name != KEY} | _members(entry, client.env)
    whole = entry | kept | ({client.env: _key_first(env)} if env else {})
    for field in filter(None, (client.forwards, client.stores)):
        listed = old.get(field)
        if field in entry and isinstance(listed, list):
            ours = entry[field]
            whole[field] = [*ours, *(each for each in listed if each not in (KEY, *ours))]
    return whole


def _key_first(env: Data) -> Data:
    return {name: env[name] for name in sorted(env, key=lambda name: name != KEY)}


def _members(entry: Data, field: str) -> Data:
    found = entry.get(field)
    return found if isinstance(found, dict) else {}


def only_the_command(client: Client, entry: Any) -> Data:
    """An entry that goes, as it may be shown: arguments may hold anything, and so may another's fields."""
    if not isinstance(entry, dict):
        return {"…": "…"}
    command = entry.get(client.command)
    shown: Data = {client.command: command} if isinstance(command, str) else {}
    env = _members(entry, client.env)
    return {**shown, "…": "…"} | ({client.env: env} if env else {})


def snippet(client: Client, entry: Data) -> list[str]:
    """The entry as it stands in the file, for eyes: the key is hidden, and whatever is not ours."""
    shown = {name: _shown(client, name, value) for name, value in entry.items()}
    data: Data = {client.under: {SERVER: shown}}
    if client.prompts and client.reference in _members(entry, client.env).values():
        data["inputs"] = [ASKED]
    return client.form.write(data).splitlines()


def _shown(client: Client, field: str, value: Any) -> Any:
    if field == client.env and isinstance(value, dict):
        open_to_all = ("", client.reference)
        return {
            name: each if each in open_to_all or name in OWN else HIDDEN
            for name, each in value.items()
        }
    ours = {*client.extra, client.command, "args", client.forwards, client.stores, "…"}
    return value if field in ours or isinstance(value, bool | int) else HIDDEN
