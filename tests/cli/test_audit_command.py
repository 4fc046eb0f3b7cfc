"""`quo-mcp audit`: the lines by person and by caller, and what verifying says after lines were removed."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from quo_mcp.cli import main
from quo_mcp.safety.audit import AuditEntry, AuditLog
from quo_mcp.safety.audit_chain import redact, remove_before
from quo_mcp.safety.audit_file import FILE_NAME, append_records, locked_file

START = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def log(tmp_path, monkeypatch):
    """A log with a line about each of three people."""
    monkeypatch.delenv("MATON_API_KEY", raising=False)
    monkeypatch.setenv("QUO_MCP_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("QUO_MCP_TIME_ZONE", "Europe/Paris")
    path = tmp_path / "sandbox" / FILE_NAME
    for number, (tool, people) in enumerate(
        [("quo_list_calls", ("0111",)), ("quo_send_message", ("0112",)), ("quo_get_user", ())]
    ):
        writer = AuditLog(path, now=lambda days=number: START + timedelta(days), secret="key")
        outcome = {"outcome": "done", "reason": "sent" if people == ("0112",) else ""}
        writer._append(AuditEntry(tool, last_digits=people, **outcome, approved=number == 1))
    with locked_file(path) as file:
        signed_in = {"tool": "quo_list_tasks", "outcome": "done", "who": "ana@example.com"}
        append_records(file, [{"at": START.isoformat(), **signed_in}])
    return path


def listed(capsys, *arguments):
    assert main(["audit", "list", "--sandbox", *arguments]) == 0
    return capsys.readouterr().out.splitlines()


def test_lines_are_listed_newest_first(log, capsys):
    assert listed(capsys) == [
        "Sun 2026-03-01 13:00 · quo_list_tasks · done · ana@example.com",
        "Tue 2026-03-03 13:00 · quo_get_user · done",
        "Mon 2026-03-02 13:00 · quo_send_message · done (sent) · number …0112 · approved",
        "Sun 2026-03-01 13:00 · quo_list_calls · done · number …0111",
        "Times are in Europe/Paris.",
    ]
    assert len(listed(capsys, "--limit", "2")) == 3


@pytest.mark.parametrize("person", ["+14155550111", "(415) 555-0111", "0111", "Jane Whitaker"])
def test_lines_about_a_person_are_found_by_number_or_name(log, capsys, person):
    first, _zone = listed(capsys, "--person", person)
    assert "quo_list_calls" in first


def test_lines_are_found_by_who_called(log, capsys):
    first, _zone = listed(capsys, "--who", "Ana@Example.com")
    assert "quo_list_tasks" in first
    assert listed(capsys, "--who", "ben@example.com") == ["No lines match."]


def test_lines_are_printed_as_json(log, capsys):
    (line,) = json.loads("\n".join(listed(capsys, "--person", "0112", "--json")))["lines"]
    assert (line["tool"], line["people"], line["approved"]) == ("quo_send_message", ["0112"], True)


@pytest.mark.parametrize(
    ("person", "reason"),
    [
        ("Nobody Of That Name", 'No single contact matches "Nobody Of That Name"'),
        ("Whitaker", "Use the full name, the contact id, or the number"),
        ("011", 'No single contact matches "011"'),
    ],
)
def test_a_person_who_is_not_known_is_an_error(log, capsys, person, reason):
    assert main(["audit", "list", "--sandbox", "--person", person]) == 1
    assert reason in capsys.readouterr().err


@pytest.mark.parametrize("option", [["--person", "0111"], ["--who", "a@b.c"], ["--json"]])
def test_verify_takes_no_options_of_list(log, capsys, option):
    assert main(["audit", "verify", "--sandbox", *option]) == 2
    assert "apply only to list" in capsys.readouterr().err


def test_verify_says_what_was_removed(log, capsys):
    remove_before(log, START + timedelta(hours=1), START + timedelta(days=3))
    redact(log, {"0112"}, START + timedelta(days=3))
    assert main(["audit", "verify", "--sandbox"]) == 0
    first, removed, redacted, *_ = capsys.readouterr().out.splitlines()
    assert first.startswith("The hash chain is valid: ")
    assert removed == "Older lines removed by QUO_MCP_RETENTION: 1."
    assert redacted == "Lines from which a forgotten person was removed: 1."
