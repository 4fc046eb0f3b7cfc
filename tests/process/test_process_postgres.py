"""Two served replicas on PostgreSQL, with state directories of their own, as on two machines."""

from contextlib import closing

import httpx2
import mcp_types as types
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from process.served import environment, gateway, run_to_end, serving_http
from process.test_process_replicas import RoundRobin
from quo_mcp.sandbox import Sandbox
from sandbox.play import DIRECT, JANE
from store.postgres_server import PostgresServer, find_binaries

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(
        find_binaries() is None,
        reason="PostgreSQL IS NOT INSTALLED, so nothing here is tested: apt-get install postgresql",
    ),
]
TEXT = {"to": JANE, "text": "Your boat is ready.", "inbox": DIRECT}


@pytest.fixture(scope="module")
def database_url():
    with closing(PostgresServer()) as server:
        yield server.url


async def test_replicas_ask_once_send_once_and_obey_a_pause(tmp_path, database_url):
    questions = []

    async def accept(_context, params):
        questions.append(params.message)
        return types.ElicitResult(action="accept", content={})

    box = Sandbox(seed=7, enforce_rate=False)
    async with gateway(box) as quo_url:
        first_env, second_env = (
            environment(
                tmp_path / name,
                MATON_API_KEY="sandbox",
                QUO_MCP_BASE_URL=quo_url,
                QUO_MCP_DATABASE=database_url,
                QUO_MCP_KEEP_CONVERSATIONS="false",
            )
            for name in ("one", "two")
        )
        async with (
            serving_http(env=first_env) as (_, first_url),
            serving_http(env=second_env) as (_, second_url),
            httpx2.AsyncClient(transport=RoundRobin([first_url, second_url]), timeout=60) as http,
            Client(
                streamable_http_client(f"{first_url}/mcp", http_client=http),
                elicitation_callback=accept,
            ) as client,
        ):
            for url in (first_url, second_url):
                assert (await http.get(f"{url}/ready")).status_code == 200
            result = await client.call_tool("quo_send_message", TEXT)
            assert not result.is_error, result.content
            assert len(questions) == 1
            for _ in range(2):  # one for each replica
                again = await client.call_tool("quo_send_message", TEXT)
                assert not again.is_error  # the status of the first one
            assert len(box.ledger) == 1
            assert (await run_to_end("pause", "--reason", "porting", env=second_env))[0] == 0
            for _ in range(2):
                paused = await client.call_tool("quo_send_message", TEXT | {"text": "Another one"})
                assert paused.is_error
                assert "quo-mcp resume" in paused.content[0].text
            assert len(box.ledger) == 1
        status, out, errors = await run_to_end("store", "status", env=first_env)
        assert (status, errors) == (0, "")
        assert out.count("up to date") == 2
        assert "no tables yet" in out  # neither contacts nor conversations are kept
        for leaked in ("unguessable", database_url):
            assert leaked not in out
    assert not list(tmp_path.rglob("*.sqlite3"))


async def test_without_its_database_a_replica_starts_is_not_ready_and_sends_nothing(tmp_path):
    box = Sandbox(seed=7, enforce_rate=False)
    async with gateway(box) as quo_url:
        env = environment(
            tmp_path,
            MATON_API_KEY="sandbox",
            QUO_MCP_BASE_URL=quo_url,
            QUO_MCP_DATABASE="postgresql://quo:unguessable@127.0.0.1:1/quo",
        )
        async with (
            serving_http(env=env) as (process, url),
            httpx2.AsyncClient(timeout=60) as http,
            Client(streamable_http_client(f"{url}/mcp", http_client=http)) as client,
        ):
            assert (await http.get(f"{url}/ready")).status_code == 503
            result = await client.call_tool("quo_send_message", TEXT)
            assert result.is_error
            assert "cannot be reached" in result.content[0].text
            assert "unguessable" not in result.content[0].text
            listed = await client.call_tool("quo_list_users", {})
            assert not listed.is_error
            process.signal(15)
            _, log = await process.wait_for_exit()
    assert "unguessable" not in log
    assert box.ledger == []
