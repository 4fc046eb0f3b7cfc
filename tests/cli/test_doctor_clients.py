"""The findings of `quo-mcp doctor` about installed clients."""

import json
import sys
from pathlib import Path

import pytest

from quo_mcp.cli import main
from quo_mcp.cli.install.clients import CLIENTS, Machine
from quo_mcp.cli.install.status import UnknownEnvironment, client_environment, client_findings
from quo_mcp.config.settings import SHARED_VARIABLES
from quo_mcp.sandbox import Sandbox
from quo_mcp.server import account
from sandbox.play import Clock

A_KEY = "sk-maton-0123456789"
KEY = "MATON_API_KEY"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    for name in ("APPDATA", "XDG_CONFIG_HOME", "CODEX_HOME", "CLAUDE_CONFIG_DIR", KEY):
        monkeypatch.delenv(name, raising=False)
    for name in (*SHARED_VARIABLES.values(), *map(str.lower, SHARED_VARIABLES.values())):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setattr(sys, "platform", "linux")
    clock = Clock()
    box = Sandbox(seed=7, now=clock, sleep=clock.sleep)
    box.state.conversations.clear()
    monkeypatch.setattr(account, "new_sandbox", lambda: box)
    return tmp_path


def holds(name, home, entry):
    client = CLIENTS[name]
    path = client.config_path(Machine("linux", home, {}))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(client.format.dump({client.servers_key: {"quo": entry}}))


def examined(capsys, *arguments):
    """The findings, by what they are about, and the exit status."""
    status = main(["doctor", "--json", *arguments])
    told = json.loads(capsys.readouterr().out)
    return {each["topic"]: each for each in told["findings"]} | {"status": status}


def test_what_install_did_is_found_without_the_key(home, capsys, monkeypatch):
    monkeypatch.setenv(KEY, A_KEY)
    main(["install", "claude-desktop", "--yes"])
    main(["install", "gemini", "--yes"])
    monkeypatch.delenv(KEY)
    main(["install", "cursor", "--sandbox", "--yes"])
    capsys.readouterr()
    seen = examined(capsys)
    assert seen["status"] == 0
    assert seen["API key"]["summary"].startswith("Not set in this shell; using the sandbox.")
    assert (
        seen["Claude Desktop"]["summary"] == "Configured, with the key in its configuration file."
    )
    assert seen["Cursor"]["summary"] == "Configured without a key; it uses the sandbox."
    assert seen["Gemini CLI"]["status"] == "note"
    assert "is not set in this shell" in seen["Gemini CLI"]["summary"]
    assert "Codex" not in seen
    assert A_KEY not in str(seen)


@pytest.mark.parametrize(
    ("name", "entry", "verdict", "says"),
    [
        ("claude-code", {"env": {KEY: "${MATON_API_KEY:-}"}}, "ok", f"takes the key from {KEY} in"),
        ("vscode", {"env": {KEY: "${input:maton_api_key}"}}, "ok", "prompts for the key"),
        ("goose", {"env_keys": [KEY]}, "ok", "from its own store"),
        ("codex", {"env_vars": [KEY]}, "ok", f"takes the key from {KEY} in"),
        ("codex", {"env_vars": ["OTHER"]}, "note", "without a key"),
        ("cursor", {"env": {KEY: "k"}, "disabled": True}, "note", "It is disabled in this client."),
        ("cursor", {"env": {KEY: "k", "QUO_MCP_AUDIT": "1"}}, "ok", "It also sets QUO_MCP_AUDIT."),
    ],
)
def test_each_client_is_said_to_take_the_key_from_where_it_does(home, name, entry, verdict, says):
    holds(name, home, {CLIENTS[name].command_field: "quo-mcp", **entry})
    [finding] = client_findings(Machine("linux", home, {KEY: A_KEY}), "quo-mcp")
    assert finding.topic == CLIENTS[name].title
    assert finding.status == verdict
    assert says in finding.summary


def test_a_client_that_starts_what_is_gone_has_to_be_set_up_again(home, capsys):
    holds("cursor", home, {"command": "/gone/bin/quo-mcp"})
    seen = examined(capsys)
    assert seen["status"] == 1
    assert "/gone/bin/quo-mcp, which does not exist" in seen["Cursor"]["summary"]
    assert seen["Cursor"]["remedy"].endswith(" install cursor")


@pytest.mark.parametrize("entry", [{"url": "https://mcp.quo.com/mcp"}, []])
def test_another_server_is_no_client_of_ours(home, capsys, entry):
    holds("cursor", home, entry)
    holds("gemini", home, {"command": "quo-mcp"})
    CLIENTS["gemini"].config_path(Machine("linux", home, {})).write_text("no JSON")
    assert not {"Cursor", "Gemini CLI"} & set(examined(capsys))


ELSEWHERE = "http://127.0.0.1:1"


def test_the_account_that_one_client_uses_can_be_looked_at(home, capsys):
    env = {KEY: A_KEY, "QUO_MCP_BASE_URL": ELSEWHERE, "QUO_MCP_STATE_DIR": str(home / "state")}
    holds("claude-desktop", home, {"command": "quo-mcp", "env": env})
    holds("cursor", home, {"command": "quo-mcp"})
    seen = examined(capsys, "--client", "claude-desktop")
    assert seen["status"] == 1
    assert seen["Network"]["summary"].startswith("The gateway cannot be reached.")
    assert seen["API key"]["status"] == "unknown"
    assert "Claude Desktop" in seen
    assert "Cursor" not in seen
    assert A_KEY not in str(seen)


def test_a_client_without_a_key_has_its_own_name_in_what_is_said(home, capsys):
    holds("cursor", home, {"command": "quo-mcp", "env": {KEY: ""}})
    seen = examined(capsys, "--client", "cursor")
    assert seen["API key"]["summary"].startswith("Not set for Cursor;")


SHELL = {KEY: A_KEY, "QUO_MCP_AUDIT": "false", "OTHER": "x"}


@pytest.mark.parametrize(
    ("name", "entry", "given"),
    [
        ("claude-desktop", {"env": {"QUO_MCP_READ_ONLY": "1"}}, {"QUO_MCP_READ_ONLY": "1"}),
        ("cursor", {"env": {KEY: "${env:MATON_API_KEY}"}}, {KEY: A_KEY, "QUO_MCP_AUDIT": "false"}),
        ("claude-code", {"env": {KEY: "${UNSET:-own}"}}, {KEY: "own", "QUO_MCP_AUDIT": "false"}),
        ("gemini", {"env": {KEY: "$UNSET"}}, {KEY: "", "QUO_MCP_AUDIT": "false"}),
        ("codex", {"env_vars": [KEY, "OTHER"]}, {KEY: A_KEY}),
        ("goose", {"env_keys": [KEY]}, {KEY: A_KEY, "QUO_MCP_AUDIT": "false"}),
    ],
)
def test_a_client_gives_what_its_file_and_its_ways_say(home, name, entry, given):
    holds(name, home, {CLIENTS[name].command_field: "quo-mcp", **entry})
    assert client_environment(CLIENTS[name], Machine("linux", home, SHELL)) == given


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        ("vscode", {"env": {KEY: "${input:maton_api_key}"}}),
        ("goose", {"env_keys": [KEY]}),
        ("cursor", None),
    ],
)
def test_what_only_the_client_knows_is_not_guessed_at(home, capsys, name, entry):
    if entry:
        holds(name, home, {CLIENTS[name].command_field: "quo-mcp", **entry})
    with pytest.raises(UnknownEnvironment):
        client_environment(CLIENTS[name], Machine("linux", home, {}))
    assert main(["doctor", "--client", name]) == 2
    assert CLIENTS[name].title in capsys.readouterr().err
