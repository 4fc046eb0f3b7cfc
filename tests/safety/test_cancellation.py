"""The fast profile of tests/torture/cancellation.py, and what a cancelled call leaves behind."""

import anyio
import pytest

from quo_mcp.safety.journal import Journal
from quo_mcp.safety.schema import MIGRATIONS
from quo_mcp.safety.send_record import SendState
from quo_mcp.server.databases import JOURNAL_FILE
from sandbox.play import DIRECT, JANE
from store.engines import open_database
from torture.cancellation import play, untold

pytestmark = pytest.mark.anyio

TEXT = {"to": JANE, "text": "Your boat is ready.", "inbox": DIRECT}


async def test_cancelled_calls_lose_nothing(tmp_path):
    wrong, seen, _ = await play(200, 1, tmp_path)
    assert wrong == []
    assert seen["cancelled"] > 20
    assert seen["texts that Quo took"] > 0


async def test_a_send_that_its_host_cancels_is_finished_and_told_at_the_next_call(phone, tmp_path):
    async with phone(config={"state_dir": tmp_path, "approval": "never"}) as quo:
        posting, let_go = anyio.Event(), anyio.Event()
        answer = quo.box._respond

        async def held_up(request, path):
            if request.method == "POST":
                posting.set()
                await let_go.wait()
            return await answer(request, path)

        quo.box._respond = held_up

        async def let_go_later():
            await anyio.wait_all_tasks_blocked()
            let_go.set()

        async with anyio.create_task_group() as outer, anyio.create_task_group() as group:
            group.start_soon(quo.client.call_tool, "quo_send_message", TEXT)
            await posting.wait()
            outer.start_soon(let_go_later)
            group.cancel_scope.cancel()
        again = await quo("quo_send_message", **TEXT)
        assert "Not sent again" in again
        assert len(quo.box.ledger) == 1
    database = open_database(tmp_path / "sandbox" / JOURNAL_FILE, MIGRATIONS)
    assert [each.state for each in Journal(database).list_recent(9, now=quo.clock())] == [
        SendState.SENT
    ]
    database.close()


async def test_a_text_that_nobody_owns_up_to_would_be_noticed(tmp_path, phone):
    async with phone(config={"state_dir": tmp_path, "approval": "never"}) as quo:
        await quo("quo_send_message", **TEXT)
        (tmp_path / "elsewhere").mkdir()
        assert untold(quo.box, tmp_path / "sandbox", quo.clock) == []
        assert (
            "was sent, and the journal says None"
            in untold(quo.box, tmp_path / "elsewhere", quo.clock)[0]
        )
