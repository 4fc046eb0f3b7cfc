import logging

import anyio
import httpx2
import pytest

from gateway.script import GOOD, KEY, NUMBER, Data, Script, gateway_config, never
from quo_mcp.errors import (
    AccessDenied,
    GatewayError,
    InvalidArguments,
    OutcomeUnknown,
    RequestRejected,
)
from quo_mcp.gateway import Gateway

pytestmark = pytest.mark.anyio


async def test_every_request_says_who_asks_over_which_connection_and_nothing_else():
    script = Script(GOOD)
    async with script.gateway() as gateway:
        await gateway.api.get(Data, "messages", query={"participants": [NUMBER], "maxResults": 2})
        await gateway.control.get(Data, "connections", "abc")
        await gateway.api.post(Data, "messages", body={"content": "é"})
        await gateway.api.post(Data, "conversations", "CN1", "mark-as-read")
        assert gateway.connection_in_use == "conn-1"
    read, control, write, empty_write = script.requests
    url = "https://gateway.maton.ai/quo/v1"
    assert str(read.url) == f"{url}/messages?participants=%2B12025550101&maxResults=2"
    assert str(control.url) == "https://ctrl.maton.ai/connections/abc"
    assert dict(read.headers) == {
        "host": "gateway.maton.ai",
        "authorization": f"Bearer {KEY}",
        "user-agent": "quo-mcp/0.0",
        "accept": "application/json",
        "accept-encoding": "gzip",
        "maton-connection": "conn-1",
    }
    assert "maton-connection" not in control.headers
    assert control.headers["user-agent"] == "quo-mcp/0.0"
    assert (write.method, write.content) == ("POST", '{"content": "é"}'.encode())
    assert write.headers["content-type"] == "application/json"
    assert (empty_write.content, "content-type" in empty_write.headers) == (b"", False)


async def test_each_verb_is_sent_as_itself_and_deleting_reads_no_reply():
    script = Script(GOOD, GOOD, (204, b""), (200, b"<html>"))
    async with script.gateway() as gateway:
        assert await gateway.api.put(Data, "tasks", "TK1", body={}) == Data(data=["x"])
        assert await gateway.api.patch(Data, "contacts", "abc", body={}) == Data(data=["x"])
        await gateway.api.delete("contacts", "abc")
        await gateway.control.delete("connections", "abc")
    assert [item.method for item in script.requests] == ["PUT", "PATCH", "DELETE", "DELETE"]


async def test_cookies_and_redirects_lead_nowhere():
    redirect = (302, b"", {"location": "https://example.com/steal", "set-cookie": "a=b"})
    script = Script(redirect, GOOD)
    async with script.gateway() as gateway:
        with pytest.raises(AccessDenied, match="not followed"):
            await gateway.api.get(Data, "users")
        await gateway.api.get(Data, "users")
    assert [item.url.host for item in script.requests] == ["gateway.maton.ai"] * 2
    assert "cookie" not in script.requests[1].headers


async def test_an_absolute_url_is_no_id():
    script = Script(GOOD)
    async with script.gateway() as gateway:
        with pytest.raises(InvalidArguments):
            await gateway.api.get(Data, "https://example.com/x")
    assert script.requests == []


async def test_neither_the_key_nor_a_session_token_is_ever_said():
    body = f'{{"message": "{KEY} session_token=canary-2 Bearer canary-3"}}'.encode()
    for status in (400, 401, 403, 404, 422, 500):
        async with Script((status, body)).gateway() as gateway:
            with pytest.raises(GatewayError) as raised:
                await gateway.api.get(Data, "users")
        assert "canary" not in str(raised.value)
        assert "canary" not in repr(raised.value.__cause__)


async def test_logs_hold_no_number_no_key_and_no_query(caplog):
    caplog.set_level(logging.DEBUG, logger="quo_mcp")
    async with Script((503, b""), GOOD).gateway() as gateway:
        await gateway.api.get(Data, "messages", query={"participants": [NUMBER]})
        await gateway.api.get(Data, "contacts", NUMBER)
    lines = [item.getMessage() for item in caplog.records if item.name.startswith("quo_mcp")]
    assert lines == [
        "GET /messages: 503 in 0.000 s",
        "GET /messages: 200 in 0.000 s",
        "GET /contacts/{id}: 200 in 0.000 s",
    ]
    assert "5550101" not in caplog.text
    assert KEY not in caplog.text


async def test_an_observer_hears_of_each_attempt():
    attempts = []
    script = Script(httpx2.ConnectError("x"), GOOD)
    gateway = Gateway(
        gateway_config(),
        httpx2.MockTransport(script),
        sleep=script.sleep,
        observer=lambda *attempt: attempts.append(attempt[:3]),
    )
    async with gateway:
        await gateway.api.get(Data, "users", "US1")
    assert attempts == [("GET", "/users/{id}", None), ("GET", "/users/{id}", 200)]


async def test_a_reply_beyond_the_limit_is_not_read_to_its_end():
    async with Script((200, b"x" * 2_000)).gateway(max_reply_bytes=1_000) as gateway:
        with pytest.raises(RequestRejected, match="exceeds this server's size limit"):
            await gateway.api.get(Data, "users")
        with pytest.raises(OutcomeUnknown, match=r"accepted.*exceeds this server's size limit"):
            await gateway.api.post(Data, "messages", body={})


async def test_cancelling_leaves_nothing_behind():
    script = Script(never)
    async with script.gateway() as gateway:
        for number in range(300):
            with anyio.CancelScope() as scope:
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(gateway.api.get, Data, "users")
                    for _ in range(number % 7):
                        await anyio.lowlevel.checkpoint()
                    scope.cancel()
        script.answers = [GOOD]
        assert await gateway.api.get(Data, "users") == Data(data=["x"])
