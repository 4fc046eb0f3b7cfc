"""Identical texts, rewordings and corrections through the MCP client: what is sent, and what the result says."""

import anyio
import pytest

from quo_mcp.sandbox import Fault
from sandbox.play import DESK, JANE, ROSA

pytestmark = pytest.mark.anyio

TO_ROSA = {"to": ROSA, "inbox": DESK}


async def send(quo, text, **arguments):
    return await quo("quo_send_message", **TO_ROSA | {"text": text} | arguments)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("On my way.", "On my way now."),
        (
            "Hi Rosa, we can come by today; when suits you?",
            "Hello Rosa, we can come by today. When suits you, please?",
        ),
        ("Estamos en camino", "Ya estamos en camino"),
    ],
)
async def test_a_rewording_is_not_sent_unless_it_is_meant(phone, first, second):
    async with phone() as quo:
        await send(quo, first)
        quo.clock.wait(40)
        result = await send(quo, second)
        assert result.startswith(
            f"Not sent: nearly the same text was sent to them 40 s ago:\n> {first}\n"
            "To send this text anyway, set allow_duplicate."
        )
        assert [each["content"] for each in quo.box.ledger] == [first]
        assert (await send(quo, second, allow_duplicate=True)).startswith("Sent to Rosa Delgado")
        assert [each["content"] for each in quo.box.ledger] == [first, second]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Hi Rosa, we can come by at 3 pm", "Hi Rosa, we can come by at 4 pm"),
        ("We can come by on Tuesday, ok?", "We can come by on Thursday, ok?"),
        ("We can come to you today", "We can't come to you today"),
        ("Nous arrivons dans 15 minutes", "Nous arrivons dans 5 minutes"),
    ],
)
async def test_a_correction_is_sent_and_the_earlier_text_is_mentioned(phone, first, second):
    async with phone() as quo:
        await send(quo, first)
        quo.clock.wait(40)
        result = await send(quo, second)
        assert result.startswith("Sent to Rosa Delgado")
        assert f"\nNearly the same text was sent to them 40 s ago:\n> {first}" in result
        assert [each["content"] for each in quo.box.ledger] == [first, second]


@pytest.mark.parametrize(
    ("later", "seconds"), [({"to": JANE}, 0), ({}, 600), ({"allow_duplicate": True}, 0)]
)
async def test_a_rewording_is_sent_to_another_person_or_after_the_window_or_on_purpose(
    phone, later, seconds
):
    async with phone() as quo:
        await send(quo, "On my way.")
        quo.clock.wait(seconds)
        assert (await send(quo, "On my way now.", **later)).startswith("Sent to ")


async def test_a_rewording_of_a_text_that_did_not_arrive_is_sent(phone):
    async with phone() as quo:
        quo.box.inject(
            Fault("error_before", method="POST", path="/quo/v1/messages", status=400, style="quo")
        )
        await quo.refused("quo_send_message", **TO_ROSA, text="On my way.")
        assert (await send(quo, "On my way now.")).startswith("Sent to Rosa Delgado")


async def test_rewordings_at_the_same_time_are_one_text(phone):
    async with phone() as quo, anyio.create_task_group() as group:
        for text in ("On my way", "On my way now", "Hi, on my way!", "OK, on my way now"):
            group.start_soon(quo.client.call_tool, "quo_send_message", TO_ROSA | {"text": text})
    assert len(quo.box.ledger) == 1


async def test_a_preview_names_a_rewording_as_what_blocks_it(phone):
    async with phone() as quo:
        await send(quo, "On my way.")
        quo.clock.wait(40)
        result = await send(quo, "On my way now.", dry_run=True)
        assert (
            "\nWould be blocked:\n- Nearly the same text was sent to them 40 s ago:\n  > On my way.\n"
            in result
        )
        result = await send(quo, "On my way now.", dry_run=True, allow_duplicate=True)
        assert "\nNearly the same text was sent to them 40 s ago:\n> On my way.\n" in result
        assert "Would be blocked" not in result


async def test_a_third_identical_send_is_told_when_it_can_be_sent(phone):
    async with phone() as quo:
        await send(quo, "On my way.")
        quo.clock.wait(10)
        await send(quo, "On my way.", allow_duplicate=True)
        quo.clock.wait(10)
        result = await send(quo, "On my way.", allow_duplicate=True)
        assert result.startswith(
            "Not sent again: the same text was already repeated with allow_duplicate to Rosa"
        )
        assert "To send the text once more, call again after Wed 2026-03-04 10:36." in result
        assert len(quo.box.ledger) == 2
        assert (await send(quo, "On my way.")).count("set allow_duplicate") == 1
        quo.clock.wait(5 * 60)
        await send(quo, "On my way.", allow_duplicate=True)
        assert len(quo.box.ledger) == 3


@pytest.mark.parametrize("allow_duplicate", [True, False])
async def test_a_used_key_is_told_to_be_used_whatever_else_is_set(phone, allow_duplicate):
    async with phone() as quo:
        await send(quo, "On my way.", idempotency_key="monday")
        result = await send(
            quo, "On my way.", idempotency_key="monday", allow_duplicate=allow_duplicate
        )
        assert result.startswith(
            "Not sent again: a text with this idempotency_key was already sent"
        )
        assert "use a new idempotency_key, or omit it." in result
