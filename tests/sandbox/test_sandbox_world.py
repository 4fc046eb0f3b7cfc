"""The initial state, and its reproducibility from a seed."""

import json
import re
from datetime import timedelta

import pytest

from quo_mcp.sandbox import Sandbox
from sandbox.play import DESK, EMERGENCY, START, WALT, Clock

STATUSES = [
    "queued",
    "initiated",
    "ringing",
    "in-progress",
    "completed",
    "busy",
    "failed",
    "no-answer",
    "canceled",
    "missed",
    "answered",
    "forwarded",
    "abandoned",
]


@pytest.fixture(scope="module")
def state():
    return Sandbox(now=Clock()).state


@pytest.mark.parametrize("seed", [1, 7, 2026])
def test_every_world_is_large_enough(seed):
    state = Sandbox(seed=seed, now=Clock()).state
    assert (len(state.numbers), len(state.users)) == (3, 4)
    assert len(state.contacts) > 60
    assert len(state.conversations) > 40
    assert len(state.messages) > 500
    assert len(state.calls) > 150
    assert {call["status"] for call in state.calls.values()} == set(STATUSES)


def test_one_seed_makes_one_world_and_another_seed_another():
    def generated(seed):
        state = Sandbox(seed=seed, now=Clock()).state
        records = (state.contacts, state.messages, state.calls, state.transcripts, state.tasks)
        return json.dumps(records)

    assert generated(3) == generated(3)
    assert generated(3) != generated(4)


def test_nothing_has_happened_in_the_future(state):
    now = START.isoformat().replace("+00:00", ".000Z")
    times = [m["createdAt"] for m in state.messages.values()]
    times += [c["createdAt"] for c in state.calls.values()]
    times += [c["lastActivityAt"] for c in state.conversations.values()]
    times += [t["createdAt"] for t in state.tasks.values()]
    assert max(times) < now
    assert min(times) > (START - timedelta(days=60)).isoformat()


def test_ids_look_like_quos(state):
    for prefix, records in (
        ("US", state.users),
        ("PN", state.numbers),
        ("AC", state.messages),
        ("AC", state.calls),
        ("CN", state.conversations),
        ("TK", state.tasks),
        ("WH", state.webhooks),
    ):
        assert all(re.fullmatch(prefix + "[A-Za-z0-9]+", item) for item in records)
    assert all(re.fullmatch("[0-9a-f]{24}", item) for item in state.contacts)


def test_there_is_a_call_of_more_than_forty_minutes_all_of_it_written_down(state):
    longest = max(state.calls.values(), key=lambda call: call["duration"])
    transcript = state.transcripts[longest["id"]]
    assert longest["duration"] > 40 * 60
    assert transcript["duration"] == longest["duration"]
    assert longest["duration"] - 10 < transcript["dialogue"][-1]["end"] <= longest["duration"] + 1
    texts = " ".join(line["content"] for line in transcript["dialogue"])
    assert all(f"{floor}{flat}" in texts for floor in range(1, 7) for flat in "ABCD")
    assert any("2C" in step for step in state.summaries[longest["id"]]["nextSteps"])


def test_a_transcripts_lines_follow_each_other_and_say_who_speaks(state):
    for transcript in state.transcripts.values():
        call = state.calls[transcript["callId"]]
        clock = 0.0
        for line in transcript["dialogue"] or ():
            assert clock <= line["start"] < line["end"]
            assert line["identifier"] in call["participants"]
            clock = line["end"]


def test_summaries_and_transcripts_are_in_every_state(state):
    states = {"completed", "in-progress", "absent", "failed"}
    assert {item["status"] for item in state.summaries.values()} == states
    assert {item["status"] for item in state.transcripts.values()} == states
    assert {item["status"] for item in state.voicemails.values()} == {"completed", "in-progress"}


def test_the_ai_agent_took_calls_and_its_jobs_are_kept(state):
    handled = [call for call in state.calls.values() if call["aiHandled"]]
    assert {call["aiHandled"] for call in handled} == {"ai-agent"}
    assert all(call["answeredBy"].startswith("SYU") for call in handled)
    assert any(state.summaries[call["id"]]["jobs"] for call in handled)
    assert all(
        line["userId"] is None for c in handled for line in state.transcripts[c["id"]]["dialogue"]
    )


def test_there_are_group_threads_short_codes_and_a_withheld_number(state):
    people = [set(c["participants"]) for c in state.conversations.values()]
    assert any(len(item) == 3 for item in people)
    assert {"22395"} in people
    assert {"Anonymous"} in people


def test_there_are_homonyms_and_a_number_that_two_people_share(state):
    names = [contact["defaultFields"] for contact in state.contacts.values()]
    assert len([item for item in names if item["firstName"] == "Jane"]) == 2
    phones = [phone["value"] for item in names for phone in item["phoneNumbers"]]
    assert phones.count("+14155550134") == 2
    assert len(set(phones)) == len(phones) - 1


@pytest.mark.parametrize(
    "kind", ["\u0600-\u06ff", "\u0590-\u05ff", "\U0001f300-\U0001faff", "ñéöå"]
)
def test_texts_are_written_in_many_scripts(state, kind):
    assert any(re.search(f"[{kind}]", message["text"]) for message in state.messages.values())


def test_some_texts_try_to_give_orders_and_some_have_pictures(state):
    texts = [message["text"] for message in state.messages.values()]
    assert any("Ignore all previous instructions" in text for text in texts)
    assert any(len(message.get("media", ())) == 2 for message in state.messages.values())


def test_who_wrote_stop_has_opted_out(state):
    assert state.opted_out == {WALT}


def test_a_group_text_is_from_one_to_all_the_others(state):
    (group,) = (c for c in state.conversations.values() if c["name"] == "Hyacinth Lane")
    desk = state.numbers[DESK]["number"]
    for message in state.messages.values():
        if message["conversationId"] == group["id"]:
            assert {message["from"], *message["to"]} == {desk, *group["participants"]}
            assert message["from"] not in message["to"]


def test_a_conversations_last_activity_is_the_latest_of_it(state):
    for conversation in state.conversations.values():
        last = conversation["lastActivityId"]
        activity = state.messages.get(last) or state.calls[last]
        assert activity["createdAt"] == conversation["lastActivityAt"]


def test_the_toll_free_number_is_not_for_everyone_nor_for_abroad(state):
    line = state.numbers[EMERGENCY]
    assert len(line["users"]) == 3
    assert line["restrictions"]["messaging"]["Intl"] == "restricted"


def test_some_tasks_are_overdue_and_some_are_done(state):
    now = START.isoformat()
    overdue = [t for t in state.tasks.values() if t["dueDate"] and t["dueDate"] < now]
    assert any(not task["completed"] for task in overdue)
    assert any(task["completed"] for task in state.tasks.values())


def test_a_time_that_cannot_be_read_is_told():
    from quo_mcp.sandbox.seed import parse_relative_time

    with pytest.raises(ValueError, match="not a relative time: 'yesterday'"):
        parse_relative_time("yesterday", START, START.tzinfo)
