"""However the server ends, a text under way is finished, written down and answered, and the exit status is 0."""

import asyncio
import signal

import httpx2
import pytest

from process.served import (
    ENDINGS,
    Held,
    environment,
    finished,
    gateway,
    given_away,
    running,
    serving_http,
)
from process.test_process_http import JSON, message
from quo_mcp.config.environment import from_environment
from quo_mcp.safety.send_record import State
from quo_mcp.server.account import real_time, records_of

pytestmark = pytest.mark.anyio

TEXT = {"to": "+14155550111", "text": "On our way.", "inbox": "Front Desk"}
SIGNALS = [signal.SIGTERM, signal.SIGINT]


def real(state, url):
    """Settings as for the real gateway, which is pretended at `url`."""
    return environment(
        state, MATON_API_KEY="sandbox", QUO_MCP_BASE_URL=url, QUO_MCP_LOG_LEVEL="DEBUG"
    )


def journaled(env):
    with records_of(from_environment(env)) as (journal, _):
        return [(each.state, each.text) for each in journal.recent(5, now=real_time())]


async def closed(url):
    """Returns once nobody is let in any more."""
    while True:
        try:
            async with httpx2.AsyncClient() as http:
                await http.get(f"{url}/health")
        except httpx2.ConnectError:
            return


@pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS)
@pytest.mark.parametrize("greeted", [True, False], ids=["greeted", "not greeted"])
async def test_idle_over_stdio_it_ends_at_once(ending, greeted, tmp_path):
    async with running(env=environment(tmp_path)) as process:
        await process.ask("server/discover")  # by now it listens to signals
        if greeted:
            await process.greet()
        ending(process)
        status, errors = await process.ended()
    assert (status, errors) == (0, "")


@pytest.mark.parametrize("number", SIGNALS)
async def test_idle_over_http_it_ends_at_once(number, tmp_path):
    async with serving_http(env=environment(tmp_path)) as (process, url):
        async with httpx2.AsyncClient(base_url=url) as http:
            assert (await http.get("/health")).text == "ok\n"
        process.signal(number)
        status, errors = await process.ended()
    assert (status, errors) == (0, "")


@pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS)
async def test_over_stdio_a_text_under_way_is_finished_and_answered(ending, tmp_path):
    held = Held()
    async with gateway(held.box) as url:
        env = real(tmp_path, url)
        async with running(env=env) as process:
            await process.greet()
            asked = await process.calls("quo_send_message", **TEXT)
            await asyncio.wait_for(held.arrived.wait(), 60)
            ending(process)
            await process.error_line("ending: ")
            held.let_go.set()
            answer = await process.answer(asked)
            status, logged = await process.ended()
    assert "Sent to" in answer["result"]["content"][0]["text"]
    assert status == 0
    assert len(held.box.ledger) == 1
    assert journaled(env) == [(State.SENT, TEXT["text"])]
    assert given_away(logged) == []


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("era", ["legacy", "modern"])
async def test_over_http_a_text_under_way_is_finished_and_answered(number, era, tmp_path):
    held = Held()
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
                held.let_go.set()
                answer = (await reply).text
            status, logged = await process.ended()
    assert "Sent to" in answer
    assert status == 0
    assert len(held.box.ledger) == 1
    assert journaled(env) == [(State.SENT, TEXT["text"])]
    assert given_away(logged) == []


async def test_what_is_still_asked_when_the_input_ends_is_answered(tmp_path):
    async with running(env=environment(tmp_path)) as process:
        await process.greet()
        asked = [await process.calls("quo_list_users", limit=n) for n in range(1, 6)]
        process.close_input()
        status, _ = await process.ended()
    assert status == 0
    assert sum(b'"result"' in line for line in process.said) == 1 + len(asked)


async def test_a_text_that_the_client_gave_up_on_is_still_written_down(tmp_path):
    held = Held()
    async with gateway(held.box) as url:
        env = real(tmp_path, url)
        async with running(env=env) as process:
            await process.greet()
            asked = await process.calls("quo_send_message", **TEXT)
            await asyncio.wait_for(held.arrived.wait(), 60)
            await process.write(
                b'{"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": %d}}'
                % asked
            )
            process.close_input()
            await process.error_line("ending: ")
            held.let_go.set()
            status, _ = await process.ended()
    assert status == 0
    assert journaled(env) == [(State.SENT, TEXT["text"])]


async def test_a_key_that_is_refused_says_so_and_never_leads_to_the_sandbox(tmp_path):
    held = Held()
    async with gateway(held.box) as url:
        env = real(tmp_path, url) | {"MATON_API_KEY": "a-wrong-key"}
        status, said, errors = await finished("call", "quo_list_users", env=env)
    assert status == 1
    assert "SANDBOX" not in said
    assert "MATON_API_KEY" in said
    assert "a-wrong-key" not in said + errors
