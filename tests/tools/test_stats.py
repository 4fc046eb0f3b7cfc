"""Counts of calls and messages, against a count over the sandbox's raw data."""

import os
import random
from datetime import timedelta

import anyio
import pytest

from history.count_check import count_raw_calls, count_raw_messages, parse
from history.span_check import inject_faults
from quo_mcp.errors import Refusal
from quo_mcp.history.closing_words import is_closing
from quo_mcp.sandbox import Fault, Sandbox
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.stats import GetStats
from sandbox.play import DESK, DIRECT, EMERGENCY, JANE, OWNER, Clock
from torture.virtual import VirtualLoop

pytestmark = pytest.mark.anyio
VIRTUAL_TIME = pytest.mark.parametrize(
    "anyio_backend", [("asyncio", {"loop_factory": VirtualLoop})]
)
IS_FULL = os.environ.get("QUO_MCP_FULL") == "1"
SPANS = 200 if IS_FULL else 40
FAULTY_RUNS = 200 if IS_FULL else 20


async def run_stats(quo, **arguments):
    return await GetStats(**arguments).run(ToolContext(quo.account))


def totals(counts, times_field):
    """Return the nonzero numbers of counts, and its sorted times."""
    numbers = {
        name: value
        for name, value in vars(counts).items()
        if value and name not in {times_field, "voicemails_unknown"}
    }
    return numbers, sorted(getattr(counts, times_field))


def random_span(rng, box, now):
    """Return the two ends of a span in the last 60 days. They often are the exact time of an item."""
    length = timedelta(seconds=rng.randint(1, rng.choice((3, 60)) * 86_400))
    start = now - timedelta(seconds=rng.randint(0, 60 * 86_400))
    end = min(start + length, now)
    items = rng.choice((list(box.state.messages.values()), list(box.state.calls.values())))
    moments = [parse(rng.choice(items)["createdAt"]) for _ in range(2)]
    start, end = rng.choice(((start, end), sorted(moments), (min(start, moments[0]), moments[0])))
    return start, max(end, start + timedelta(seconds=1))


async def check_random_spans(quo, seed, count):
    rng = random.Random(seed)
    for _ in range(count):
        start, end = random_span(rng, quo.box, quo.clock())
        kind, inbox = rng.choice(("calls", "messages")), rng.choice((None, DESK, EMERGENCY))
        by = rng.choice(("hour", "teammate", "inbox", "person"))
        result = await run_stats(
            quo, kind=kind, by=by, since=start.isoformat(), until=end.isoformat(), inbox=inbox
        )
        assert result.coverage.is_complete
        total = result.statistics.total
        state = quo.box.state
        if kind == "calls":
            expected, times = count_raw_calls(state, start, end, inbox)
            assert total.voicemails_unknown == 0
            assert totals(total, "called_back_after") == (expected, times)
            assert total.incoming == (
                total.answered + total.by_sona + total.missed + total.other_incoming
            )
        else:
            expected = count_raw_messages(state, start, end, is_closing, inbox)
            assert totals(total, "answered_after") == expected
        groups = result.statistics.groups.values()
        for name in expected if kind == "calls" else expected[0]:
            assert sum(getattr(counts, name) for counts in groups) == getattr(total, name)


async def test_counts_equal_those_over_the_raw_data(phone):
    async with phone() as quo:
        await check_random_spans(quo, seed=1, count=SPANS)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("calls_by_day", {"kind": "calls"}),
        ("calls_by_teammate", {"kind": "calls", "by": "teammate", "since": "30d"}),
        ("calls_by_hour", {"kind": "calls", "by": "hour", "inbox": "Front Desk"}),
        ("messages_by_day", {"kind": "messages"}),
        ("messages_by_inbox", {"kind": "messages", "by": "inbox", "since": "30d"}),
        ("messages_by_person", {"kind": "messages", "by": "person", "since": "2d"}),
        (
            "messages_in_hours",
            {"kind": "messages", "by": "teammate", "business_hours": "Mon-Fri 9-17"},
        ),
    ],
)
async def test_statistics_have_totals_rows_definitions_and_coverage(
    phone, snapshot, name, arguments
):
    async with phone() as quo:
        snapshot(f"results/stats_{name}.txt", await quo("quo_get_stats", **arguments))


async def test_an_empty_span_has_zeros_and_no_shares(phone):
    async with phone() as quo:
        for kind in ("calls", "messages"):
            text = await quo("quo_get_stats", kind=kind, by="person", since="now")
            assert "%" not in text
            assert "median" not in text.splitlines()[2]
        assert "0 in, 0 out." in text
        quo.box.state.calls.clear()
        text = await quo("quo_get_stats", kind="calls", since="yesterday", until="yesterday")
        assert "0 incoming: 0 answered, 0 missed. 0 outgoing: 0 answered." in text
        assert "\nTue 2026-03-03 · 0\n" in text


async def test_missed_calls_are_a_share_of_the_incoming_ones_only(phone):
    async with phone() as quo:
        state = quo.box.state
        state.calls.clear()
        add_call(quo, minutes=50)
        add_call(quo, minutes=40, answeredAt="x", answeredBy=OWNER, duration=61)
        for minutes in (30, 20, 10):
            add_call(quo, minutes=minutes, direction="outgoing", status="no-answer")
        text = await quo("quo_get_stats", kind="calls", since="today")
        assert "2 incoming: 1 answered (50%), 1 missed (50%). 3 outgoing: 0 answered." in text
        assert "Talk time: 1 min 1 s." in text


def add_call(quo, *, minutes, direction="incoming", status="completed", **fields):
    """Add a call of so many minutes ago with Jane on the front desk. answeredAt: any value for its start."""
    at = quo.clock() - timedelta(minutes=minutes)
    fields |= {
        "direction": direction,
        "status": status,
        "completedAt": iso(at + timedelta(minutes=1)),
    }
    if "answeredAt" in fields:
        fields["answeredAt"] = iso(at)
    return quo.box.state.add_call(quo.box.state.numbers[DESK], JANE, at, **fields)


def iso(moment):
    return moment.isoformat().replace("+00:00", ".000Z")


async def test_a_call_back_is_timed_and_a_try_without_an_answer_is_not_one(phone):
    async with phone() as quo:
        quo.box.state.calls.clear()
        add_call(quo, minutes=120)
        add_call(quo, minutes=90, direction="outgoing", status="no-answer")
        arguments = {"kind": "calls", "since": "today"}
        text = await quo("quo_get_stats", **arguments)
        assert "0 called back, 1 called back without an answer, 0 not called back." in text
        add_call(quo, minutes=78, direction="outgoing", answeredAt="x", duration=60)
        text = await quo("quo_get_stats", **arguments)
        assert (
            "1 called back (mean 42 min, median 42 min, 90th percentile 42 min), 0 not called back."
            in text
        )
        text = await quo("quo_get_stats", **arguments, business_hours="Wed 8:40-9:00")
        assert "1 called back (mean 20 min, median 20 min, 90th percentile 20 min)" in text


async def test_a_call_that_sona_took_is_neither_answered_nor_missed(phone):
    async with phone() as quo:
        quo.box.state.calls.clear()
        add_call(quo, minutes=9, answeredAt="x", aiHandled="ai-agent", duration=44)
        add_call(quo, minutes=8, forwardedTo="+14155550177", status="forwarded")
        add_call(quo, minutes=1, status="ringing", completedAt=None)
        text = await quo("quo_get_stats", kind="calls", by="teammate", since="today")
        assert "incoming: 0 answered (0%), 1 by Sona, " in text
        assert "by Sona: 44 s." in text
        assert "Sona (Quo's AI agent) · " in text


async def test_an_automatic_reply_is_counted_apart_and_is_no_answer(phone):
    async with phone() as quo:
        state = quo.box.state
        state.messages.clear()
        state.calls.clear()
        add_message(quo, 120, "Is the boiler fixed?", sender=JANE)
        add_message(quo, 119.5, "We are closed and will write as soon as we can.")
        arguments = {"kind": "messages", "since": "today"}
        text = await quo("quo_get_stats", **arguments)
        assert "1 in, 1 out (1 probably automatic)." in text
        assert "First human answer: 0 times; 1 not answered yet." in text
        add_message(quo, 78, "Tom comes at noon.", user_id=OWNER)
        add_message(quo, 77, "Thanks!", sender=JANE)
        text = await quo("quo_get_stats", **arguments, by="teammate")
        assert "2 in, 2 out (1 probably automatic)." in text
        assert (
            "First human answer: 1 time (mean 42 min, median 42 min, 90th percentile 42 min); 0 not answered yet."
            in text
        )
        row = next(line for line in text.splitlines() if line.startswith("Marisol Vega · "))
        assert row.endswith(" · 1 out; 1 answered (median 42 min, 90th percentile 42 min)")


def add_message(quo, minutes, text, **fields):
    """Add a message of so many minutes ago with Jane on the front desk; incoming if it has a sender."""
    state = quo.box.state
    at = quo.clock() - timedelta(minutes=minutes)
    return state.add_message(state.numbers[DESK], [JANE], text, at, **fields)


async def test_days_and_hours_are_local_also_where_the_clock_changes(phone):
    clock = Clock()
    clock.wait((4 * 24 + 12) * 3600)  # Sunday 8 March 2026, 23:30: the clock went from 2:00 to 3:00
    async with phone(clock=clock) as quo:
        quo.box.state.calls.clear()
        for minutes in (5, 20 * 60 + 40, 22 * 60 + 20, 22 * 60 + 40):
            add_call(quo, minutes=minutes)
        text = await quo("quo_get_stats", kind="calls", since="2026-03-07", until="2026-03-08")
        assert (
            "\nSat 2026-03-07 · ████ · 1 incoming (1 missed)\nSun 2026-03-08 · ████████████ · 3 "
            in text
        )
        text = await quo("quo_get_stats", kind="calls", since="2026-03-08", by="hour")
        rows = [line for line in text.splitlines() if line[2:5] == ":00"]
        assert [row[:5] for row in rows if "incoming" in row] == ["00:00", "01:00", "23:00"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"kind": "texts"}, 'kind: "texts" is invalid; use "calls" or "messages".'),
        (
            {"by": "week"},
            'by: "week" is invalid; use "day", "hour", "teammate", "inbox" or "person".',
        ),
        (
            {"business_hours": "nine to five"},
            'business_hours: could not parse "nine to five". Use days',
        ),
        (
            {"business_hours": "Mon-Fri 17-9"},
            'business_hours: could not parse "Mon-Fri 17-9". Use days',
        ),
        ({"since": "2025-01-01"}, 'by: "day" covers at most 92 days, and this period has '),
        ({"inbox": "Nope"}, 'No inbox matches "Nope".'),
    ],
)
async def test_what_cannot_be_counted_is_refused_before_anything_is_read(phone, arguments, message):
    async with phone() as quo:
        await quo.refused("quo_get_stats", message, **{"kind": "calls"} | arguments)
        assert not any("/calls" in request["path"] for request in quo.box.requests)


async def test_what_could_not_be_read_is_named_and_the_counts_are_partial(phone):
    async with phone() as quo:
        await quo("quo_list_users")
        quo.box.inject(Fault("error_before", path="/quo/v1/calls", status=403, style="quo"))
        text = await quo("quo_get_stats", kind="calls")
        assert "Coverage: PARTIAL" in text
        assert "Not included (no access): " in text
        assert "End of the results that could be read." in text


async def test_a_voicemail_that_could_not_be_looked_up_is_not_counted_as_none(phone):
    async with phone() as quo:
        quo.box.inject(
            Fault(
                "error_before", path="/quo/v1/call-voicemails", status=403, style="quo", times=None
            )
        )
        text = await quo("quo_get_stats", kind="calls", since="3d")
        assert "Missed: 0 with a voicemail, voicemail unknown for 9, " in text
        assert "Voicemail unknown for 9 missed calls (no access)." in text


async def test_an_inbox_that_is_not_allowed_is_not_counted(phone):
    async with phone(config={"inboxes": DIRECT}) as quo:
        text = await quo("quo_get_stats", kind="calls", by="inbox", since="30d")
        assert "Marisol direct · " in text
        assert "Front Desk" not in text


async def test_counts_that_are_called_complete_are_right_under_faults(phone):
    complete = 0
    for seed in range(FAULTY_RUNS):
        rng = random.Random(seed)
        async with phone() as quo:
            await quo.account.directory.wait_until_loaded(60)
            start, end = random_span(rng, quo.box, quo.clock())
            kind = rng.choice(("calls", "messages"))
            inject_faults(quo.box, rng)
            try:
                result = await run_stats(
                    quo, kind=kind, by="inbox", since=start.isoformat(), until=end.isoformat()
                )
            except Refusal:
                continue
            total, state = result.statistics.total, quo.box.state
            if kind == "calls":
                expected, times_field = count_raw_calls(state, start, end), "called_back_after"
            else:
                expected = count_raw_messages(state, start, end, is_closing)
                times_field = "answered_after"
            assert total.incoming <= expected[0].get("incoming", 0)
            assert total.outgoing <= expected[0].get("outgoing", 0)
            if result.coverage.is_complete and not result.voicemails.unknown:
                complete += 1
                assert totals(total, times_field) == expected
    assert complete > FAULTY_RUNS / 20


@VIRTUAL_TIME
async def test_a_question_that_takes_long_is_answered_so_far_and_continues(phone):
    clock = Clock()
    box = Sandbox(seed=7, now=clock, sleep=anyio.sleep, enforce_rate=False)
    box.inject(Fault("latency", path="/quo/v1/messages", seconds=1, times=None))
    async with phone(clock=clock, box=box) as quo:
        since = quo.clock() - timedelta(days=60)
        arguments = {"kind": "messages", "by": "person", "since": since.isoformat()}
        texts, token = [], None
        while len(texts) < 20 and (token or not texts):
            tool = GetStats(**arguments, page_token=token)
            result = await tool.run(ToolContext(quo.account))
            texts.append(tool.render(result, quo.account.presenter()))
            token = str(result.next) if result.next else None
        first, last = texts[0], texts[-1]
        assert " so far:" in first.splitlines()[0]
        assert "Coverage: PARTIAL" in first
        assert 'More: call again with page_token="' in first
        assert "Coverage: complete" in last
        assert len(texts) > 1
        expected, _ = count_raw_messages(quo.box.state, since, quo.clock(), is_closing)
        assert f"{expected['incoming']} in, {expected['outgoing']} out" in last
