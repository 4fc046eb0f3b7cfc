"""What the world holds when it begins, and that one seed makes one world."""

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
def world():
    return Sandbox(now=Clock()).world


@pytest.mark.parametrize("seed", [1, 7, 2026])
def test_every_world_is_large_enough(seed):
    world = Sandbox(seed=seed, now=Clock()).world
    assert (len(world.numbers), len(world.users)) == (3, 4)
    assert len(world.contacts) > 60
    assert len(world.conversations) > 40
    assert len(world.messages) > 500
    assert len(world.calls) > 150
    assert {call["status"] for call in world.calls.values()} == set(STATUSES)


def test_one_seed_makes_one_world_and_another_seed_another():
    def told(seed):
        world = Sandbox(seed=seed, now=Clock()).world
        kept = (world.contacts, world.messages, world.calls, world.transcripts, world.tasks)
        return json.dumps(kept)

    assert told(3) == told(3)
    assert told(3) != told(4)


def test_nothing_has_happened_in_the_future(world):
    now = START.isoformat().replace("+00:00", ".000Z")
    moments = [m["createdAt"] for m in world.messages.values()]
    moments += [c["createdAt"] for c in world.calls.values()]
    moments += [c["lastActivityAt"] for c in world.conversations.values()]
    moments += [t["createdAt"] for t in world.tasks.values()]
    assert max(moments) < now
    assert min(moments) > (START - timedelta(days=60)).isoformat()


def test_ids_look_like_quos(world):
    for prefix, kept in (
        ("US", world.users),
        ("PN", world.numbers),
        ("AC", world.messages),
        ("AC", world.calls),
        ("CN", world.conversations),
        ("TK", world.tasks),
        ("WH", world.webhooks),
    ):
        assert all(re.fullmatch(prefix + "[A-Za-z0-9]+", each) for each in kept)
    assert all(re.fullmatch("[0-9a-f]{24}", each) for each in world.contacts)


def test_there_is_a_call_of_more_than_forty_minutes_all_of_it_written_down(world):
    longest = max(world.calls.values(), key=lambda call: call["duration"])
    transcript = world.transcripts[longest["id"]]
    assert longest["duration"] > 40 * 60
    assert transcript["duration"] == longest["duration"]
    assert longest["duration"] - 10 < transcript["dialogue"][-1]["end"] <= longest["duration"] + 1
    said = " ".join(line["content"] for line in transcript["dialogue"])
    assert all(f"{floor}{flat}" in said for floor in range(1, 7) for flat in "ABCD")
    assert any("2C" in step for step in world.summaries[longest["id"]]["nextSteps"])


def test_a_transcripts_lines_follow_each_other_and_say_who_speaks(world):
    for transcript in world.transcripts.values():
        call = world.calls[transcript["callId"]]
        clock = 0.0
        for line in transcript["dialogue"] or ():
            assert clock <= line["start"] < line["end"]
            assert line["identifier"] in call["participants"]
            clock = line["end"]


def test_summaries_and_transcripts_are_in_every_state(world):
    states = {"completed", "in-progress", "absent", "failed"}
    assert {each["status"] for each in world.summaries.values()} == states
    assert {each["status"] for each in world.transcripts.values()} == states
    assert {each["status"] for each in world.voicemails.values()} == {"completed", "in-progress"}


def test_the_ai_agent_took_calls_and_its_jobs_are_kept(world):
    handled = [call for call in world.calls.values() if call["aiHandled"]]
    assert {call["aiHandled"] for call in handled} == {"ai-agent"}
    assert all(call["answeredBy"].startswith("SYU") for call in handled)
    assert any(world.summaries[call["id"]]["jobs"] for call in handled)
    assert all(
        line["userId"] is None for c in handled for line in world.transcripts[c["id"]]["dialogue"]
    )


def test_there_are_group_threads_short_codes_and_a_withheld_number(world):
    people = [set(c["participants"]) for c in world.conversations.values()]
    assert any(len(each) == 3 for each in people)
    assert {"22395"} in people
    assert {"Anonymous"} in people


def test_there_are_homonyms_and_a_number_that_two_people_share(world):
    names = [contact["defaultFields"] for contact in world.contacts.values()]
    assert len([each for each in names if each["firstName"] == "Jane"]) == 2
    phones = [phone["value"] for each in names for phone in each["phoneNumbers"]]
    assert phones.count("+14155550134") == 2
    assert len(set(phones)) == len(phones) - 1


@pytest.mark.parametrize(
    "kind", ["\u0600-\u06ff", "\u0590-\u05ff", "\U0001f300-\U0001faff", "ñéöå"]
)
def test_texts_are_written_in_many_scripts(world, kind):
    assert any(re.search(f"[{kind}]", message["text"]) for message in world.messages.values())


def test_some_texts_try_to_give_orders_and_some_have_pictures(world):
    said = [message["text"] for message in world.messages.values()]
    assert any("Ignore all previous instructions" in text for text in said)
    assert any(len(message.get("media", ())) == 2 for message in world.messages.values())


def test_who_wrote_stop_has_opted_out(world):
    assert world.opted_out == {WALT}


def test_a_group_text_is_from_one_to_all_the_others(world):
    (group,) = (c for c in world.conversations.values() if c["name"] == "Hyacinth Lane")
    desk = world.numbers[DESK]["number"]
    for message in world.messages.values():
        if message["conversationId"] == group["id"]:
            assert {message["from"], *message["to"]} == {desk, *group["participants"]}
            assert message["from"] not in message["to"]


def test_a_conversations_last_activity_is_the_latest_of_it(world):
    for conversation in world.conversations.values():
        last = conversation["lastActivityId"]
        found = world.messages.get(last) or world.calls[last]
        assert found["createdAt"] == conversation["lastActivityAt"]


def test_the_toll_free_number_is_not_for_everyone_nor_for_abroad(world):
    line = world.numbers[EMERGENCY]
    assert len(line["users"]) == 3
    assert line["restrictions"]["messaging"]["Intl"] == "restricted"


def test_some_tasks_are_overdue_and_some_are_done(world):
    now = START.isoformat()
    overdue = [t for t in world.tasks.values() if t["dueDate"] and t["dueDate"] < now]
    assert any(not task["completed"] for task in overdue)
    assert any(task["completed"] for task in world.tasks.values())


def test_a_time_that_cannot_be_read_is_told():
    from quo_mcp.sandbox.seed import when

    with pytest.raises(ValueError, match="not a relative time: 'yesterday'"):
        when("yesterday", START, START.tzinfo)
