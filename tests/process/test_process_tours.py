"""Every tool over stdio and over HTTP, before and since protocol version 2026-07-28."""

import sys
from functools import partial

import anyio
import pytest
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from process.served import environment, latest_send, personal_data_in, serving_http
from process.tour import tour

pytestmark = pytest.mark.anyio

SETTINGS = {"QUO_MCP_TOOLSETS": "all", "QUO_MCP_LOG_LEVEL": "DEBUG"}


async def tour_over_stdio(mode, state):
    """Return the tour's results, its failures and the server's log."""
    env = environment(state, **SETTINGS)
    parameters = StdioServerParameters(command=sys.executable, args=["-m", "quo_mcp"], env=env)
    with (state / "stderr").open("w+") as errors:
        async with Client(stdio_client(parameters, errlog=errors), mode=mode) as client:
            assert client.server_info.name == "quo-sandbox"
            results, failed = await tour(client, partial(latest_send, state))
        errors.seek(0)
        return results, failed, errors.read()


async def tour_over_http(mode, state):
    """Return the tour's results, its failures and the server's log."""
    async with serving_http(env=environment(state, **SETTINGS)) as (process, url):
        async with Client(f"{url}/mcp", mode=mode) as client:
            results, failed = await tour(client, partial(latest_send, state))
        process.signal(15)
        status, logged = await process.wait_for_exit()
    assert status == 0
    assert process.stdout_lines == []
    return results, failed, logged


async def test_every_tool_answers_over_both_transports_in_both_eras(tmp_path):
    """The four tours run side by side, since the rate limit makes each wait for a quarter of a minute."""
    tours = {}

    async def run(name, tour_over, mode):
        state = tmp_path / name
        state.mkdir()
        tours[name] = await tour_over(mode, state)

    async with anyio.create_task_group() as tasks:
        for mode in ("legacy", "auto"):
            tasks.start_soon(run, f"stdio-{mode}", tour_over_stdio, mode)
            tasks.start_soon(run, f"http-{mode}", tour_over_http, mode)
    assert len(tours) == 4
    assert {name: failed for name, (_, failed, _) in tours.items() if failed} == {}
    for results, _, logged in tours.values():
        assert all(text.startswith("SANDBOX") for text in results.values())
        assert personal_data_in(logged) == []
