"""A clock of ours that is wrong: a text that went out is found all the same, and no other is taken for it."""

from datetime import timedelta
from email.utils import format_datetime

import pytest

from quo_mcp.sandbox import Fault, Sandbox
from quo_mcp.sandbox.http import Response
from sandbox.play import DESK, ROSA, Clock

pytestmark = pytest.mark.anyio

TEXT = {"to": ROSA, "text": "On our way.", "inbox": DESK}
MESSAGES = "/quo/v1/messages"
APART = pytest.mark.parametrize("seconds", [-3600, -600, -31, 0, 31, 120, 3600])


def elsewhere(seconds, *, dated=True):
    """The sandbox, whose clock is behind ours by so many seconds, and whose replies have the date."""
    clock = Clock()
    clock.wait(-seconds)
    box = Sandbox(seed=7, now=clock, sleep=clock.sleep, enforce_rate=False, auto_reply=False)
    answer = box._respond

    async def with_date(request, path):
        reply, fault = await answer(request, path)
        date = {"date": format_datetime(clock(), usegmt=True)} if dated else {}
        return Response(
            reply.status, reply.body, reply.media_type, {**reply.headers, **date}
        ), fault

    box._respond = with_date
    return box


@APART
async def test_a_text_whose_reply_was_lost_is_found_however_wrong_our_clock_is(phone, seconds):
    box = elsewhere(seconds)
    async with phone(box=box) as quo:
        box.inject(Fault("lost_reply", method="POST", path=MESSAGES))
        assert "Sent to Rosa Delgado" in await quo("quo_send_message", **TEXT)
        assert len(box.ledger) == 1


@APART
async def test_an_older_text_of_the_same_words_is_not_taken_for_it(phone, seconds):
    box = elsewhere(seconds)
    async with phone(box=box) as quo:
        state, at = box.state, box._now() - timedelta(seconds=33)
        state.add_message(state.numbers[DESK], [ROSA], TEXT["text"], at)
        box.inject(Fault("dropped", method="POST", path=MESSAGES))
        again = TEXT | {"allow_duplicate": True}  # the older one would be a duplicate
        assert "Outcome unknown" in await quo("quo_send_message", **again)
        assert box.ledger == []


@pytest.mark.parametrize("seconds", [31, 3600])
async def test_where_the_other_side_does_not_tell_the_time_what_is_not_certain_stays_unknown(
    phone, seconds
):
    box = elsewhere(seconds, dated=False)
    async with phone(box=box) as quo:
        box.inject(Fault("lost_reply", method="POST", path=MESSAGES))
        assert "Outcome unknown" in await quo("quo_send_message", **TEXT)
        assert "Outcome unknown" in await quo("quo_send_message", **TEXT)
        assert len(box.ledger) == 1
