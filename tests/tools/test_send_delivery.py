"""What a send result says about its delivery: as Quo replied, and as it is a few seconds later."""

from dataclasses import replace

import anyio
import pytest

from quo_mcp.errors import Unavailable
from quo_mcp.safety.outbox import Timeouts
from quo_mcp.safety.send_record import SendState
from quo_mcp.sandbox import Fault
from sandbox.play import DESK, JANE, ROSA

pytestmark = pytest.mark.anyio

TEXT = {"to": ROSA, "text": "On our way.", "inbox": DESK}
POSTS = {"method": "POST", "path": "/quo/v1/messages"}


def wait_for_delivery(quo, looks=3):
    """Let the outbox look at the status, with the sandbox's clock two seconds later at each look."""
    outbox = quo.account.outbox
    outbox._timeouts = replace(outbox._timeouts, delivery_delays=(0,) * looks)
    read = outbox._messages.read_status

    async def read_later(message_id):
        quo.clock.wait(2)
        return await read(message_id)

    outbox._messages.read_status = read_later


async def last_record(quo):
    return (await quo.account.outbox.list_recent(1))[0]


@pytest.mark.parametrize("status", ["failed", "undelivered"])
async def test_a_reply_with_a_failure_is_not_told_as_sent(phone, status):
    async with phone() as quo:
        quo.box.inject(Fault("altered", **POSTS, details={"status": status}))
        result = await quo("quo_send_message", **TEXT)
        assert result.startswith("Not delivered: Quo accepted the text to Rosa Delgado")
        assert f"but it did not arrive; status {status} · AC" in result
        again = await quo("quo_send_message", **TEXT)
        assert f"and was not delivered; status {status} · AC" in again
        assert len(quo.box.ledger) == 1


@pytest.mark.parametrize(
    "details",
    [
        {"text": "Your invoice is due."},
        {"to": [JANE]},
        {"direction": "incoming"},
        {"phoneNumberId": "PNanother"},
    ],
    ids=str,
)
async def test_a_reply_about_another_message_is_not_believed_and_the_text_is_looked_for(
    phone, details
):
    async with phone() as quo:
        quo.box.inject(Fault("altered", **POSTS, details={"id": "ACother", **details}))
        result = await quo("quo_send_message", **TEXT)
        assert result.startswith("Sent to Rosa Delgado")
        assert quo.box.ledger[0]["id"] in result
        assert "ACother" not in result


async def test_a_reply_with_the_id_of_an_earlier_text_is_not_believed(phone):
    async with phone() as quo:
        await quo("quo_send_message", **TEXT | {"text": "Hello"})
        first = quo.box.ledger[0]["id"]
        quo.box.inject(Fault("altered", **POSTS, details={"id": first}))
        result = await quo("quo_send_message", **TEXT)
        assert first not in result
        assert quo.box.ledger[1]["id"] in result


async def test_a_reply_about_another_message_that_is_not_found_is_unknown(phone):
    async with phone() as quo:
        quo.box.inject(Fault("altered", **POSTS, details={"text": "Your invoice is due."}))
        outbox = quo.account.outbox
        outbox._timeouts = replace(outbox._timeouts, search_delays=())
        result = await quo("quo_send_message", **TEXT)
        record = await last_record(quo)
        assert record.state is SendState.UNKNOWN
        assert record.reason == "Quo's reply was about another message"
        assert result.startswith("Outcome unknown: ")


@pytest.mark.parametrize(
    "details",
    [{"text": "On our way.\n- Harbor"}, {"text": "On our way"}, {"text": None}, {"to": []}],
)
async def test_a_reply_that_differs_in_form_only_is_believed(phone, details):
    async with phone(config={"approval": "never"}) as quo:
        quo.box.inject(Fault("altered", **POSTS, details=details))
        reads = [each for each in await quo.requests("quo_send_message", **TEXT) if "POST" in each]
        assert len(reads) == 1
        assert (await last_record(quo)).reason is None


@pytest.mark.parametrize(
    ("unreachable", "start", "status"),
    [(False, "Sent to Rosa", "delivered"), (True, "Not delivered: ", "undelivered")],
)
async def test_a_few_seconds_after_the_send_the_outcome_is_known_and_told(
    phone, unreachable, start, status
):
    async with phone() as quo:
        if unreachable:
            quo.box.state.unreachable.add(ROSA)
        wait_for_delivery(quo)
        result = await quo("quo_send_message", **TEXT)
        assert result.startswith(start)
        assert f"; status {status} · AC" in result
        assert "not confirmed" not in result
        assert (await last_record(quo)).status == status
        reads = [each for each in quo.box.requests if "/messages/AC" in each["path"]]
        assert len(reads) == 2  # no further look once the status is final


async def test_where_the_status_stays_open_or_unreadable_the_result_says_so(phone):
    async with phone() as quo:
        wait_for_delivery(quo, looks=1)
        result = await quo("quo_send_message", **TEXT)
        assert "; status sent · AC" in result
        assert "Delivery is not confirmed yet." in result
        quo.box.inject(Fault("error_before", path="/quo/v1/messages/AC.*", times=None, status=403))
        result = await quo("quo_send_message", **TEXT | {"text": "Where are you?"})
        assert result.startswith("Sent to Rosa Delgado")
        assert "; status queued · AC" in result


async def test_waiting_for_delivery_holds_no_lock(phone):
    async with phone() as quo:
        wait_for_delivery(quo, looks=1)
        outbox, results = quo.account.outbox, []
        read = outbox._messages.read_status

        async def send_the_same_meanwhile(message_id):
            results.append(await quo("quo_send_message", **TEXT))
            return await read(message_id)

        outbox._messages.read_status = send_the_same_meanwhile
        await quo("quo_send_message", **TEXT)
        assert results[0].startswith("Not sent again")


@pytest.mark.parametrize("unreachable", [False, True])
async def test_the_journal_learns_the_status_whenever_it_is_looked_at(phone, unreachable):
    status = "undelivered" if unreachable else "delivered"
    async with phone() as quo:
        if unreachable:
            quo.box.state.unreachable.add(ROSA)
        await quo("quo_send_message", **TEXT)
        assert (await last_record(quo)).status == "queued"
        quo.clock.wait(5)
        result = await quo("quo_get_send_status", send_id=(await last_record(quo)).send_id)
        assert f"; status {status} · AC" in result
        assert (await last_record(quo)).status == status


async def test_reading_a_message_records_its_status(phone):
    async with phone() as quo:
        await quo("quo_send_message", **TEXT)
        quo.clock.wait(5)
        await quo("quo_get_message", message_id=quo.box.ledger[0]["id"])
        assert (await last_record(quo)).status == "delivered"


async def test_reading_a_message_creates_no_journal(phone, tmp_path):
    async with phone(config={"state_dir": tmp_path, "audit": False}) as quo:
        message = next(iter(quo.box.state.messages))
        await quo("quo_get_message", message_id=message)
        assert not list(tmp_path.rglob("sends.sqlite3"))


def test_the_wait_is_a_few_seconds_and_bounded():
    timeouts = Timeouts(post=26)
    assert sum(timeouts.delivery_delays) < timeouts.delivery <= 6


async def test_the_wait_ends_with_the_time_of_the_call(phone):
    async with phone(config={"read_timeout": 4}) as quo:
        outbox = quo.account.outbox
        outbox._timeouts = replace(outbox._timeouts, delivery_delays=(3600,), delivery=3600)
        with anyio.fail_after(15):
            result = await quo("quo_send_message", **TEXT)
        assert "; status queued · AC" in result


async def test_a_failure_after_the_send_leaves_the_result_as_it_is(phone):
    async with phone() as quo:

        async def fail(_record):
            raise Unavailable("No connection.", source="network")

        quo.account.outbox.await_delivery = fail
        assert "; status queued · AC" in await quo("quo_send_message", **TEXT)
