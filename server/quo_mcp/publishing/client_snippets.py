"""How each client is told of the server: a snippet for its settings, and links that need one click.

A link never holds a key. It brings an empty place for one, or the client asks.
"""

import base64
import json
from typing import Any
from urllib.parse import quote, urlencode

from quo_mcp.config.settings import KEY
from quo_mcp.publishing.project import SERVER, TITLE, Project, as_json
from quo_mcp.publishing.yaml import as_yaml

YOURS = "your-key"


def files(project: Project) -> dict[str, str]:
    return {f"clients/{name}": text for name, text in snippets(project).items()}


def snippets(project: Project) -> dict[str, str]:
    """By file name."""
    usual = {"mcpServers": {SERVER: project.command | {"env": {KEY: YOURS}}}}
    shared = {"mcpServers": {SERVER: project.command | {"env": {KEY: f"${{{KEY}:-}}"}}}}
    return {
        "claude-desktop.json": as_json(usual),
        "claude-code.json": as_json(shared),
        "cursor.json": as_json(usual),
        "windsurf.json": as_json(usual),
        "vscode.json": as_json({"inputs": [asks()], "servers": {SERVER: asking(project)}}),
        "codex.toml": codex(project),
        "goose.yaml": as_yaml({"extensions": {SERVER: goose(project)}}),
    }


def asks() -> dict[str, Any]:
    """VS Code asks for it once and keeps it."""
    return {
        "type": "promptString",
        "id": "maton_api_key",
        "description": "Maton API key; leave it empty for the sandbox",
        "password": True,
    }


def asking(project: Project) -> dict[str, Any]:
    return {"type": "stdio"} | project.command | {"env": {KEY: f"${{input:{asks()['id']}}}"}}


def codex(project: Project) -> str:
    """TOML spells strings and lists of them as JSON does."""
    lines = [f"{name} = {json.dumps(value)}" for name, value in project.command.items()]
    env = f"{KEY} = {json.dumps(YOURS)}"
    return "\n".join(
        [f"[mcp_servers.{SERVER}]", *lines, "", f"[mcp_servers.{SERVER}.env]", env, ""]
    )


def goose(project: Project) -> dict[str, Any]:
    """Goose asks for the keys that it lacks, and keeps them in the system's keychain."""
    return {
        "enabled": True,
        "type": "stdio",
        "name": SERVER,
        "description": project.description,
        "cmd": project.command["command"],
        "args": project.command["args"],
        "env_keys": [KEY],
        "timeout": 300,
    }


def links(project: Project) -> dict[str, str]:
    """A page each that hands over to the client."""
    empty = as_bytes(project.command | {"env": {KEY: ""}})
    return {
        "Cursor": "https://cursor.com/en/install-mcp?"
        + urlencode({"name": SERVER, "config": base64.b64encode(empty).decode()}),
        "VS Code": "https://insiders.vscode.dev/redirect/mcp/install?"
        + urlencode(
            {
                "name": SERVER,
                "inputs": as_bytes([asks()]),
                "config": as_bytes(asking(project)),
            },
            quote_via=quote,
        ),
        "Goose": "https://block.github.io/goose/extension?"
        + urlencode(
            {
                "cmd": project.command["command"],
                "arg": project.command["args"],
                "id": SERVER,
                "name": TITLE,
                "description": project.description,
                "env": f"{KEY}=Maton API key",
            },
            doseq=True,
            quote_via=quote,
        ),
    }


def as_bytes(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def section(project: Project) -> str:
    """The README's part about clients, with the mark by which the MCP registry knows the package."""
    ready = snippets(project)
    run = " ".join([project.command["command"], *project.command["args"]])
    clicks = " · ".join(f"[{client}]({link})" for client, link in links(project).items())
    return f"""\
<!-- mcp-name: {project.registry_name} -->

Once the package is published, `{run}` fetches and runs it; uv has to be installed. With one click: {clicks}.

Claude Code, with the key in its environment: `claude mcp add -s user {SERVER} -e '{KEY}=${{{KEY}:-}}' -- {run}`

Claude Desktop (Settings, Developer, Edit Config; on Windows it reads the file in
`%LOCALAPPDATA%\\Packages\\Claude_*\\LocalCache\\Roaming\\Claude`, where there is that folder), Cursor (`~/.cursor/mcp.json`),
Windsurf (`~/.codeium/windsurf/mcp_config.json`):

```json
{ready["claude-desktop.json"]}```

<details><summary>VS Code, Codex, Goose</summary>

VS Code, in `.vscode/mcp.json`; it asks for the key:

```json
{ready["vscode.json"]}```

Codex, in `~/.codex/config.toml`:

```toml
{ready["codex.toml"]}```

Goose, in `~/.config/goose/config.yaml`:

```yaml
{ready["goose.yaml"]}```

</details>

A desktop bundle, a Claude Code plugin with skills, a Gemini CLI extension and a container image are in
[manifests/](manifests/README.md)."""
