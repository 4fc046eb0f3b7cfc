"""Connecting an account: create a connection, wait for its authorization, use its numbers."""

import re

import anyio
import pytest
from mcp_types import ElicitResult

from quo_mcp.sandbox import Fault, Sandbox
from quo_mcp.tools.connections import GetConnection
from sandbox.play import Clock

pytestmark = [pytest.mark.anyio, pytest.mark.maton]


@pytest.fixture
def clock(monkeypatch):
    """Make waiting advance the sandbox's clock instead of sleeping."""
    clock = Clock()
    monkeypatch.setattr(GetConnection, "sleep", clock.sleep)
    return clock


def unconnected(clock, **manners):
    box = Sandbox(seed=7, now=clock, sleep=clock.sleep, enforce_rate=False, **manners)
    box.state.connections.clear()
    return box


async def create_connection(quo):
    """Create a connection; return its id and its URL."""
    text = await quo("quo_create_connection")
    return re.search('connection_id="([0-9a-f-]+)"', text)[1], re.search("https?://[^ \n]+", text)[
        0
    ]


async def test_an_account_is_connected_from_nothing(phone, clock, snapshot):
    box = unconnected(clock, auto_authorize_after=30)
    async with phone(box=box, clock=clock) as quo:
        steps = [await quo.refused("quo_list_phone_numbers"), await quo("quo_list_connections")]
        steps.append(await quo("quo_create_connection"))
        [connection] = box.state.connections
        steps += [
            await quo("quo_get_connection", connection_id=connection),
            await quo("quo_get_connection", connection_id=connection, wait_seconds=10),
            await quo("quo_get_connection", connection_id=connection, wait_seconds=45),
            await quo("quo_list_phone_numbers"),
        ]
        snapshot("results/connecting.txt", "\n\n".join(steps))


async def test_the_link_is_there_before_anybody_waits(phone, clock):
    async with phone(box=unconnected(clock), clock=clock) as quo:
        began = clock()
        _, link = await create_connection(quo)
        assert "session_token=" in link
        assert clock() == began


async def test_what_is_shown_as_progress_never_holds_the_link(phone, clock):
    heard = []

    async def hear(done, total, message):
        heard.append((done, total, message))

    async with phone(box=unconnected(clock), clock=clock) as quo:
        connection, _ = await create_connection(quo)
        await quo.client.call_tool(
            "quo_get_connection",
            {"connection_id": connection, "wait_seconds": 6},
            progress_callback=hear,
        )
    assert [done for done, _, _ in heard] == [0, 2, 4]
    assert {(total, message) for _, total, message in heard} == {
        (6, "Waiting for a person to open the link")
    }


async def test_waiting_ends_when_it_was_said_to_and_shows_the_link_again(phone, clock):
    async with phone(box=unconnected(clock), clock=clock) as quo:
        connection, link = await create_connection(quo)
        began = clock()
        text = await quo("quo_get_connection", connection_id=connection, wait_seconds=45)
        assert (clock() - began).total_seconds() == 45
        assert "Not authorized yet." in text
        assert link in text


async def test_waiting_ends_with_the_call(phone, monkeypatch):
    clock = Clock()
    left = []

    async def for_ever(_seconds):
        try:
            await anyio.sleep_forever()
        finally:
            left.append("left")

    monkeypatch.setattr(GetConnection, "sleep", for_ever)
    async with phone(box=unconnected(clock), clock=clock) as quo:
        connection, _ = await create_connection(quo)
        with anyio.move_on_after(0.01) as given_up:
            await quo("quo_get_connection", connection_id=connection, wait_seconds=300)
        assert given_up.cancelled_caught
        await quo("quo_list_connections")
        assert left == ["left"]


async def test_a_connection_that_failed_is_not_waited_for(phone, clock):
    box = unconnected(clock)
    async with phone(box=box, clock=clock) as quo:
        connection, _ = await create_connection(quo)
        box.state.connections[connection]["status"] = "FAILED"
        began = clock()
        text = await quo("quo_get_connection", connection_id=connection, wait_seconds=45)
        assert clock() == began
        assert text.splitlines()[1] == (
            "To replace it, call quo_create_connection, then delete this one."
        )


async def test_a_link_that_is_missing_is_to_be_asked_for_again(phone, clock, monkeypatch):
    box = unconnected(clock)
    async with phone(box=box, clock=clock) as quo:
        connection, _ = await create_connection(quo)
        monkeypatch.setattr(
            "quo_mcp.sandbox.connections._with_full_url",
            lambda connection, _: connection | {"url": None},
        )
        text = await quo("quo_get_connection", connection_id=connection)
        assert "No authorization link yet." in text


@pytest.mark.parametrize("shape", ["id", "connection_Id", "nested", "flat"])
async def test_a_new_connection_is_understood_however_the_gateway_says_it(phone, clock, shape):
    box = unconnected(clock, connection_create_shape=shape)
    async with phone(box=box, clock=clock) as quo:
        connection, link = await create_connection(quo)
        assert connection in box.state.connections
        assert "session_token=" in link


async def test_a_second_active_connection_is_used_only_where_a_person_says_so(phone, clock):
    box = Sandbox(seed=7, now=clock, sleep=clock.sleep, enforce_rate=False, auto_authorize_after=5)
    [first] = box.state.connections
    async with phone(box=box, clock=clock) as quo:
        second, _ = await create_connection(quo)
        text = await quo("quo_get_connection", connection_id=second, wait_seconds=45)
        assert (
            f"2 connections are active. To use this one, a person must set QUO_MCP_CONNECTION to {second}, or"
            in text
        )
    async with phone(box=box, clock=clock, config={"connection": second}) as quo:
        assert "It works." in await quo("quo_get_connection", connection_id=second)
        text = await quo("quo_get_connection", connection_id=first)
        assert "2 connections are active. To use this one" in text
        box.state.connections[second]["status"] = "FAILED"
        text = await quo("quo_get_connection", connection_id=first)
        assert "Another connection is in use. To use this one" in text


async def test_a_connection_whose_numbers_cannot_be_read_says_why(phone, clock):
    box = Sandbox(seed=7, now=clock, sleep=clock.sleep, enforce_rate=False)
    [connection] = box.state.connections
    async with phone(box=box, clock=clock) as quo:
        box.inject(Fault("stale_connection", path="/quo/", times=None))
        text = await quo("quo_get_connection", connection_id=connection)
        assert "Its inboxes could not be read. The gateway failed (HTTP 500)" in text
        box.faults.clear()
        box.state.numbers.clear()
        text = await quo("quo_get_connection", connection_id=connection)
        assert "gives access to no inbox" in text


async def test_names_known_before_are_read_anew_over_a_new_connection(phone, clock):
    box = Sandbox(seed=7, now=clock, sleep=clock.sleep, enforce_rate=False, auto_authorize_after=5)
    async with phone(box=box, clock=clock) as quo:
        await quo("quo_list_connections")
        box.state.connections.clear()
        connection, _ = await create_connection(quo)
        box.requests.clear()
        await quo("quo_get_connection", connection_id=connection, wait_seconds=45)
        await anyio.wait_all_tasks_blocked()
        asked = {each["path"] for each in box.requests}
        assert asked >= {"/quo/v1/users", "/quo/v1/contacts"}


@pytest.mark.parametrize("answer", ["accept", "decline"])
async def test_a_person_decides_about_making_and_cutting_connections(
    phone, clock, snapshot, answer
):
    asked = []

    async def answering(_context, params):
        asked.append(params.message)
        return ElicitResult(action=answer)

    box = Sandbox(seed=7, now=clock, sleep=clock.sleep, enforce_rate=False)
    [first] = box.state.connections
    async with phone(box=box, clock=clock, elicitation_callback=answering) as quo:
        await quo.client.call_tool("quo_create_connection", {})
        assert (len(box.state.connections) == 2) == (answer == "accept")
        cut = await quo.client.call_tool("quo_delete_connection", {"connection_id": first})
        assert (first in box.state.connections) == (answer == "decline")
        assert (f"Deleted connection {first}." in cut.content[0].text) == (answer == "accept")
    snapshot("results/connection_questions.txt", "\n\n".join(asked))
    assert "session_token" not in "".join(asked)


async def test_connections_are_listed_with_the_one_that_is_used(phone, clock):
    more = ({"status": "ACTIVE", "connection_id": "second"},)
    box = Sandbox(seed=7, now=clock, enforce_rate=False, extra_connections=more)
    async with phone(box=box, clock=clock) as quo:
        assert "must set QUO_MCP_CONNECTION" in await quo("quo_list_connections")
        assert "No failed connection to Quo." in await quo("quo_list_connections", status="FAILED")
    async with phone(box=box, clock=clock, config={"connection": "second"}) as quo:
        text = await quo("quo_list_connections")
        assert " · in use · " in text
        assert "QUO_MCP_CONNECTION" not in text
        assert "session_token" not in text


@pytest.mark.parametrize("tool", ["quo_create_connection", "quo_delete_connection"])
@pytest.mark.parametrize("ending", ["unknown", "cancelled"])
async def test_who_was_known_is_forgotten_however_a_change_of_connections_ends(
    phone, clock, tool, ending
):
    box = Sandbox(seed=7, now=clock, sleep=clock.sleep, enforce_rate=False)
    async with phone(box=box, clock=clock) as quo:
        await quo("quo_list_connections")
        known = quo.account.directory
        assert known.numbers.value
        arguments = {"connection_id": next(iter(box.state.connections))} if "delete" in tool else {}
        method = "DELETE" if "delete" in tool else "POST"
        path = "/connections"
        if ending == "unknown":
            box.inject(Fault("lost_reply", method, path))
            await quo.refused(tool, "to see whether the request took effect", **arguments)
        else:
            began = anyio.Event()

            async def for_ever(_seconds):
                began.set()
                await anyio.sleep_forever()

            box._sleep = for_ever
            box.inject(Fault("latency", method, path, seconds=1))
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(quo.client.call_tool, tool, arguments)
                await began.wait()
                tasks.cancel_scope.cancel()
            await anyio.wait_all_tasks_blocked()
        assert (known.numbers.value, known.users.value, known.contacts.value) == (None,) * 3


async def test_the_one_that_was_found_is_the_one_that_is_used(phone, clock):
    box = Sandbox(seed=7, now=clock, sleep=clock.sleep, enforce_rate=False, auto_authorize_after=5)
    [first] = box.state.connections
    async with phone(box=box, clock=clock, config={"approval": "never"}) as quo:
        assert " · in use · " not in await quo("quo_list_connections")
        await quo("quo_create_contact", first_name="Al")
        second = "made-elsewhere"
        box.state.connections[second] = box.state.connections[first] | {"connection_id": second}
        listed = await quo("quo_list_connections")
        [used] = [line for line in listed.splitlines() if " · in use · " in line]
        assert used.endswith(first)
        assert "It works." in await quo("quo_get_connection", connection_id=first)
        assert "2 connections are active" in await quo("quo_get_connection", connection_id=second)
