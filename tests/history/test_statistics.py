"""Counts without a sandbox: what is exactly one of what, and which times belong to which item."""

from datetime import UTC, datetime, timedelta

import pytest

from quo_mcp.history.first_answers import find_first_answers
from quo_mcp.history.span import ConversationActivity
from quo_mcp.history.statistics import CallCounts, median, percentile_90
from quo_mcp.records.calls import Call
from quo_mcp.records.conversations import Conversation
from quo_mcp.records.messages import Message

START = datetime(2026, 3, 4, 12, tzinfo=UTC)


def message(minute, text="Hello?", direction="incoming", **fields):
    at = START + timedelta(minutes=minute)
    return Message(id=f"AC{minute}", createdAt=at, text=text, direction=direction, **fields)


def call(minute=0, **fields):
    return Call(id=f"AC{minute}", createdAt=START + timedelta(minutes=minute), **fields)


def conversation(*items, inbox="PN1", people=("+14155550111",)):
    return ConversationActivity(
        Conversation(id=f"CN{inbox}", phoneNumberId=inbox, participants=people),
        [item for item in items if isinstance(item, Message)],
        [item for item in items if isinstance(item, Call)],
    )


def answers(*activities, automatic=()):
    """Return (inbox, minute of the first message, minute of the answer) of each row."""
    return sorted(
        (
            first_answer.conversation.phone_number_id,
            first_answer.first.id[2:],
            first_answer.answer and first_answer.answer.id[2:],
        )
        for first_answer in find_first_answers(activities, automatic)
    )


def test_messages_in_a_row_are_one_question_from_its_first_message():
    activity = conversation(message(0), message(5), message(9, direction="outgoing"), message(12))
    assert answers(activity) == [("PN1", "0", "9"), ("PN1", "12", None)]


def test_an_automatic_reply_and_an_undelivered_message_are_no_answers():
    activity = conversation(
        message(0),
        message(1, direction="outgoing"),
        message(2, direction="outgoing", status="undelivered"),
        message(3, direction="outgoing", userId="US1"),
    )
    assert answers(activity, automatic={"AC1"}) == [("PN1", "0", "3")]
    [first_answer] = find_first_answers([activity], {"AC1"})
    assert first_answer.answered_by == "US1"


def test_a_call_on_which_a_teammate_spoke_is_an_answer_but_one_of_sona_is_not():
    sona = call(2, answeredAt=START, aiHandled="ai-agent")
    spoken = call(3, answeredAt=START, answeredBy="US2", direction="incoming")
    activity = conversation(message(0), call(1, status="missed"), sona, spoken)
    assert answers(activity) == [("PN1", "0", "3")]
    [first_answer] = find_first_answers([activity], ())
    assert first_answer.answered_by == "US2"


def test_an_answer_from_another_inbox_counts_for_the_same_people_only():
    question = conversation(message(0))
    answer = conversation(message(4, direction="outgoing"), inbox="PN2")
    group = conversation(
        message(1), message(2, direction="outgoing"), people=("+14155550111", "+14155550112")
    )
    assert answers(question, answer, group) == [("PN1", "0", "4"), ("PN1", "1", "2")]


def test_closing_words_alone_ask_for_no_answer():
    assert answers(conversation(message(0, "Thanks!"))) == []
    assert answers(conversation(message(0, "Thanks!"), message(1, "And when?"))) == [
        ("PN1", "0", None)
    ]


INCOMING = {"direction": "incoming"}


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"status": "completed", "answeredAt": START, "answeredBy": "US1"}, "answered"),
        ({"status": "completed", "answeredBy": "US1"}, "answered"),
        ({"status": "completed", "answeredAt": START, "aiHandled": "ai-agent"}, "by_sona"),
        ({"status": "completed"}, "missed"),
        ({"status": "no-answer", "completedAt": START}, "missed"),
        ({"status": "abandoned"}, "missed"),
        ({"status": "forwarded", "forwardedTo": "+14155550177"}, "other_incoming"),
        ({"status": "ringing"}, "other_incoming"),
    ],
)
def test_an_incoming_call_is_exactly_one_of_four(fields, name):
    counts = CallCounts()
    counts.add(call(**INCOMING, **fields))
    values = {
        each: getattr(counts, each) for each in ("answered", "by_sona", "missed", "other_incoming")
    }
    assert values == dict.fromkeys(values, 0) | {name: 1}
    assert (counts.incoming, counts.outgoing) == (1, 0)


def test_an_outgoing_call_is_never_missed():
    counts = CallCounts()
    counts.add(call(direction="outgoing", status="no-answer"))
    assert (counts.outgoing, counts.outgoing_answered, counts.missed) == (1, 0, 0)


def test_talk_time_is_exact_and_does_without_quos_duration():
    counts = CallCounts()
    end = START + timedelta(seconds=95)
    counts.add(call(**INCOMING, answeredAt=START, duration=61))
    counts.add(call(**INCOMING, answeredAt=START, completedAt=end, duration=0))
    counts.add(call(**INCOMING, answeredAt=START, aiHandled="ai-agent", duration=44))
    counts.add(call(**INCOMING, status="missed", duration=30))
    assert (counts.talk_seconds, counts.sona_seconds) == (156, 44)


@pytest.mark.parametrize(
    ("seconds", "middle", "ninety"),
    [([5], 5, 5), ([1, 3], 2, 3), (range(1, 11), 5.5, 9), (range(1, 12), 6, 10), ([9, 1, 5], 5, 9)],
)
def test_median_and_90th_percentile(seconds, middle, ninety):
    assert (median(seconds), percentile_90(seconds)) == (middle, ninety)
