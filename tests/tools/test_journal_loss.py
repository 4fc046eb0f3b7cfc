"""A lost journal, as an agent and a person hear of it."""

import shutil

import pytest

from quo_mcp.server.databases import JOURNAL_FILE
from sandbox.play import DIRECT, JANE, ROSA

pytestmark = pytest.mark.anyio

TEXT = {"to": JANE, "text": "Your boat is ready.", "inbox": DIRECT}


def remove(folder):
    for file in folder.glob(f"{JOURNAL_FILE}*"):
        if file.is_file() and not file.name.endswith(".witness"):
            file.unlink()


def empty(folder):
    remove(folder)
    (folder / JOURNAL_FILE).touch()


def restore(folder):
    remove(folder)
    shutil.copy(folder / "backup", folder / JOURNAL_FILE)


@pytest.mark.parametrize("lose", [remove, empty, restore])
@pytest.mark.parametrize("restarted", [False, True])
async def test_a_lost_journal_sends_nothing_twice_and_says_so(phone, tmp_path, lose, restarted):
    folder = tmp_path / "sandbox"
    config = {"state_dir": tmp_path}
    async with phone(config=config) as quo:
        assert "journal" not in await quo("quo_send_message", **TEXT | {"text": "First."})
        box, clock = quo.box, quo.clock
    shutil.copy(folder / JOURNAL_FILE, folder / "backup")
    async with phone(config=config, box=box, clock=clock) as quo:
        await quo("quo_send_message", **TEXT)
        if not restarted:
            lose(folder)
            await check(quo)
    if restarted:
        lose(folder)
        async with phone(config=config, box=box, clock=clock) as quo:
            await check(quo)


async def check(quo):
    answer = await quo("quo_send_message", **TEXT)
    assert "Not sent again" in answer
    assert "The journal of sends was re" in answer
    assert "restored from its second record" in answer
    assert [each["content"] for each in quo.box.ledger] == ["First.", TEXT["text"]]
    findings = await quo("quo_check_setup")
    assert "The journal of sends was re" in findings
    assert "quo-mcp optouts" in findings


GROUP = {"to": [JANE, ROSA], "text": "See you at 4.", "inbox": DIRECT}
CALLS = pytest.mark.parametrize(
    "call",
    [
        ("quo_send_message", TEXT),
        ("quo_send_group_message", GROUP),
        ("quo_send_message", TEXT | {"text": "your boat is READY"}),
    ],
    ids=["text", "group", "other signs"],
)


def first_of(call):
    tool, arguments = call
    return tool, arguments | {"text": GROUP["text"] if "group" in tool else TEXT["text"]}


@CALLS
async def test_where_all_records_are_gone_the_conversation_tells(phone, tmp_path, call):
    async with phone(config={"state_dir": tmp_path / "one"}) as quo:
        tool, arguments = first_of(call)
        await quo(tool, **arguments)
        box, clock = quo.box, quo.clock
    async with phone(config={"state_dir": tmp_path / "other"}, box=box, clock=clock) as quo:
        for _ in range(2):
            assert "Not sent again" in await quo(call[0], **call[1])
        assert len(box.ledger) == 1
        clock.wait(601)
        assert "Sent to" in await quo(call[0], **call[1])
        assert len(box.ledger) == 2


@pytest.mark.parametrize("status", ["undelivered", "failed"])
async def test_what_did_not_arrive_may_be_sent_from_another_machine(phone, tmp_path, status):
    async with phone(config={"state_dir": tmp_path / "one"}) as quo:
        await quo("quo_send_message", **TEXT)
        box, clock = quo.box, quo.clock
    for message in box.state.messages.values():
        if message["text"] == TEXT["text"]:
            message["status"] = status
    async with phone(config={"state_dir": tmp_path / "other"}, box=box, clock=clock) as quo:
        assert "Sent to" in await quo("quo_send_message", **TEXT)


async def test_a_text_that_a_teammate_just_sent_is_a_duplicate_and_may_be_repeated(phone):
    async with phone() as quo:
        number = quo.box.state.numbers[DIRECT]
        quo.box.state.add_message(number, [JANE], TEXT["text"], quo.clock())
        assert "Not sent again" in await quo("quo_send_message", **TEXT)
        assert quo.box.ledger == []
        assert "Sent to" in await quo("quo_send_message", **TEXT, allow_duplicate=True)


async def test_a_hosts_retry_of_a_repeat_is_known_after_a_loss(phone, tmp_path):
    again = TEXT | {"allow_duplicate": True}
    async with phone(config={"state_dir": tmp_path}) as quo:
        await quo("quo_send_message", **again)
        box, clock = quo.box, quo.clock
        clock.wait(1)
    folder = tmp_path / "sandbox"
    remove(folder)
    witness = folder / f"{JOURNAL_FILE}.witness"
    witness.write_bytes(witness.read_bytes().splitlines(keepends=True)[0])
    async with phone(config={"state_dir": tmp_path}, box=box, clock=clock) as quo:
        assert "Not sent again" in await quo("quo_send_message", **again)
        assert len(box.ledger) == 1
