"""Conversations marked read, done or open, one or several in a call."""

import pytest

from quo_mcp.sandbox import Fault
from sandbox.play import DESK, DIRECT, EMERGENCY, JANE, ROSA

pytestmark = pytest.mark.anyio
DANA = "+15105550131"


def conversation_with(box, number, inbox=DESK):
    return next(
        each
        for each in box.state.conversations.values()
        if each["participants"] == [number] and each["phoneNumberId"] == inbox
    )


@pytest.mark.parametrize("state", ["read", "done", "open"])
async def test_a_thread_is_marked(phone, snapshot, state):
    async with phone() as quo:
        thread = conversation_with(quo.box, "+14155550134")
        result = await quo("quo_mark_conversation", conversation=thread["id"], state=state)
        snapshot(f"results/conversation_{state}.txt", result)


async def test_a_thread_that_is_not_there_cannot_be_marked(phone, snapshot):
    async with phone() as quo:
        arguments = {"conversation": "CNnope", "state": "done"}
        snapshot(
            "results/conversation_unknown.txt",
            await quo.refused("quo_mark_conversation", **arguments),
        )


async def test_several_conversations_are_marked_in_the_order_given(phone, snapshot):
    async with phone() as quo:
        rosa = conversation_with(quo.box, ROSA)
        arguments = {"conversation": ["Jane Whitaker", rosa["id"], JANE], "state": "done"}
        snapshot(
            "results/conversations_marked.txt", await quo("quo_mark_conversation", **arguments)
        )
        posts = [each["path"] for each in quo.box.requests if each["method"] == "POST"]
        assert len(posts) == 2
        assert rosa["snoozedUntil"] > "2100"


async def test_the_inbox_decides_between_conversations_with_one_person(phone):
    async with phone() as quo:
        arguments = {"conversation": "Dana Kowalczyk", "state": "done"}
        message = await quo.refused("quo_mark_conversation", **arguments)
        assert "2 conversations match:" in message
        assert "Call again with the id of one, or name the inbox." in message
        for name, inbox in [("Front Desk", DESK), ("Marisol direct", DIRECT)]:
            result = await quo("quo_mark_conversation", **arguments, inbox=name)
            assert conversation_with(quo.box, DANA, inbox)["id"] in result


async def test_an_id_or_a_person_on_another_inbox_is_refused_before_anything_is_marked(phone):
    async with phone() as quo:
        arguments = {"state": "done", "inbox": "Emergency line"}
        jane = conversation_with(quo.box, JANE)["id"]
        elsewhere = next(
            each["id"]
            for each in quo.box.state.conversations.values()
            if each["phoneNumberId"] == EMERGENCY
        )
        message = await quo.refused(
            "quo_mark_conversation", conversation=[elsewhere, jane], **arguments
        )
        assert f"No conversation {jane} on Emergency line (+1 " in message
        assert message.startswith("Nothing was changed: 1 of the 2 conversations cannot be used.")
        message = await quo.refused("quo_mark_conversation", conversation=JANE, **arguments)
        assert message.endswith(" on Emergency line (+1 800 555 0140) found.")
        assert {each["method"] for each in quo.box.requests} == {"GET"}


async def test_every_unusable_conversation_is_named_and_nothing_is_marked(phone):
    async with phone() as quo:
        given = [ROSA, "Nobody Atall", "Dana Kowalczyk", "CN00000000ffffffff"]
        message = await quo.refused("quo_mark_conversation", conversation=given, state="done")
        assert message.startswith("Nothing was changed: 2 of the 4 conversations cannot be used.")
        assert '"Nobody Atall": ' in message
        assert '"Dana Kowalczyk": ' in message
        assert "POST" not in {each["method"] for each in quo.box.requests}


async def test_a_call_that_is_partly_done_says_exactly_which_part(phone, snapshot):
    async with phone() as quo:
        ids = [conversation_with(quo.box, number)["id"] for number in (JANE, ROSA, DANA)]
        path = f"/quo/v1/conversations/{ids[1]}"
        quo.box.inject(Fault("error_before", path=path, status=403, style="quo"))
        arguments = {"conversation": [*ids, "CNnope"], "state": "done"}
        snapshot(
            "results/conversations_partly_marked.txt",
            await quo.refused("quo_mark_conversation", **arguments),
        )
        done = [quo.box.state.conversations[each]["snoozedUntil"] or "" for each in ids]
        assert [each > "2100" for each in done] == [True, False, True]


async def test_a_mark_whose_reply_was_lost_is_unknown_and_not_called_failed(phone):
    async with phone() as quo:
        ids = [conversation_with(quo.box, number)["id"] for number in (JANE, ROSA)]
        path = f"/quo/v1/conversations/{ids[1]}"
        quo.box.inject(Fault("lost_reply", path=path, times=None))
        message = await quo.refused("quo_mark_conversation", conversation=ids, state="done")
        assert message.startswith("Marked as done: 1 of 2 conversations.")
        assert f"Outcome unknown (could not be read): {ids[1]}" in message


async def test_more_than_twenty_conversations_are_refused(phone):
    async with phone() as quo:
        ids = [f"CN{i:032}" for i in range(21)]
        message = await quo.refused("quo_mark_conversation", conversation=ids, state="read")
        assert "conversation: 21 items given; the maximum is 20." in message
        assert quo.box.requests == []
