"""Voicemails with their words, and missed calls with what came of them."""

import re
from datetime import timedelta

import pytest

from quo_mcp.sandbox import Fault
from quo_mcp.sandbox.call_artifacts import add_voicemail
from quo_mcp.sandbox.http import format_time
from sandbox.play import DESK, EMERGENCY, STRANGER

pytestmark = pytest.mark.anyio
MISSED = "incoming · missed"


def call(quo, *, minutes, inbox=DESK, words=None, answered=False, **fields):
    state = quo.box.state
    at = quo.clock() - timedelta(minutes=minutes)
    if answered:
        fields["answeredAt"] = format_time(at)
    record = state.add_call(state.numbers[inbox], STRANGER, at, **fields)
    if words:
        add_voicemail(state, record, words)
    return record["id"]


async def test_the_voicemails_of_a_week(phone, snapshot):
    async with phone() as quo:
        text = await quo("quo_list_voicemails")
        snapshot("results/voicemails.txt", text)
        state = quo.box.state
        since = format_time(quo.clock() - timedelta(days=7))
        expected = {
            call_id
            for call_id in state.voicemails
            if state.calls[call_id]["createdAt"] > since
            and not state.calls[call_id]["answeredAt"]
            and all(party.startswith("+") for party in state.calls[call_id]["participants"])
        }
        assert set(re.findall(r"· (AC\w+)$", text, re.MULTILINE)) == expected


async def test_a_call_back_names_the_time_and_the_teammate(phone):
    async with phone() as quo:
        call(quo, minutes=90, words="Please call me.")
        text = await quo("quo_list_voicemails", person=STRANGER)
        assert "missed, with a voicemail of 3 s · not called back yet · AC" in text
        call(quo, minutes=60, direction="outgoing", status="no-answer")
        text = await quo("quo_list_voicemails", person=STRANGER)
        assert " · called back Wed 2026-03-04 09:30 by Marisol Vega, no answer · AC" in text
        assert "not_returned" not in text
        call(
            quo,
            minutes=30,
            direction="outgoing",
            status="completed",
            answered=True,
            inbox=EMERGENCY,
        )
        for arguments in ({"person": STRANGER}, {}):
            text = await quo("quo_list_voicemails", **arguments)
            assert " · called back Wed 2026-03-04 10:00 by " in text
        assert STRANGER[-4:] not in await quo("quo_list_voicemails", not_returned=True)
        text = await quo("quo_list_voicemails", person=STRANGER, not_returned=True)
        assert text.startswith("No unreturned voicemails from +1 415 555 0199")


async def test_a_caller_who_called_again_and_was_answered_is_told(phone):
    async with phone() as quo:
        call(quo, minutes=90)
        call(quo, minutes=30, status="completed", answered=True)
        text = await quo("quo_list_calls", person=STRANGER)
        assert (
            f"{MISSED} · called again Wed 2026-03-04 10:00, answered by Marisol Vega · AC" in text
        )


async def test_a_call_back_after_the_period_counts(phone):
    async with phone() as quo:
        call(quo, minutes=60 * 30)
        call(quo, minutes=60, direction="outgoing", status="completed", answered=True)
        for arguments in ({"person": STRANGER}, {"inbox": "Front Desk"}):
            text = await quo("quo_list_calls", since="3d", until="12h", **arguments)
            [line] = [
                line for line in text.splitlines() if "10:30" not in line and "04:30 · " in line
            ]
            assert "called back Wed 2026-03-04 09:30 by Marisol Vega" in line
            assert "outgoing to +1 415 555 0199" not in text


async def test_a_call_back_on_the_page_before_counts(phone):
    async with phone() as quo:
        call(quo, minutes=90)
        for minutes in (20, 30, 40):
            call(quo, minutes=minutes, direction="outgoing", status="completed", answered=True)
        first = await quo("quo_list_calls", person=STRANGER, inbox="Front Desk", limit=3)
        token = re.search(r'page_token="(\S+)"', first)[1]
        arguments = {"person": STRANGER, "inbox": "Front Desk", "limit": 3, "page_token": token}
        assert " · called back Wed 2026-03-04 09:50 by " in await quo("quo_list_calls", **arguments)


@pytest.mark.parametrize("limit", [1, 3])
@pytest.mark.parametrize("arguments", [{}, {"not_returned": True}, {"inbox": "Front Desk"}])
async def test_the_limit_counts_voicemails(phone, limit, arguments):
    async with phone() as quo:
        whole = re.findall(
            r"· (AC\w+)$", await quo("quo_list_voicemails", **arguments, limit=100), re.MULTILINE
        )
        assert len(whole) > limit
        found, token = [], {}
        while True:
            text = await quo("quo_list_voicemails", **arguments, limit=limit, **token)
            page = re.findall(r"· (AC\w+)$", text, re.MULTILINE)
            found += page
            if not (more := re.search(r'page_token="(\S+)"', text)):
                break
            assert len(page) == limit
            token = {"page_token": more[1]}
            quo.clock.wait(30)
        assert found == whole


async def test_the_limit_counts_the_voicemails_of_one_person(phone):
    async with phone() as quo:
        for minutes in range(10, 60, 10):
            call(quo, minutes=minutes)
        for minutes in (60, 70):
            call(quo, minutes=minutes, words="Please call me.")
        text = await quo("quo_list_voicemails", person=STRANGER, limit=1)
        assert text.count("with a voicemail") == 1
        assert "Missed calls checked: 6." in text
        assert "Returned means called back" in text


async def test_a_page_that_fails_later_keeps_what_was_found(phone):
    async with phone() as quo:
        call(quo, minutes=10, words="Please call me.")
        for minutes in range(20, 60, 10):
            call(quo, minutes=minutes)
        first_page = 2 * len(quo.box.state.numbers)  # the missed calls, and the call-backs
        quo.box.inject(Fault("latency", path="/quo/v1/calls", times=first_page))
        quo.box.inject(
            Fault("error_before", path="/quo/v1/calls", status=403, style="quo", times=99)
        )
        text = await quo("quo_list_voicemails", person=STRANGER, limit=2)
        assert "> Please call me." in text
        assert "End of results." not in text


async def test_not_yet_is_said_only_if_all_later_calls_were_read(phone):
    async with phone() as quo:
        call(quo, minutes=90)
        # The page is read, and then the calls of another inbox cannot be.
        quo.box.inject(
            Fault("error_before", path="/quo/v1/calls", status=403, style="quo", times=1)
        )
        text = await quo("quo_list_calls", person=STRANGER)
        assert "not called back yet" not in text
        text = await quo("quo_list_calls", inbox="Front Desk", since="1d")
        assert f"{STRANGER[-4:]} · missed" not in text or "from this inbox" in text
        assert "not called back yet from this inbox" in text


async def test_none_is_said_only_if_all_were_looked_up(phone):
    async with phone() as quo:
        call(quo, minutes=90)
        assert (await quo("quo_list_voicemails", person=STRANGER)).startswith("No voicemails from")
        quo.box.inject(
            Fault("error_before", path="/quo/v1/call-voicemails", status=503, style="quo", times=9)
        )
        for arguments in ({"person": STRANGER}, {"since": "2h"}):
            text = await quo("quo_list_voicemails", **arguments)
            assert not text.startswith("No voicemails from")
            assert "Not included (Quo answered 503): the voicemails of 1 missed call." in text


@pytest.mark.parametrize("direction", ["incoming", "outgoing"])
async def test_calls_are_filtered_by_direction(phone, direction):
    async with phone() as quo:
        text = await quo("quo_list_calls", direction=direction, limit=100)
        assert text.startswith(f"{direction.capitalize()} calls since ")
        state = quo.box.state
        ids = re.findall(r"· (AC\w+)$", text, re.MULTILINE)
        assert len(ids) > 5
        assert {state.calls[call_id]["direction"] for call_id in ids} == {direction}


async def test_direction_and_handled_by_combine(phone):
    async with phone() as quo:
        text = await quo("quo_list_calls", direction="incoming", handled_by="Tom", since="30d")
        ids = re.findall(r"· (AC\w+)$", text, re.MULTILINE)
        assert ids
        assert all(quo.box.state.calls[call_id]["direction"] == "incoming" for call_id in ids)
        await quo.refused(
            "quo_list_calls", "only incoming calls are missed", missed=True, direction="outgoing"
        )


async def test_missed_calls_say_that_texts_are_no_call_backs(phone):
    async with phone() as quo:
        text = await quo("quo_list_calls", missed=True)
        assert "Texts sent since then are not counted as call-backs." in text
        assert "are not counted as call-backs" not in await quo("quo_list_calls")
