"""What Quo documents that its own server loses or cannot tell, in the digest and in the lists over everyone."""

import re
from datetime import timedelta

import pytest

from quo_mcp.sandbox import Fault
from quo_mcp.sandbox.http import format_time
from sandbox.play import DESK, EMERGENCY, STRANGER

pytestmark = pytest.mark.anyio


async def test_a_rate_limit_does_not_look_like_no_voicemails(phone):
    async with phone() as quo:
        complete = await quo("quo_list_voicemails")
        quo.box.inject(Fault("rate_limited", path="/quo/v1/call-voicemails", times=6))
        assert await quo("quo_list_voicemails") == complete
        quo.box.inject(Fault("rate_limited", path="/quo/v1/call-voicemails", times=None))
        text = await quo("quo_list_voicemails")
        assert not text.startswith("No voicemails")
        assert re.search(
            r"Not included \(rate limit reached\): the voicemails of \d+ missed calls\.", text
        )


async def test_every_missed_call_names_the_number_to_call(phone):
    async with phone() as quo:
        text = await quo("quo_list_calls", missed=True, limit=100)
        headings = [line for line in text.splitlines() if re.search(r" · AC\w+$", line)]
        assert len(headings) > 10
        assert all(re.search(r"from .*\+\d[\d ]{7,}", line) for line in headings)


async def test_who_on_the_team_took_a_call_is_named(phone):
    async with phone() as quo:
        text = await quo("quo_list_calls", direction="incoming", limit=100)
        taken = [
            line for line in text.splitlines() if " answered" in line and " missed" not in line
        ]
        assert taken
        assert all(re.search(r"answered by \w+ \w+|handled by Sona", line) for line in taken)


async def test_a_call_without_a_transcript_is_listed(phone):
    async with phone() as quo:
        state = quo.box.state
        call = state.add_call(
            state.numbers[DESK],
            STRANGER,
            quo.clock() - timedelta(hours=1),
            status="completed",
            answeredAt=format_time(quo.clock()),
            answeredBy="USm4VegaR1",
        )
        assert call["id"] not in state.transcripts
        assert call["id"] in await quo("quo_list_calls", since="2h")


@pytest.mark.parametrize("tool", ["quo_list_calls", "quo_list_messages"])
async def test_more_is_said_only_if_there_is_more(phone, tool):
    async with phone() as quo:
        whole = await quo(tool, since="3d", limit=100)
        total = len(re.findall(r" · AC\w+$", whole, re.MULTILINE))
        assert total > 3
        assert "page_token" not in await quo(tool, since="3d", limit=total)
        assert "page_token" in await quo(tool, since="3d", limit=total - 1)


async def test_nothing_in_a_period_is_an_end_and_not_a_silent_stop(phone):
    async with phone() as quo:
        text = await quo("quo_list_messages", inbox="direct", since="3m")
        assert text.startswith("No messages on Marisol direct")
        assert re.search(r"End of results: \d+ conversations? read\.", text)


async def test_a_day_is_the_day_of_the_time_zone_and_not_of_utc(phone):
    async with phone() as quo:
        state = quo.box.state
        late = quo.clock().replace(
            day=3, hour=7, minute=30
        )  # 23:30 of the day before in California
        call = state.add_call(state.numbers[EMERGENCY], STRANGER, late)
        assert call["id"] in await quo(
            "quo_list_calls", since="2026-03-02", until="2026-03-02", limit=100
        )
        assert call["id"] not in await quo(
            "quo_list_calls", since="2026-03-03", until="2026-03-03", limit=100
        )


async def test_names_come_from_contacts_and_not_from_what_was_heard(phone):
    async with phone() as quo:
        text = await quo("quo_list_voicemails", limit=100)
        assert "incoming from +1 925 555 0182 · " in text
        assert "incoming from Rosa Delgado (+1 510 555 0153) · " in text


async def test_a_digest_that_is_cut_says_so_and_how_to_go_on(phone):
    async with phone() as quo:
        text = await quo("quo_get_digest", limit=3)
        assert re.match(
            r"\d+ conversations wait for an answer, 3 shown, longest waiting first(?: \(on [^)]+\))?:",
            text,
        )
        assert 'More: call again with page_token="' in text


async def test_an_automatic_text_in_several_conversations_leaves_them_waiting(phone):
    async with phone() as quo:
        text = await quo("quo_get_digest", limit=100)
        assert "+1 925 555 0181 · CN" in text  # missed, and only an automatic text since
        assert "+1 925 555 0182 · on Front Desk" not in text  # called back the next day
        assert "+1 925 555 0184" not in text  # called back from another inbox
