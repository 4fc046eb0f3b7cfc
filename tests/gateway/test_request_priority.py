"""Calls before background requests, in virtual time, which advances only while every task waits."""

import anyio
import pytest

from quo_mcp.gateway.rate_limit import RequestQueue, background_requests
from torture.virtual import VirtualLoop

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend():
    return "asyncio", {"loop_factory": VirtualLoop}


async def order_of(arrivals):
    """Return the order in which requests are granted. arrivals: (kind, number of requests) in turn."""
    queue = RequestQueue(anyio.current_time, anyio.sleep)
    order = []

    async def ask(kind):
        with background_requests(lambda: kind == "refresh"):
            await queue.acquire(float("inf"))
        order.append(kind)

    async with anyio.create_task_group() as tasks:
        for kind, count in arrivals:
            for _ in range(count):
                tasks.start_soon(ask, kind)
            await anyio.sleep(0.01)
    return order


@pytest.mark.parametrize(
    "arrivals",
    [
        [("refresh", 30), ("call", 40)],
        [("refresh", 30), ("call", 1), ("refresh", 30), ("call", 39)],
        [("call", 20), ("refresh", 30), ("call", 20)],
    ],
)
async def test_no_background_request_goes_while_a_call_waits(arrivals):
    order = await order_of(arrivals)
    last_call = len(order) - order[::-1].index("call")
    assert order[:last_call].count("refresh") <= 7, "those that went before the first call came"
    assert order.count("call") == 40


async def test_a_call_is_granted_at_once_while_the_refresh_goes_on():
    queue = RequestQueue(anyio.current_time, anyio.sleep)
    waits = []

    async def refresh():
        with background_requests(lambda: True):
            for _ in range(100):
                await queue.acquire(float("inf"))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(refresh)
        for _ in range(10):
            await anyio.sleep(1.3)
            asked_at = anyio.current_time()
            for _ in range(3):
                await queue.acquire(float("inf"))
            waits.append(anyio.current_time() - asked_at)
    assert max(waits) == 0
    assert anyio.current_time() < 20
