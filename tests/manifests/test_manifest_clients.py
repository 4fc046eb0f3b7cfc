"""The snippets and install links: they start the server, and no link contains a key."""

import base64
import json
import re
import tomllib
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from quo_mcp.config.environment import load_settings
from quo_mcp.config.settings import API_KEY_VARIABLE
from quo_mcp.publishing import client_snippets
from quo_mcp.publishing.project import load_project

ROOT = Path(__file__).parents[2]
PROJECT = load_project(ROOT)
LINKS = client_snippets.install_links(PROJECT)
READERS = {".json": json.loads, ".toml": tomllib.loads, ".yaml": yaml.safe_load}
UNDER = ("mcpServers", "servers", "mcp_servers", "extensions")

each_snippet = pytest.mark.parametrize("name", client_snippets.render_snippets(PROJECT))
each_link = pytest.mark.parametrize("client", LINKS)


def link_parameters(client):
    """Return the query parameters of a client's install link."""
    return {
        name: values[0]
        for name, values in parse_qs(urlsplit(LINKS[client]).query, strict_parsing=True).items()
    }


@each_snippet
def test_a_snippet_starts_the_published_package(name):
    document = READERS[Path(name).suffix](
        (ROOT / "manifests/clients" / name).read_text(encoding="utf-8")
    )
    (section,) = (key for key in UNDER if key in document)
    entry = document[section]["quo"]
    assert {
        "command": entry.get("command", entry.get("cmd")),
        "args": entry["args"],
    } == PROJECT.command
    assert API_KEY_VARIABLE in entry.get("env", entry.get("env_keys"))


def test_claude_code_is_given_no_key_where_the_environment_has_none():
    env = json.loads(client_snippets.render_snippets(PROJECT)["claude-code.json"])["mcpServers"][
        "quo"
    ]["env"]
    assert env == {API_KEY_VARIABLE: f"${{{API_KEY_VARIABLE}:-}}"}


def test_vs_code_asks_for_the_key_and_hides_it():
    document = json.loads(client_snippets.render_snippets(PROJECT)["vscode.json"])
    (question,) = document["inputs"]
    assert question["password"] is True
    assert document["servers"]["quo"]["env"] == {API_KEY_VARIABLE: f"${{input:{question['id']}}}"}


def test_cursors_link_has_an_empty_place_for_the_key():
    parameters = link_parameters("Cursor")
    config = json.loads(base64.b64decode(parameters["config"], validate=True))
    assert parameters["name"] == "quo"
    assert config == PROJECT.command | {"env": {API_KEY_VARIABLE: ""}}
    assert load_settings(config["env"]).is_sandbox


def test_vs_codes_link_asks_for_the_key():
    parameters = link_parameters("VS Code")
    (question,) = json.loads(parameters["inputs"])
    config = json.loads(parameters["config"])
    assert question["password"] is True
    assert config["env"] == {API_KEY_VARIABLE: f"${{input:{question['id']}}}"}
    assert PROJECT.command.items() <= config.items()


def test_gooses_link_asks_for_the_key():
    parameters = link_parameters("Goose")
    assert [parameters["cmd"], parameters["arg"]] == [
        PROJECT.command["command"],
        *PROJECT.command["args"],
    ]
    assert parameters["env"] == f"{API_KEY_VARIABLE}=Maton API key"


@each_link
def test_a_link_can_be_clicked_where_markdown_is_shown(client):
    assert re.fullmatch(r"https://[A-Za-z0-9._~:/?&=%+-]+", LINKS[client])
    assert f"[{client}]({LINKS[client]})" in (ROOT / "manifests/README.md").read_text(
        encoding="utf-8"
    )


def test_what_the_readme_shows_is_what_the_folder_holds():
    shown = re.findall(
        r"```(?:json|toml|yaml)\n(.*?)```", client_snippets.render_section(PROJECT), re.DOTALL
    )
    ready = client_snippets.render_snippets(PROJECT)
    assert shown == [
        ready[name] for name in ("claude-desktop.json", "vscode.json", "codex.toml", "goose.yaml")
    ]
    assert ready["cursor.json"] == ready["windsurf.json"] == ready["claude-desktop.json"]
