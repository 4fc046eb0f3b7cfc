"""Elicitation over HTTP, and the sessions that it needs."""

import json
import signal
from contextlib import asynccontextmanager

import anyio
import httpx2
import mcp_types as types
import pytest
from mcp import Client

from process.served import INITIALIZE_PARAMS, TIMEOUT, environment, gateway, serving_http
from process.test_process_endings import TEXT, closed, real
from process.test_process_http import JSON, TOKEN, message
from quo_mcp.sandbox import Sandbox

pytestmark = pytest.mark.anyio

ASKING = message("initialize", **INITIALIZE_PARAMS | {"capabilities": {"elicitation": {}}})
SENDING = message("tools/call", name="quo_send_message", arguments=TEXT)


class Person:
    """A user who answers each question, or never does."""

    def __init__(self, action=None):
        self._action = action
        self.asked = []
        self.thinking = anyio.Event()

    async def __call__(self, _context, params):
        self.asked.append(params.message)
        if self._action is None:
            self.thinking.set()
            await anyio.sleep_forever()
        return types.ElicitResult(action=self._action)


@asynccontextmanager
async def served(state, **settings):
    """Run the server over its own sandbox; yield the process, its URL and the texts that were sent."""
    box = Sandbox(enforce_rate=False)
    async with (
        gateway(box) as gateway_url,
        serving_http(env=real(state, gateway_url) | settings) as (process, url),
    ):
        yield process, url, box.ledger


def outcomes(state):
    """Return the outcome of each send in the audit log."""
    lines = (state / "audit.jsonl").read_text(encoding="utf-8").splitlines()
    return [line["outcome"] for line in map(json.loads, lines) if line["effect"] == "send"]


@pytest.mark.parametrize(
    ("mode", "rule", "action", "texts"),
    [
        ("legacy", "auto", "decline", 0),
        ("legacy", "auto", "accept", 1),
        ("legacy", "required", "cancel", 0),
        ("legacy", "required", "accept", 1),
        ("auto", "auto", "decline", 0),
        ("auto", "required", "accept", 1),
    ],
)
async def test_a_person_is_asked_once_and_what_they_say_is_done(
    mode, rule, action, texts, tmp_path
):
    person = Person(action)
    async with (
        served(tmp_path, QUO_MCP_APPROVAL=rule) as (_, url, ledger),
        Client(f"{url}/mcp", mode=mode, elicitation_callback=person) as client,
    ):
        result = await client.call_tool("quo_send_message", TEXT)
        assert [TEXT["text"] in each for each in person.asked] == [True]
        assert bool(result.is_error) == (not texts)
        assert len(ledger) == texts


async def test_two_clients_are_each_asked_about_their_own(tmp_path):
    one, other = Person("accept"), Person("decline")
    async with (
        served(tmp_path) as (_, url, ledger),
        Client(f"{url}/mcp", mode="legacy", elicitation_callback=one) as first,
        Client(f"{url}/mcp", mode="legacy", elicitation_callback=other) as second,
        anyio.create_task_group() as both,
    ):
        both.start_soon(first.call_tool, "quo_send_message", TEXT)
        both.start_soon(second.call_tool, "quo_send_message", TEXT | {"text": "Not so."})
    assert [len(one.asked), len(other.asked)] == [1, 1]
    assert "Not so." in other.asked[0]
    assert [each["content"] for each in ledger] == [TEXT["text"]]


@pytest.mark.parametrize("rule", ["auto", "required", "never"])
async def test_only_who_can_be_asked_gets_a_session(rule, tmp_path):
    env = environment(tmp_path, QUO_MCP_APPROVAL=rule)
    async with (
        serving_http(env=env) as (_, url),
        httpx2.AsyncClient(base_url=url, headers=JSON) as http,
    ):
        for first, asked in (
            (ASKING, rule != "never"),
            (message("initialize", **INITIALIZE_PARAMS), False),
            (message("tools/list"), False),
        ):
            reply = await http.post("/mcp", json=first)
            assert reply.status_code == 200
            assert ("mcp-session-id" in reply.headers) is asked


async def test_a_session_is_behind_the_token_and_the_known_hosts_and_ends_when_told(tmp_path):
    env = environment(tmp_path, QUO_MCP_HTTP_TOKEN=TOKEN)
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    listing = message("tools/list", 2)
    async with (
        serving_http(env=env) as (_, url),
        httpx2.AsyncClient(base_url=url, headers=JSON | bearer) as http,
    ):
        evil = {"Host": "rebound.example.com"}
        assert (await http.post("/mcp", json=ASKING, headers=evil)).status_code == 421
        session = {
            "mcp-session-id": (await http.post("/mcp", json=ASKING)).headers["mcp-session-id"]
        }
        for headers, status in (
            ({"Authorization": "Bearer wrong"}, 401),
            (evil, 421),
            ({"Origin": "https://evil.example.com"}, 403),
            ({}, 200),
            ({"mcp-session-id": "0" * 32}, 404),
        ):
            reply = await http.post("/mcp", json=listing, headers=session | headers)
            assert reply.status_code == status
        assert (await http.delete("/mcp", headers=session)).status_code == 200
        assert (await http.post("/mcp", json=listing, headers=session)).status_code == 404


async def test_without_a_session_there_is_nothing_to_listen_to_or_to_end(tmp_path):
    async with (
        serving_http(env=environment(tmp_path)) as (_, url),
        httpx2.AsyncClient(base_url=url, headers=JSON) as http,
    ):
        for method in ("GET", "DELETE", "PUT"):
            reply = await http.request(method, "/mcp")
            assert (reply.status_code, reply.headers["allow"]) == (405, "POST")


async def test_who_leaves_while_a_person_thinks_has_sent_nothing(tmp_path):
    person = Person()
    async with served(tmp_path) as (_, url, ledger):
        with anyio.fail_after(TIMEOUT):
            async with (
                Client(f"{url}/mcp", mode="legacy", elicitation_callback=person) as client,
                anyio.create_task_group() as waiting,
            ):
                waiting.start_soon(client.call_tool, "quo_send_message", TEXT)
                await person.thinking.wait()
                waiting.cancel_scope.cancel()
            async with Client(f"{url}/mcp") as another:
                while not outcomes(tmp_path):
                    await another.call_tool("quo_list_users", {})
        assert outcomes(tmp_path) == ["cancelled"]
        assert ledger == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_an_open_session_does_not_keep_the_server(number, tmp_path):
    async with (
        serving_http(env=environment(tmp_path)) as (process, url),
        Client(f"{url}/mcp", mode="legacy", elicitation_callback=Person()) as client,
    ):
        await client.call_tool("quo_list_users", {})
        process.signal(number)
        # Had it waited in vain for the stream on which the client listens, it would say so.
        assert await process.wait_for_exit() == (0, "")


async def test_a_question_that_nobody_answers_does_not_keep_the_server(tmp_path):
    session = dict(JSON)
    async with served(tmp_path, QUO_MCP_LOG_LEVEL="WARNING") as (process, url, ledger):
        async with httpx2.AsyncClient(base_url=url, timeout=TIMEOUT) as http:
            greeted = await http.post("/mcp", json=ASKING, headers=session)
            session["mcp-session-id"] = greeted.headers["mcp-session-id"]
            async with http.stream("POST", "/mcp", json=SENDING, headers=session) as reply:
                lines = reply.aiter_lines()
                while "elicitation/create" not in await anext(lines):
                    pass
                process.signal(signal.SIGTERM)
                await closed(url)
                assert [line async for line in lines if line.startswith("data:")] == []
        status, errors = await process.wait_for_exit()
        assert status == 0
        assert "graceful" not in errors  # it did not have to be cut off
        assert ledger == []
