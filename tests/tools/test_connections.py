"""Listing, creating and deleting connections. A URL is shown only if a person must open it."""

import pytest
from pydantic import ValidationError

from quo_mcp.gateway.connection_choice import Connection, ConnectionList
from quo_mcp.sandbox import Fault, Sandbox
from quo_mcp.tools.connections import authorization_note
from sandbox.play import Clock


def boxed(**manners):
    clock = Clock()
    return {
        "clock": clock,
        "box": Sandbox(seed=7, now=clock, sleep=clock.sleep, enforce_rate=False, **manners),
    }


@pytest.mark.anyio
@pytest.mark.maton
async def test_the_connections_are_listed_without_their_links(phone, snapshot):
    async with phone(**boxed(extra_connections=({}, {"status": "FAILED"}))) as quo:
        said = await quo("quo_list_connections")
        snapshot("results/connections.txt", said)
        assert "session_token" not in said


@pytest.mark.anyio
@pytest.mark.maton
async def test_several_active_ones_ask_for_a_choice_by_a_person(phone, snapshot):
    async with phone(**boxed(extra_connections=({"status": "ACTIVE"},))) as quo:
        snapshot(
            "results/connections_several.txt", await quo("quo_list_connections", status="ACTIVE")
        )


@pytest.mark.anyio
@pytest.mark.maton
async def test_the_one_in_use_is_marked(phone):
    options = boxed(extra_connections=({"status": "ACTIVE"},))
    used = next(iter(options["box"].state.connections))
    async with phone(config={"connection": used}, **options) as quo:
        said = await quo("quo_list_connections")
        [marked] = [line for line in said.splitlines() if " · in use · " in line]
        assert marked.endswith(used)
        assert "QUO_MCP_CONNECTION" not in said


@pytest.mark.anyio
@pytest.mark.maton
@pytest.mark.parametrize(
    ("asked", "said"),
    [({}, "No connection to Quo."), ({"status": "FAILED"}, "No failed connection to Quo.")],
)
async def test_none_is_said_with_how_to_make_one(phone, asked, said):
    async with phone() as quo:
        quo.box.state.connections.clear()
        assert (await quo("quo_list_connections", **asked)).startswith(said)


@pytest.mark.anyio
@pytest.mark.maton
@pytest.mark.parametrize("reply", ["id", "connection_Id", "nested", "flat"])
async def test_a_new_connection_comes_with_its_link_bare(phone, snapshot, reply):
    async with phone(**boxed(connection_create_shape=reply)) as quo:
        said = await quo("quo_create_connection")
        snapshot("results/connection_made.txt", said)
        [link] = [line for line in said.splitlines() if "session_token" in line]
        assert link.startswith("https://")


@pytest.mark.anyio
@pytest.mark.maton
async def test_a_connection_is_shown_with_its_link_only_while_it_waits(phone, snapshot):
    async with phone(**boxed(extra_connections=({},))) as quo:
        active, pending = quo.box.state.connections
        said = await quo("quo_get_connection", connection_id=active)
        snapshot("results/connection_active.txt", said)
        assert "https://" not in said
        assert "session_token" in await quo("quo_get_connection", connection_id=pending)


def test_a_pending_connection_without_a_link_says_how_to_ask_again():
    assert authorization_note(Connection(id="c1", status="PENDING")) == (
        'No authorization link yet. To get it, call quo_get_connection with connection_id="c1".'
    )


def test_a_person_is_asked_to_open_a_real_link():
    link = "https://connect.maton.ai/?session_token=abc"
    assert authorization_note(Connection(id="c1", status="PENDING", url=link)) == (
        f"A person must open this private link in a browser and authorize the connection:\n{link}\n"
        'Show them the link first. Then wait for it: call quo_get_connection with connection_id="c1", wait_seconds=45.'
    )


@pytest.mark.anyio
@pytest.mark.maton
async def test_in_the_sandbox_nobody_is_asked_to_open_a_link_that_leads_nowhere(phone):
    async with phone() as quo:
        said = await quo("quo_create_connection")
    assert "On a real account, a person must open this link" in said
    assert "it becomes active by itself within 30 seconds" in said


@pytest.mark.anyio
@pytest.mark.maton
@pytest.mark.parametrize(
    "fault",
    [{"kind": "html", "status": 503}, {"kind": "bad_json"}, {"kind": "rate_limited"}, {"kind": "dropped"}],
    ids=lambda fault: fault["kind"],
)  # fmt: skip
async def test_a_connection_that_is_made_is_told_of_though_it_cannot_be_looked_at(phone, fault):
    async with phone(**boxed()) as quo:
        quo.box.inject(Fault(method="GET", path="/connections/[^/]+", times=None, **fault))
        said = await quo("quo_create_connection")
        _, made = quo.box.state.connections
        assert said.startswith("Connection created:\n")
        assert f'quo_get_connection with connection_id="{made}"' in said
        quo.box.faults.clear()
        assert "session_token=" in await quo("quo_get_connection", connection_id=made)


@pytest.mark.anyio
@pytest.mark.maton
@pytest.mark.parametrize("status", [200, 204])
async def test_a_deleted_connection_is_gone(phone, status):
    async with phone(**boxed(connection_delete_status=status, extra_connections=({},))) as quo:
        _, pending = quo.box.state.connections
        assert (
            await quo("quo_delete_connection", connection_id=pending)
            == f"Deleted connection {pending}."
        )
        assert "Connection not found" in await quo.refused(
            "quo_get_connection", connection_id=pending
        )


@pytest.mark.anyio
@pytest.mark.maton
async def test_a_connection_that_is_not_there_is_refused(phone, snapshot):
    async with phone() as quo:
        snapshot(
            "results/connection_unknown.txt",
            await quo.refused("quo_delete_connection", connection_id="nope"),
        )


SHAPES = [
    lambda each: {"connections": [each], "cursor": None},
    lambda each: {"data": [each]},
    lambda each: [each],
]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("key", ["connection_id", "connection_Id", "id"])
def test_the_list_is_read_in_any_of_its_shapes(shape, key):
    found = ConnectionList.model_validate(shape({key: "abc", "status": "active", "method": 7}))
    [link] = found.connections
    assert (link.id, link.status) == ("abc", "ACTIVE")


@pytest.mark.parametrize("reply", [{}, {"connections": None}, {"data": {}}, "x", [7], [{}]])
def test_what_is_no_list_of_connections_is_not_taken_for_an_empty_one(reply):
    with pytest.raises(ValidationError):
        ConnectionList.model_validate(reply)


@pytest.mark.parametrize("wrap", ["connection", "data", None])
def test_one_connection_is_read_wrapped_or_bare(wrap):
    reply = {"connection_id": "abc", "status": "PENDING"}
    assert Connection.model_validate({wrap: reply} if wrap else reply).id == "abc"
