"""Shutdown: a running send finishes, is recorded and answered, and the exit status is 0."""

import asyncio
import signal

import httpx2
import pytest

from process.served import (
    SHUTDOWN_TRIGGERS,
    BlockedGateway,
    environment,
    gateway,
    personal_data_in,
    run_to_end,
    running,
    serving_http,
)
from process.test_process_http import JSON, message
from quo_mcp.config.environment import load_settings
from quo_mcp.safety.send_record import SendState
from quo_mcp.server.databases import open_records
from quo_mcp.values.times import utc_now

pytestmark = pytest.mark.anyio

TEXT = {"to": "+14155550111", "text": "On our way.", "inbox": "Front Desk"}
SIGNALS = [signal.SIGTERM, signal.SIGINT]


def real(state, url):
    """Return an environment with an API key, and the sandbox at `url` as the gateway."""
    return environment(
        state, MATON_API_KEY="sandbox", QUO_MCP_BASE_URL=url, QUO_MCP_LOG_LEVEL="DEBUG"
    )


def journaled(env):
    with open_records(load_settings(env)) as (journal, _):
        return [(each.state, each.text) for each in journal.list_recent(5, now=utc_now())]


async def closed(url):
    """Return once the port refuses connections."""
    while True:
        try:
            async with httpx2.AsyncClient() as http:
                await http.get(f"{url}/health")
        except httpx2.ConnectError:
            return


@pytest.mark.parametrize("ending", SHUTDOWN_TRIGGERS.values(), ids=SHUTDOWN_TRIGGERS)
@pytest.mark.parametrize("greeted", [True, False], ids=["greeted", "not greeted"])
async def test_idle_over_stdio_it_ends_at_once(ending, greeted, tmp_path):
    async with running(env=environment(tmp_path)) as process:
        await process.ask("server/discover")  # by now it listens to signals
        if greeted:
            await process.initialize()
        ending(process)
        status, errors = await process.wait_for_exit()
    assert (status, errors) == (0, "")


@pytest.mark.parametrize("number", SIGNALS)
async def test_idle_over_http_it_ends_at_once(number, tmp_path):
    async with serving_http(env=environment(tmp_path)) as (process, url):
        async with httpx2.AsyncClient(base_url=url) as http:
            assert (await http.get("/health")).text == "ok\n"
        process.signal(number)
        status, errors = await process.wait_for_exit()
    assert (status, errors) == (0, "")


@pytest.mark.parametrize("ending", SHUTDOWN_TRIGGERS.values(), ids=SHUTDOWN_TRIGGERS)
async def test_over_stdio_a_text_under_way_is_finished_and_answered(ending, tmp_path):
    held = BlockedGateway()
    async with gateway(held.box) as url:
        env = real(tmp_path, url)
        async with running(env=env) as process:
            await process.initialize()
            asked = await process.send_call("quo_send_message", **TEXT)
            await asyncio.wait_for(held.arrived.wait(), 60)
            ending(process)
            await process.error_line("shutting down: ")
            held.release.set()
            answer = await process.answer(asked)
            status, logged = await process.wait_for_exit()
    assert "Sent to" in answer["result"]["content"][0]["text"]
    assert status == 0
    assert len(held.box.ledger) == 1
    assert journaled(env) == [(SendState.SENT, TEXT["text"])]
    assert personal_data_in(logged) == []


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("era", ["legacy", "modern"])
async def test_over_http_a_text_under_way_is_finished_and_answered(number, era, tmp_path):
    held = BlockedGateway()
    headers = dict(JSON)
    asked = message("tools/call", name="quo_send_message", arguments=TEXT)
    if era == "modern":
        headers |= {
            "MCP-Protocol-Version": "2026-07-28",
            "Mcp-Method": "tools/call",
            "Mcp-Name": "quo_send_message",
        }
        asked["params"]["_meta"] = {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": {"name": "tests", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {},
        }
    async with gateway(held.box) as gateway_url:
        env = real(tmp_path, gateway_url)
        async with serving_http(env=env) as (process, url):
            async with httpx2.AsyncClient(base_url=url, headers=headers, timeout=60) as http:
                reply = asyncio.create_task(http.post("/mcp", json=asked))
                await asyncio.wait_for(held.arrived.wait(), 60)
                process.signal(number)
                await closed(url)
                held.release.set()
                answer = (await reply).text
            status, logged = await process.wait_for_exit()
    assert "Sent to" in answer
    assert status == 0
    assert len(held.box.ledger) == 1
    assert journaled(env) == [(SendState.SENT, TEXT["text"])]
    assert personal_data_in(logged) == []


async def test_what_is_still_asked_when_the_input_ends_is_answered(tmp_path):
    async with running(env=environment(tmp_path)) as process:
        await process.initialize()
        asked = [await process.send_call("quo_list_users", limit=n) for n in range(1, 6)]
        process.close_input()
        status, _ = await process.wait_for_exit()
    assert status == 0
    assert sum(b'"result"' in line for line in process.stdout_lines) == 1 + len(asked)


async def test_a_text_that_the_client_gave_up_on_is_still_written_down(tmp_path):
    held = BlockedGateway()
    async with gateway(held.box) as url:
        env = real(tmp_path, url)
        async with running(env=env) as process:
            await process.initialize()
            asked = await process.send_call("quo_send_message", **TEXT)
            await asyncio.wait_for(held.arrived.wait(), 60)
            await process.write(
                b'{"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": %d}}'
                % asked
            )
            process.close_input()
            await process.error_line("shutting down: ")
            held.release.set()
            status, _ = await process.wait_for_exit()
    assert status == 0
    assert journaled(env) == [(SendState.SENT, TEXT["text"])]


async def test_a_key_that_is_refused_says_so_and_never_leads_to_the_sandbox(tmp_path):
    held = BlockedGateway()
    async with gateway(held.box) as url:
        env = real(tmp_path, url) | {"MATON_API_KEY": "a-wrong-key"}
        status, said, errors = await run_to_end("call", "quo_list_users", env=env)
    assert status == 1
    assert "SANDBOX" not in said
    assert "MATON_API_KEY" in said
    assert "a-wrong-key" not in said + errors
