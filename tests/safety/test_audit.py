"""The audit log: one line a call, chained, shared, and nobody's words in it."""

import errno
import io
import json
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from multiprocessing import get_context

import anyio
import pytest

from quo_mcp.errors import Refusal
from quo_mcp.safety import audit_file
from quo_mcp.safety.audit import AuditEntry, AuditLog
from quo_mcp.safety.audit_chain import verify
from quo_mcp.sandbox import Fault
from safety.audit_writers import clock, write_many
from sandbox.play import DIRECT, JANE
from tools.task_play import TASKS, task

TEXT = {"to": JANE, "text": "The gate code is 4711.", "inbox": DIRECT}


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def outcomes(path):
    """The lines but for those that only announce a change or a send."""
    return [line for line in lines(path) if line["outcome"] != "started"]


@pytest.fixture
def log(tmp_path):
    return tmp_path / "sandbox" / audit_file.FILE_NAME


@pytest.fixture
def kept(tmp_path):
    return {"state_dir": tmp_path}


@pytest.mark.anyio
async def test_every_call_is_one_line_whatever_becomes_of_it(phone, kept, log, monkeypatch):
    async with phone(config=kept) as quo:
        await quo("quo_list_users")
        await quo("quo_send_message", **TEXT)
        await quo.refused("quo_list_users", nonsense=1)
        await quo.refused("quo_no_such_tool")
        await quo.refused("quo_list_messages", person="nobody of that name")
        monkeypatch.setattr("quo_mcp.tools.workspace.ListUsers.run", lambda *_: 1 / 0)
        await quo.refused("quo_list_users")
    told = [(each["tool"], each["outcome"], each.get("why")) for each in outcomes(log)]
    assert told == [
        ("quo_list_users", "done", None),
        ("quo_send_message", "done", "sent"),
        ("quo_list_users", "refused", "InvalidArguments"),
        ("quo_no_such_tool", "refused", "unavailable"),
        ("quo_list_messages", "refused", "InvalidArguments"),
        ("quo_list_users", "crashed", "ZeroDivisionError"),
    ]
    assert verify(log).problems == []


@pytest.mark.anyio
async def test_what_was_or_may_have_been_done_is_not_called_refused(phone, kept, log, monkeypatch):
    async with phone(config=kept) as quo:
        made = task(quo, "Old")
        lost = Fault("late_commit", "POST", None, None, status=504, seconds=60)
        quo.box.inject(lost)
        await quo("quo_send_message", **TEXT)
        await quo.refused("quo_update_task", task_id=made["taskId"], done=True)
        await quo.refused("quo_update_task", task_id=made["taskId"], title="New", done=True)
        quo.box.faults.clear()
        gone = Fault("error_before", "POST", f"{TASKS}/.*", status=404, style="quo", details={})
        quo.box.inject(gone)
        await quo.refused("quo_update_task", task_id=made["taskId"], done=True)
        monkeypatch.setattr("quo_mcp.tools.send_messages.SendMessage.render", refuse)
        await quo.refused("quo_send_message", **TEXT | {"text": "Another."})
    told = [(each["outcome"], each["why"]) for each in outcomes(log)]
    assert told == [
        ("unknown", "unknown"),
        ("unknown", "OutcomeUnknown"),
        ("partly done", "PartiallyDone"),
        ("refused", "Refusal"),
        ("done", "sent"),
    ]


@pytest.mark.anyio
async def test_a_line_tells_a_text_from_what_sent_none(phone, kept, log):
    async with phone(config=kept) as quo:
        await quo("quo_send_message", **TEXT, dry_run=True)
        await quo("quo_send_message", **TEXT)
        await quo("quo_send_message", **TEXT)
        quo.box.inject(Fault("late_commit", "POST", None, None, status=504, seconds=60))
        other = TEXT | {"text": "Another."}
        await quo("quo_send_message", **other)
        await quo("quo_send_message", **other)
        assert len(quo.box.ledger) == 1
    assert [(each["outcome"], each["why"]) for each in outcomes(log)] == [
        ("done", "preview"),
        ("done", "sent"),
        ("done", "repeated"),
        ("unknown", "unknown"),
        ("done", "repeated"),
    ]


def refuse(*_):
    raise Refusal("no words")


@pytest.mark.anyio
async def test_a_line_says_when_what_and_whom_but_no_number_and_no_words(phone, kept, log):
    async with phone(config=kept) as quo:
        await quo("quo_send_message", **TEXT)
    begun, line = lines(log)
    common = {
        "at": "2026-03-04T18:30:00.000+00:00",
        "tool": "quo_send_message",
        "effect": "send",
        "fingerprint": line["fingerprint"],
        "people": ["0111"],
    }
    assert begun == {**common, "outcome": "started", "before": audit_file.FIRST_PREVIOUS_HASH}
    assert line == {**common, "outcome": "done", "why": "sent", "before": line["before"]}
    assert JANE not in log.read_text()
    assert "4711" not in log.read_text()


@pytest.mark.anyio
async def test_the_same_call_said_otherwise_has_the_same_fingerprint(phone, kept, log):
    async with phone(config=kept) as quo:
        for person in ("Jane Whitaker", JANE, "(415) 555-0111"):
            await quo("quo_list_calls", person=person, inbox=DIRECT)
        await quo("quo_list_calls", person=JANE, inbox=DIRECT, limit=3)
    found = [each["fingerprint"] for each in lines(log)]
    assert (len(set(found[:3])), len(set(found))) == (1, 2)


@pytest.mark.anyio
async def test_a_question_and_the_yes_to_it_are_written_down(phone, kept, log):
    async def yes(_context, _params):
        from mcp_types import ElicitResult

        return ElicitResult(action="accept", content={})

    async with phone(config=kept, elicitation_callback=yes) as quo:
        await quo("quo_send_message", **TEXT)
    told = [(each["outcome"], each.get("approved", False)) for each in outcomes(log)]
    assert told == [("asked", False), ("done", True)]


@pytest.mark.anyio
async def test_a_cancelled_call_is_written_down(phone, kept, log):
    async with phone(config=kept) as quo:
        started = anyio.Event()

        async def hang(_seconds):
            started.set()
            await anyio.sleep_forever()

        quo.box._sleep = hang
        quo.box.inject(Fault("latency", path="/quo/v1/calls", times=None, seconds=1))
        async with anyio.create_task_group() as group:
            group.start_soon(quo.client.call_tool, "quo_get_call", {"call_id": "AC1"})
            await started.wait()
            group.cancel_scope.cancel()
        with anyio.fail_after(5):
            while not log.exists():
                await anyio.lowlevel.checkpoint()
    assert [each["outcome"] for each in lines(log)] == ["cancelled"]


@pytest.mark.anyio
async def test_without_a_log_nothing_is_changed_or_sent_and_reading_goes_on(
    phone, tmp_path, caplog
):
    async with phone(config={"state_dir": tmp_path}) as quo:
        (tmp_path / "sandbox" / audit_file.FILE_NAME).mkdir(parents=True)
        assert "audit log" in await quo.refused("quo_send_message", **TEXT)
        assert "Not done" in await quo.refused("quo_create_contact", first_name="Al")
        assert [each for each in quo.box.requests if each["method"] != "GET"] == []
        await quo("quo_list_users")
    assert "a call of quo_list_users is missing" in caplog.text


@pytest.mark.anyio
async def test_without_a_log_a_repeated_send_is_still_told_that_it_went(phone, kept, log):
    async with phone(config=kept) as quo:
        await quo("quo_send_message", **TEXT)
        log.unlink()
        log.mkdir()
        assert "already" in await quo("quo_send_message", **TEXT)
        assert len(quo.box.ledger) == 1


@pytest.mark.anyio
async def test_a_log_that_breaks_during_a_send_does_not_lose_its_outcome(
    phone, kept, log, caplog, monkeypatch
):
    begin = AuditLog.begin

    async def broken_from_now_on(self, entry):
        await begin(self, entry)
        log.unlink()
        log.mkdir()

    monkeypatch.setattr(AuditLog, "begin", broken_from_now_on)
    async with phone(config=kept) as quo:
        assert "Sent to" in await quo("quo_send_message", **TEXT)
    assert "a call of quo_send_message is missing" in caplog.text


class FullDisk:
    """A file on a disk that takes `left` more bytes."""

    def __init__(self, file, left):
        self.file = file
        self.left = left

    def write(self, text):
        if not self.left:
            raise OSError(errno.ENOSPC, "No space left on device")
        written = self.file.write(text[: self.left])
        self.left -= written
        return written

    def __getattr__(self, name):
        return getattr(self.file, name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()


@pytest.mark.anyio
@pytest.mark.parametrize("left", [0, 100])
@pytest.mark.parametrize(
    "call",
    [
        ("quo_create_contact", {"first_name": "Al"}),
        ("quo_send_message", TEXT),
        ("quo_create_task", {"title": "Call back"}),
    ],
    ids=str,
)
async def test_on_a_full_disk_nothing_is_changed_without_its_line(
    phone, kept, call, left, monkeypatch
):
    tool, arguments = call
    log = kept["state_dir"] / "sandbox" / audit_file.FILE_NAME
    async with phone(config=kept) as quo:
        await quo("quo_list_users")
        before = log.read_bytes()
        real_open = io.open
        monkeypatch.setattr(
            audit_file, "open", lambda *a, **b: FullDisk(real_open(*a, **b), left), raising=False
        )
        why = await quo.refused(tool, **arguments)
        assert "No space left on device" in why
        assert "A person must free disk space" in why
        assert [each for each in quo.box.requests if each["method"] != "GET"] == []
        assert log.read_bytes() == before, "a part of a line would break the chain"


@pytest.mark.anyio
async def test_no_log_is_kept_where_none_is_wanted(phone, tmp_path):
    async with phone(config={"state_dir": tmp_path, "audit": False}) as quo:
        await quo("quo_send_message", **TEXT)
    assert not list(tmp_path.rglob(audit_file.FILE_NAME))


@pytest.mark.anyio
async def test_only_its_owner_can_read_it(tmp_path):
    path = tmp_path / "state" / audit_file.FILE_NAME
    await AuditLog(path, now=clock, secret="key").append(AuditEntry("quo_list_users"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.chmod(0o644)
    await AuditLog(path, now=clock, secret="key").append(AuditEntry("quo_list_users"))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def append_at_once(log, count):
    async with anyio.create_task_group() as tasks:
        for number in range(count):
            tasks.start_soon(log.append, AuditEntry(f"tool {number}"))


@pytest.mark.anyio
async def test_calls_that_end_together_share_one_opening_and_make_one_chain(tmp_path, monkeypatch):
    path = tmp_path / audit_file.FILE_NAME
    path.touch()
    openings = []
    real_open = os.open
    monkeypatch.setattr(os, "open", lambda *a: openings.append(a) or real_open(*a))
    log = AuditLog(path, now=clock, secret="key")
    await append_at_once(log, 50)
    assert len([each for each in openings if each[0] == path]) == 1
    lines = [json.loads(line)["tool"] for line in path.read_text().splitlines()]
    assert sorted(lines) == sorted(f"tool {number}" for number in range(50))
    assert verify(path).problems == []


@pytest.mark.anyio
async def test_a_call_is_answered_only_after_its_line_is_written(tmp_path):
    path = tmp_path / audit_file.FILE_NAME
    log = AuditLog(path, now=clock, secret="key")

    async def call(number):
        await log.append(AuditEntry(f"tool {number}"))
        assert f'"tool {number}"' in path.read_text()

    async with anyio.create_task_group() as tasks:
        for number in range(20):
            tasks.start_soon(call, number)


@pytest.mark.anyio
async def test_a_call_that_is_cancelled_while_it_waits_is_written_all_the_same(tmp_path):
    path = tmp_path / audit_file.FILE_NAME
    log = AuditLog(path, now=clock, secret="key")
    async with anyio.create_task_group() as tasks:
        for number in range(5):
            tasks.start_soon(log.append, AuditEntry(f"tool {number}"))
        tasks.cancel_scope.cancel()
    assert verify(path).count in {0, 5}  # 0: cancelled before they began


@pytest.mark.anyio
async def test_every_call_that_the_log_misses_is_named(tmp_path, caplog):
    path = tmp_path / audit_file.FILE_NAME
    path.mkdir()
    await append_at_once(AuditLog(path, now=clock, secret="key"), 3)
    assert [message.split(":")[0] for message in caplog.messages] == [
        f"a call of tool {number} is missing from the audit log" for number in range(3)
    ]


@pytest.mark.parametrize("pool", ["threads", "processes"])
def test_several_writers_make_one_whole_chain(tmp_path, pool):
    path = tmp_path / audit_file.FILE_NAME
    if pool == "threads":
        with ThreadPoolExecutor(4) as writers:
            list(writers.map(write_many, [path] * 4, [50] * 4))
    else:
        started = [get_context("spawn").Process(target=write_many, args=(path, 50)) for _ in "1234"]
        for each in started:
            each.start()
        for each in started:
            each.join()
    assert len(lines(path)) == 200
    assert verify(path).problems == []


def changed(whole):
    whole[3] = whole[3].replace("tool 3", "tool 4")
    return whole, ["Line 5 does not follow"]


def taken_out(whole):
    del whole[3]
    return whole, ["Line 4 does not follow"]


def put_in(whole):
    whole.insert(3, whole[2])
    return whole, ["Line 4 does not follow"]


def beheaded(whole):
    return whole[1:], ["Line 1 does not follow"]


def garbled(whole):
    whole[3] = "[]"
    return whole, ["Line 4 is damaged", "Line 5 does not follow"]


@pytest.mark.parametrize("tamper", [changed, taken_out, put_in, beheaded, garbled])
def test_tampering_breaks_the_chain(tmp_path, tamper):
    path = tmp_path / audit_file.FILE_NAME
    write_many(path, 10)
    whole, expected = tamper(path.read_text().splitlines())
    path.write_text("\n".join(whole) + "\n")
    found = verify(path).problems
    assert len(found) == len(expected)
    assert all(map(str.startswith, found, expected))


def test_a_line_that_a_power_cut_left_half_does_not_spoil_the_next(tmp_path):
    path = tmp_path / audit_file.FILE_NAME
    write_many(path, 3)
    path.write_bytes(path.read_bytes()[:-20])
    write_many(path, 2)
    assert verify(path).problems == ["Line 3 is damaged or incomplete."]
    assert [json.loads(line)["tool"] for line in path.read_text().splitlines()[3:]] == [
        "tool 0",
        "tool 1",
    ]


@pytest.mark.parametrize("rest", [b"bogus", b'{"before": "x"}', b"[" * 100_000, b" "])
def test_what_stands_behind_the_last_line_is_told(tmp_path, rest):
    path = tmp_path / audit_file.FILE_NAME
    write_many(path, 3)
    path.write_bytes(path.read_bytes() + rest)
    assert verify(path).problems == [
        "Line 4 does not end with a line break: it is damaged or incomplete."
    ]
    path.write_bytes(path.read_bytes() + b"\n")
    assert len(verify(path).problems) == 1


def test_the_hash_that_was_noted_tells_what_the_chain_cannot(tmp_path):
    path = tmp_path / audit_file.FILE_NAME
    write_many(path, 3)
    noted = verify(path)
    write_many(path, 1)
    assert (noted.count, lines(path)[-1]["before"]) == (3, noted.last_hash)
    path.unlink()
    write_many(path, 2)
    assert verify(path).problems == []
    assert noted.last_hash not in {
        verify(path).last_hash,
        *(each["before"] for each in lines(path)),
    }


def test_a_long_or_odd_name_of_a_tool_stays_one_line(tmp_path):
    path = tmp_path / audit_file.FILE_NAME
    kept = AuditLog(path, now=clock, secret="key")
    kept._append(AuditEntry("x" * 100))
    kept._append(AuditEntry("two\nlines\u2028and \ud800"))
    kept._append(AuditEntry("after"))
    assert len(path.read_bytes().split(b"\n")) == 4
    assert verify(path).problems == []


def test_a_fingerprint_tells_calls_apart_and_takes_whatever_came():
    fingerprint = AuditLog(None, now=clock, secret="key").fingerprint
    assert fingerprint("a", {}) != AuditLog(None, now=clock, secret="other").fingerprint("a", {})
    assert fingerprint("a", {"x": 1, "y": 2}) == fingerprint("a", {"y": 2, "x": 1})
    assert fingerprint("a", {"x": 1}) != fingerprint("b", {"x": 1})
    assert fingerprint("a", {"x": float("nan"), "y": "\ud800", "z": object})
