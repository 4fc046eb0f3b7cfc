"""Many concurrent sends of the same text, in one process and in several."""

import asyncio
from contextlib import AsyncExitStack

import pytest

from process.served import environment, gateway, running
from quo_mcp.sandbox import Sandbox
from sandbox.play import DESK, ROSA

pytestmark = pytest.mark.anyio

HELLO = {"to": ROSA, "text": "Same to all", "inbox": DESK}


async def answers(process, calls):
    """Return the results of several calls that are all sent before the first response."""
    asked = [await process.send_call("quo_send_message", **HELLO) for _ in range(calls)]
    return [(await process.answer(each))["result"] for each in asked]


@pytest.mark.parametrize(("processes", "calls"), [(1, 50), (4, 50)])
async def test_fifty_wishes_for_one_text_are_one_text_and_fifty_answers(tmp_path, processes, calls):
    box = Sandbox(key="parallel", enforce_rate=False)  # or the answers would depend on speed
    async with gateway(box) as url, AsyncExitStack() as stack:
        env = environment(tmp_path, MATON_API_KEY="parallel", QUO_MCP_BASE_URL=url)
        started = [await stack.enter_async_context(running(env=env)) for _ in range(processes)]
        await asyncio.gather(*(process.initialize() for process in started))
        share = [calls // processes + (i < calls % processes) for i in range(processes)]
        told = await asyncio.gather(*map(answers, started, share))
    results = [each for of_one in told for each in of_one]
    texts = [each["content"][0]["text"] for each in results]
    assert len(box.ledger) == 1
    assert len(texts) == calls
    assert [each for each in results if each.get("isError")] == []
    assert sum(text.startswith("Sent to Rosa Delgado") for text in texts) == 1
    again = (
        "Not sent again: the same text",
        "The text to Rosa Delgado",
    )  # or it is still on its way
    assert sum(text.startswith(again) for text in texts) == calls - 1
