"""QUO_MCP_APPROVAL=preview: a client that cannot ask gets a preview, and a second call with its code is carried out."""

import re

import anyio
import mcp_types as types
import pytest

from quo_mcp.server import approval
from sandbox.play import DESK, DIRECT, JANE, ROSA

pytestmark = pytest.mark.anyio

ERAS = pytest.mark.parametrize("mode", ["legacy", "auto"])
TEXT = {"to": JANE, "text": "Your boat is ready.", "inbox": DIRECT}
PREVIEW = {"config": {"approval": "preview"}}


def code_in(preview):
    return re.search('approval="(preview-[0-9a-f]+-[0-9a-f]{24})"', preview)[1]


@ERAS
async def test_the_first_call_shows_and_the_second_with_the_code_sends_once(phone, snapshot, mode):
    async with phone(mode=mode, **PREVIEW) as quo:
        preview = await quo("quo_send_message", **TEXT)
        snapshot("results/approval_preview.txt", preview.replace(code_in(preview), "preview-…"))
        assert quo.box.ledger == []
        result = await quo("quo_send_message", **TEXT, approval=code_in(preview))
        assert result.startswith("Sent to Jane Whitaker")
        again = await quo("quo_send_message", **TEXT, approval=code_in(preview))
        assert again.startswith("Not sent again")
        assert len(quo.box.ledger) == 1


@pytest.mark.parametrize(
    "changed",
    [{"text": "Send me your password."}, {"to": ROSA}, {"inbox": DESK}, {"allow_duplicate": True}],
    ids=str,
)
async def test_a_code_covers_only_what_was_shown(phone, changed):
    async with phone(**PREVIEW) as quo:
        code = code_in(await quo("quo_send_message", **TEXT))
        result = await quo("quo_send_message", **TEXT | changed, approval=code)
        assert result.startswith("The approval code has expired or belongs to another call.")
        assert code_in(result) != code
        assert quo.box.ledger == []


@pytest.mark.parametrize(("seconds", "count"), [(600, 1), (601, 0)])
async def test_a_code_expires_after_ten_minutes(phone, seconds, count):
    async with phone(**PREVIEW) as quo:
        code = code_in(await quo("quo_send_message", **TEXT))
        quo.clock.wait(seconds)
        await quo("quo_send_message", **TEXT, approval=code)
        assert len(quo.box.ledger) == count


async def test_a_code_works_once_even_for_a_repetition_on_purpose(phone):
    async with phone(**PREVIEW) as quo:
        again = TEXT | {"allow_duplicate": True}
        code = code_in(await quo("quo_send_message", **again))
        async with anyio.create_task_group() as group:
            for _ in range(5):
                group.start_soon(
                    quo.client.call_tool, "quo_send_message", again | {"approval": code}
                )
        quo.clock.wait(301)
        await quo("quo_send_message", **again, approval=code)
        assert len(quo.box.ledger) == 1


@pytest.mark.parametrize(
    "code", ["", "yes", "true", "preview-", "preview-ffffffff-" + "0" * 24, "preview-é-1"]
)
async def test_a_code_that_was_never_shown_counts_for_nothing(phone, code):
    async with phone(**PREVIEW) as quo:
        assert "Preview only" in await quo("quo_send_message", **TEXT, approval=code)
        assert quo.box.ledger == []


async def test_a_deletion_is_previewed_too_and_its_code_works_once(phone):
    async with phone(**PREVIEW) as quo:
        contact = next(iter(quo.box.state.contacts))
        preview = await quo("quo_delete_contact", contact_id=contact)
        assert "nothing was deleted yet" in preview
        assert contact in quo.box.state.contacts
        await quo("quo_delete_contact", contact_id=contact, approval=code_in(preview))
        assert contact not in quo.box.state.contacts


async def test_only_this_setting_lists_the_argument_and_only_where_a_call_is_asked_about(phone):
    for setting in ("preview", "auto", "required", "never"):
        async with phone(config={"approval": setting}) as quo:
            tools = (await quo.client.list_tools()).tools
            listed = {tool.name for tool in tools if "approval" in tool.input_schema["properties"]}
            assert ("quo_send_message" in listed) is (setting == "preview")
            assert "quo_list_messages" not in listed


async def test_a_client_that_can_ask_is_asked_and_gets_no_preview(phone):
    asked = []

    async def ask(_context, params):
        asked.append(params.message)
        return types.ElicitResult(action="accept", content={})

    async with phone(**PREVIEW, elicitation_callback=ask) as quo:
        await quo("quo_send_message", **TEXT)
        assert (len(asked), len(quo.box.ledger)) == (1, 1)


async def test_progress_goes_out_while_the_person_decides(phone, monkeypatch):
    monkeypatch.setattr(approval, "PROGRESS_INTERVAL", 0.001)
    reported, messages = anyio.Event(), []

    async def on_progress(progress, total, message):
        messages.append((progress, total, message))
        if len(messages) == 3:
            reported.set()

    async def ask(_context, _params):
        await reported.wait()
        return types.ElicitResult(action="accept", content={})

    async with phone(mode="legacy", elicitation_callback=ask) as quo:
        await quo.client.call_tool("quo_send_message", TEXT, progress_callback=on_progress)
        assert messages[:3] == [
            (count, None, "Waiting for the person's answer.") for count in (1, 2, 3)
        ]
        assert len(quo.box.ledger) == 1


def test_progress_is_reported_at_least_every_fifteen_seconds():
    assert approval.PROGRESS_INTERVAL <= 15
