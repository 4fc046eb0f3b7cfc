"""What Quo documents that its own server loses or cannot tell, in the tools that read, mark and count many items."""

import re

import pytest

from history.count_check import count_raw_calls, count_raw_messages
from quo_mcp.history.closing_words import is_closing
from quo_mcp.sandbox import Fault
from sandbox.play import JANE, OWNER

pytestmark = pytest.mark.anyio


async def test_requests_at_the_same_time_lose_nothing_at_a_rate_limit(phone):
    async with phone() as quo:
        call_ids = list(quo.box.state.summaries)[:20]
        quo.box.inject(Fault("rate_limited", path="/quo/v1/call-summaries", times=9))
        result = await quo("quo_get_call_summary", call_id=call_ids)
        assert all(call_id in result for call_id in call_ids)
        assert "Not included" not in result


async def test_at_a_lasting_rate_limit_each_summary_that_is_missing_is_named(phone):
    async with phone() as quo:
        call_ids = list(quo.box.state.summaries)[:6]
        for call_id in call_ids[3:]:
            path = f"/quo/v1/call-summaries/{call_id}"
            quo.box.inject(Fault("rate_limited", path=path, times=None))
        result = await quo("quo_get_call_summary", call_id=call_ids)
        assert f"Not included (rate limit reached): {'; '.join(call_ids[3:])}." in result
        assert "End of the results that could be read." in result


async def test_twenty_marks_at_once_are_all_made_at_a_rate_limit(phone):
    async with phone() as quo:
        ids = list(quo.box.state.conversations)[:20]
        quo.box.inject(Fault("rate_limited", path="/quo/v1/conversations/.*", times=9))
        result = await quo("quo_mark_conversation", conversation=ids, state="done")
        assert result.startswith("Marked 20 conversations as done:")
        assert all(quo.box.state.conversations[each]["snoozedUntil"] > "2100" for each in ids)


async def test_who_on_the_team_took_how_many_calls_is_one_call(phone):
    async with phone() as quo:
        text = await quo("quo_get_stats", kind="calls", by="teammate", since="30d")
        state = quo.box.state
        since = quo.clock().timestamp() - 30 * 86_400
        own = [
            call
            for call in state.calls.values()
            if call["answeredBy"] == OWNER and call["direction"] == "incoming"
            if quo.clock().fromisoformat(call["createdAt"]).timestamp() >= since
        ]
        row = next(line for line in text.splitlines() if line.startswith("Marisol Vega · "))
        assert f" · {len(own)} incoming ({len(own)} answered)" in row


async def test_an_automatic_reply_does_not_make_a_conversation_handled(phone):
    async with phone() as quo:
        text = await quo("quo_get_stats", kind="messages", by="person", since="2d")
        rows = [line for line in text.splitlines() if " out (" in line and "probably" not in line]
        automatic_only = [row for row in rows if re.search(r"(\d+) out \(\1 automatic\)", row)]
        assert automatic_only
        assert all(" answered" not in row.replace("not answered", "") for row in automatic_only)


async def test_call_volume_and_answer_rate_need_no_export(phone):
    async with phone() as quo:
        text = await quo("quo_get_stats", kind="calls", since="2026-02-25", until="2026-03-03")
        start = quo.clock().fromisoformat("2026-02-25T08:00:00+00:00")
        end = quo.clock().fromisoformat("2026-03-04T08:00:00+00:00")
        counts, _ = count_raw_calls(quo.box.state, start, end)
        incoming, answered = int(counts["incoming"]), int(counts["answered"])
        assert (
            f"{incoming} incoming: {answered} answered ({round(100 * answered / incoming)}%)"
            in text
        )


async def test_a_day_is_the_day_of_the_users_time_zone(phone):
    for zone, hours in (("America/Los_Angeles", 8), ("Europe/Berlin", -1)):
        async with phone(config={"time_zone": zone}) as quo:
            text = await quo(
                "quo_get_stats", kind="messages", since="2026-03-02", until="2026-03-02"
            )
            start = quo.clock().fromisoformat(f"2026-03-02T00:00:00{-hours:+03d}:00")
            end = quo.clock().fromisoformat(f"2026-03-03T00:00:00{-hours:+03d}:00")
            counts, _ = count_raw_messages(quo.box.state, start, end, is_closing)
            assert f"{counts['incoming']} in, {counts['outgoing']} out" in text
            assert f"Times are in {zone}." in text


async def test_a_contact_is_found_by_a_name_or_a_number(phone):
    async with phone() as quo:
        for query in (f"who has {JANE}", "(415) 555-0111", "whitaker"):
            assert "Jane Whitaker · " in await quo("quo_find_contacts", query=query)
