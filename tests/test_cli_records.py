"""The subcommands about what is kept, as the shell gives them."""

import pytest

from quo_mcp.cli import main
from quo_mcp.safety.audit import NAME


@pytest.fixture
def log(tmp_path, monkeypatch):
    """Where the audit log is kept."""
    monkeypatch.delenv("MATON_API_KEY", raising=False)
    monkeypatch.setenv("QUO_MCP_STATE_DIR", str(tmp_path))
    return tmp_path / "sandbox" / NAME


@pytest.fixture
def filled(log, capsys):
    """The log after three calls."""
    for _ in range(3):
        assert main(["call", "quo_list_users"]) == 0
    capsys.readouterr()
    return log


def test_the_audit_log_of_calls_that_were_made_is_whole(filled, capsys):
    assert main(["audit", "verify"]) == 0
    said = capsys.readouterr()
    assert (said.out, said.err) == ("The audit log is whole: 3 lines.\n", "")


def test_every_fault_of_the_audit_log_is_told(filled, capsys):
    first, second, third = filled.read_bytes().splitlines(keepends=True)
    filled.write_bytes(first + second.replace(b"read", b"send") + third + b"no line\n")
    assert main(["audit", "verify"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        "quo-mcp: Line 3 does not follow on the line before it.",
        "quo-mcp: Line 4 is no line of this log, or not whole.",
    ]


def test_an_audit_log_that_is_not_there_is_not_called_whole(log, capsys):
    assert main(["audit", "verify"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == (
        f"quo-mcp: the audit log at {log} cannot be read: No such file or directory\n"
    )
