"""The digest: what waits for us, in one call, with what it covers."""

import re
from collections import Counter
from datetime import datetime, timedelta
from math import ceil

import pytest

from quo_mcp.sandbox import Fault
from quo_mcp.sandbox.http import format_time
from sandbox.play import DESK, EMERGENCY, ROSA, STRANGER

pytestmark = pytest.mark.anyio
AWAY = "Thanks for reaching out, our office is closed. We will get back to you."


def say(quo, text, *, minutes, sender=STRANGER, person=STRANGER, inbox=DESK, **fields):
    state = quo.box.state
    at = quo.clock() - timedelta(minutes=minutes)
    return state.add_message(state.numbers[inbox], [person], text, at, sender=sender, **fields)


def call(quo, *, minutes, inbox=DESK, **fields):
    state = quo.box.state
    at = quo.clock() - timedelta(minutes=minutes)
    return state.add_call(state.numbers[inbox], STRANGER, at, **fields)


def waiting_part(text):
    """Return the part of a digest above the conversations that need no answer."""
    return text.partition("Probably no answer needed:")[0]


def entry_of(text, name):
    """Return the lines of the entry with a name in its heading."""
    lines = text.splitlines()
    starts = [
        index
        for index, line in enumerate(lines)
        if line.endswith(tuple("0123456789abcdef")) and name in line
    ]
    if not starts:
        return None
    rest = lines[starts[0] + 1 :]
    end = next(
        (index for index, line in enumerate(rest) if not line.startswith(("  ", "> "))), len(rest)
    )
    return [lines[starts[0]], *rest[:end]]


async def test_the_digest_of_a_week_is_one_call(phone, snapshot):
    async with phone() as quo:
        text = await quo("quo_get_digest")
        snapshot("results/digest.txt", text)
        assert "page_token" not in text
        assert "Coverage: complete" in text
        assert len(text.encode()) / 3.5 <= 1500  # the safe estimate of tokens


def floor(state, since):
    """Return the fewest requests for the digest of a span.

    One for each 100 conversations that changed, two for each open one with one person (messages and calls),
    one for each open one with a group, one for each missed call that waits, one for each call that Sona took
    and no one followed up, one for each 100 tasks.
    """
    start = format_time(since)
    changed = [each for each in state.conversations.values() if each["updatedAt"] > start]
    opened = [
        each
        for each in changed
        if each["lastActivityAt"] > start
        and not each["snoozedUntil"]
        and all(re.fullmatch(r"\+[0-9]{7,15}", person) for person in each["participants"])
    ]
    requests = ceil(len(changed) / 100) + ceil(len(state.tasks) / 100)
    return requests + sum(2 if len(each["participants"]) == 1 else 1 for each in opened)


async def test_the_digest_takes_hardly_more_requests_than_the_floor(phone):
    async with phone() as quo:
        await quo("quo_find_contacts", query="jane")
        before = len(quo.box.requests)
        text = await quo("quo_get_digest")
        sent = Counter(each["path"].split("/")[3] for each in quo.box.requests[before:])
        missed_calls = text.count("issed call")
        fewest = floor(quo.box.state, quo.clock() - timedelta(days=7)) + missed_calls
        assert sent["call-voicemails"] <= missed_calls + 2  # "2 missed calls" are two
        assert sent.total() <= 1.1 * fewest


async def test_an_automatic_reply_is_no_answer_and_a_person_s_is(phone):
    async with phone() as quo:
        say(quo, "Can you come today?", minutes=90)
        say(quo, AWAY, minutes=89, sender=None)
        entry = entry_of(await quo("quo_get_digest"), "0199")
        assert entry[1:] == [
            "> Can you come today?",
            "  Probably automatic reply",
        ]
        say(quo, "Yes, at three.", minutes=20, sender=None)
        assert entry_of(await quo("quo_get_digest"), "0199") is None


async def test_a_message_that_was_not_delivered_is_no_answer(phone):
    async with phone() as quo:
        say(quo, "Can you come today?", minutes=90)
        say(quo, "Yes, at three.", minutes=20, sender=None, status="undelivered")
        text = await quo("quo_get_digest")
        assert entry_of(text, "0199")[1] == "> Can you come today?"
        assert "Messages not delivered:" in text
        assert "> Yes, at three." in text


async def test_a_missed_call_waits_until_both_sides_spoke(phone):
    async with phone() as quo:
        call(quo, minutes=90)
        call(quo, minutes=60, direction="outgoing", status="no-answer")
        entry = entry_of(await quo("quo_get_digest"), "0199")
        assert entry[1] == "  Missed call"
        assert entry[2].startswith("  Called back Wed 2026-03-04 09:30 by ")
        at = format_time(quo.clock() - timedelta(minutes=5))
        call(
            quo, minutes=5, direction="outgoing", status="completed", answeredAt=at, inbox=EMERGENCY
        )
        assert entry_of(await quo("quo_get_digest"), "0199") is None  # also from another inbox


async def test_closing_words_are_listed_apart(phone):
    async with phone() as quo:
        say(quo, "We will come at three.", minutes=90, sender=None)
        say(quo, "Thanks a lot!", minutes=80)
        text = await quo("quo_get_digest")
        waiting, _, closing = text.partition("Probably no answer needed:\n")
        assert "0199" not in waiting
        assert '+1 415 555 0199 · "Thanks a lot!" · CN' in closing


@pytest.mark.parametrize(
    ("tool", "argument", "others"),
    [
        ("quo_list_messages", "person", {}),
        ("quo_list_calls", "person", {}),
        ("quo_get_person", "person", {}),
        ("quo_send_message", "to", {"text": "We call you at 3 pm.", "dry_run": True}),
        ("quo_mark_conversation", "conversation", {"state": "read"}),
    ],
)
async def test_every_line_with_a_person_is_accepted_as_an_argument(phone, tool, argument, others):
    async with phone() as quo:
        say(quo, "We will come at three.", minutes=90, sender=None)
        say(quo, "Thanks a lot!", minutes=80)
        lines = [
            line
            for line in (await quo("quo_get_digest")).splitlines()
            if re.search(r" · (?:CN|TK|AC)\w{32}$", line)
        ]
        assert len(lines) > 20
        for line in lines:
            if "group" in line and tool not in {"quo_list_messages", "quo_mark_conversation"}:
                continue  # these take one person
            if not re.search(r" · CN", line) and tool == "quo_mark_conversation":
                continue  # tasks and messages do not say which of several conversations
            await quo(tool, **{argument: line}, **others)
        await quo(tool, **{argument: "Zoë Brännström (+1 415 555 0137) · in progress"}, **others)


async def test_a_line_with_another_person_s_name_is_refused(phone):
    async with phone() as quo:
        digest = (await quo("quo_get_digest")).splitlines()
        [line] = [line for line in digest if "Helen Marsh" in line]
        for other in ("Jane Whitaker (+1 415 555 0111)", "Jane Whitaker"):
            wrong = line.replace("Helen Marsh (+1 510 555 0161)", other)
            assert "is with Helen Marsh" in await quo.refused("quo_list_messages", person=wrong)


def sona_call(quo, *, minutes, steps, status="completed"):
    state = quo.box.state
    at = format_time(quo.clock() - timedelta(minutes=minutes))
    taken = call(
        quo,
        minutes=minutes,
        status="completed",
        answeredAt=at,
        completedAt=at,
        aiHandled="ai-agent",
    )
    state.summaries[taken["id"]] = {
        "callId": taken["id"],
        "status": status,
        "summary": ["A call."],
        "nextSteps": steps,
        "jobs": None,
    }
    return taken


SONA = "Calls by Sona, not followed up:"


async def test_a_call_that_sona_took_waits_until_a_person_answers(phone):
    async with phone() as quo:
        sona_call(quo, minutes=90, steps=["Send a quote", "Call back on Friday"])
        part = (await quo("quo_get_digest")).partition(SONA)[2]
        assert "+1 415 555 0199 · AC" in part
        assert "> Send a quote; Call back on Friday" in part
        say(quo, "Here is the quote: $640.", minutes=10, sender=None)
        assert "0199" not in (await quo("quo_get_digest")).partition(SONA)[2]


async def test_a_call_that_sona_took_without_next_steps_needs_no_one(phone):
    async with phone() as quo:
        sona_call(quo, minutes=90, steps=[])
        assert "0199" not in await quo("quo_get_digest")


async def test_next_steps_that_cannot_be_read_are_unknown(phone):
    async with phone() as quo:
        sona_call(quo, minutes=90, steps=["Send a quote"])
        quo.box.inject(
            Fault("error_before", path="/quo/v1/call-summaries", status=403, style="quo", times=9)
        )
        part = (await quo("quo_get_digest")).partition(SONA)[2]
        assert "+1 415 555 0199 · next steps unknown · AC" in part


async def test_a_call_in_progress_is_shown_and_never_as_nothing_to_do(phone):
    async with phone() as quo:
        say(quo, "We will come at three.", minutes=90, sender=None)
        say(quo, "Thanks a lot!", minutes=80)
        call(quo, minutes=0, status="ringing")
        waiting, _, closing = (await quo("quo_get_digest")).partition("Probably no answer needed:")
        assert "+1 415 555 0199 · ringing" in waiting
        assert "0199" not in closing


@pytest.mark.parametrize("since", ["today", "6d", "5m"])
async def test_the_first_line_says_that_older_items_are_not_checked(phone, since):
    async with phone() as quo:
        first = (await quo("quo_get_digest", since=since)).splitlines()[0]
        assert re.search(
            r"Older than \w{3} \S+ \S+: not checked; omit since for the last 7 days\.$", first
        )
        for whole in ({}, {"since": "14d"}):
            assert "not checked" not in await quo("quo_get_digest", **whole)


async def test_a_failed_send_of_this_server_is_shown(phone):
    async with phone() as quo:
        quo.box.inject(
            Fault("error_before", method="POST", path="/quo/v1/messages", status=400, style="quo")
        )
        await quo.refused("quo_send_message", to=ROSA, inbox="Front Desk", text="At three?")
        quo.box.inject(Fault("error_after", method="POST", path="/quo/v1/messages", status=502))
        quo.box.inject(Fault("list_lag", method="POST", path="/quo/v1/messages", seconds=900))
        text = await quo("quo_get_digest")
        assert "Sends that failed or are unknown:" in text
        assert "At three?" not in text  # a rejected text is not in the conversation


async def test_filters_by_inbox_and_assignee(phone):
    async with phone() as quo:
        text = await quo("quo_get_digest", inbox="Emergency")
        assert " on Emergency line (+1 800 555 0140) wait" in text.splitlines()[0]
        assert " for an answer from this inbox, " in text.splitlines()[0]
        assert "on Front Desk" not in text
        assert "Coverage: complete since Wed 2026-02-25 10:30 on Emergency line:" in text
        text = await quo("quo_get_digest", assignee="Priya")
        headings = [line for line in text.splitlines() if re.search(r" · (CN|TK)\w+$", line)]
        assert headings
        assert all("assigned to Priya Raman" in line for line in headings)
        assert re.search(r"not opened: .*\d+ assigned to others", text)


async def test_pages_hold_every_entry_once_and_in_order(phone):
    async with phone() as quo:
        whole = re.findall(r"CN\w+$", waiting_part(await quo("quo_get_digest")), re.MULTILINE)
        for keep in (True, False):
            ids, token = [], {}
            while True:
                text = await quo("quo_get_digest", limit=4, **token)
                ids += re.findall(r"· (CN\w+)$", waiting_part(text), re.MULTILINE)
                if not (more := re.search(r'page_token="(\S+)"', text)):
                    break
                token = {"page_token": more[1]}
                quo.clock.wait(60)
                if not keep:
                    quo.account.passes._passes.clear()
            assert ids == whole


async def test_the_next_page_sends_only_requests_for_its_voicemails(phone):
    async with phone() as quo:
        text = await quo("quo_get_digest", limit=4)
        token = re.search(r'page_token="(\S+)"', text)[1]
        sent = await quo.requests("quo_get_digest", limit=4, page_token=token)
        assert sent
        assert all("/call-voicemails/" in request for request in sent)


async def test_what_could_not_be_read_is_named_with_its_reason(phone):
    async with phone() as quo:
        await quo("quo_find_contacts", query="jane")
        quo.box.inject(
            Fault("error_before", path="/quo/v1/calls", status=403, style="quo", times=1)
        )
        quo.box.inject(
            Fault("error_before", path="/quo/v1/tasks", status=503, style="quo", times=3)
        )
        text = await quo("quo_get_digest")
        assert "Coverage: PARTIAL" in text
        assert re.search(r"Not included \(no access\): [^;]+\.", text)
        assert "Not included (Quo answered 503): tasks." in text


async def test_nothing_waits(phone):
    async with phone() as quo:
        text = await quo("quo_get_digest", inbox="direct", since="5m")
        assert text.startswith(
            "No conversation on Marisol direct (+1 510 555 0112) waits for an answer."
        )
        assert "Coverage: complete" in text


async def test_times_of_the_entries_rise(phone):
    async with phone() as quo:
        text = await quo("quo_get_digest")
        times = [
            datetime.strptime(time, "%Y-%m-%d %H:%M")  # noqa: DTZ007 - compared with each other only
            for time in re.findall(
                r"^\w{3} (\d{4}-\d\d-\d\d \d\d:\d\d) · .* · CN", text, re.MULTILINE
            )
        ]
        assert len(times) > 10
        assert times == sorted(times)
