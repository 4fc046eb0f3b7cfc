"""The reader of a span: everything that Quo lists, the fewest requests, and a coverage that is never wrong."""

import random
from collections import Counter
from datetime import timedelta

import anyio
import pytest

from history.span_check import check_coverage, inject_faults, true_ids
from quo_mcp.errors import AccessDenied, Refusal, Unavailable
from quo_mcp.gateway.rate_limit import RequestQueue
from quo_mcp.history import activity_reader
from quo_mcp.history.cursor import Cursor
from quo_mcp.history.span import SpanQuery
from quo_mcp.sandbox import Fault, Sandbox
from quo_mcp.tools.context import ignore_progress
from sandbox.play import EMERGENCY, STRANGER, Clock
from torture.virtual import VirtualLoop

pytestmark = pytest.mark.anyio
VIRTUAL_TIME = pytest.mark.parametrize(
    "anyio_backend", [("asyncio", {"loop_factory": VirtualLoop})]
)


def week(quo, **fields):
    return SpanQuery(quo.account.id, quo.clock() - timedelta(days=7), **fields)


async def collect(quo, query=None, cursor=None, **options):
    reader = quo.account.activity_reader
    return await reader.collect(query or week(quo), cursor or Cursor(), ignore_progress, **options)


async def all_pages(quo, query):
    pages = [await collect(quo, query)]
    while pages[-1].next is not None and len(pages) < 30:
        pages.append(await collect(quo, query, pages[-1].next))
    return pages


def ids_of(collected):
    return {item.id for _, item in collected.items}


def paths(quo, start):
    return Counter(request["path"].split("/")[3] for request in quo.box.requests[start:])


def slow_box(clock):
    """Return a sandbox that takes a second for each list of messages, in the time of the event loop."""
    box = Sandbox(seed=7, now=clock, sleep=anyio.sleep, enforce_rate=False)
    box.inject(Fault("latency", path="/quo/v1/messages", seconds=1, times=None))
    return box


async def test_a_week_holds_every_message_and_call_that_quo_lists(phone):
    async with phone() as quo:
        collected = await collect(quo)
        assert ids_of(collected) == true_ids(quo.box.state, week(quo))
        assert collected.coverage.is_complete
        assert collected.next is None
        times = [item.created_at for _, item in collected.items]
        assert times == sorted(times, reverse=True)


async def test_a_week_takes_two_requests_a_conversation_and_one_a_group(phone):
    async with phone() as quo:
        await quo.account.directory.wait_until_loaded(60)
        start = len(quo.box.requests)
        collected = await collect(quo)
        people = [len(each.conversation.participants) for each in collected.conversations]
        assert paths(quo, start) == {
            "conversations": 1,
            "messages": len(people),
            "calls": people.count(1),
        }


async def test_a_conversation_that_the_question_skips_is_counted_and_not_opened(phone):
    async with phone() as quo:
        total = (await collect(quo)).coverage.read
        start = len(quo.box.requests)
        collected = await collect(
            quo, skip=lambda conversation: "done" if conversation.snoozed_until else None
        )
        skipped = collected.coverage.skipped["done"]
        assert 0 < skipped < total
        assert collected.coverage.read + skipped >= total
        assert paths(quo, start)["messages"] == collected.coverage.read


async def test_one_that_was_only_marked_is_not_opened(phone):
    async with phone() as quo:
        state = quo.box.state
        old = state.ensure_conversation(EMERGENCY, [STRANGER], quo.clock() - timedelta(days=90))
        state.mark_done(old, quo.clock())
        collected = await collect(quo, week(quo, inboxes=(EMERGENCY,)))
        assert old["id"] not in {each.conversation.id for each in collected.conversations}
        assert not any(STRANGER in request["query"] for request in quo.box.requests)


@VIRTUAL_TIME
async def test_the_next_page_reads_only_what_is_left(phone, monkeypatch):
    monkeypatch.setattr(activity_reader, "FIRST_ANSWER_SECONDS", 3)
    clock = Clock()
    async with phone(box=slow_box(clock), clock=clock) as quo:
        query = week(quo)
        await quo.account.directory.wait_until_loaded(60)
        pages = await all_pages(quo, query)
        assert len(pages) > 2
        assert not pages[0].coverage.is_complete
        check_coverage(quo.box.state, query, pages)
        total = sum(page.coverage.read for page in pages)
        # A request that was cut off at the end of a call is sent again: at most one a worker and page.
        limit = total + activity_reader.MAX_CONCURRENT_READS * len(pages)
        sent = paths(quo, 0)
        assert sent["messages"] <= limit
        assert sent["conversations"] == 1
        assert all(page.coverage.is_continued for page in pages[1:])


@VIRTUAL_TIME
async def test_the_cursor_works_without_what_was_read_before(phone, monkeypatch):
    monkeypatch.setattr(activity_reader, "FIRST_ANSWER_SECONDS", 3)
    clock = Clock()
    async with phone(box=slow_box(clock), clock=clock) as quo:
        query = week(quo)
        pages = [await collect(quo, query)]
        while pages[-1].next is not None:
            quo.account.passes._passes.clear()
            pages.append(await collect(quo, query, pages[-1].next))
        check_coverage(quo.box.state, query, pages)
        assert {each for page in pages for each in ids_of(page)} == true_ids(quo.box.state, query)


@VIRTUAL_TIME
async def test_a_sum_goes_on_from_what_was_read(phone, monkeypatch):
    monkeypatch.setattr(activity_reader, "FIRST_ANSWER_SECONDS", 3)
    clock = Clock()
    async with phone(box=slow_box(clock), clock=clock) as quo:
        query = week(quo)
        page = await collect(quo, query, cumulative=True)
        counts = [len(page.items)]
        while page.next is not None:
            page = await collect(quo, query, page.next, cumulative=True)
            counts.append(len(page.items))
        assert counts == sorted(counts)
        assert ids_of(page) == true_ids(quo.box.state, query)
        assert page.coverage.is_complete
        assert not page.coverage.is_continued


async def test_what_one_principal_read_is_not_kept_for_another(phone):
    async with phone() as quo:
        query = week(quo)
        await collect(quo, query)
        other = SpanQuery("someone else", query.since)
        assert quo.account.passes.find(other) is None
        assert quo.account.passes.find(query) is not None
        quo.clock.wait(601)
        assert quo.account.passes.find(query) is None


async def test_a_list_of_conversations_that_repeats_a_page_is_never_complete(phone):
    async with phone() as quo:
        quo.box.inject(Fault("repeated_page", path="/quo/v1/conversations", times=None))
        collected = await collect(quo)
        assert collected.conversations
        assert not collected.coverage.is_complete
        assert isinstance(collected.coverage.list_failure, Unavailable)
        assert collected.next is None  # it would lead to the same page


async def test_a_list_of_messages_that_repeats_a_page_is_a_failure(phone):
    async with phone() as quo:
        quo.box.inject(Fault("repeated_page", path="/quo/v1/messages", times=None))
        query = week(quo)
        collected = await collect(quo, query)
        assert collected.coverage.read == 0
        assert {str(each) for each in collected.coverage.failures.values()} == {
            "Quo's list repeats a page, so the rest cannot be read."
        }
        check_coverage(quo.box.state, query, [collected])


async def test_what_could_not_be_read_keeps_its_reason_and_the_rest_is_returned(phone):
    async with phone() as quo:
        quo.box.inject(
            Fault("error_before", path="/quo/v1/calls", status=403, style="quo", times=1)
        )
        query = week(quo)
        collected = await collect(quo, query)
        [failure] = collected.coverage.failures.values()
        assert isinstance(failure, AccessDenied)
        assert not collected.coverage.is_complete
        check_coverage(quo.box.state, query, [collected])


@pytest.mark.parametrize("path", ["messages", "calls"])
async def test_items_of_an_unexpected_structure_are_never_a_complete_answer(phone, path):
    async with phone() as quo:
        await quo.account.directory.wait_until_loaded(60)
        quo.box.inject(Fault("wrong_types", path=f"/quo/v1/{path}", times=1))
        query = week(quo)
        collected = await collect(quo, query)
        assert not collected.coverage.is_complete
        check_coverage(quo.box.state, query, [collected])


@pytest.mark.parametrize("seed", range(12))
async def test_coverage_is_never_wrong_under_faults(phone, seed):
    async with phone() as quo:
        rng = random.Random(seed)
        inject_faults(quo.box, rng)
        query = week(quo)
        try:
            pages = await all_pages(quo, query)
        except Refusal:
            return
        check_coverage(quo.box.state, query, pages)


@VIRTUAL_TIME
async def test_a_question_over_200_conversations_is_first_answered_within_20_seconds(phone):
    clock = Clock()
    box = Sandbox(seed=7, now=clock, sleep=anyio.sleep, enforce_rate=False)
    box.inject(Fault("latency", path="/quo/v1/", seconds=0.4, times=None))
    state = box.state
    for index in range(200):
        number = f"+1916555{index:04d}"
        at = clock() - timedelta(hours=1, minutes=index)
        state.add_message(state.numbers[EMERGENCY], [number], "Hello", at, sender=number)
    async with phone(box=box, clock=clock) as quo:
        quo.account.gateway._sender._queue = RequestQueue(anyio.current_time, anyio.sleep)
        await quo.account.directory.numbers.get()
        start = anyio.current_time()
        query = week(quo, inboxes=(EMERGENCY,))
        first = await collect(quo, query)
        assert anyio.current_time() - start <= 15.5
        assert first.coverage.read >= 60
        times = [item.created_at for _, item in first.items]
        assert min(times) >= max(each.last_activity_at for each in left_after(first, quo, query))
        pages = [first]
        while pages[-1].next is not None:
            pages.append(await collect(quo, query, pages[-1].next))
        check_coverage(box.state, query, pages)
        assert len(pages) == 4


def left_after(first, quo, query):
    read = {each.conversation.id for each in first.conversations}
    conversations = quo.account.passes.find(query).conversations.values()
    return [each for each in conversations if each.id not in read]
