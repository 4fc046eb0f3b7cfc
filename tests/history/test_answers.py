"""Who waits for an answer, which replies were automatic, and which messages only close a conversation."""

from datetime import UTC, datetime, timedelta

import pytest

from quo_mcp.history.answers import find_call_back, find_waiting
from quo_mcp.history.automatic_replies import find_automatic_replies
from quo_mcp.history.closing_words import is_closing
from quo_mcp.history.span import ConversationActivity
from quo_mcp.records.calls import Call
from quo_mcp.records.conversations import Conversation
from quo_mcp.records.messages import Message

START = datetime(2026, 11, 25, 9, tzinfo=UTC)
AWAY = "Thanks for reaching out, we will get back to you tomorrow."


def conversation(*items, number="+14155550111"):
    """Return an activity of (seconds, kind, text) items.

    Kinds: "in", "out", "failed" (messages), "missed", "spoke", "tried", "sona", "their call" (calls).
    """
    messages, calls = [], []
    for index, (seconds, kind, *text) in enumerate(items):
        common = {"id": f"AC{number[-3:]}{index}", "created_at": START + timedelta(seconds=seconds)}
        if kind in {"in", "out", "failed"}:
            direction = "incoming" if kind == "in" else "outgoing"
            status = "undelivered" if kind == "failed" else "delivered"
            messages.append(Message(**common, direction=direction, status=status, text=text[0]))
            continue
        fields = {
            "missed": {"direction": "incoming", "status": "missed"},
            "spoke": {"direction": "outgoing", "answered_at": START, "initiated_by": "US1"},
            "tried": {"direction": "outgoing", "status": "no-answer"},
            "sona": {"direction": "incoming", "answered_at": START, "ai_handled": "ai-agent"},
            "their call": {"direction": "incoming", "answered_at": START, "answered_by": "US1"},
        }
        calls.append(Call(**common, **fields[kind]))
    record = Conversation(id=f"CN{number[-3:]}", phone_number_id="PN1", participants=(number,))
    return ConversationActivity(record, messages[::-1], calls[::-1])


def automatic_texts(*activities):
    automatic = find_automatic_replies(activities)
    return [
        message.text
        for activity in activities
        for message in activity.messages
        if message.id in automatic
    ]


HOUR = 3600


@pytest.mark.parametrize(
    ("items", "waiting"),
    [
        ([(0, "in", "Can you come?")], 1),
        ([(0, "in", "Can you come?"), (HOUR, "out", "Yes, at 3.")], 0),
        ([(0, "in", "Can you come?"), (HOUR, "failed", "Yes, at 3.")], 1),
        ([(0, "in", "Can you come?"), (10, "out", AWAY)], 1),
        ([(0, "in", "Can you come?"), (HOUR, "spoke")], 0),
        ([(0, "in", "Can you come?"), (HOUR, "their call")], 0),
        ([(0, "in", "Can you come?"), (HOUR, "tried")], 1),
        ([(0, "in", "Can you come?"), (HOUR, "sona")], 1),
        ([(0, "missed")], 1),
        ([(0, "missed"), (30, "out", AWAY)], 1),
        ([(0, "missed"), (HOUR, "spoke")], 0),
        ([(0, "missed"), (HOUR, "tried")], 1),
        ([(0, "missed"), (HOUR, "out", "Sorry we missed you. 3 pm?")], 0),
        ([(0, "missed"), (60, "missed"), (90, "in", "Hello?")], 3),
        ([(0, "out", "Your service is due.")], 0),
        ([(0, "sona")], 0),
        ([], 0),
    ],
)
def test_what_waits_for_an_answer(items, waiting):
    activity = conversation(*items)
    found = find_waiting(activity, find_automatic_replies([activity]))
    assert (len(found.items) if found else 0) == waiting


def test_what_waits_tells_the_attempt_and_the_automatic_reply():
    activity = conversation((0, "missed"), (20, "out", AWAY), (HOUR, "tried"))
    found = find_waiting(activity, find_automatic_replies([activity]))
    assert found.since == START
    assert found.automatic_reply.text == AWAY
    assert found.attempt.created_at == START + timedelta(seconds=HOUR)


def test_the_same_words_in_several_conversations_are_automatic():
    first = conversation((0, "in", "Hi"), (4 * HOUR, "out", AWAY))
    second = conversation((0, "in", "Hi"), (5 * HOUR, "out", AWAY.upper()), number="+14155550222")
    assert automatic_texts(first) == []
    assert automatic_texts(first, second) == [AWAY, AWAY.upper()]


def test_a_few_words_that_everybody_writes_are_not_automatic():
    first = conversation((0, "in", "Hi"), (HOUR, "out", "On my way"))
    second = conversation((0, "in", "Hi"), (HOUR, "out", "On my way"), number="+14155550222")
    assert automatic_texts(first, second) == []


@pytest.mark.parametrize(
    ("items", "is_automatic"),
    [
        ([(0, "in", "Hi"), (90, "out", "We are closed.")], True),
        ([(0, "in", "Hi"), (91, "out", "We are closed.")], False),
        ([(0, "missed"), (45, "out", "We are closed.")], True),
        ([(0, "out", "Shall I come?"), (300, "in", "Yes"), (330, "out", "See you.")], False),
        (
            [
                (0, "out", "Shall I come?"),
                (2 * HOUR, "in", "Yes"),
                (2 * HOUR + 9, "out", "We are closed."),
            ],
            True,
        ),
        ([(0, "in", "a"), (5, "out", "Closed."), (60, "in", "b"), (65, "out", "Closed.")], True),
    ],
)
def test_a_reply_within_seconds_is_automatic_unless_a_person_is_writing(items, is_automatic):
    [last, *_] = conversation(*items).messages
    assert (last.id in find_automatic_replies([conversation(*items)])) == is_automatic


@pytest.mark.parametrize(
    ("items", "reached", "attempt", "message"),
    [
        ([(0, "missed")], None, None, None),
        ([(0, "missed"), (60, "tried"), (120, "spoke")], 120, None, None),
        ([(0, "missed"), (60, "tried"), (120, "tried")], None, 60, None),
        ([(0, "missed"), (60, "their call")], 60, None, None),
        ([(0, "missed"), (HOUR, "out", "Sorry!")], None, None, HOUR),
        ([(0, "missed"), (20, "out", AWAY)], None, None, None),
        ([(0, "missed"), (60, "sona")], None, None, None),
    ],
)
def test_a_call_back_is_a_call_on_which_both_sides_spoke(items, reached, attempt, message):
    activity = conversation(*items)
    missed = activity.calls[-1]
    found = find_call_back(
        missed, activity.calls, activity.messages, find_automatic_replies([activity])
    )
    seconds = [
        item and (item.created_at - START).total_seconds()
        for item in (found.reached, found.attempt, found.message)
    ]
    assert seconds == [reached, attempt, message]


@pytest.mark.parametrize(
    "text",
    ["Thanks!", "thank you so much", "👍", "🙏❤️", "Ok great, thanks Marisol!", "Perfect.", "Gracias!!",
     "Sounds good, see you then", "STOP", "You're welcome", "will do", "Merci beaucoup"],
)  # fmt: skip
def test_closing_words_need_no_answer(text):
    assert is_closing(text)


@pytest.mark.parametrize(
    "text",
    ["Thanks, and when will you come?", "ok wednesday", "Please do!", "Yes please", "Thanks but the heater is leaking again",
     "Call me", "", "Thanks, gate code 4471", "No", "2 pm", "Great, the other sink has no hot water"],
)  # fmt: skip
def test_a_message_with_content_is_not_closing(text):
    assert not is_closing(text)
