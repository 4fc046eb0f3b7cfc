"""What a person pastes or clicks: it starts the server, and there is no key in any link."""

import base64
import json
import re
import tomllib
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from quo_mcp.config.environment import from_environment
from quo_mcp.config.settings import KEY
from quo_mcp.publishing import client_snippets
from quo_mcp.publishing.project import project_at

ROOT = Path(__file__).parents[2]
PROJECT = project_at(ROOT)
LINKS = client_snippets.links(PROJECT)
READERS = {".json": json.loads, ".toml": tomllib.loads, ".yaml": yaml.safe_load}
UNDER = ("mcpServers", "servers", "mcp_servers", "extensions")

each_snippet = pytest.mark.parametrize("name", client_snippets.snippets(PROJECT))
each_link = pytest.mark.parametrize("client", LINKS)


def asked(client):
    """What a link says, by its parameters."""
    return {
        name: values[0]
        for name, values in parse_qs(urlsplit(LINKS[client]).query, strict_parsing=True).items()
    }


@each_snippet
def test_a_snippet_starts_the_published_package(name):
    whole = READERS[Path(name).suffix](
        (ROOT / "manifests/clients" / name).read_text(encoding="utf-8")
    )
    (under,) = (each for each in UNDER if each in whole)
    entry = whole[under]["quo"]
    assert {
        "command": entry.get("command", entry.get("cmd")),
        "args": entry["args"],
    } == PROJECT.command
    assert KEY in entry.get("env", entry.get("env_keys"))


def test_claude_code_is_given_no_key_where_the_environment_has_none():
    env = json.loads(client_snippets.snippets(PROJECT)["claude-code.json"])["mcpServers"]["quo"][
        "env"
    ]
    assert env == {KEY: f"${{{KEY}:-}}"}


def test_vs_code_asks_for_the_key_and_hides_it():
    whole = json.loads(client_snippets.snippets(PROJECT)["vscode.json"])
    (question,) = whole["inputs"]
    assert question["password"] is True
    assert whole["servers"]["quo"]["env"] == {KEY: f"${{input:{question['id']}}}"}


def test_cursors_link_has_an_empty_place_for_the_key():
    said = asked("Cursor")
    config = json.loads(base64.b64decode(said["config"], validate=True))
    assert said["name"] == "quo"
    assert config == PROJECT.command | {"env": {KEY: ""}}
    assert from_environment(config["env"]).is_sandbox


def test_vs_codes_link_asks_for_the_key():
    said = asked("VS Code")
    (question,) = json.loads(said["inputs"])
    config = json.loads(said["config"])
    assert question["password"] is True
    assert config["env"] == {KEY: f"${{input:{question['id']}}}"}
    assert PROJECT.command.items() <= config.items()


def test_gooses_link_asks_for_the_key():
    said = asked("Goose")
    assert [said["cmd"], said["arg"]] == [PROJECT.command["command"], *PROJECT.command["args"]]
    assert said["env"] == f"{KEY}=Maton API key"


@each_link
def test_a_link_can_be_clicked_where_markdown_is_shown(client):
    assert re.fullmatch(r"https://[A-Za-z0-9._~:/?&=%+-]+", LINKS[client])
    assert f"[{client}]({LINKS[client]})" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_what_the_readme_shows_is_what_the_folder_holds():
    shown = re.findall(
        r"```(?:json|toml|yaml)\n(.*?)```", client_snippets.section(PROJECT), re.DOTALL
    )
    ready = client_snippets.snippets(PROJECT)
    assert shown == [
        ready[name] for name in ("claude-desktop.json", "vscode.json", "codex.toml", "goose.yaml")
    ]
    assert ready["cursor.json"] == ready["windsurf.json"] == ready["claude-desktop.json"]
