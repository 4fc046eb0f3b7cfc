"""Where each client keeps its file, and how it starts this server."""

from pathlib import Path

import pytest

from quo_mcp.cli.install.clients import CLIENTS, Machine
from quo_mcp.cli.install.installation import command_for_user, launch_command


@pytest.mark.parametrize(
    ("platform", "name", "path"),
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
def test_each_client_keeps_its_file_in_its_own_place(platform, name, path):
    assert (
        CLIENTS[name].config_path(Machine(platform, Path("/home/me"), {}))
        == Path("/home/me") / path
    )


@pytest.mark.parametrize(
    ("platform", "name", "variable", "path"),
    [
        ("win32", "vscode", "APPDATA", "Code/User/mcp.json"),
        ("linux", "goose", "XDG_CONFIG_HOME", "goose/config.yaml"),
        ("linux", "codex", "CODEX_HOME", "config.toml"),
        ("linux", "claude-code", "CLAUDE_CONFIG_DIR", ".claude.json"),
        ("linux", "gemini", "GEMINI_CLI_HOME", ".gemini/settings.json"),
    ],
)
def test_a_place_that_is_set_otherwise_counts(platform, name, variable, path):
    machine = Machine(platform, Path("/home/me"), {variable: "/elsewhere"})
    assert CLIENTS[name].config_path(machine) == Path("/elsewhere") / path


STORE = "Packages/Claude_pzs8sxrjxfjjc/LocalCache/Roaming/Claude"


@pytest.mark.parametrize("environ", [{}, {"LOCALAPPDATA": "elsewhere"}])
def test_claude_desktop_from_windows_store_keeps_its_file_in_its_own_folder(environ, tmp_path):
    environ = {name: str(tmp_path / value) for name, value in environ.items()}
    local = tmp_path / ("elsewhere" if environ else "AppData/Local")
    (local / STORE).mkdir(parents=True)
    machine = Machine("win32", tmp_path, environ)
    path = CLIENTS["claude-desktop"].config_path(machine)
    assert path == local / STORE / "claude_desktop_config.json"
    assert CLIENTS["vscode"].config_path(machine) == tmp_path / "AppData/Roaming/Code/User/mcp.json"


def test_what_a_person_types_is_the_path_where_the_name_alone_finds_nothing():
    command = ["/opt/my quo/bin/quo-mcp"]
    assert command_for_user(command, lambda _name: command[0]) == "quo-mcp"
    assert command_for_user(command, lambda _name: None) == "'/opt/my quo/bin/quo-mcp'"
    assert (
        command_for_user(command, lambda _name: "/usr/bin/quo-mcp") == "'/opt/my quo/bin/quo-mcp'"
    )
    assert command_for_user(["uvx", "quo-mcp"], lambda _name: None) == "uvx quo-mcp"


@pytest.mark.parametrize(("platform", "script"), [("linux", "quo-mcp"), ("win32", "quo-mcp.exe")])
def test_a_client_starts_this_installation_by_its_whole_path(platform, script, tmp_path):
    python = tmp_path / "python"
    assert launch_command(python, platform) == [str(python), "-m", "quo_mcp"]
    (tmp_path / script).touch()
    assert launch_command(python, platform) == [str(tmp_path / script)]


def test_what_runs_from_a_cache_is_started_through_what_filled_it():
    python = Path("/home/me/.cache/uv/archive-v0/Ab3/bin/python")
    assert launch_command(python, "linux", lambda name: f"/opt/{name}") == ["/opt/uvx", "quo-mcp"]
    assert launch_command(python, "linux", lambda _name: None) == ["uvx", "quo-mcp"]
