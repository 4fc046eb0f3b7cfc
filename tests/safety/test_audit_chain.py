"""The audit log after its oldest lines, or what it says about a person, were removed: still verifiable, and not forgeable by that."""

import json
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from quo_mcp.safety.audit import AuditEntry, AuditLog
from quo_mcp.safety.audit_chain import redact, remove_before, verify
from quo_mcp.safety.audit_file import FILE_NAME, locked_file

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def log(tmp_path):
    """A log with one line on each of ten days, about two people in turn."""
    path = tmp_path / FILE_NAME
    for number in range(10):
        add(path, number)
    return path


def add(path, day, **fields):
    entry = {"tool": f"tool {day}", "last_digits": ("0111" if day % 2 else "0122",)} | fields
    writer = AuditLog(path, now=lambda: START + day * DAY, secret="key")
    writer._append(AuditEntry(fingerprint="f1", **entry))


def records(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def tools(path):
    return [record.get("tool") for record in records(path)]


def test_the_chain_is_valid_after_the_oldest_lines_were_removed(log):
    assert remove_before(log, START + 4 * DAY, START + 10 * DAY) == 4
    report = verify(log)
    assert (report.problems, report.removed, report.redacted) == ([], 4, 0)
    assert tools(log) == [None, *(f"tool {day}" for day in range(4, 10)), "retention"]
    add(log, 11)
    assert remove_before(log, START + 4 * DAY, START + 11 * DAY) == 0, "nothing older is left"
    assert remove_before(log, START + 9 * DAY, START + 12 * DAY) == 5
    report = verify(log)
    assert (report.problems, report.removed) == ([], 9)
    assert tools(log) == [None, "tool 9", "retention", "tool 11", "retention"]


def test_the_chain_is_valid_after_all_lines_were_removed(log):
    last_hash = verify(log).last_hash
    assert remove_before(log, START + 30 * DAY, START + 40 * DAY) == 10
    assert verify(log).problems == []
    assert [record["before"] for record in records(log)] == [last_hash, last_hash]


def test_a_hash_that_was_stored_elsewhere_is_still_in_the_log(log):
    stored = verify(log).last_hash
    remove_before(log, START + 5 * DAY, START + 10 * DAY)
    redact(log, {"0111"}, START + 10 * DAY)
    assert stored in {record["before"] for record in records(log)}


def test_a_log_without_old_lines_is_not_touched(log):
    before = log.read_bytes()
    assert remove_before(log, START, START + 10 * DAY) == 0
    assert redact(log, {"9999"}, START) == 0
    assert log.read_bytes() == before
    missing = log.with_name("missing")
    assert (remove_before(missing, START, START), redact(missing, {"0111"}, START)) == (0, 0)
    assert not missing.exists()


def test_what_lines_say_about_a_person_is_removed_and_the_rest_stays(log):
    assert redact(log, {"0111"}, START + 10 * DAY) == 5
    report = verify(log)
    assert (report.problems, report.redacted) == ([], 5)
    assert "0111" not in log.read_text()
    assert [record.get("people") for record in records(log)[:2]] == [["0122"], None]
    assert "fingerprint" not in records(log)[1]
    assert tools(log) == [*(f"tool {day}" for day in range(10)), "forget"]
    assert redact(log, {"0122"}, START + 11 * DAY) == 5
    assert remove_before(log, START + 3 * DAY, START + 12 * DAY) == 3
    add(log, 13)
    report = verify(log)
    assert (report.problems, report.removed, report.redacted) == ([], 3, 7)


def without_first_lines(path):
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[2:]))


def with_a_forged_anchor(path):
    lines = path.read_bytes().splitlines(keepends=True)
    anchor = {"at": "2026", "removed": 2, "before": json.loads(lines[2])["before"]}
    path.write_bytes(json.dumps(anchor).encode() + b"\n" + b"".join(lines[2:]))


def with_a_forged_redaction(path):
    lines = path.read_bytes().splitlines()
    import hashlib

    forged = json.loads(lines[1])
    forged |= {"tool": "quo_list_users", "redacted": hashlib.sha256(lines[1]).hexdigest()}
    lines[1] = json.dumps(forged).encode()
    path.write_bytes(b"\n".join(lines) + b"\n")


def with_a_changed_redacted_line(path):
    redact(path, {"0111"}, START)
    path.write_bytes(path.read_bytes().replace(b'"tool 3"', b'"tool 4"'))


def with_a_changed_number_of_removed_lines(path):
    remove_before(path, START + 4 * DAY, START)
    path.write_bytes(path.read_bytes().replace(b'"removed": 4', b'"removed": 3', 1))


@pytest.mark.parametrize(
    "forge",
    [
        without_first_lines,
        with_a_forged_anchor,
        with_a_forged_redaction,
        with_a_changed_redacted_line,
        with_a_changed_number_of_removed_lines,
    ],
)
def test_lines_that_something_else_removed_or_changed_are_noticed(log, forge):
    forge(log)
    assert verify(log).problems


def test_removing_damaged_lines_does_not_hide_that_they_were_damaged(log):
    log.write_bytes(log.read_bytes().replace(b'"tool 1"', b'"tool 2"'))
    remove_before(log, START + 5 * DAY, START + 10 * DAY)
    remove_before(log, START + 6 * DAY, START + 11 * DAY)
    assert verify(log).problems == ["The removed lines had 1 damaged or inconsistent lines."]


def test_a_line_without_an_end_stays_and_is_reported(log):
    with log.open("ab") as file:
        file.write(b'{"at": "2026')
    remove_before(log, START + 5 * DAY, START + 10 * DAY)
    assert verify(log).problems == ["Line 7 is damaged or incomplete."]


def test_a_process_that_waited_for_the_file_writes_to_the_new_one(log, monkeypatch):
    """The log is replaced between the opening and the lock of another process."""
    from quo_mcp.safety import audit_file

    lock_file, waited = audit_file.lock_file, []

    def replaced_while_waiting(descriptor, *, wait):
        if not waited:
            waited.append(descriptor)
            remove_before(log, START + 5 * DAY, START + 10 * DAY)
        lock_file(descriptor, wait=wait)

    monkeypatch.setattr(audit_file, "lock_file", replaced_while_waiting)
    add(log, 11)
    assert tools(log)[-1] == "tool 11"
    assert verify(log).problems == []


def test_a_failed_rewriting_leaves_the_log_as_it_was(log, monkeypatch):
    from quo_mcp.safety import audit_file

    def full(_):
        raise OSError(28, "No space left on device")

    before = log.read_bytes()
    monkeypatch.setattr(audit_file.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        redact(log, {"0111"}, START)
    assert log.read_bytes() == before
    assert [file.name for file in log.parent.iterdir()] == [FILE_NAME]
    with locked_file(log, wait=False):
        pass  # and it is unlocked


@pytest.mark.anyio
async def test_a_call_removes_what_is_older_than_the_retention_once_a_day(log):
    now = START + 10 * DAY
    certain = [None]
    kept = AuditLog(
        log, now=lambda: now, secret="key", retention=7 * DAY, certain_now=lambda: certain[0]
    )
    call = partial(kept.append, AuditEntry("called"))
    await call()
    assert len(tools(log)) == 11, "without a certain time, nothing is removed"
    certain[0] = START + 9 * DAY
    await call()
    assert tools(log)[:2] == [None, "tool 2"]
    certain[0] += DAY / 2
    await call()
    assert tools(log)[:2] == [None, "tool 2"]
    certain[0] += DAY / 2
    await call()
    assert tools(log)[:2] == [None, "tool 3"]
    assert verify(log).problems == []


@pytest.mark.anyio
async def test_a_retention_that_cannot_be_applied_is_logged_and_fails_no_call(
    log, caplog, monkeypatch
):
    def full(_):
        raise OSError(28, "No space left on device")

    from quo_mcp.safety import audit_file

    monkeypatch.setattr(audit_file.os, "fsync", full)
    now = START + 30 * DAY
    kept = AuditLog(log, now=lambda: now, secret="key", retention=DAY, certain_now=lambda: now)
    await kept.append(AuditEntry("called"))
    assert tools(log)[-1] == "called"
    assert "could not be removed: No space left on device" in caplog.text
