"""The clients that can be set up: where each keeps its servers, and how it names one and its key."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from quo_mcp.cli.install import json_edit, toml_edit, yaml_edit
from quo_mcp.cli.install.config_edit import Data, Form
from quo_mcp.config.settings import KEY, SHARED, Config, variable

SERVER = "quo"
PROMPT = "maton_api_key"
SETTINGS = tuple(
    variable(name) for name in Config.model_fields if name not in {"http_token", "http_hosts"}
)
"""What can be set of a server that a client starts, the key first."""
OWN = tuple(name for name in SETTINGS[1:] if name not in SHARED.values())
"""Those that are this server's alone: what it shares with other programs may hold a proxy's password."""

JSON: Form = json_edit
TOML: Form = toml_edit
YAML: Form = yaml_edit


@dataclass(frozen=True)
class Machine:
    """Where a client's files are looked for. platform: as in sys.platform."""

    platform: str
    home: Path
    environ: Mapping[str, str]

    def variable(self, name: str, otherwise: Path) -> Path:
        """The directory that a variable names, where it is set."""
        given = self.environ.get(name, "").strip()
        return Path(given) if given else otherwise

    @property
    def app_data(self) -> Path:
        """Where programs with windows keep their settings."""
        if self.platform == "darwin":
            return self.home / "Library" / "Application Support"
        if self.platform == "win32":
            return self.variable("APPDATA", self.home / "AppData" / "Roaming")
        return self.variable("XDG_CONFIG_HOME", self.home / ".config")

    @property
    def settings(self) -> dict[str, str]:
        """What is set of this server here, but for its key."""
        found = {name: self.environ.get(name) for name in SETTINGS[1:]}
        found |= {name: found[name] or self.environ.get(name.lower()) for name in SHARED.values()}
        return {name: value for name, value in found.items() if value}


@dataclass(frozen=True)
class Client:
    """A program that can use this server.

    under: the key below which its servers stand. where: its file.
    reference: how its file refers to the key in an environment variable or a prompt.
    forwards: the field in which it lists the variables to hand on, in place of a reference;
    unset ones do no harm. stores: the field for those that it keeps itself, or finds set.
    Without any of them the key itself has to stand in the file.
    then: what a person does next. key_from: where such a client takes the key from.
    """

    name: str
    title: str
    where: Callable[[Machine], Path]
    form: Form = JSON
    under: str = "mcpServers"
    reference: str | None = None
    forwards: str | None = None
    stores: str | None = None
    command: str = "command"
    env: str = "env"
    extra: Data = field(default_factory=dict)
    prompts: bool = False
    then: str = ""
    key_from: str = ""

    @property
    def holds_the_key(self) -> bool:
        return not (self.reference or self.forwards or self.stores)

    def entry(
        self, command: list[str], key: str | None, settings: Mapping[str, str] | None = None
    ) -> Data:
        """What stands in its file for this server. key: "" for the sandbox, None to refer to it.

        settings: those that are set now. A client that hands them on takes them from where it runs;
        the way to the network is for those alone that hand on nothing, and whose files are private.
        """
        made: dict[str, Any] = {**self.extra, self.command: command[0], "args": command[1:]}
        env = {
            name: value
            for name, value in (settings or {}).items()
            if self.holds_the_key or (name in OWN and not self.forwards)
        }
        if key is not None:
            env = {KEY: key} | env
        elif self.reference:
            env = {KEY: self.reference} | env
        elif self.stores:
            made[self.stores] = [KEY]
        if self.forwards:
            handed = [*SETTINGS, *(name.lower() for name in SHARED.values())]
            made[self.forwards] = handed if key is None else handed[1:]
        return made | ({self.env: env} if env else {})


def _claude_desktop(machine: Machine) -> Path:
    """From the store, Windows gives the program a folder of its own for what it keeps."""
    usual = machine.app_data / "Claude"
    if machine.platform == "win32":
        local = machine.variable("LOCALAPPDATA", machine.home / "AppData" / "Local")
        usual = next(iter(sorted(local.glob("Packages/Claude_*/LocalCache/Roaming/Claude"))), usual)
    return usual / "claude_desktop_config.json"


def _claude_code(machine: Machine) -> Path:
    return machine.variable("CLAUDE_CONFIG_DIR", machine.home) / ".claude.json"


def _goose(machine: Machine) -> Path:
    if machine.platform == "win32":
        return machine.app_data / "Block" / "goose" / "config" / "config.yaml"
    return machine.variable("XDG_CONFIG_HOME", machine.home / ".config") / "goose" / "config.yaml"


_SHELL = f"{{}} takes the key from {KEY} in its own environment when it starts."
_WINDOW = (
    f"{_SHELL} A program that is started from the Dock or a menu does not see what only your shell sets: "
    "set it for the whole session, or start it from a terminal."
)

CLIENTS = {
    each.name: each
    for each in (
        Client(
            "claude-desktop",
            "Claude Desktop",
            _claude_desktop,
            then="Quit Claude Desktop wholly and open it again.",
            key_from="The key stands in that file, which nobody but you can read.",
        ),
        Client(
            "claude-code",
            "Claude Code",
            _claude_code,
            # With a default, since Claude Code drops a server whose variable is not set.
            reference=f"${{{KEY}:-}}",
            extra={"type": "stdio"},
            then="Start a new session of Claude Code; /mcp shows the server.",
            key_from=_SHELL.format("Claude Code"),
        ),
        Client(
            "cursor",
            "Cursor",
            lambda at: at.home / ".cursor" / "mcp.json",
            reference=f"${{env:{KEY}}}",
            then="Switch the server on in Cursor's settings, under MCP.",
            key_from=_WINDOW.format("Cursor"),
        ),
        Client(
            "vscode",
            "VS Code",
            lambda at: at.app_data / "Code" / "User" / "mcp.json",
            under="servers",
            reference=f"${{input:{PROMPT}}}",
            extra={"type": "stdio"},
            prompts=True,
            then="Run “MCP: List Servers” in VS Code and start it.",
            key_from="VS Code asks for the key once, when it first starts the server, and keeps it safe.",
        ),
        Client(
            "goose",
            "Goose",
            _goose,
            form=YAML,
            under="extensions",
            stores="env_keys",
            command="cmd",
            env="envs",
            extra={"enabled": True, "type": "stdio", "name": SERVER, "timeout": 300},
            then="Start a new Goose session.",
            key_from=f"Goose takes the key from its own store, or from {KEY} in its environment.",
        ),
        Client(
            "codex",
            "Codex",
            lambda at: at.variable("CODEX_HOME", at.home / ".codex") / "config.toml",
            form=TOML,
            under="mcp_servers",
            forwards="env_vars",
            then="Start a new session of Codex; /mcp shows the server.",
            key_from=_SHELL.format("Codex")
            .replace("the key from", "the settings, too, from")
            .replace(f"{KEY} in ", ""),
        ),
        Client(
            "windsurf",
            "Windsurf",
            lambda at: at.home / ".codeium" / "windsurf" / "mcp_config.json",
            reference=f"${{env:{KEY}}}",
            then="Refresh the list of servers in Windsurf's Cascade panel.",
            key_from=_WINDOW.format("Windsurf"),
        ),
        Client(
            "gemini",
            "Gemini CLI",
            lambda at: at.variable("GEMINI_CLI_HOME", at.home) / ".gemini" / "settings.json",
            reference=f"${KEY}",
            then="Start a new session of Gemini CLI; /mcp shows the server.",
            key_from=_SHELL.format("Gemini CLI"),
        ),
    )
}
