"""Message and call lists with everyone: one tool call reads many conversations."""

import random
import re
from datetime import timedelta

import anyio
import pytest

from history.span_check import inject_faults, true_ids
from quo_mcp.history import everyone_feed
from quo_mcp.history.cursor import Cursor
from quo_mcp.history.everyone_feed import EveryoneFeed
from quo_mcp.history.query import ActivityQuery
from quo_mcp.history.span import SpanQuery
from quo_mcp.records.calls import Call
from quo_mcp.records.record import Page
from quo_mcp.sandbox import Fault, Sandbox
from quo_mcp.sandbox.http import format_time
from quo_mcp.tools.context import ignore_progress
from sandbox.play import DESK, EMERGENCY, STRANGER, Clock
from tools.reading import all_pages
from torture.virtual import VirtualLoop

pytestmark = pytest.mark.anyio


async def test_who_called_an_inbox_lately_is_one_question(phone, snapshot):
    async with phone() as quo:
        text = await quo("quo_list_calls", inbox="emergency", since="7d")
        snapshot("results/calls_of_everybody.txt", text)
        state = quo.box.state
        since = format_time(quo.clock() - timedelta(days=7))
        expected = {
            call["id"]
            for call in state.calls.values()
            if call["phoneNumberId"] == EMERGENCY
            and call["createdAt"] >= since
            and any(len(each) == 12 and each.startswith("+") for each in call["participants"])
        }
        shown = {word for word in text.split() if word.startswith("AC")}
        assert shown == expected


async def test_texts_of_everybody_stand_thread_by_thread(phone, snapshot):
    async with phone() as quo:
        snapshot("results/texts_of_everybody.txt", await quo("quo_list_messages", limit=8))


async def test_the_latest_few_need_not_read_every_thread(phone):
    async with phone() as quo:
        text = await quo("quo_list_calls", limit=2, since="21d")
        requests = [each for each in quo.box.requests if each["path"] == "/quo/v1/calls"]
        assert len(requests) <= 2 * 4
        times = [call["createdAt"] for call in quo.box.state.calls.values()]
        latest = sorted(times, reverse=True)[1]
        for line in (each for each in text.splitlines() if " · AC" in each):
            assert quo.box.state.calls[line.rpartition(" · ")[2]]["createdAt"] >= latest
        assert 'More: call again with page_token="~before=' in text


async def test_nothing_lately_is_said_with_what_was_read(phone):
    async with phone() as quo:
        text = await quo("quo_list_messages", inbox="direct", since="1m")
        assert text.startswith("No messages on Marisol direct")
        assert " since Wed 2026-03-04 10:29." in text
        assert "End of results: 0 conversations read." in text


async def test_a_thread_that_cannot_be_read_is_missed_and_said(phone):
    async with phone() as quo:
        quo.box.inject(
            Fault("error_before", method="GET", path="/quo/v1/calls", status=403, style="quo")
        )
        text = await quo("quo_list_calls", inbox=DESK, since="3d")
        assert "Not included (no access): " in text
        assert "End of results" not in text


async def test_a_page_of_one_persons_is_none_of_everybodys(phone):
    async with phone() as quo:
        refusal = await quo.refused("quo_list_calls", page_token="abc")
        assert refusal.startswith("Invalid page_token: it belongs to a list with one person.")


def call_ids_since(quo, inbox, days):
    """Return the ids of the calls with E.164 participants since some days ago, newest first."""
    since = format_time(quo.clock() - timedelta(days=days))
    calls = [
        call
        for call in quo.box.state.calls.values()
        if inbox in (None, call["phoneNumberId"])
        and call["createdAt"] > since
        and all(re.fullmatch(r"\+[0-9]{8,15}", each) for each in call["participants"])
    ]
    calls.sort(key=lambda call: call["createdAt"], reverse=True)
    return [call["id"] for call in calls]


@pytest.mark.parametrize("limit", [7, 40])
async def test_page_after_page_holds_every_call_of_everybody_once_and_in_order(phone, limit):
    async with phone() as quo:
        expected = call_ids_since(quo, DESK, 21)
        ids, pages = await all_pages(
            quo, "quo_list_calls", inbox="Front Desk", since="21d", limit=limit
        )
        assert ids == expected
        assert pages > 1


async def test_threads_beyond_the_bound_come_with_the_next_pages(phone, monkeypatch):
    monkeypatch.setattr(everyone_feed, "MAX_CONVERSATIONS", 5)
    async with phone() as quo:
        first = await quo("quo_list_calls", since="21d", limit=100)
        assert "Read 5 conversations so far" in first
        assert "; other conversations may have newer " in first
        expected = call_ids_since(quo, None, 21)
        ids, _ = await all_pages(quo, "quo_list_calls", since="21d", limit=4)
        assert sorted(ids) == sorted(expected)


async def test_missed_calls_alone_are_found_however_many_others_there_are(phone):
    async with phone() as quo:
        taken = ("answeredAt", "answeredBy", "aiHandled", "forwardedTo")
        calls = [quo.box.state.calls[each] for each in call_ids_since(quo, None, 21)]
        missed = [
            call["id"]
            for call in calls
            if call["direction"] == "incoming"
            and call["status"] not in {"queued", "ringing", "in-progress"}
            and not any(call.get(name) for name in taken)
        ]
        ids, _ = await all_pages(quo, "quo_list_calls", since="21d", missed=True, limit=6)
        assert ids == missed
        text = await quo("quo_list_calls", since="21d", missed=True, limit=100)
        assert f"On this page: {len(missed)} missed calls, " in text


async def test_a_span_that_is_closed_is_told_with_what_was_read(phone):
    async with phone() as quo:
        text = await quo("quo_list_calls", since="yesterday", until="yesterday")
        assert "Calls from Tue 2026-03-03 00:00 to Wed 2026-03-04 00:00, newest first:" in text


async def test_everybodys_stay_within_the_inboxes_that_may_be_used(phone):
    async with phone(config={"inboxes": EMERGENCY}) as quo:
        await quo("quo_list_calls", since="21d", limit=100)
        listed = [each for each in quo.box.requests if each["path"] == "/quo/v1/calls"]
        assert listed
        assert all(f"phoneNumberId={EMERGENCY}" in each["query"] for each in listed)


@pytest.mark.parametrize("tool", ["quo_list_messages", "quo_list_calls"])
async def test_where_only_the_end_is_said_the_week_before_it_is_read(phone, tool):
    async with phone() as quo:
        text = await quo(tool, until="10d", limit=5)
        assert "No messages" not in text
        assert "No calls" not in text
        assert " from Sun 2026-02-15 10:30 to Sun 2026-02-22 10:30" in text


@pytest.mark.parametrize("is_cached", [True, False])
async def test_a_long_list_is_read_once_for_all_its_pages(phone, is_cached):
    async with phone() as quo:
        state = quo.box.state
        for minutes in range(250):
            at = quo.clock() - timedelta(minutes=7 * minutes, seconds=1)
            state.add_message(state.numbers[EMERGENCY], [STRANGER], "Hello", at, sender=STRANGER)
        since = quo.clock() - timedelta(days=7)
        expected = true_ids(state, SpanQuery("", since, resources=("messages",)))
        ids, pages, token = [], 0, {}
        while True:
            text = await quo("quo_list_messages", limit=100, **token)
            ids += re.findall(r"· (AC\w+)$", text, re.MULTILINE)
            pages += 1
            if not (more := re.search(r'page_token="(\S+)"', text)):
                break
            token = {"page_token": more[1]}
            if not is_cached:
                quo.account.passes._passes.clear()
        assert len(ids) == len(set(ids))
        assert set(ids) == expected
        lists = [each for each in quo.box.requests if each["path"] == "/quo/v1/messages"]
        if is_cached:
            assert len(lists) == len({each["query"] for each in lists})  # none was sent twice
            assert len([each for each in quo.box.requests if "conversations" in each["path"]]) == 1
        assert pages > 3


@pytest.mark.parametrize("seed", range(8))
async def test_a_list_never_claims_its_end_under_faults(phone, seed):
    async with phone() as quo:
        await quo("quo_find_contacts", query="jane")
        inject_faults(quo.box, random.Random(seed))
        expected = set(call_ids_since(quo, None, 7))
        ids, token, texts = set(), {}, []
        while len(texts) < 20:
            result = await quo.client.call_tool("quo_list_calls", {"limit": 15, **token})
            texts.append(result.content[0].text)
            if result.is_error:
                return
            ids |= set(re.findall(r"· (AC\w+)$", texts[-1], re.MULTILINE))
            if not (more := re.search(r'page_token="(\S+)"', texts[-1])):
                break
            token = {"page_token": more[1]}
        assert ids <= expected
        is_named = any("Not included" in text for text in texts)
        assert ids == expected or is_named
        assert "End of results" not in texts[-1] or not re.search("Not included", texts[-1])


@pytest.mark.parametrize("anyio_backend", [("asyncio", {"loop_factory": VirtualLoop})])
async def test_a_list_whose_time_ends_goes_on_without_losing_a_conversation(phone):
    clock = Clock()
    box = Sandbox(seed=7, now=clock, sleep=anyio.sleep, enforce_rate=False)
    box.inject(Fault("latency", path="/quo/v1/calls", seconds=4, times=None))
    async with phone(box=box, clock=clock) as quo:
        account = quo.account
        feed = EveryoneFeed(account.api, account.directory, account.passes, account.id, clock)
        query = ActivityQuery(Page[Call], "calls", limit=100)
        ids, cursor, pages = [], Cursor(), 0
        while cursor is not None:
            page = await feed.read(query, None, cursor, ignore_progress)
            ids += [call.id for _, call in page.items]
            cursor, pages = page.next, pages + 1
        assert sorted(ids) == sorted(call_ids_since(quo, None, 7))
        assert pages > 1
