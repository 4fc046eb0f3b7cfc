"""Texts and calls with everybody lately: one question, however many threads it takes."""

from datetime import timedelta

import pytest

from quo_mcp.sandbox import Fault
from quo_mcp.sandbox.wire import iso
from quo_mcp.tools import across
from sandbox.play import DESK, EMERGENCY

pytestmark = pytest.mark.anyio


async def test_who_called_an_inbox_lately_is_one_question(phone, snapshot):
    async with phone() as quo:
        text = await quo("quo_list_calls", inbox="emergency", since="7d")
        snapshot("results/calls_of_everybody.txt", text)
        world = quo.box.world
        since = iso(quo.clock() - timedelta(days=7))
        expected = {
            call["id"]
            for call in world.calls.values()
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
        asked = [each for each in quo.box.requests if each["path"] == "/quo/v1/calls"]
        assert len(asked) <= 2 * across.AT_ONCE
        times = [call["createdAt"] for call in quo.box.world.calls.values()]
        latest = sorted(times, reverse=True)[1]
        for line in (each for each in text.splitlines() if " · AC" in each):
            assert quo.box.world.calls[line.rpartition(" · ")[2]]["createdAt"] >= latest
        assert "There are more calls" in text


async def test_nothing_lately_is_said_with_what_was_read(phone):
    async with phone() as quo:
        text = await quo("quo_list_messages", inbox="direct", since="1m")
        assert text.startswith("No texts on Marisol direct")
        assert "Read from the latest 0 threads since today" in text
        assert "That is all of them." in text


async def test_a_thread_that_cannot_be_read_is_missed_and_said(phone):
    async with phone() as quo:
        quo.box.misbehave(
            Fault("error_before", method="GET", path="/quo/v1/calls", status=403, style="quo")
        )
        text = await quo("quo_list_calls", inbox=DESK, since="3d")
        assert "1 threads could not be read just now: their calls are missing here." in text
        assert "That is all of them" not in text


async def test_there_is_no_page_of_everybodys(phone):
    async with phone() as quo:
        why = await quo.refused("quo_list_calls", page_token="abc")
        assert why.startswith("page_token goes with one person.")


async def test_threads_beyond_the_bound_are_not_passed_over_in_silence(phone, monkeypatch):
    monkeypatch.setattr(across, "PEOPLE", 3)
    async with phone() as quo:
        text = await quo("quo_list_calls", inbox=DESK, since="21d", limit=100)
        assert "Read from the latest 3 threads" in text
        assert "There are more such threads: name an inbox, or a later since." in text


async def test_everybodys_stay_within_the_inboxes_that_may_be_used(phone):
    async with phone(config={"inboxes": EMERGENCY}) as quo:
        await quo("quo_list_calls", since="21d", limit=100)
        listed = [each for each in quo.box.requests if each["path"] == "/quo/v1/calls"]
        assert listed
        assert all(f"phoneNumberId={EMERGENCY}" in each["query"] for each in listed)
