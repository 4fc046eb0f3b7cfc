"""The subcommands that get somebody going, as the shell gives them."""

import getpass
import json
import re
import sys
from pathlib import Path

import anyio
import pytest

from quo_mcp.cli import demo, main
from quo_mcp.cli.tool_commands import first_sentence
from quo_mcp.config.settings import SHARED_VARIABLES
from quo_mcp.sandbox import Sandbox
from quo_mcp.server import account
from sandbox.play import Clock

A_KEY = "sk-maton-0123456789"


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    for name in ("APPDATA", "XDG_CONFIG_HOME", "MATON_API_KEY", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    for name in (*SHARED_VARIABLES.values(), *map(str.lower, SHARED_VARIABLES.values())):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setattr(sys, "platform", "linux")
    return tmp_path


@pytest.fixture
def at_a_terminal(monkeypatch):
    """Somebody sits there, who answers in turn."""

    def sits(*answers, key=""):
        given = iter(answers)
        monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
        monkeypatch.setattr("builtins.input", lambda _prompt: next(given))
        monkeypatch.setattr(getpass, "getpass", lambda _prompt: key)

    return sits


@pytest.fixture
def pretend(monkeypatch):
    """A sandbox with nothing to look through, whose clock stands still."""
    clock = Clock()
    box = Sandbox(seed=7, now=clock, sleep=clock.sleep)
    box.state.conversations.clear()
    monkeypatch.setattr(account, "new_sandbox", lambda: box)
    return box


def test_a_client_is_set_up_and_cleared_again(home, capsys, at_a_terminal):
    at_a_terminal("y", "Yes")
    file = home / ".cursor" / "mcp.json"
    assert main(["install", "cursor"]) == 0
    assert Path(json.loads(file.read_text())["mcpServers"]["quo"]["command"]).is_absolute()
    assert main(["install", "cursor", "--undo"]) == 0
    assert not file.exists()
    assert "Done." in capsys.readouterr().out


def test_no_answer_at_all_is_a_no(home, capsys, monkeypatch, at_a_terminal):
    def ends(_prompt):
        raise EOFError

    at_a_terminal()
    monkeypatch.setattr("builtins.input", ends)
    monkeypatch.setattr(getpass, "getpass", ends)
    assert main(["install", "gemini"]) == 1
    assert main(["install", "claude-desktop"]) == 2
    assert list(home.iterdir()) == []
    assert "Nothing written." in capsys.readouterr().out


@pytest.mark.parametrize("answer", ["", "n", "what"])
def test_only_a_yes_is_one(home, answer, at_a_terminal):
    at_a_terminal(answer)
    assert main(["install", "gemini"]) == 1
    assert list(home.iterdir()) == []


def test_a_key_typed_at_the_terminal_reaches_the_file_and_nothing_else(home, capsys, at_a_terminal):
    at_a_terminal("y", key=f" {A_KEY} ")
    assert main(["install", "claude-desktop"]) == 0
    said = capsys.readouterr()
    assert f'"{A_KEY}"' in (home / ".config/Claude/claude_desktop_config.json").read_text()
    assert A_KEY not in said.out + said.err


def test_a_key_in_the_environment_is_taken_from_there(home, capsys, monkeypatch):
    monkeypatch.setenv("MATON_API_KEY", A_KEY)
    assert main(["install", "claude-desktop", "--yes"]) == 0
    assert A_KEY in (home / ".config/Claude/claude_desktop_config.json").read_text()
    assert A_KEY not in capsys.readouterr().out


def test_without_a_client_they_are_listed(capsys):
    assert main(["install"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()][:2] == [
        "claude-desktop",
        "claude-code",
    ]


def test_a_client_that_there_is_not_is_answered_with_those_there_are(capsys):
    with pytest.raises(SystemExit):
        main(["install", "emacs"])
    assert "unknown client 'emacs' (choose from claude-desktop, " in capsys.readouterr().err


def test_the_doctor_speaks_to_people(capsys, pretend):
    assert main(["doctor"]) == 0
    assert capsys.readouterr().out.startswith("! API key ")


def test_the_doctor_speaks_to_programs(capsys, pretend):
    pretend.state.connections.clear()
    assert main(["doctor", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert [each["topic"] for each in told["findings"] if each["status"] == "problem"] == [
        "Connection",
    ]


@pytest.mark.parametrize(("no_color", "escapes"), [("", True), ("1", False)])
def test_colours_are_for_terminals_of_those_who_want_them(
    capsys, monkeypatch, pretend, no_color, escapes
):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("NO_COLOR", no_color)
    main(["doctor"])
    assert ("\033[3" in capsys.readouterr().out) == escapes


@pytest.mark.parametrize("key", ["${env:MATON_API_KEY}", "$MATON_API_KEY"])
def test_every_call_says_that_the_key_is_only_a_reference(key, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("MATON_API_KEY", key)
    monkeypatch.setenv("QUO_MCP_STATE_DIR", str(tmp_path / "state"))
    sending = ["send_message", "to=+14155550134", "inbox=+14155550100", "text=Hello"]
    for call in (["list_users"], ["find_contacts", "query=jane"], ["list_connections"], sending):
        assert main(["call", *call]) == 1
        said = capsys.readouterr().out
        assert "MATON_API_KEY is not set where the client runs" in said
        assert "SANDBOX" not in said
    assert main(["call", "check_setup"]) == 0
    assert "Action needed: API key." in capsys.readouterr().out


def test_a_call_that_takes_a_while_says_what_it_does_to_who_looks_on(pretend, capsys, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    assert main(["call", "check_setup"]) == 0
    said = capsys.readouterr()
    assert "\r\033[KChecking the API key …\r\033[K" in said.err
    assert said.err.endswith("\r\033[K")
    assert "Checking" not in said.out


def test_a_call_in_a_pipe_says_nothing_beside_its_result(pretend, capsys):
    assert main(["call", "check_setup"]) == 0
    assert capsys.readouterr().err == ""


def test_completion_knows_the_tools_and_the_clients(capsys):
    assert main(["completion", "bash"]) == 0
    text = capsys.readouterr().out
    assert "_call_pos_0_choices=(quo_list_phone_numbers " in text
    assert "_install_pos_0_choices=(claude-desktop " in text
    assert "_doctor___client_choices=(claude-desktop " in text


def test_a_client_must_be_named_to_be_undone(capsys):
    assert main(["install", "--undo"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "--undo requires the name of a client." in said.err


def test_each_tool_is_listed_on_one_line_by_its_first_sentence(capsys):
    assert main(["tools"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(re.fullmatch(r"[a-z]+|  quo_[a-z_]+ +[a-z]+ +[A-Z].*\.", line) for line in lines)
    [line] = [line for line in lines if " quo_send_message " in line]
    assert line.endswith(" send    Send a text message to one person.")


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("One. Two.", "One."),
        ("Use a time, e.g. 9 am. Two.", "Use a time, e.g. 9 am."),
        ("No period\n\nTwo.", "No period"),
    ],
)
def test_the_first_sentence_ends_before_the_second(text, first):
    assert first_sentence(text) == first


def test_an_unknown_tool_is_answered_with_how_to_list_them(capsys):
    assert main(["call", "zzz"]) == 2
    assert (
        capsys.readouterr().err
        == 'quo-mcp: Unknown tool "quo_zzz". Run quo-mcp tools to list them.\n'
    )
    assert main(["call", "list_user"]) == 2
    assert "Did you mean quo_list_users? Run quo-mcp tools" in capsys.readouterr().err


def test_the_doctor_does_not_advise_what_was_just_run(capsys, pretend):
    assert main(["install", "cursor", "--sandbox", "--yes"]) == 0
    assert main(["doctor", "--client", "cursor"]) == 0
    assert capsys.readouterr().out.endswith("\nChecked the sandbox: no problems found.\n")
    assert main(["doctor"]) == 0
    assert "with --client NAME" in capsys.readouterr().out


def test_the_demo_ends_with_the_command_for_the_next_step(capsys, monkeypatch):
    steps = [step for step in demo.DEMO_STEPS if step[1] == "quo_get_person"]
    monkeypatch.setattr(demo, "DEMO_STEPS", steps)
    monkeypatch.setenv("MATON_API_KEY_FILE", "/nope")  # the demo must not use it
    anyio.run(demo.play_demo, ["/opt/my quo/bin/quo-mcp"])
    said = capsys.readouterr().out
    assert "One call returns an overview of her: contact, open tasks" in said
    assert said.splitlines()[-1] == "  '/opt/my quo/bin/quo-mcp' install claude-desktop --sandbox"
