"""QUO_MCP_READ_TIMEOUT bounds a whole call, however many requests it needs."""

import anyio
import pytest

from quo_mcp.sandbox import Fault, Sandbox
from sandbox.play import DESK, Clock

pytestmark = pytest.mark.anyio

STOPPED = "Stopped after 2 s (QUO_MCP_READ_TIMEOUT); nothing was changed."


def slow_box(path):
    clock = Clock()
    box = Sandbox(seed=7, now=clock, sleep=anyio.sleep, enforce_rate=False)
    box.inject(Fault("latency", method="GET", path=path, times=None, seconds=0.3))
    return box


async def test_a_read_of_many_slow_requests_ends_within_the_calls_time(phone):
    async with phone(box=slow_box("/quo/v1/messages"), config={"read_timeout": 2}) as quo:
        with anyio.fail_after(5):
            why = await quo.refused("quo_list_messages", limit=100)
    assert (
        why == f"{STOPPED} Use a smaller limit or a shorter time range, or call again in a minute."
    )


async def test_a_send_to_a_name_that_is_not_found_in_time_is_not_sent_and_tells_how_far_it_came(
    phone,
):
    box = slow_box("/quo/v1/contacts")
    one = next(iter(box.state.contacts.values()))
    box.state.contacts.update({f"X{number}": one for number in range(500)})
    async with phone(box=box, config={"read_timeout": 2}) as quo:
        why = await quo.refused("quo_send_message", to="Jane", text="Hello", inbox=DESK)
    assert why.startswith(STOPPED)
    assert "contacts read so far. Use a smaller limit" in why
    assert box.ledger == []
