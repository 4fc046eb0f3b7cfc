"""Quo's own API without Maton: what is sent, and how failures are described."""

from datetime import UTC, datetime

import anyio
import httpx2
import pytest

from gateway.script import GOOD, KEY, Data, Script, gateway_config
from quo_mcp.errors import (
    AccessDenied,
    GatewayError,
    NotFound,
    OutcomeUnknown,
    Refusal,
    Unavailable,
)
from quo_mcp.gateway import Gateway
from quo_mcp.records.record import Page
from quo_mcp.records.workspace import PhoneNumber
from quo_mcp.sandbox import Sandbox

pytestmark = pytest.mark.anyio

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)

DIRECT = {"quo_url": "https://api.quo.com/v1", "control_url": None, "connection_id": None}


async def test_the_key_is_sent_as_it_is_and_no_connection_is_named():
    script = Script(GOOD)
    async with script.gateway(**DIRECT) as gateway:
        await gateway.api.get(Data, "messages")
        await gateway.api.post(Data, "messages", body={"content": "x"})
        await gateway.require_write_connection()
        assert gateway.connection_in_use is None
    read, write = script.requests
    assert str(read.url) == "https://api.quo.com/v1/messages"
    for request in (read, write):
        assert request.headers["authorization"] == KEY
        assert request.headers["user-agent"] == "quo-mcp/0.0"
        assert "maton-connection" not in request.headers


@pytest.mark.parametrize("verb", ["get", "post", "delete"])
async def test_there_are_no_connections_and_nothing_is_sent_for_them(verb):
    script = Script(GOOD)
    arguments = ("connections",) if verb == "delete" else (Data, "connections")
    async with script.gateway(**DIRECT) as gateway:
        with pytest.raises(AccessDenied, match="QUO_API_KEY"):
            await getattr(gateway.control, verb)(*arguments)
    assert script.requests == []


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (401, b'{"message": "Unauthorized", "status": 401}', AccessDenied, "QUO_API_KEY"),
        (401, b'{"error": {"message": "Unauthorized", "code": 401}}', AccessDenied, "QUO_API_KEY"),
        (401, b"", AccessDenied, "Quo rejected the API key"),
        (403, b"<html>sign in</html>", AccessDenied, "instead of Quo"),
        (500, b"Internal Server Error", Unavailable, "Quo reported an internal error (HTTP 500)"),
        (404, b"", NotFound, "QUO_MCP_QUO_URL"),
        (
            404,
            b'{"message": "Not Found", "type": "Not Found", "code": 404}',
            NotFound,
            "in this workspace",
        ),
        (503, b"", Unavailable, "Quo is unavailable (HTTP 503)"),
        (302, b"", AccessDenied, "QUO_MCP_QUO_URL"),
        (200, b"<html>sign in</html>", Unavailable, "instead of Quo"),
    ],
)
async def test_a_failure_is_described_without_maton(status, body, kind, words):
    async with Script((status, body)).gateway(**DIRECT, read_timeout=1) as gateway:
        with pytest.raises(GatewayError) as raised:
            await gateway.api.get(Data, "messages")
    message = str(raised.value)
    assert type(raised.value) is kind
    assert words in message
    assert not any(word in message for word in ("gateway", "Maton", "MATON", "connection", KEY))


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        ((500, b""), OutcomeUnknown, "HTTP 500"),
        ((200, b"<html>"), OutcomeUnknown, "instead of Quo"),
        (httpx2.ReadError("gone"), OutcomeUnknown, "no reply|before a reply"),
        (httpx2.ConnectError("gone"), Unavailable, "api.quo.com"),
    ],
)
async def test_a_failed_write_is_described_without_maton(answer, kind, words):
    async with Script(answer).gateway(**DIRECT) as gateway:
        with pytest.raises(Refusal, match=words) as raised:
            await gateway.api.post(Data, "messages", body={})
    assert type(raised.value) is kind
    assert not any(word in str(raised.value) for word in ("gateway", "Maton", "quo_list_conn"))


async def test_a_deadline_names_quo():
    async def never():
        await anyio.Event().wait()

    async with Script(never).gateway(**DIRECT, read_timeout=0.02) as gateway:
        with pytest.raises(Unavailable) as raised:
            await gateway.api.get(Data, "messages")
    assert "gateway" not in str(raised.value)


@pytest.mark.parametrize(
    ("header", "status"),
    [("sandbox", 200), ("Bearer sandbox", 401), ("wrong", 401), ("", 401)],
)
async def test_the_sandbox_accepts_the_key_on_quos_host_only_as_it_is(header, status):
    transport = httpx2.ASGITransport(Sandbox(enforce_rate=False).app)
    async with httpx2.AsyncClient(transport=transport, base_url="https://api.quo.com") as http:
        reply = await http.get("/v1/phone-numbers", headers={"authorization": header})
        assert reply.status_code == status
        assert (
            await http.get("/quo/v1/users", headers={"authorization": "sandbox"})
        ).status_code == 401


async def test_both_doors_of_the_sandbox_lead_to_the_same_account():
    box = Sandbox(enforce_rate=False)
    replies = []
    for config in (
        gateway_config(api_key="sandbox"),
        gateway_config(api_key="sandbox", **DIRECT),
    ):
        async with Gateway(config, httpx2.ASGITransport(box.app)) as gateway:
            replies.append(await gateway.api.get(Page[PhoneNumber], "phone-numbers"))
    assert replies[0] == replies[1]
    assert [request["path"] for request in box.requests] == ["/quo/v1/phone-numbers"] * 2


async def test_the_sandbox_limits_the_rate_of_quos_host():
    transport = httpx2.ASGITransport(Sandbox(now=lambda: NOON).app)
    async with httpx2.AsyncClient(transport=transport, base_url="https://api.quo.com") as http:
        statuses = [
            (await http.get("/v1/phone-numbers", headers={"authorization": "sandbox"})).status_code
            for _ in range(11)
        ]
    assert statuses == [200] * 10 + [429]
