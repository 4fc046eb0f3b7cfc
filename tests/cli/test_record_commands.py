"""The subcommands about what is kept, as the shell gives them."""

import hashlib
import json
import re
from datetime import timedelta

import pytest

from quo_mcp.cli import main
from quo_mcp.cli.audit_command import TRUNCATION_NOTE
from quo_mcp.cli.tables import Cell, format_table
from quo_mcp.config.environment import load_settings
from quo_mcp.config.settings import Settings
from quo_mcp.safety.audit_file import FILE_NAME
from quo_mcp.safety.opt_out_store import OptOut
from quo_mcp.safety.send_record import SendRequest, SendState
from quo_mcp.server.account import limits_from
from quo_mcp.server.databases import open_records
from quo_mcp.values.times import utc_now


@pytest.fixture
def log(tmp_path, monkeypatch):
    """Where the audit log is kept."""
    monkeypatch.delenv("MATON_API_KEY", raising=False)
    monkeypatch.setenv("QUO_MCP_STATE_DIR", str(tmp_path))
    return tmp_path / "sandbox" / FILE_NAME


@pytest.fixture
def filled(log, capsys):
    """The log after three calls."""
    for _ in range(3):
        assert main(["call", "quo_list_users"]) == 0
    capsys.readouterr()
    return log


def test_the_audit_log_of_calls_that_were_made_is_whole(filled, capsys):
    assert main(["audit", "verify", "--sandbox"]) == 0
    said = capsys.readouterr()
    last = hashlib.sha256(filled.read_bytes().splitlines()[-1]).hexdigest()
    assert said.out.splitlines() == [
        f"The hash chain is valid: 3 lines. Hash of the last line: {last}",
        TRUNCATION_NOTE,
    ]
    assert said.err == ""


def test_an_audit_log_that_was_emptied_is_not_called_whole(filled, capsys):
    filled.write_bytes(b"")
    assert main(["audit", "verify", "--sandbox"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "is empty: no tool was called yet, or its content was deleted" in said.err


def test_every_fault_of_the_audit_log_is_told(filled, capsys):
    first, second, third = filled.read_bytes().splitlines(keepends=True)
    filled.write_bytes(first + second.replace(b"read", b"send") + third + b"no line\nno end")
    assert main(["audit", "verify", "--sandbox"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        "quo-mcp: Line 3 does not follow the line before it: a line was changed, deleted or inserted.",
        "quo-mcp: Line 4 is damaged or incomplete.",
        "quo-mcp: Line 5 does not end with a line break: it is damaged or incomplete.",
    ]


def test_an_audit_log_that_is_not_there_is_not_called_whole(log, capsys):
    assert main(["audit", "verify", "--sandbox"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == (
        f"quo-mcp: no audit log yet at {log}: no tool was called, or the log was deleted\n"
    )


@pytest.mark.parametrize("command", [["sends"], ["optouts"], ["audit", "verify"]])
def test_a_sandbox_that_keeps_nothing_is_said_to(command, capsys, monkeypatch):
    monkeypatch.delenv("QUO_MCP_STATE_DIR", raising=False)
    assert main([*command, "--sandbox"]) == 2
    assert "sandbox data is not saved between runs" in capsys.readouterr().err


def test_the_accounts_own_are_looked_at_with_or_without_a_key(capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("QUO_MCP_STATE_DIR", str(tmp_path))
    assert main(["optouts", "add", "+14155550111"]) == 0
    monkeypatch.setenv("MATON_API_KEY", "some-key")
    capsys.readouterr()
    assert main(["optouts"]) == 0
    assert "+1 415 555 0111" in capsys.readouterr().out


@pytest.mark.parametrize("number", ["+114155550111", "4155550111", "+1988", "nobody"])
def test_a_number_in_another_spelling_is_not_listed(number, capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("QUO_MCP_STATE_DIR", str(tmp_path))
    assert main(["optouts", "add", number]) == 2
    assert "requires a number with + and country code" in capsys.readouterr().err


def test_who_is_added_is_not_to_be_texted_whatever_was_on_record(capsys, monkeypatch, tmp_path):
    """What the command says has to hold: with their STOP on record, and after a clock that was set back."""
    monkeypatch.setenv("QUO_MCP_STATE_DIR", str(tmp_path))
    now = utc_now()
    with open_records(Settings(state_dir=tmp_path), sandbox=False) as (_, listed):
        listed.add(OptOut("+14155550111", now - timedelta(days=1), "STOP", "they wrote it"))
        listed.allow("+14155550112", now=now + timedelta(hours=1))
    for number in ("+14155550111", "+14155550112"):
        assert main(["optouts", "add", number]) == 0
        assert capsys.readouterr().out == f"{number} is on the do-not-text list.\n"
    assert main(["optouts"]) == 0
    *told, _zone = capsys.readouterr().out.splitlines()
    assert [(each[:15], "added by a person" in each) for each in told] == [
        ("+1 415 555 0111", True),
        ("+1 415 555 0112", True),
    ]


@pytest.fixture
def somebody(log, capsys):
    """A text that was sent, and two who are not to be texted."""
    sent = ["send_message", "to=+14155550111", "inbox=+14155550100", "text=On our way, 9 to 5."]
    assert main(["call", *sent]) == 0
    with open_records(load_settings(), sandbox=True) as (_, optouts):
        since = utc_now() - timedelta(days=1)
        optouts.add(OptOut("+14155550112", since, "STOP\nplease", "they wrote it"))
    capsys.readouterr()


@pytest.fixture
def looking(monkeypatch):
    """Somebody looks at a terminal, with colours, 80 characters wide."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("QUO_MCP_TIME_ZONE", "Europe/Paris")
    return lambda: monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)


def listed(command, capsys):
    assert main([command, "--sandbox"]) == 0
    return capsys.readouterr().out


def test_sends_are_told_to_programs(somebody, capsys):
    assert main(["sends", "--sandbox", "--json"]) == 0
    [send] = json.loads(capsys.readouterr().out)["sends"]
    assert (send["state"], send["to"]) == ("sent", ["+14155550111"])
    assert send["text"] == "On our way, 9 to 5."
    assert send["created_at"].endswith("+00:00")
    assert send["send_id"].startswith("send_")
    assert not {"account", "fingerprint"} & set(send)


def test_opt_outs_are_told_to_programs(somebody, capsys):
    assert main(["optouts", "--sandbox", "--json"]) == 0
    [optout] = json.loads(capsys.readouterr().out)["optouts"]
    assert (optout["number"], optout["words"]) == ("+14155550112", "STOP\nplease")


@pytest.mark.parametrize("command", ["sends", "optouts"])
def test_an_empty_list_is_one_for_programs_and_a_sentence_for_people(command, log, capsys):
    assert main([command, "--sandbox", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {command: []}
    assert listed(command, capsys).endswith(".\n")


def test_in_a_pipe_each_is_a_line(somebody, capsys):
    send, zone = listed("sends", capsys).splitlines()
    assert ' · sent · Jane Whitaker (+1 415 555 0111) · "On our way, 9 to 5." · send_' in send
    assert zone.startswith("Times are in ")
    assert "+1 415 555 0112 · since " in listed("optouts", capsys)


def test_who_looks_sees_a_table_in_their_time_zone(somebody, looking, capsys):
    looking()
    head, send, zone = listed("sends", capsys).splitlines()
    assert zone == "Times are in Europe/Paris."
    assert head.startswith("\033[1mWhen")
    assert "\033[32msent \033[0m" in send
    assert "Jane Whitaker (+1 415 555 0111)" in send
    assert "On our way" in send
    _, optout, _ = listed("optouts", capsys).splitlines()
    assert re.match(
        r"\+1 415 555 0112  [A-Z][a-z]{2} \d{4}-\d\d-\d\d \d\d:\d\d  their message", optout
    )
    assert "STOP please" in optout


def test_a_text_of_unknown_outcome_comes_with_what_to_do(log, looking, capsys, monkeypatch):
    monkeypatch.setenv("NO_COLOR", "1")
    with open_records(load_settings(), sandbox=True) as (journal, _):
        intent = SendRequest("account", "PN1", ("+14155550111",), "Hello?")
        limits = limits_from(Settings())
        reserved = journal.reserve(
            intent, now=utc_now(), duplicate_window=timedelta(0), limits=limits
        )
        journal.begin(reserved.send_id, now=utc_now())
        journal.finish(reserved.send_id, SendState.UNKNOWN, now=utc_now())
    looking()
    head, send, note, _zone = listed("sends", capsys).splitlines()
    assert "unknown" in send
    assert "To abandon it: quo-mcp sends --abandon send_" in note
    assert "\033" not in head + send + note


def test_the_last_column_of_a_table_ends_with_the_screen():
    rows = [[Cell("a"), Cell("long enough to be cut somewhere")], [Cell("bcd", 31), Cell("short")]]
    assert format_table(["A", "B"], rows, width=28, color=False).splitlines() == [
        "A    B",
        "a    long enough to be cut …",
        "bcd  short",
    ]
    assert "\033[31mbcd\033[0m  short" in format_table(["A", "B"], rows, width=28, color=True)


def test_without_a_key_the_sends_are_said_to_be_the_accounts(log, capsys, monkeypatch):
    notice = "This is your account's journal. For the sandbox's, add --sandbox.\n"
    assert main(["sends"]) == 0
    assert capsys.readouterr().out == f"{notice}No texts sent yet.\n"
    assert listed("sends", capsys) == "No texts sent yet.\n"
    assert main(["sends", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"sends": []}
    monkeypatch.setenv("MATON_API_KEY", "some-key")
    assert main(["sends"]) == 0
    assert capsys.readouterr().out == "No texts sent yet.\n"


def test_audit_alone_is_answered_with_the_command_to_run(log, capsys):
    assert main(["audit"]) == 2
    said = capsys.readouterr()
    assert (said.out, said.err) == (
        "",
        "quo-mcp: Run: quo-mcp audit verify, or quo-mcp audit list\n",
    )
