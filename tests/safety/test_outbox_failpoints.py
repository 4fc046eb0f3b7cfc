"""At each point of a send, each thing that can happen there."""

import sqlite3

import anyio
import pytest

from quo_mcp.errors import OutcomeUnknown, Refusal
from quo_mcp.gateway import ApiClient
from quo_mcp.safety.journal import Journal
from quo_mcp.safety.reconciliation import OutgoingMessage
from quo_mcp.safety.schema import MIGRATIONS
from quo_mcp.safety.send_record import SendRequest, SendState
from store.engines import open_database
from torture.scripted import accepted, listing, open_outbox
from torture.simulation import POINTS
from torture.virtual import VirtualLoop, now

HELLO = SendRequest("shop", "PNmain", ("+14155550100",), "It's ready", approval="yes")


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
    looked_for = "reading" in point or "reconcile" in point
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

    async def take(method, segments, query, body):
        await anyio.sleep(0.1)
        if method == "GET":
            return listing(ledger)
        message = OutgoingMessage(f"AC{len(ledger)}", body["content"], now(), HELLO.to)
        ledger.append(message)
        if looked_for:
            raise OutcomeUnknown("No reply came.")
        return accepted(message.message_id)

    database = open_database(tmp_path / "state" / "journal.db", MIGRATIONS)
    journal = Journal(database, failpoint=hook)
    outbox = open_outbox(database, ApiClient(take), journal=journal, failpoint=hook)
    answer = None
    with host:
        try:
            answer = (await outbox.send(HELLO)).record
        except (Refusal, KeyError, sqlite3.OperationalError):
            assert not ledger, "a text that went out was said to have failed"
        except Death:
            database.close()
    assert passed
    if answer is not None:
        assert (answer.state is SendState.SENT) == bool(ledger)

    try:
        after = (await outbox.send(HELLO)).record
    except Refusal:  # the approval is used up, and nothing went out
        assert not ledger
    else:
        assert (after.state is SendState.SENT) == bool(ledger)
        assert not after.state.is_pending
    assert len(ledger) <= 1
    assert len(journal.list_recent(9, now=now())) == 1
    database.close()
