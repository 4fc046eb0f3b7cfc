"""The configuration of each client: snippets for its settings file, and one-click install links.

A link never contains a key. It contains an empty value, or the client asks for the key.
"""

import base64
import json
from typing import Any
from urllib.parse import quote, urlencode

from quo_mcp.config.settings import API_KEY_VARIABLE
from quo_mcp.publishing.project import SERVER_NAME, TITLE, Project, to_json, to_yaml

KEY_EXAMPLE = "your-key"


def render_files(project: Project) -> dict[str, str]:
    return {f"clients/{name}": text for name, text in render_snippets(project).items()}


def render_snippets(project: Project) -> dict[str, str]:
    """Return the configuration snippets by file name."""
    with_example = {
        "mcpServers": {SERVER_NAME: project.command | {"env": {API_KEY_VARIABLE: KEY_EXAMPLE}}}
    }
    from_environment = {
        "mcpServers": {
            SERVER_NAME: project.command | {"env": {API_KEY_VARIABLE: f"${{{API_KEY_VARIABLE}:-}}"}}
        }
    }
    return {
        "claude-desktop.json": to_json(with_example),
        "claude-code.json": to_json(from_environment),
        "cursor.json": to_json(with_example),
        "windsurf.json": to_json(with_example),
        "vscode.json": to_json(
            {"inputs": [vscode_input()], "servers": {SERVER_NAME: vscode_server(project)}}
        ),
        "codex.toml": render_codex_config(project),
        "goose.yaml": to_yaml({"extensions": {SERVER_NAME: goose_extension(project)}}),
    }


def vscode_input() -> dict[str, Any]:
    """Return the input with which VS Code asks for the key once and stores it."""
    return {
        "type": "promptString",
        "id": "maton_api_key",
        "description": "Maton API key; leave it empty for the sandbox",
        "password": True,
    }


def vscode_server(project: Project) -> dict[str, Any]:
    return (
        {"type": "stdio"}
        | project.command
        | {"env": {API_KEY_VARIABLE: f"${{input:{vscode_input()['id']}}}"}}
    )


def render_codex_config(project: Project) -> str:
    # JSON strings and lists of strings are valid TOML.
    lines = [f"{name} = {json.dumps(value)}" for name, value in project.command.items()]
    env = f"{API_KEY_VARIABLE} = {json.dumps(KEY_EXAMPLE)}"
    return "\n".join(
        [f"[mcp_servers.{SERVER_NAME}]", *lines, "", f"[mcp_servers.{SERVER_NAME}.env]", env, ""]
    )


def goose_extension(project: Project) -> dict[str, Any]:
    """Return the extension. Goose asks for missing `env_keys` and stores them in the system's keychain."""
    return {
        "enabled": True,
        "type": "stdio",
        "name": SERVER_NAME,
        "description": project.description,
        "cmd": project.command["command"],
        "args": project.command["args"],
        "env_keys": [API_KEY_VARIABLE],
        "timeout": 300,
    }


def install_links(project: Project) -> dict[str, str]:
    """Return the install page of each client by the client's name."""
    config = to_compact_json(project.command | {"env": {API_KEY_VARIABLE: ""}})
    return {
        "Cursor": "https://cursor.com/en/install-mcp?"
        + urlencode({"name": SERVER_NAME, "config": base64.b64encode(config).decode()}),
        "VS Code": "https://insiders.vscode.dev/redirect/mcp/install?"
        + urlencode(
            {
                "name": SERVER_NAME,
                "inputs": to_compact_json([vscode_input()]),
                "config": to_compact_json(vscode_server(project)),
            },
            quote_via=quote,
        ),
        "Goose": "https://block.github.io/goose/extension?"
        + urlencode(
            {
                "cmd": project.command["command"],
                "arg": project.command["args"],
                "id": SERVER_NAME,
                "name": TITLE,
                "description": project.description,
                "env": f"{API_KEY_VARIABLE}=Maton API key",
            },
            doseq=True,
            quote_via=quote,
        ),
    }


def to_compact_json(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def render_section(project: Project) -> str:
    """Return the part of the manifests' README about clients."""
    snippets = render_snippets(project)
    command = " ".join([project.command["command"], *project.command["args"]])
    links = " · ".join(f"[{client}]({url})" for client, url in install_links(project).items())
    return f"""\
These snippets use `{command}`, which works once the package is published and needs [uv](https://docs.astral.sh/uv/). From a
clone, set `command` to the full path of `.venv/bin/{project.name}` and remove `args`, or run `.venv/bin/{project.name} install`.

One-click installation: {links}.

Claude Code, with the key in its environment: `claude mcp add -s user {SERVER_NAME} -e '{API_KEY_VARIABLE}=${{{API_KEY_VARIABLE}:-}}' -- {command}`

Claude Desktop (Settings, Developer, Edit Config; on Windows, if the folder
`%LOCALAPPDATA%\\Packages\\Claude_*\\LocalCache\\Roaming\\Claude` exists, the file in it), Cursor (`~/.cursor/mcp.json`), and
Windsurf (`~/.codeium/windsurf/mcp_config.json`):

```json
{snippets["claude-desktop.json"]}```

VS Code, in `.vscode/mcp.json`. VS Code asks for the key:

```json
{snippets["vscode.json"]}```

Codex, in `~/.codex/config.toml`:

```toml
{snippets["codex.toml"]}```

Goose, in `~/.config/goose/config.yaml`:

```yaml
{snippets["goose.yaml"]}```
"""
