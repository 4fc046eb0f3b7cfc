"""The supported clients: their configuration files and the format of a server entry."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from quo_mcp.cli.install import json_edit, toml_edit, yaml_edit
from quo_mcp.cli.install.config_edit import ConfigFormat, Data
from quo_mcp.cli.install.variables import (
    KEY_KINDS,
    KEY_VARIABLES,
    MATON_KEY,
    OWN_VARIABLES,
    QUO_KEY,
    SETTING_VARIABLES,
    KeyKind,
)
from quo_mcp.config.settings import SHARED_VARIABLES

SERVER_NAME = "quo"

JSON: ConfigFormat = json_edit
TOML: ConfigFormat = toml_edit
YAML: ConfigFormat = yaml_edit


@dataclass(frozen=True)
class Machine:
    """The machine on which clients' files are located. `platform` is a value of sys.platform."""

    platform: str
    home: Path
    environ: Mapping[str, str]

    def directory(self, name: str, default: Path) -> Path:
        """Return the directory in an environment variable, or the default if it is not set."""
        value = self.environ.get(name, "").strip()
        return Path(value) if value else default

    @property
    def app_data(self) -> Path:
        """The directory of desktop programs' settings."""
        if self.platform == "darwin":
            return self.home / "Library" / "Application Support"
        if self.platform == "win32":
            return self.directory("APPDATA", self.home / "AppData" / "Roaming")
        return self.directory("XDG_CONFIG_HOME", self.home / ".config")

    @property
    def settings(self) -> dict[str, str]:
        """The variables in the environment that this server reads, without the keys."""
        values = {
            name: self.environ.get(name)
            for name in SETTING_VARIABLES
            if name not in {kind.variable for kind in KEY_KINDS}
        }
        for kind in KEY_KINDS:
            if not self.environ.get(kind.variable, "unset").strip():
                del values[
                    kind.file_variable
                ]  # an empty key turns the file off, as in load_settings
        values |= {
            name: values[name] or self.environ.get(name.lower())
            for name in SHARED_VARIABLES.values()
        }
        return {name: value for name, value in values.items() if value}


@dataclass(frozen=True)
class Client:
    """A program that can use this server.

    The key itself is in the file only if the client has no `key_reference`, `forward_field` or
    `store_field`.

    Attributes:
        config_path: the path of its configuration file.
        servers_key: the key of the object that holds its servers.
        key_kind: the kind of key that the entry is for.
        key_reference_format: the file's reference to the key in an environment variable or a prompt, with
            {variable} or {prompt_id} for its name.
        forward_field: the field that lists the variables to pass on; unset ones are harmless.
        store_field: the field that lists the variables in the client's own store or environment.
        command_field, env_field: the fields of the command and of its environment.
        extra_fields: fields that every entry needs.
        uses_prompt: whether the client asks the user for the key.
        next_step: what the user does after installation.
        key_note_format: where the client gets the key, with {variable} for the variable's name.
    """

    name: str
    title: str
    config_path: Callable[[Machine], Path]
    format: ConfigFormat = JSON
    servers_key: str = "mcpServers"
    key_kind: KeyKind = MATON_KEY
    key_reference_format: str | None = None
    forward_field: str | None = None
    store_field: str | None = None
    command_field: str = "command"
    env_field: str = "env"
    extra_fields: Data = field(default_factory=dict)
    uses_prompt: bool = False
    next_step: str = ""
    key_note_format: str = ""

    def with_key_kind(self, kind: KeyKind) -> "Client":
        return replace(self, key_kind=kind)

    def key_kind_of(self, entry: Data) -> KeyKind:
        """Return the kind of key that an entry of this client uses; Maton's if it has both or none."""
        env, stored = entry.get(self.env_field), entry.get(self.store_field or "")
        names = {name for name, value in env.items() if value} if isinstance(env, dict) else set()
        names |= set(stored) if isinstance(stored, list) else set()
        kinds = [kind for kind in KEY_KINDS if {kind.variable, kind.file_variable} & names]
        return kinds[0] if kinds else MATON_KEY

    @property
    def key_reference(self) -> str | None:
        """The file's reference to the key, or None if the client has no such references."""
        return self.key_reference_format and self.key_reference_format.format(
            variable=self.key_kind.variable, prompt_id=self.key_kind.prompt_id
        )

    @property
    def key_note(self) -> str:
        return self.key_note_format.format(variable=self.key_kind.variable)

    @property
    def keeps_key_in_file(self) -> bool:
        return not (self.key_reference_format or self.forward_field or self.store_field)

    def build_entry(
        self, command: list[str], key: str | None, settings: Mapping[str, str] | None = None
    ) -> Data:
        """Return this server's entry.

        `key` is the key to write: "" for the sandbox, None to refer to the key elsewhere. `settings`
        are the variables that are set now. A client that forwards variables gets none of them.
        If they name a file with the key, the entry does not refer to the key elsewhere.
        Shared variables go only into a file that holds the key, because it is private.
        """
        entry: dict[str, Any] = {
            **self.extra_fields,
            self.command_field: command[0],
            "args": command[1:],
        }
        env = {
            name: value
            for name, value in (settings or {}).items()
            if self.keeps_key_in_file or (name in OWN_VARIABLES and not self.forward_field)
        }
        kind = self.key_kind
        for other in KEY_KINDS:
            if key is not None or other is not kind:
                env.pop(other.file_variable, None)
        if key == "":
            # The sandbox: neither key of the client's own environment may turn it into an account.
            env = {other.variable: "" for other in KEY_KINDS} | env
        elif key is not None:
            env = {kind.variable: key} | env
        elif kind.file_variable in env:
            pass
        elif self.key_reference:
            env = {kind.variable: self.key_reference} | env
        elif self.store_field:
            entry[self.store_field] = [kind.variable]
        if kind is QUO_KEY and not self.keeps_key_in_file:
            # Maton's key comes first, and the client's own environment may have one.
            env = {MATON_KEY.variable: ""} | env
        if self.forward_field:
            forwarded = [*SETTING_VARIABLES, *(name.lower() for name in SHARED_VARIABLES.values())]
            entry[self.forward_field] = (
                forwarded
                if key is None
                else [name for name in forwarded if name not in KEY_VARIABLES]
            )
        return entry | ({self.env_field: env} if env else {})


def _claude_desktop(machine: Machine) -> Path:
    """Return the path; on Windows, an app from the store has its own directory."""
    directory = machine.app_data / "Claude"
    if machine.platform == "win32":
        local_app_data = machine.directory("LOCALAPPDATA", machine.home / "AppData" / "Local")
        directory = next(
            iter(sorted(local_app_data.glob("Packages/Claude_*/LocalCache/Roaming/Claude"))),
            directory,
        )
    return directory / "claude_desktop_config.json"


def _claude_code(machine: Machine) -> Path:
    return machine.directory("CLAUDE_CONFIG_DIR", machine.home) / ".claude.json"


def _goose(machine: Machine) -> Path:
    if machine.platform == "win32":
        return machine.app_data / "Block" / "goose" / "config" / "config.yaml"
    return machine.directory("XDG_CONFIG_HOME", machine.home / ".config") / "goose" / "config.yaml"


_SHELL_NOTE = "reads the key from {variable} in its own environment when it starts."
_WINDOW_NOTE = (
    f"{_SHELL_NOTE} A program started from the Dock or a menu does not see variables that only your shell sets. Set the "
    "variable for your whole login session, or start the program from a terminal."
)

CLIENTS = {
    client.name: client
    for client in (
        Client(
            "claude-desktop",
            "Claude Desktop",
            _claude_desktop,
            next_step="Quit Claude Desktop completely and open it again.",
            key_note_format="The key is stored in that file, which only your user account can read.",
        ),
        Client(
            "claude-code",
            "Claude Code",
            _claude_code,
            # The default is empty because Claude Code drops a server whose variable is not set.
            key_reference_format="${{{variable}:-}}",
            extra_fields={"type": "stdio"},
            next_step="Start a new Claude Code session; /mcp shows the server.",
            key_note_format=f"Claude Code {_SHELL_NOTE}",
        ),
        Client(
            "cursor",
            "Cursor",
            lambda machine: machine.home / ".cursor" / "mcp.json",
            key_reference_format="${{env:{variable}}}",
            next_step="Enable the server in Cursor's settings, under MCP.",
            key_note_format=f"Cursor {_WINDOW_NOTE}",
        ),
        Client(
            "vscode",
            "VS Code",
            lambda machine: machine.app_data / "Code" / "User" / "mcp.json",
            servers_key="servers",
            key_reference_format="${{input:{prompt_id}}}",
            extra_fields={"type": "stdio"},
            uses_prompt=True,
            next_step='In VS Code, run "MCP: List Servers" and start the server.',
            key_note_format="VS Code asks for the key when it first starts the server, and stores it securely.",
        ),
        Client(
            "goose",
            "Goose",
            _goose,
            format=YAML,
            servers_key="extensions",
            store_field="env_keys",
            command_field="cmd",
            env_field="envs",
            extra_fields={"enabled": True, "type": "stdio", "name": SERVER_NAME, "timeout": 300},
            next_step="Start a new Goose session.",
            key_note_format="Goose reads the key from its own credential store, or from {variable} in its environment.",
        ),
        Client(
            "codex",
            "Codex",
            lambda machine: (
                machine.directory("CODEX_HOME", machine.home / ".codex") / "config.toml"
            ),
            format=TOML,
            servers_key="mcp_servers",
            forward_field="env_vars",
            next_step="Start a new Codex session; /mcp shows the server.",
            key_note_format="Codex reads the key and the settings from its own environment when it starts.",
        ),
        Client(
            "windsurf",
            "Windsurf",
            lambda machine: machine.home / ".codeium" / "windsurf" / "mcp_config.json",
            key_reference_format="${{env:{variable}}}",
            next_step="Refresh the server list in Windsurf's Cascade panel.",
            key_note_format=f"Windsurf {_WINDOW_NOTE}",
        ),
        Client(
            "gemini",
            "Gemini CLI",
            lambda machine: (
                machine.directory("GEMINI_CLI_HOME", machine.home) / ".gemini" / "settings.json"
            ),
            key_reference_format="${variable}",
            next_step="Start a new Gemini CLI session; /mcp shows the server.",
            key_note_format=f"Gemini CLI {_SHELL_NOTE}",
        ),
    )
}
