"""Several processes with one key behind a gateway that allows ten requests a second."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from process.served import environment, gateway, running
from quo_mcp.sandbox import Sandbox

pytestmark = pytest.mark.anyio


async def results_of(process, tool, arguments, calls):
    """Return the results of several calls that are all sent before the first response."""
    sent = [await process.send_call(tool, **arguments) for _ in range(calls)]
    return [(await process.answer(each))["result"] for each in sent]


@pytest.mark.parametrize(
    ("tool", "arguments", "processes", "calls"),
    [
        ("quo_list_messages", {"person": "Jane Whitaker"}, 4, 4),
        ("quo_list_users", {}, 4, 8),
        ("quo_find_contacts", {"query": "Jane"}, 2, 8),
    ],
)
async def test_no_call_fails_because_of_the_rate(tmp_path, tool, arguments, processes, calls):
    box = Sandbox(key="shared")
    async with gateway(box) as url, AsyncExitStack() as stack:
        env = environment(
            tmp_path,
            MATON_API_KEY="shared",
            QUO_MCP_BASE_URL=url,
            QUO_MCP_READ_TIMEOUT="60",  # a busy machine must not decide
        )
        started = [await stack.enter_async_context(running(env=env)) for _ in range(processes)]
        await asyncio.gather(*(process.initialize() for process in started))
        results = await asyncio.gather(
            *(results_of(process, tool, arguments, calls) for process in started)
        )
    failed = [each for of_process in results for each in of_process if each.get("isError")]
    assert failed == []
    assert sum(map(len, results)) == processes * calls
