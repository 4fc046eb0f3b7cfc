"""Several served processes on one state directory, as behind a round robin."""

import itertools

import httpx2
import mcp_types as types
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

from process.served import environment, gateway, serving_http
from quo_mcp.sandbox import Sandbox
from sandbox.play import DIRECT, JANE, ROSA

pytestmark = pytest.mark.anyio


class RoundRobin(httpx2.AsyncHTTPTransport):
    """Passes each request to the next of the servers."""

    def __init__(self, urls):
        super().__init__()
        self._urls = itertools.cycle(map(httpx2.URL, urls))

    async def handle_async_request(self, request):
        url = next(self._urls)
        request.url = request.url.copy_with(host=url.host, port=url.port)
        request.headers["Host"] = f"{url.host}:{url.port}"
        return await super().handle_async_request(request)


@pytest.mark.parametrize(
    ("tool", "arguments", "writes"),
    [
        ("quo_send_message", {"to": JANE, "text": "Your boat is ready.", "inbox": DIRECT}, 1),
        ("quo_send_group_message", {"to": [JANE, ROSA], "text": "Hi.", "inbox": DIRECT}, 1),
        ("quo_create_connection", {}, 1),
    ],
)
async def test_two_processes_behind_a_round_robin_ask_a_person_once(
    tmp_path, tool, arguments, writes
):
    questions = []

    async def accept(_context, params):
        questions.append(params.message)
        return types.ElicitResult(action="accept", content={})

    box = Sandbox(seed=7, enforce_rate=False)
    async with gateway(box) as quo_url:
        env = environment(tmp_path, MATON_API_KEY="sandbox", QUO_MCP_BASE_URL=quo_url)
        async with (
            serving_http(env=env) as (_, first_url),
            serving_http(env=env) as (_, second_url),
            httpx2.AsyncClient(transport=RoundRobin([first_url, second_url])) as http,
            Client(
                streamable_http_client(f"{first_url}/mcp", http_client=http),
                elicitation_callback=accept,
            ) as client,
        ):
            result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content
    assert len(questions) == 1
    assert len([each for each in box.requests if each["method"] != "GET"]) == writes
