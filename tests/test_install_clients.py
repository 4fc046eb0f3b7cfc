"""Where each client keeps its file, and how it starts this server."""

from pathlib import Path

import pytest

from quo_mcp.install import CLIENTS, Machine, command_of


@pytest.mark.parametrize(
    ("platform", "name", "where"),
    [
        (
            "darwin",
            "claude-desktop",
            "Library/Application Support/Claude/claude_desktop_config.json",
        ),
        ("win32", "claude-desktop", "AppData/Roaming/Claude/claude_desktop_config.json"),
        ("linux", "claude-desktop", ".config/Claude/claude_desktop_config.json"),
        ("darwin", "claude-code", ".claude.json"),
        ("win32", "cursor", ".cursor/mcp.json"),
        ("darwin", "vscode", "Library/Application Support/Code/User/mcp.json"),
        ("win32", "vscode", "AppData/Roaming/Code/User/mcp.json"),
        ("linux", "vscode", ".config/Code/User/mcp.json"),
        ("darwin", "goose", ".config/goose/config.yaml"),
        ("win32", "goose", "AppData/Roaming/Block/goose/config/config.yaml"),
        ("linux", "codex", ".codex/config.toml"),
        ("linux", "windsurf", ".codeium/windsurf/mcp_config.json"),
        ("win32", "gemini", ".gemini/settings.json"),
    ],
)
def test_each_client_keeps_its_file_in_its_own_place(platform, name, where):
    assert CLIENTS[name].where(Machine(platform, Path("/home/me"), {})) == Path("/home/me") / where


@pytest.mark.parametrize(
    ("platform", "name", "variable", "where"),
    [
        ("win32", "vscode", "APPDATA", "Code/User/mcp.json"),
        ("linux", "goose", "XDG_CONFIG_HOME", "goose/config.yaml"),
        ("linux", "codex", "CODEX_HOME", "config.toml"),
        ("linux", "claude-code", "CLAUDE_CONFIG_DIR", ".claude.json"),
    ],
)
def test_a_place_that_is_set_otherwise_counts(platform, name, variable, where):
    machine = Machine(platform, Path("/home/me"), {variable: "/elsewhere"})
    assert CLIENTS[name].where(machine) == Path("/elsewhere") / where


@pytest.mark.parametrize(("platform", "script"), [("linux", "quo-mcp"), ("win32", "quo-mcp.exe")])
def test_a_client_starts_this_installation_by_its_whole_path(platform, script, tmp_path):
    python = tmp_path / "python"
    assert command_of(python, platform) == [str(python), "-m", "quo_mcp"]
    (tmp_path / script).touch()
    assert command_of(python, platform) == [str(tmp_path / script)]


def test_what_runs_from_a_cache_is_started_through_what_filled_it():
    python = Path("/home/me/.cache/uv/archive-v0/Ab3/bin/python")
    assert command_of(python, "linux", lambda name: f"/opt/{name}") == ["/opt/uvx", "quo-mcp"]
    assert command_of(python, "linux", lambda _name: None) == ["uvx", "quo-mcp"]
