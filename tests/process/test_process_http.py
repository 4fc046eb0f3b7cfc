"""The command over HTTP: requests, sessions and access control."""

import json

import httpx2
import pytest

from process.served import (
    INITIALIZE_PARAMS,
    environment,
    run_to_end,
    serving_http,
)
from quo_mcp.config.settings import Settings
from quo_mcp.server.transports.streamable_http import allowed_hosts, host_in_url

pytestmark = pytest.mark.anyio

TOKEN = "a-token-that-is-long-enough"
JSON = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}


def message(method, id_=1, **params):
    return {"jsonrpc": "2.0", "id": id_, "method": method, "params": params}


async def test_requests_may_come_in_any_order_and_need_no_session(tmp_path):
    async with (
        serving_http(env=environment(tmp_path)) as (_, url),
        httpx2.AsyncClient(base_url=url, headers=JSON) as http,
    ):
        for asked in (
            message("tools/list"),
            message("tools/call", name="quo_list_users", arguments={}),
            message("initialize", **INITIALIZE_PARAMS),
            message("tools/call", name="quo_list_users", arguments={}),
        ):
            reply = await http.post("/mcp", json=asked)
            assert reply.status_code == 200
            assert "mcp-session-id" not in reply.headers
            assert '"result"' in reply.text


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "rebound.example.com"}, 421),
        ({"Host": "127.0.0.1"}, 421),
        ({"Origin": "https://evil.example.com"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "phone.example.com"}, 200),
        ({"Host": "Phone.Example.COM"}, 200),
        ({"Host": "phone.example.com", "Origin": "HTTPS://Phone.example.com"}, 200),
        ({"Host": "phone.example.com", "Origin": "https://phone.example.com"}, 200),
    ],
)
async def test_only_known_hosts_and_origins_are_let_in(headers, status, tmp_path):
    env = environment(tmp_path, QUO_MCP_HTTP_HOSTS="phone.EXAMPLE.com")
    async with (
        serving_http(env=env) as (_, url),
        httpx2.AsyncClient(base_url=url, headers=JSON) as http,
    ):
        assert (await http.post("/mcp", json=message("tools/list"))).status_code == 200
        own = {"Origin": url}
        assert (await http.post("/mcp", json=message("tools/list"), headers=own)).status_code == 200
        reply = await http.post("/mcp", json=message("tools/list"), headers=headers)
        assert reply.status_code == status


@pytest.mark.parametrize(
    ("settings", "port", "let_in", "kept_out"),
    [
        ({}, 4020, {"127.0.0.1:4020", "localhost:4020"}, {"localhost", "127.0.0.1:80"}),
        ({}, 80, {"127.0.0.1", "127.0.0.1:80", "localhost"}, {"example.com"}),
        (
            {"http_hosts": "192.0.2.2,phone.example.com:8443"},
            4020,
            {"192.0.2.2", "192.0.2.2:4020", "phone.example.com:8443"},
            {"phone.example.com", "phone.example.com:4020"},
        ),
    ],
)
def test_a_name_is_known_with_the_port_and_where_that_is_the_schemes_own_without(
    settings, port, let_in, kept_out
):
    hosts = set(allowed_hosts(Settings(**settings), "127.0.0.1", port))
    assert let_in <= hosts
    assert not kept_out & hosts


@pytest.mark.parametrize(
    ("host", "written"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("localhost", "localhost"),
        ("::1", "[::1]"),
        ("[::1]", "[::1]"),
    ],
)
def test_an_ipv6_address_stands_in_brackets_in_a_url(host, written):
    assert host_in_url(host) == written


async def test_with_a_token_only_who_has_it_is_let_in_and_health_stays_open(tmp_path):
    env = environment(tmp_path, QUO_MCP_HTTP_TOKEN=TOKEN)
    async with (
        serving_http(env=env) as (_, url),
        httpx2.AsyncClient(base_url=url, headers=JSON) as http,
    ):
        for given in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": TOKEN}):
            reply = await http.post("/mcp", json=message("tools/list"), headers=given)
            assert (reply.status_code, reply.headers["www-authenticate"]) == (401, "Bearer")
            assert TOKEN not in reply.text
        for scheme in ("Bearer", "bearer", "BEARER "):
            bearer = {"Authorization": f"{scheme} {TOKEN}"}
            reply = await http.post("/mcp", json=message("tools/list"), headers=bearer)
            assert reply.status_code == 200
        assert (await http.get("/health")).text == "ok\n"


async def test_the_endpoint_with_a_slash_is_the_endpoint(tmp_path):
    async with (
        serving_http(env=environment(tmp_path)) as (_, url),
        httpx2.AsyncClient(base_url=url, headers=JSON) as http,
    ):
        reply = await http.post("/mcp/", json=message("tools/list"))
        assert (reply.status_code, '"result"' in reply.text) == (200, True)
        assert (await http.get("/mcp/")).status_code == 405


async def test_a_batch_is_answered_where_the_protocol_version_has_batches(tmp_path):
    batch = [
        message("tools/list", 1),
        {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 9}},
        message("tools/call", 2, name="quo_list_users", arguments={}),
        message("no/such", 3),
        "not a message",
        message("initialize", 4, **INITIALIZE_PARAMS),
    ]
    async with (
        serving_http(env=environment(tmp_path)) as (_, url),
        httpx2.AsyncClient(base_url=url, headers=JSON) as http,
    ):
        for headers in ({}, {"MCP-Protocol-Version": "2025-03-26"}):
            reply = await http.post("/mcp", json=batch, headers=headers)
            assert reply.status_code == 200
            answers = reply.json()
            assert [answer["id"] for answer in answers] == [1, 2, 3, None, None]
            assert [min(answer) for answer in answers[2:]] == ["error"] * 3
            assert answers[0]["result"]["tools"]
        notifications = await http.post("/mcp", json=[batch[1]])
        assert (notifications.status_code, notifications.content) == (202, b"")


async def test_a_byte_order_mark_before_a_body_is_ignored(tmp_path):
    mark = b"\xef\xbb\xbf"
    async with (
        serving_http(env=environment(tmp_path)) as (_, url),
        httpx2.AsyncClient(base_url=url, headers=JSON) as http,
    ):
        for body in (message("tools/list", 1), [message("tools/list", 1)]):
            reply = await http.post("/mcp", content=mark + json.dumps(body).encode())
            assert (reply.status_code, '"tools"' in reply.text) == (200, True), reply.text


@pytest.mark.parametrize(
    ("version", "body", "error"),
    [
        (
            "2025-06-18",
            b'[{"a": "canary"}]',
            "Protocol version 2025-06-18 does not support batches. ",
        ),
        (
            "2025-11-25",
            b'[{"a": "canary"}]',
            "Protocol version 2025-11-25 does not support batches. ",
        ),
        (
            "2026-07-28",
            b'[{"a": "canary"}]',
            "Protocol version 2026-07-28 does not support batches. ",
        ),
        ("2025-03-26", b"[]", "A batch must be a JSON array of 1 to 20 messages."),
        ("2025-03-26", b'["canary"', "A batch must be a JSON array of 1 to 20 messages."),
        ("2025-03-26", b"[" * 50_000, "A batch must be a JSON array of 1 to 20 messages."),
        (
            "2025-03-26",
            b"[" + b",".join([b"{}"] * 21) + b"]",
            "A batch must be a JSON array of 1 to 20 messages.",
        ),
    ],
)
async def test_another_batch_is_refused_in_one_sentence(version, body, error, tmp_path):
    async with (
        serving_http(env=environment(tmp_path)) as (_, url),
        httpx2.AsyncClient(base_url=url, headers=JSON) as http,
    ):
        headers = {"MCP-Protocol-Version": version}
        reply = await http.post("/mcp", content=body, headers=headers)
    assert reply.status_code == 400
    assert reply.json()["error"]["code"] == -32600
    assert reply.json()["error"]["message"].startswith(error)
    assert len(reply.content) < 300
    assert "canary" not in reply.text


async def test_a_flood_of_bad_requests_is_one_line_of_log(tmp_path):
    async with serving_http(env=environment(tmp_path)) as (process, url):
        async with httpx2.AsyncClient(base_url=url, headers=JSON) as http:
            for number in range(50):
                host = {"Host": f"h{number}.example.com"}
                assert (await http.post("/mcp", json={}, headers=host)).status_code == 421
        process.signal(15)
        _, logged = await process.wait_for_exit()
    assert logged.count("Invalid Host header") == 1


async def test_beyond_this_machine_it_needs_a_token(tmp_path):
    status, said, errors = await run_to_end(
        *("serve", "--http", "--host", "0.0.0.0", "--port", "0"), env=environment(tmp_path)
    )
    assert (status, said) == (2, "")
    assert "QUO_MCP_HTTP_TOKEN" in errors


async def test_too_large_a_body_and_broken_json_are_refused_and_do_not_end_the_server(tmp_path):
    async with (
        serving_http(env=environment(tmp_path)) as (_, url),
        httpx2.AsyncClient(base_url=url, headers=JSON) as http,
    ):
        for body, status in (
            (b'{"a": "' + b"x" * 5_000_000 + b'"}', 413),
            (b"not JSON", 400),
            (b"[" * 50_000, 400),
        ):
            assert (await http.post("/mcp", content=body)).status_code == status
        assert (await http.post("/mcp", json=message("tools/list"))).status_code == 200


async def test_a_port_that_is_taken_is_named(tmp_path):
    env = environment(tmp_path)
    async with serving_http(env=env) as (_, url):
        port = url.rpartition(":")[2]
        status, said, errors = await run_to_end("serve", "--http", "--port", port, env=env)
    assert (status, said) == (1, "")
    assert errors.startswith(f"quo-mcp: cannot listen on 127.0.0.1 port {port}:")
