import anyio
import httpx2
import pytest
from pydantic import BaseModel

from gateway.script import settings
from quo_mcp.errors import AccessDenied, RateLimited, Unavailable
from quo_mcp.gateway import Gateway

pytestmark = pytest.mark.anyio


class Anything(BaseModel):
    pass


def link(name="one", **more):
    return {"connection_id": name, "status": "ACTIVE", "app": "quo", **more}


class Account:
    """A gateway with links to Quo, which counts how often it is asked for them."""

    def __init__(self, *links, listing=None):
        self.links = list(links)
        self.listing = listing
        self.asked = 0
        self.over = []

    def __call__(self, request):
        if request.url.host == "ctrl.maton.ai":
            if request.method != "GET":
                return httpx2.Response(200, json={})
            self.asked += 1
            assert dict(request.url.params) == {"app": "quo", "status": "ACTIVE"}
            return self.listing or httpx2.Response(200, json={"connections": self.links})
        used = request.headers.get("maton-connection")
        self.over.append((request.method, used))
        if used and used not in [each["connection_id"] for each in self.links]:
            missing = {
                "message": f"Connection `{used}` not found",
                "type": "Not Found",
                "code": 404,
            }
            return httpx2.Response(404, json=missing)
        return httpx2.Response(200, json={})

    def gateway(self, **more):
        async def no_wait(_seconds):
            await anyio.lowlevel.checkpoint()

        return Gateway(settings(**more), httpx2.MockTransport(self), sleep=no_wait)


async def test_the_only_active_connection_is_found_once_and_named_from_then_on():
    account = Account(link())
    async with account.gateway() as gateway:
        await gateway.quo.get(Anything, "users")
        assert gateway.connection_in_use is None
        async with anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(gateway.quo.delete, "contacts", "abc")
        await gateway.quo.get(Anything, "users")
        assert gateway.connection_in_use == "one"
    assert account.asked == 1
    assert account.over == [("GET", None), *[("DELETE", "one")] * 5, ("GET", "one")]


async def test_a_connection_that_is_set_is_not_looked_for():
    account = Account(link())
    async with account.gateway(connection="one") as gateway:
        await gateway.quo.delete("contacts", "abc")
    assert (account.asked, account.over) == (0, [("DELETE", "one")])


@pytest.mark.parametrize(
    "links", [[], [link(status="PENDING")], [link(status="FAILED")], [link(app="slack")]]
)
async def test_without_an_active_connection_nothing_is_written(links):
    account = Account(*links)
    async with account.gateway() as gateway:
        with pytest.raises(AccessDenied, match="quo_create_connection"):
            await gateway.quo.delete("contacts", "abc")
    assert account.over == []


async def test_between_several_connections_a_person_decides():
    account = Account(
        link("one", creation_time="2025-12-08T07:20:53Z", url="https://x/?session_token=canary"),
        link("two"),
        *[link(f"more-{n}-" + "x" * 90) for n in range(9)],
    )
    async with account.gateway() as gateway:
        with pytest.raises(AccessDenied) as refused:
            await gateway.quo.delete("contacts", "abc")
    message = str(refused.value)
    assert "11 connections" in message
    assert "one (since 2025-12-08), two" in message
    assert "QUO_MCP_CONNECTION" in message
    assert "canary" not in message
    assert len(message) <= 400
    assert account.over == []


@pytest.mark.parametrize(
    "content",
    [
        {"connections": [link()], "cursor": None},
        {"data": [link()]},
        [link()],
        [{"connection_Id": "one"}],
        [{"id": "one", "status": "active"}],
    ],
)
async def test_the_list_of_connections_is_read_in_any_of_its_shapes(content):
    account = Account(link(), listing=httpx2.Response(200, json=content))
    async with account.gateway() as gateway:
        await gateway.quo.delete("contacts", "abc")
    assert account.over == [("DELETE", "one")]


@pytest.mark.parametrize(
    ("listing", "kind"),
    [
        (httpx2.Response(503), Unavailable),
        (httpx2.Response(404, json={"detail": "Not Found"}), Unavailable),
        (httpx2.Response(200, html="<html>"), Unavailable),
        (httpx2.Response(200, json={"connections": None}), Unavailable),
        (httpx2.Response(200, json={"connections": [7]}), Unavailable),
        (httpx2.Response(200, json={"connections": [link("a b\r\nX: y")]}), Unavailable),
        (httpx2.Response(200, json={}), Unavailable),
        (httpx2.Response(200, json="x"), Unavailable),
        (httpx2.Response(401), AccessDenied),
        (httpx2.Response(429, headers={"retry-after": "99"}), RateLimited),
    ],
)
async def test_without_the_list_of_connections_nothing_is_written(listing, kind):
    account = Account(link(), listing=listing)
    async with account.gateway() as gateway:
        with pytest.raises(kind) as refused:
            await gateway.quo.post(Anything, "messages", body={})
    if kind is Unavailable:
        assert "Nothing was done" in str(refused.value)
    assert len(str(refused.value)) <= 400
    assert account.over == []


async def test_two_connections_are_both_named():
    account = Account(link("one"), link("two", creation_time="2026-01-31\u202e\n"))
    async with account.gateway() as gateway:
        with pytest.raises(AccessDenied, match=r"one, two \(since 2026-01-31\)\.$"):
            await gateway.quo.delete("contacts", "abc")


async def test_making_or_deleting_a_connection_makes_us_look_again():
    account = Account(link())
    async with account.gateway() as gateway:
        await gateway.quo.delete("contacts", "abc")
        await gateway.control.post(Anything, "connections", body={"app": "quo"})
        assert gateway.connection_in_use is None
        account.links = [link("two")]
        await gateway.quo.delete("contacts", "abc")
        await gateway.control.delete("connections", "two")
        assert gateway.connection_in_use is None
    assert account.over == [("DELETE", "one"), ("DELETE", "two")]


@pytest.mark.parametrize("verb", ["get", "delete"])
async def test_a_connection_that_was_replaced_elsewhere_is_not_in_the_way(verb):
    account = Account(link())
    async with account.gateway() as gateway:
        await gateway.quo.delete("contacts", "abc")
        account.links = [link("two")]
        if verb == "get":
            await gateway.quo.get(Anything, "users")
        else:
            await gateway.quo.delete("contacts", "abc")
    once, again = account.over[1:]
    assert once == (verb.upper(), "one")
    assert again == (verb.upper(), None if verb == "get" else "two")


async def test_everybody_who_met_a_replaced_connection_gets_on():
    account = Account(link())
    async with account.gateway() as gateway:
        await gateway.quo.delete("contacts", "abc")
        account.links = [link("two")]
        async with anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(gateway.quo.delete, "contacts", "abc")
    assert account.over[-5:] == [("DELETE", "two")] * 5


@pytest.mark.parametrize(
    ("links", "says"), [([], "quo_create_connection"), ([link("two"), link("three")], "two, three")]
)
async def test_a_connection_that_is_gone_without_a_successor_is_a_persons_matter(links, says):
    account = Account(link())
    async with account.gateway() as gateway:
        await gateway.quo.delete("contacts", "abc")
        account.links = links
        with pytest.raises(AccessDenied, match=says):
            await gateway.quo.delete("contacts", "abc")
    assert account.over == [("DELETE", "one")] * 2


async def test_a_connection_that_is_listed_and_not_known_is_asked_over_twice_and_no_more():
    account = Account(link())
    async with account.gateway() as gateway:
        await gateway.quo.delete("contacts", "abc")
        account.listing = httpx2.Response(200, json=[link("two")])
        account.links = []
        with pytest.raises(AccessDenied, match="does not know the connection"):
            await gateway.quo.delete("contacts", "abc")
    assert account.over == [("DELETE", "one")] * 2 + [("DELETE", "two")]


async def test_a_connection_that_is_set_stays_set_whatever_the_gateway_says():
    account = Account(link("two"))
    async with account.gateway(connection="one") as gateway:
        with pytest.raises(AccessDenied, match="QUO_MCP_CONNECTION"):
            await gateway.quo.delete("contacts", "abc")
        assert gateway.connection_in_use == "one"
    assert account.over == [("DELETE", "one")]


async def test_connections_with_endless_ids_are_counted_and_not_named():
    account = Account(link("x" * 200), link("y" * 200))
    async with account.gateway() as gateway:
        with pytest.raises(AccessDenied, match=r"2 connections.*too long") as refused:
            await gateway.quo.delete("contacts", "abc")
    assert len(str(refused.value)) <= 400


async def test_what_was_found_before_a_connection_was_made_is_looked_for_again():
    account = Account(link())
    asked, go_on = anyio.Event(), anyio.Event()

    async def slow_list(request):
        reply = account(request)
        if account.asked == 1 and not asked.is_set():
            asked.set()
            await go_on.wait()
        return reply

    async with Gateway(settings(), httpx2.MockTransport(slow_list)) as gateway:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(gateway.quo.delete, "contacts", "abc")
            await asked.wait()
            account.links = [link("two")]
            await gateway.control.post(Anything, "connections", body={"app": "quo"})
            go_on.set()
        assert gateway.connection_in_use == "two"
    assert account.over == [("DELETE", "two")]
