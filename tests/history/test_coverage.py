"""What a feed says about what was read, what was not, and why."""

import re
from datetime import timedelta

import anyio
import pytest

from quo_mcp.errors import AccessDenied, Unavailable
from quo_mcp.history.cursor import Cursor
from quo_mcp.history.everyone_feed import EveryoneFeed
from quo_mcp.history.feed import FeedReader
from quo_mcp.history.query import ActivityQuery
from quo_mcp.history.voicemails import add_voicemails
from quo_mcp.records.calls import Call
from quo_mcp.records.messages import Message
from quo_mcp.records.record import Page
from quo_mcp.sandbox import Fault, Sandbox
from quo_mcp.tools.context import ignore_progress
from sandbox.play import DESK, DIRECT, EMERGENCY, JANE, STRANGER, Clock
from torture.virtual import VirtualLoop

pytestmark = pytest.mark.anyio

MESSAGES = ActivityQuery(Page[Message], "messages", limit=20)
CALLS = ActivityQuery(Page[Call], "calls", limit=100)


def reader_of(quo):
    return FeedReader(quo.account.api, quo.account.directory, quo.clock)


async def read_calls(quo, inboxes=None, cursor=None):
    account = quo.account
    feed = EveryoneFeed(account.api, account.directory, account.passes, account.id, quo.clock)
    return await feed.read(CALLS, inboxes, cursor or Cursor(), ignore_progress)


def denied(path, times=1):
    return Fault("error_before", method="GET", path=path, status=403, style="quo", times=times)


async def test_an_inbox_that_cannot_be_read_keeps_its_reason(phone):
    async with phone() as quo:
        quo.box.inject(denied("/quo/v1/messages"))
        inboxes = [DESK, DIRECT, EMERGENCY]
        feed_page = await reader_of(quo).read_person(MESSAGES, [JANE], inboxes, Cursor())
        [(source, reason)] = feed_page.coverage.failures.items()
        assert isinstance(reason, AccessDenied)
        read = [each.inbox for each in feed_page.coverage.read]
        assert read == [inbox for inbox in inboxes if inbox != source.inbox]
        assert feed_page.coverage.source_count == 3


async def test_a_conversation_that_cannot_be_read_keeps_its_reason(phone):
    async with phone() as quo:
        quo.box.inject(denied("/quo/v1/calls", times=2))
        coverage = (await read_calls(quo, [DESK])).coverage
        assert [type(reason) for reason in coverage.failures.values()] == [AccessDenied] * 2
        assert all(source.conversation for source in coverage.failures)
        assert not set(coverage.failures) & set(coverage.read)


async def test_conversations_that_quo_lists_nothing_of_are_named(phone):
    async with phone() as quo:
        for participant in ("22395", "anonymous"):
            quo.box.state.ensure_conversation(EMERGENCY, [participant], quo.clock())
        unlisted = (await read_calls(quo, [EMERGENCY])).coverage.unlisted
        assert {"22395", "anonymous"} <= {each.participants[0] for each in unlisted}


async def test_a_list_of_conversations_that_repeats_is_not_read_to_its_end(phone):
    async with phone() as quo:
        quo.box.inject(Fault("repeated_page", path="/quo/v1/conversations", times=None))
        feed_page = await read_calls(quo)
        assert feed_page.items
        assert feed_page.next is None
        assert isinstance(feed_page.coverage.list_failure, Unavailable)
        text = await quo("quo_list_calls", limit=100)
        assert "Not included (unreadable reply): the rest of the conversations." in text
        assert "End of the results that could be read: " in text


async def test_a_range_is_a_week_before_its_end(phone):
    async with phone() as quo:
        query = (await read_calls(quo)).coverage.query
        assert (query.since, query.until) == (quo.clock() - timedelta(days=7), None)


def add_missed_calls(quo, count):
    state = quo.box.state
    return [
        state.add_call(state.numbers[DESK], STRANGER, quo.clock() - timedelta(minutes=minute))["id"]
        for minute in range(count)
    ]


async def voicemails_with_stranger(quo):
    feed_page = await reader_of(quo).read_person(CALLS, [STRANGER], [DESK], Cursor())
    assert feed_page.coverage.voicemails is None
    return (await add_voicemails(quo.account.api, feed_page)).coverage.voicemails


async def test_voicemails_that_were_all_looked_up_leave_nothing_unknown(phone):
    async with phone() as quo:
        add_missed_calls(quo, 15)
        coverage = await voicemails_with_stranger(quo)
        assert (coverage.failures, coverage.skipped, coverage.unknown) == ({}, [], set())
        text = await quo("quo_list_calls", person=STRANGER)
        assert "Missed: 15 of 15 incoming calls shown, none with a voicemail." in text


async def test_a_failed_voicemail_look_up_is_told_from_one_that_was_not_made(phone):
    async with phone() as quo:
        ids = add_missed_calls(quo, 18)
        quo.box.inject(denied(f"/quo/v1/call-voicemails/{ids[3]}", times=2))
        coverage = await voicemails_with_stranger(quo)
        [(call_id, reason)] = coverage.failures.items()
        assert call_id == ids[3]
        assert isinstance(reason, AccessDenied)
        assert coverage.skipped == []
        text = await quo("quo_list_calls", person=STRANGER)
        assert "none with a voicemail" not in text
        assert "voicemail unknown for 1 (no access)." in text


@pytest.mark.parametrize("anyio_backend", [("asyncio", {"loop_factory": VirtualLoop})])
async def test_voicemail_look_ups_end_before_the_call_does(phone):
    clock = Clock()
    box = Sandbox(seed=7, now=clock, sleep=anyio.sleep, enforce_rate=False)
    box.inject(Fault("latency", path="/quo/v1/call-voicemails", seconds=4, times=None))
    async with phone(box=box, clock=clock) as quo:
        add_missed_calls(quo, 30)
        with anyio.fail_after(10):
            coverage = await voicemails_with_stranger(quo)
        assert anyio.current_time() < 10
        assert coverage.failures == {}
        assert len(coverage.skipped) == 30 - 2 * 4  # two rounds of four lookups
        text = await quo("quo_list_calls", person=STRANGER, limit=40)
        assert "none with a voicemail" not in text
        assert re.search(r"voicemail not checked for \d+\.", text)
