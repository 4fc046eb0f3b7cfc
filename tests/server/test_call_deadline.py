"""QUO_MCP_READ_TIMEOUT bounds a whole call, however many requests it needs."""

import anyio
import pytest

from quo_mcp.history import task_activity
from quo_mcp.sandbox import Fault, Sandbox
from sandbox.play import DESK, Clock

pytestmark = pytest.mark.anyio

STOPPED = "Stopped after 2 s (QUO_MCP_READ_TIMEOUT); nothing was changed."


def slow_box(path, *, seconds=0.3):
    clock = Clock()
    box = Sandbox(seed=7, now=clock, sleep=anyio.sleep, enforce_rate=False)
    box.inject(Fault("latency", method="GET", path=path, times=None, seconds=seconds))
    return box


async def test_one_slow_request_ends_within_the_calls_time(phone):
    box = slow_box("/quo/v1/users", seconds=30)
    async with phone(box=box, config={"read_timeout": 2}) as quo:
        with anyio.fail_after(10):
            why = await quo.refused("quo_list_users")
    assert (
        why == f"{STOPPED} Use a smaller limit or a shorter time range, or call again in a minute."
    )


async def test_a_feed_of_many_slow_conversations_shows_what_was_read_and_the_way_to_the_rest(phone):
    box = slow_box("/quo/v1/messages", seconds=1.5)
    async with phone(box=box, config={"read_timeout": 6}) as quo:
        with anyio.fail_after(20):
            page = await quo("quo_list_messages", limit=100)
    assert "Read 4 conversations so far; other conversations may have newer messages." in page
    assert 'More: call again with page_token="' in page  # the next page reads the rest
    assert "\n> " in page


async def test_an_endless_list_of_tasks_shows_what_was_read_and_the_way_to_the_rest(
    phone, monkeypatch
):
    monkeypatch.setattr(task_activity, "MAX_PAGES", 1_000)
    box = slow_box("/quo/v1/tasks", seconds=0.4)
    tasks = next(iter(box.state.tasks.values()))
    box.state.tasks.update({f"TK{n}": tasks | {"id": f"TK{n}"} for n in range(3_000)})
    async with phone(box=box, config={"read_timeout": 4}) as quo:
        with anyio.fail_after(20):
            page = await quo("quo_list_tasks", limit=1)
    assert "page_token=" in page


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
