"""What a load balancer and a log collector see of the real command over HTTP."""

import json
import signal

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from process.served import environment, run_to_end, serving_http
from quo_mcp.config.settings import Settings
from quo_mcp.server.app import build_server
from quo_mcp.server.databases import JOURNAL_FILE
from quo_mcp.server.transports.streamable_http import http_app

pytestmark = pytest.mark.anyio
TOKEN = "a-token-of-16-characters"


async def test_a_server_is_ready_while_it_can_record_sends(tmp_path):
    (tmp_path / "sandbox" / JOURNAL_FILE).mkdir(parents=True)
    env = environment(tmp_path, QUO_MCP_HTTP_TOKEN=TOKEN)
    async with serving_http(env=env) as (_, url), httpx2.AsyncClient(base_url=url) as http:
        reply = await http.get("/ready")
        assert (reply.status_code, reply.text) == (
            503,
            "The database of sends cannot be written.\n",
        )
        assert (await http.get("/health")).status_code == 200
        (tmp_path / "sandbox" / JOURNAL_FILE).rmdir()
    async with serving_http(env=env) as (_, url), httpx2.AsyncClient(base_url=url) as http:
        assert (await http.get("/ready")).text == "ready\n"


async def test_a_server_that_ends_is_not_ready(tmp_path):
    settings = Settings(state_dir=tmp_path)
    app = http_app(
        build_server(settings), settings, host="127.0.0.1", port=80, is_ending=lambda: True
    )
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app)) as http:
        reply = await http.get("http://127.0.0.1/ready")
    assert (reply.status_code, reply.text) == (503, "The server is shutting down.\n")


@pytest.mark.parametrize("keeps_prefix", [True, False])
async def test_a_proxy_may_serve_it_below_a_path(tmp_path, keeps_prefix):
    env = environment(tmp_path, QUO_MCP_PUBLIC_URL="https://example.com/tools/phone/mcp")
    prefix = "/tools/phone" if keeps_prefix else ""
    async with (
        serving_http(env=env) as (_, url),
        httpx2.AsyncClient() as http,
        Client(streamable_http_client(f"{url}{prefix}/mcp", http_client=http)) as client,
    ):
        assert len((await client.list_tools()).tools) > 20
        assert (await http.get(f"{url}{prefix}/health")).text == "ok\n"
        assert (await http.get(f"{url}{prefix}/ready")).text == "ready\n"
        assert (await http.get(f"{url}/other{prefix}/health")).status_code == 404


async def test_audit_lines_are_on_stdout_too_if_asked_for(tmp_path):
    env = environment(tmp_path, QUO_MCP_HTTP_AUDIT_STDOUT="true")
    async with serving_http(env=env) as (process, url):
        async with (
            httpx2.AsyncClient() as http,
            Client(streamable_http_client(f"{url}/mcp", http_client=http)) as client,
        ):
            await client.call_tool("quo_list_users", {})
        process.signal(signal.SIGTERM)
        await process.wait_for_exit()
    printed = [json.loads(line) for line in process.stdout_lines]
    logged = (tmp_path / "sandbox" / "audit.jsonl").read_text().splitlines()
    assert [line["tool"] for line in printed] == ["quo_list_users"]
    assert [{**line, "before": "0" * 64} for line in printed] == [json.loads(logged[0])]


async def test_over_stdio_audit_lines_on_stdout_are_refused(tmp_path):
    env = environment(tmp_path, QUO_MCP_HTTP_AUDIT_STDOUT="true")
    status, out, errors = await run_to_end("serve", env=env)
    assert (status, out) == (2, "")
    assert "QUO_MCP_HTTP_AUDIT_STDOUT requires --http" in errors
