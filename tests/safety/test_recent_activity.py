"""What a person wrote counts, however oddly Quo tells it: a STOP that is missed is a text that must not go."""

import pytest

from quo_mcp.safety.recent_activity import ActivitySummary
from quo_mcp.sandbox.http import Response
from sandbox.play import DESK, JANE, ROSA

pytestmark = pytest.mark.anyio

NEVER = {"approval": "never"}
STRANGER = "+12025550143"  # in no contact, and never heard from


def wrote(quo, words, *, people=(ROSA,), sender=ROSA):
    """A text of theirs, as Quo keeps it, a minute later; Quo's own list of opt-outs knows nothing of it."""
    quo.clock.wait(60)
    state = quo.box.state
    state.auto_reply_enabled = False
    text = state.add_message(state.numbers[DESK], [*people], words, quo.clock(), sender=sender)
    state.opted_out.clear()
    return text


def told_with(box, words, **fields):
    """Has the sandbox list the texts of these words with other fields than it keeps."""
    answer = box._respond

    async def changed(request, path):
        reply, fault = await answer(request, path)
        if path[1:] != ["v1", "messages"] or request.method != "GET":
            return reply, fault
        document = reply.json()
        document["data"] = [
            each | fields if each["text"] == words else each for each in document["data"]
        ]
        return Response.from_json(document, reply.status, reply.headers), fault

    box._respond = changed


@pytest.mark.parametrize(
    "odd",
    [
        {"from": "15105550153"},
        {"from": "(510) 555-0153"},
        {"from": "Rosa"},
        {"from": None},
        {"from": JANE},
        {"direction": "inbound"},
        {"direction": None},
        {"createdAt": None},
        {"createdAt": "2026-03-04T18:31:00"},
    ],
    ids=str,
)
async def test_a_stop_in_their_own_thread_counts_however_it_is_told(phone, odd):
    async with phone(config=NEVER) as quo:
        wrote(quo, "STOP")
        told_with(quo.box, "STOP", **odd)
        await quo.refused(
            "quo_send_message",
            'their message: "STOP"',
            to=ROSA,
            text="Hi",
            inbox=DESK,
        )
        assert quo.box.ledger == []


@pytest.mark.parametrize("odd", [{"direction": "inbound"}, {"direction": None}], ids=str)
async def test_whoever_wrote_is_known_however_that_is_told(phone, odd):
    async with phone(config={**NEVER, "recipients": "known"}) as quo:
        wrote(quo, "Are you open?", people=(STRANGER,), sender=STRANGER)
        told_with(quo.box, "Are you open?", **odd)
        await quo("quo_send_message", to=STRANGER, text="Yes", inbox=DESK)


@pytest.mark.parametrize("odd", [{"direction": "out"}, {"direction": None}], ids=str)
async def test_a_text_of_ours_makes_nobody_known_however_it_is_told(phone, odd):
    async with phone(config={**NEVER, "recipients": "known"}) as quo:
        state = quo.box.state
        quo.clock.wait(60)
        state.auto_reply_enabled = False
        state.add_message(state.numbers[DESK], [STRANGER], "Hello?", quo.clock())
        told_with(quo.box, "Hello?", **odd)
        await quo.refused(
            "quo_send_message",
            "texts only contacts and people",
            to=STRANGER,
            text="Yes",
            inbox=DESK,
        )


@pytest.mark.parametrize(("groups_since", "counts"), [(4, True), (5, False)])
async def test_a_stop_counts_in_the_five_latest_groups_of_a_person(phone, groups_since, counts):
    async with phone(config=NEVER) as quo:
        wrote(quo, "STOP", people=(ROSA, JANE))
        for number in range(groups_since):
            wrote(quo, "Hello all", people=(ROSA, f"+1415555017{number}"))
        result = await quo.client.call_tool(
            "quo_send_message", {"to": ROSA, "text": "Hi", "inbox": DESK}
        )
        assert result.is_error is counts, result.content[0].text
        assert ('their message: "STOP"' in result.content[0].text) is counts


@pytest.mark.parametrize(("texts_since", "counts"), [(99, True), (100, False)])
async def test_a_stop_counts_among_the_hundred_latest_texts_of_a_thread(phone, texts_since, counts):
    async with phone(config=NEVER) as quo:
        wrote(quo, "STOP")
        for number in range(texts_since):
            wrote(quo, f"Text {number}")
        result = await quo.client.call_tool(
            "quo_send_message", {"to": ROSA, "text": "Hi", "inbox": DESK}
        )
        assert result.is_error is counts, result.content[0].text


@pytest.mark.parametrize("sender", ["15105550153", "(510) 555-0153", ROSA, None])
async def test_in_a_group_a_stop_counts_for_whom_it_is_from_however_that_is_spelled(phone, sender):
    async with phone(config=NEVER) as quo:
        wrote(quo, "STOP", people=(ROSA, JANE))
        told_with(quo.box, "STOP", **{"from": sender})
        await quo.refused(
            "quo_send_message", 'their message: "STOP"', to=ROSA, text="Hi", inbox=DESK
        )
        if sender:
            await quo("quo_send_message", to=JANE, text="Hi", inbox=DESK)


async def test_a_group_whose_members_are_spelled_oddly_is_read_too(phone):
    async with phone(config=NEVER) as quo:
        text = wrote(quo, "STOP", people=(ROSA, JANE))
        thread = quo.box.state.conversations[text["conversationId"]]
        answer = quo.box._respond

        async def oddly(request, path):
            reply, fault = await answer(request, path)
            if path[1:] != ["v1", "conversations"]:
                return reply, fault
            document = reply.json()
            for each in document["data"]:
                if each["id"] == thread["id"]:
                    each["participants"] = ["(510) 555-0153", "1 415 555 0111"]
            return Response.from_json(document, reply.status, reply.headers), fault

        quo.box._respond = oddly
        await quo.refused(
            "quo_send_message", 'their message: "STOP"', to=ROSA, text="Hi", inbox=DESK
        )


async def test_what_we_wrote_about_stop_is_not_theirs(phone):
    async with phone(config=NEVER) as quo:
        state = quo.box.state
        quo.clock.wait(60)
        ours = "Reply STOP"
        state.add_message(state.numbers[DESK], [ROSA], ours, quo.clock())
        await quo("quo_send_message", to=ROSA, text="One", inbox=DESK)
        told_with(quo.box, ours, direction="out")
        await quo("quo_send_message", to=ROSA, text="Two", inbox=DESK)


@pytest.mark.maton
async def test_a_start_without_a_time_lifts_nothing(phone):
    async with phone(config=NEVER) as quo:
        wrote(quo, "STOP")
        wrote(quo, "START")
        told_with(quo.box, "START", createdAt=None)
        await quo.refused(
            "quo_send_message", 'their message: "STOP"', to=ROSA, text="Hi", inbox=DESK
        )


async def test_a_stop_to_a_number_that_is_new_to_this_server_counts(phone):
    """Which numbers are ours is read anew before a text, once it was read long ago."""
    async with phone(config=NEVER) as quo:
        state = quo.box.state
        await quo("quo_list_users")
        new = state.numbers[DESK] | {"id": "PNnewOne", "number": "+14155550177", "name": "New"}
        quo.clock.wait(3600)
        state.numbers["PNnewOne"] = new
        state.add_message(new, [ROSA], "STOP", quo.clock(), sender=ROSA)
        state.opted_out.clear()
        await quo.refused(
            "quo_send_message", 'their message: "STOP"', to=ROSA, text="Hi", inbox=DESK
        )


def test_a_time_without_a_zone_is_taken_for_utc():
    heard = ActivitySummary.model_validate({"createdAt": "2026-03-04T18:31:00"})
    assert heard.created_at.isoformat() == "2026-03-04T18:31:00+00:00"
