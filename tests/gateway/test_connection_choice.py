import anyio
import httpx2
import pytest
from pydantic import BaseModel

from gateway.script import gateway_config
from quo_mcp.errors import AccessDenied, RateLimited, Unavailable
from quo_mcp.gateway import Gateway

pytestmark = pytest.mark.anyio


class Anything(BaseModel):
    pass


def connection(name="one", **options):
    return {"connection_id": name, "status": "ACTIVE", "app": "quo", **options}


class Account:
    """A gateway with `connections`.

    list_requests: how often the list of connections was read.
    api_requests: the method and the connection id of each request to Quo's API.
    """

    def __init__(self, *connections, list_reply=None):
        self.connections = list(connections)
        self.list_reply = list_reply
        self.list_requests = 0
        self.api_requests = []

    def __call__(self, request):
        if request.url.host == "ctrl.maton.ai":
            if request.method != "GET":
                return httpx2.Response(200, json={})
            self.list_requests += 1
            assert dict(request.url.params) == {"app": "quo", "status": "ACTIVE"}
            return self.list_reply or httpx2.Response(200, json={"connections": self.connections})
        connection_id = request.headers.get("maton-connection")
        self.api_requests.append((request.method, connection_id))
        if connection_id and connection_id not in [
            item["connection_id"] for item in self.connections
        ]:
            missing = {
                "message": f"Connection `{connection_id}` not found",
                "type": "Not Found",
                "code": 404,
            }
            return httpx2.Response(404, json=missing)
        return httpx2.Response(200, json={})

    def gateway(self, **options):
        async def no_wait(_seconds):
            await anyio.lowlevel.checkpoint()

        return Gateway(gateway_config(**options), httpx2.MockTransport(self), sleep=no_wait)


async def test_the_only_active_connection_is_found_once_and_named_from_then_on():
    account = Account(connection())
    async with account.gateway() as gateway:
        await gateway.api.get(Anything, "users")
        assert gateway.connection_in_use is None
        async with anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(gateway.api.delete, "contacts", "abc")
        await gateway.api.get(Anything, "users")
        assert gateway.connection_in_use == "one"
    assert account.list_requests == 1
    assert account.api_requests == [("GET", None), *[("DELETE", "one")] * 5, ("GET", "one")]


async def test_a_connection_that_is_set_is_not_looked_for():
    account = Account(connection())
    async with account.gateway(connection_id="one") as gateway:
        await gateway.api.delete("contacts", "abc")
    assert (account.list_requests, account.api_requests) == (0, [("DELETE", "one")])


@pytest.mark.parametrize(
    "connections",
    [[], [connection(status="PENDING")], [connection(status="FAILED")], [connection(app="slack")]],
)
async def test_without_an_active_connection_nothing_is_written(connections):
    account = Account(*connections)
    async with account.gateway() as gateway:
        with pytest.raises(AccessDenied, match="quo_create_connection"):
            await gateway.api.delete("contacts", "abc")
    assert account.api_requests == []


async def test_between_several_connections_a_person_decides():
    account = Account(
        connection(
            "one", creation_time="2025-12-08T07:20:53Z", url="https://x/?session_token=canary"
        ),
        connection("two"),
        *[connection(f"more-{n}-" + "x" * 90) for n in range(9)],
    )
    async with account.gateway() as gateway:
        with pytest.raises(AccessDenied) as raised:
            await gateway.api.delete("contacts", "abc")
    message = str(raised.value)
    assert "11 connections" in message
    assert "one (since 2025-12-08), two" in message
    assert "QUO_MCP_CONNECTION" in message
    assert "canary" not in message
    assert len(message) <= 400
    assert account.api_requests == []


@pytest.mark.parametrize(
    "content",
    [
        {"connections": [connection()], "cursor": None},
        {"data": [connection()]},
        [connection()],
        [{"connection_Id": "one"}],
        [{"id": "one", "status": "active"}],
    ],
)
async def test_the_list_of_connections_is_read_in_any_of_its_shapes(content):
    account = Account(connection(), list_reply=httpx2.Response(200, json=content))
    async with account.gateway() as gateway:
        await gateway.api.delete("contacts", "abc")
    assert account.api_requests == [("DELETE", "one")]


@pytest.mark.parametrize(
    ("list_reply", "error_type"),
    [
        (httpx2.Response(503), Unavailable),
        (httpx2.Response(404, json={"detail": "Not Found"}), Unavailable),
        (httpx2.Response(200, html="<html>"), Unavailable),
        (httpx2.Response(200, json={"connections": None}), Unavailable),
        (httpx2.Response(200, json={"connections": [7]}), Unavailable),
        (httpx2.Response(200, json={"connections": [connection("a b\r\nX: y")]}), Unavailable),
        (httpx2.Response(200, json={}), Unavailable),
        (httpx2.Response(200, json="x"), Unavailable),
        (httpx2.Response(401), AccessDenied),
        (httpx2.Response(429, headers={"retry-after": "99"}), RateLimited),
    ],
)
async def test_without_the_list_of_connections_nothing_is_written(list_reply, error_type):
    account = Account(connection(), list_reply=list_reply)
    async with account.gateway() as gateway:
        with pytest.raises(error_type) as raised:
            await gateway.api.post(Anything, "messages", body={})
    if error_type is Unavailable:
        assert "Not done" in str(raised.value)
    assert len(str(raised.value)) <= 400
    assert account.api_requests == []


async def test_two_connections_are_both_named():
    account = Account(
        connection("one", creation_time="2026-01-31\u202e\n"),
        connection("two", creation_time="2026-01-31T23:59:59Z"),
    )
    async with account.gateway() as gateway:
        with pytest.raises(AccessDenied, match=r"one, two \(since 2026-01-31\)\.$"):
            await gateway.api.delete("contacts", "abc")


async def test_making_or_deleting_a_connection_makes_us_look_again():
    account = Account(connection())
    async with account.gateway() as gateway:
        await gateway.api.delete("contacts", "abc")
        await gateway.control.post(Anything, "connections", body={"app": "quo"})
        assert gateway.connection_in_use is None
        account.connections = [connection("two")]
        await gateway.api.delete("contacts", "abc")
        await gateway.control.delete("connections", "two")
        assert gateway.connection_in_use is None
    assert account.api_requests == [("DELETE", "one"), ("DELETE", "two")]


@pytest.mark.parametrize("verb", ["get", "delete"])
async def test_a_connection_that_was_replaced_elsewhere_is_not_in_the_way(verb):
    account = Account(connection())
    async with account.gateway() as gateway:
        await gateway.api.delete("contacts", "abc")
        account.connections = [connection("two")]
        if verb == "get":
            await gateway.api.get(Anything, "users")
        else:
            await gateway.api.delete("contacts", "abc")
    first, second = account.api_requests[1:]
    assert first == (verb.upper(), "one")
    assert second == (verb.upper(), None if verb == "get" else "two")


async def test_everybody_who_met_a_replaced_connection_gets_on():
    account = Account(connection())
    async with account.gateway() as gateway:
        await gateway.api.delete("contacts", "abc")
        account.connections = [connection("two")]
        async with anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(gateway.api.delete, "contacts", "abc")
    assert account.api_requests[-5:] == [("DELETE", "two")] * 5


@pytest.mark.parametrize(
    ("connections", "message_part"),
    [([], "quo_create_connection"), ([connection("two"), connection("three")], "two, three")],
)
async def test_a_connection_that_is_gone_without_a_successor_is_a_persons_matter(
    connections, message_part
):
    account = Account(connection())
    async with account.gateway() as gateway:
        await gateway.api.delete("contacts", "abc")
        account.connections = connections
        with pytest.raises(AccessDenied, match=message_part):
            await gateway.api.delete("contacts", "abc")
    assert account.api_requests == [("DELETE", "one")] * 2


async def test_a_connection_that_is_listed_and_not_known_is_asked_over_twice_and_no_more():
    account = Account(connection())
    async with account.gateway() as gateway:
        await gateway.api.delete("contacts", "abc")
        account.list_reply = httpx2.Response(200, json=[connection("two")])
        account.connections = []
        with pytest.raises(AccessDenied, match="does not recognize the connection"):
            await gateway.api.delete("contacts", "abc")
    assert account.api_requests == [("DELETE", "one")] * 2 + [("DELETE", "two")]


async def test_a_connection_that_is_set_stays_set_whatever_the_gateway_says():
    account = Account(connection("two"))
    async with account.gateway(connection_id="one") as gateway:
        with pytest.raises(AccessDenied, match="QUO_MCP_CONNECTION"):
            await gateway.api.delete("contacts", "abc")
        assert gateway.connection_in_use == "one"
    assert account.api_requests == [("DELETE", "one")]


async def test_connections_with_endless_ids_are_counted_and_not_named():
    account = Account(connection("x" * 200), connection("y" * 200))
    async with account.gateway() as gateway:
        with pytest.raises(AccessDenied, match=r"2 connections.*too long") as raised:
            await gateway.api.delete("contacts", "abc")
    assert len(str(raised.value)) <= 400


async def test_what_was_found_before_a_connection_was_made_is_looked_for_again():
    account = Account(connection())
    list_started, resume = anyio.Event(), anyio.Event()

    async def slow_list(request):
        reply = account(request)
        if account.list_requests == 1 and not list_started.is_set():
            list_started.set()
            await resume.wait()
        return reply

    async with Gateway(gateway_config(), httpx2.MockTransport(slow_list)) as gateway:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(gateway.api.delete, "contacts", "abc")
            await list_started.wait()
            account.connections = [connection("two")]
            await gateway.control.post(Anything, "connections", body={"app": "quo"})
            resume.set()
        assert gateway.connection_in_use == "two"
    assert account.api_requests == [("DELETE", "two")]
