"""A question is short whatever others wrote, shows in full what is sent, and ends with a no."""

import mcp_types as types
import pytest

from sandbox.play import DESK, JANE
from server.test_approval_bounds import ACCEPT, by_hand, deletion, person

pytestmark = pytest.mark.anyio

MAX_BYTES = 16_000
OWN_TEXT = "Your boat is ready: " + "文" * 1500 + " the end"
LONG = {
    "one line": "x" * 90_000,
    "Chinese": "文" * 30_000,
    "many lines": "a\n" * 30_000,
    "hidden characters": "a\u202e\u200b" * 30_000,
}


def question_in(result):
    [request] = result.input_requests.values()
    return request.params.message


@pytest.mark.parametrize("words", LONG.values(), ids=LONG)
async def test_long_messages_of_others_leave_the_own_text_whole(phone, words):
    async with phone(elicitation_callback=person()) as quo:
        for message in quo.box.state.messages.values():
            message["text"] = words
        given = {"to": JANE, "text": OWN_TEXT, "inbox": DESK}
        question = question_in(await by_hand(quo, "quo_send_message", given))
        assert len(question.encode()) < MAX_BYTES
        assert f"\n> {OWN_TEXT}\n" in question
        for shown in (
            "To: Jane Whitaker (+1 415 555 0111)\n",
            "From: Front Desk (+1 415 555 0100)\n",
            "\nSize: ",
            "more characters)",
        ):
            assert shown in question


@pytest.mark.parametrize("words", LONG.values(), ids=LONG)
@pytest.mark.parametrize("item", ["contact", "task"])
async def test_the_question_before_a_deletion_is_short(phone, item, words):
    async with phone(elicitation_callback=person()) as quo:
        tool, given, _ = deletion(quo, item)
        state = quo.box.state
        if item == "contact":
            next(iter(state.contacts.values()))["defaultFields"]["role"] = words
            for field in next(iter(state.contacts.values()))["customFields"]:
                field["value"] = words
        else:
            next(iter(state.tasks.values()))["description"] = words
        result = await by_hand(quo, tool, given)
        question = question_in(result)
        assert len(question.encode()) < MAX_BYTES
        assert question.startswith(f"Delete this {item} permanently?\n\n")
        assert not (await by_hand(quo, tool, given, ACCEPT, result.request_state)).is_error


async def test_what_changes_beyond_the_shown_part_is_asked_about_again(phone):
    async with phone(elicitation_callback=person()) as quo:
        tool, given, _ = deletion(quo, "task")
        task = next(iter(quo.box.state.tasks.values()))
        task["description"] = "a\n" * 1000
        first = await by_hand(quo, tool, given)
        task["description"] += "b"
        second = await by_hand(quo, tool, given, ACCEPT, first.request_state)
        assert isinstance(second, types.InputRequiredResult)


def new_words(quo):
    for message in quo.box.state.messages.values():
        message["text"] = "Other words"


def new_inbox_number(quo):
    quo.box.state.numbers[DESK]["number"] = "+14155550198"
    quo.account.directory.numbers.invalidate()


def new_price(quo):
    quo.clock.wait(601)  # the question has expired


@pytest.mark.parametrize("action", ["decline", "cancel"])
@pytest.mark.parametrize("change", [new_words, new_inbox_number, new_price])
async def test_a_no_ends_the_call_even_if_the_question_has_changed(phone, change, action):
    async with phone(elicitation_callback=person()) as quo:
        given = {"to": JANE, "text": "Your boat is ready.", "inbox": DESK}
        asked = await by_hand(quo, "quo_send_message", given)
        change(quo)
        refused = types.ElicitResult(action=action)
        told = await by_hand(quo, "quo_send_message", given, refused, asked.request_state)
        assert not isinstance(told, types.InputRequiredResult)
        assert told.is_error
        assert "nothing was sent" in told.content[0].text
        assert quo.box.ledger == []


async def test_a_yes_counts_for_nothing_after_a_no_to_the_changed_question(phone):
    async with phone(elicitation_callback=person()) as quo:
        given = {"to": JANE, "text": "Your boat is ready.", "inbox": DESK}
        words = {each["id"]: each["text"] for each in quo.box.state.messages.values()}
        asked = await by_hand(quo, "quo_send_message", given)
        new_words(quo)
        refused = types.ElicitResult(action="decline")
        await by_hand(quo, "quo_send_message", given, refused, asked.request_state)
        for message in quo.box.state.messages.values():
            message["text"] = words[message["id"]]
        told = await by_hand(quo, "quo_send_message", given, ACCEPT, asked.request_state)
        assert "this question was refused or closed before" in told.content[0].text
        assert quo.box.ledger == []


@pytest.mark.parametrize("state", ["", "bm9uc2Vuc2U=", "\u2603", None])
async def test_a_no_with_a_state_of_nobody_ends_the_call(phone, state):
    async with phone(elicitation_callback=person()) as quo:
        given = {"to": JANE, "text": "Your boat is ready.", "inbox": DESK}
        refused = types.ElicitResult(action="decline")
        told = await by_hand(quo, "quo_send_message", given, refused, state)
        assert "The person said no" in told.content[0].text
        assert quo.box.ledger == []
