"""At each point of a send, each thing that can happen there."""

import sqlite3

import anyio
import pytest

from quo_mcp.errors import OutcomeUnknown, Refusal
from quo_mcp.safety.journal import Journal
from quo_mcp.safety.outbox import Outbox, Posted
from quo_mcp.safety.reconciliation import Seen
from quo_mcp.safety.send_limits import UNLIMITED
from quo_mcp.safety.send_record import Intent, State
from quo_mcp.store.sqlite import Database
from torture.scripted import CALM, TEN
from torture.simulation import POINTS
from torture.virtual import VirtualLoop, inline, now

HELLO = Intent("shop", "PNmain", ("+14155550100",), "It's ready", approval="yes")


@pytest.fixture
def anyio_backend():
    return "asyncio", {"loop_factory": VirtualLoop}


class Death(BaseException):
    """What no handler of exceptions takes for an ordinary fault."""


@pytest.mark.anyio
@pytest.mark.parametrize("what", ["breaks", "disk fails", "dies", "is cancelled"])
@pytest.mark.parametrize("point", POINTS)
async def test_whatever_happens_wherever_the_text_goes_out_once_and_the_answer_is_true(  # noqa: C901 - one scene
    point, what, tmp_path
):
    looked_for = "look" in point or "claim" in point
    ledger = []
    passed = []
    host = anyio.CancelScope()

    def hook(here):
        if here != point or passed:
            return
        passed.append(here)
        if what == "is cancelled":
            host.cancel()
        else:
            raise {"breaks": KeyError, "disk fails": sqlite3.OperationalError, "dies": Death}[what]

    async def post():
        await anyio.sleep(0.1)
        ledger.append(Seen(f"AC{len(ledger)}", HELLO.text, now(), HELLO.to))
        if looked_for:
            raise OutcomeUnknown("No reply came.")
        return Posted(ledger[-1].message_id)

    async def look(since):
        await anyio.sleep(0.1)
        return ledger

    database = Database(tmp_path / "state" / "journal.db")
    journal = Journal(database, hook=hook)
    outbox = Outbox(
        journal, limits=UNLIMITED, now=now, hook=hook, run=inline, window=TEN, patience=CALM
    )
    answer = None
    with host:
        try:
            answer = await outbox.send(HELLO, post=post, look=look)
        except (Refusal, KeyError, sqlite3.OperationalError):
            assert not ledger, "a text that went out was said to have failed"
        except Death:
            database.close()
    assert passed
    if answer is not None:
        assert (answer.state is State.SENT) == bool(ledger)

    try:
        after = await outbox.send(HELLO, post=post, look=look)
    except Refusal:  # the approval is used up, and nothing went out
        assert not ledger
    else:
        assert (after.state is State.SENT) == bool(ledger)
        assert not after.state.is_open
    assert len(ledger) <= 1
    assert len(journal.recent(9, now=now())) == 1
    database.close()
