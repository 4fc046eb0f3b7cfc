"""A lost journal, as an agent and a person hear of it."""

import shutil

import pytest

from quo_mcp.server.account import JOURNAL_FILE
from sandbox.play import DIRECT, JANE

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
    shutil.copy(folder / JOURNAL_FILE, folder / "backup")
    async with phone(config=config) as quo:
        await quo("quo_send_message", **TEXT)
        box, clock = quo.box, quo.clock
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
    assert [each["content"] for each in quo.box.ledger] == [TEXT["text"]]
    findings = await quo("quo_check_setup")
    assert "The journal of sends was re" in findings
    assert "quo-mcp optouts" in findings
