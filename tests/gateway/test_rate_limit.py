import random
from collections import deque

import anyio
import pytest

from quo_mcp.errors import RateLimited
from quo_mcp.gateway.rate_limit import RequestQueue, background_requests

FOREVER = float("inf")


class FakeClock:
    """A clock that advances only during sleeps, by `overshoot()` seconds more than requested."""

    def __init__(self, overshoot=lambda: 0.0):
        self.now = 1_000.0
        self.overshoot = overshoot

    def clock(self):
        return self.now

    async def sleep(self, seconds):
        self.now += seconds + self.overshoot()
        await anyio.lowlevel.checkpoint()


def create_queue(time):
    return RequestQueue(time.clock, time.sleep)


def busiest_second(times):
    window, maximum = deque(), 0
    for moment in sorted(times):
        window.append(moment)
        while moment - window[0] > 1.0:
            window.popleft()
        maximum = max(maximum, len(window))
    return maximum


async def send(queue, time, sent, deadline=FOREVER):
    await queue.acquire(deadline)
    sent.append(time.now)


@pytest.mark.anyio
@pytest.mark.parametrize("seed", range(8))
async def test_no_second_sees_more_than_ten_arrive_and_work_is_not_held_up(seed):
    rng = random.Random(seed)
    time = FakeClock(overshoot=lambda: rng.random() * 0.002)
    queue = create_queue(time)
    sent = []
    async with anyio.create_task_group() as tasks:
        for _ in range(300):
            tasks.start_soon(send, queue, time, sent)
    arrived = [moment + rng.random() * 0.075 for moment in sent]
    assert len(sent) == 300
    assert busiest_second(arrived) <= 10
    assert (len(sent) - 10) / (sent[-1] - sent[0]) >= 9.0


@pytest.mark.anyio
async def test_the_bound_holds_for_requests_that_come_at_any_time():
    rng = random.Random(7)
    time = FakeClock()
    queue = create_queue(time)
    sent = []
    for _ in range(2_000):
        time.now += rng.choice([0.0, 0.0, 0.001, 0.05, 0.3, 0.9999])
        await send(queue, time, sent)
    assert busiest_second(sent) == 10


@pytest.mark.anyio
async def test_ten_requests_after_a_rest_go_at_once():
    time = FakeClock()
    queue = create_queue(time)
    for _ in range(10):
        await queue.acquire(FOREVER)
    assert time.now == 1_000.0


@pytest.mark.anyio
async def test_whoever_came_first_goes_first():
    time = FakeClock()
    queue = create_queue(time)
    order = []

    async def wait_for_turn(number):
        await queue.acquire(FOREVER)
        order.append(number)

    async with anyio.create_task_group() as tasks:
        for number in range(40):
            tasks.start_soon(wait_for_turn, number)
    assert order == list(range(40))


@pytest.mark.anyio
async def test_a_pause_holds_everybody_and_the_longer_of_two_counts():
    time = FakeClock()
    queue = create_queue(time)
    await queue.pause("GET /calls", 5.0)
    await queue.pause("GET /users", 1.0)
    sent = []
    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(send, queue, time, sent)
    assert sent == [1_005.0] * 3


@pytest.mark.anyio
async def test_who_cannot_get_a_turn_in_time_is_told_at_once_and_how_long():
    time = FakeClock()
    queue = create_queue(time)
    await queue.pause("", 8.0)
    with pytest.raises(RateLimited, match=r"not carried out\. Wait about 8 s") as raised:
        await queue.acquire(time.now + 5.0)
    assert raised.value.retry_after == pytest.approx(8.0)
    assert raised.value.status is None
    assert time.now == 1_000.0


@pytest.mark.anyio
async def test_waiters_who_give_up_take_no_turn_and_hold_up_nobody():
    time = FakeClock()
    blocked = anyio.Event()

    async def sleep(seconds):
        await blocked.wait()
        time.now += seconds

    queue = RequestQueue(time.clock, sleep)
    for _ in range(10):
        await queue.acquire(FOREVER)
    for _ in range(300):
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(queue.acquire, FOREVER)
                await anyio.lowlevel.checkpoint()
                scope.cancel()
    blocked.set()
    sent = []
    async with anyio.create_task_group() as tasks:
        for _ in range(10):
            tasks.start_soon(send, queue, time, sent)
    assert sent == [pytest.approx(1_001.08)] * 10


@pytest.mark.anyio
async def test_a_long_pause_holds_its_own_endpoint_and_the_others_for_a_second():
    time = FakeClock()
    queue = create_queue(time)
    await queue.pause("GET /calls", 60.0)
    for endpoint in ("GET /users", "POST /calls"):
        await queue.acquire(FOREVER, endpoint)
        assert time.now == 1_001.0
    await queue.acquire(FOREVER, "GET /calls")
    assert time.now == 1_060.0


@pytest.mark.anyio
async def test_background_requests_leave_three_of_ten_slots():
    time = FakeClock()
    queue = create_queue(time)
    with background_requests(lambda: True):
        for _ in range(7):
            await queue.acquire(FOREVER)
        with pytest.raises(RateLimited):
            await queue.acquire(time.now + 1)
    for _ in range(3):
        await queue.acquire(time.now + 1)
    assert time.now == 1_000.0


@pytest.mark.anyio
async def test_a_load_that_a_call_begins_to_wait_for_is_no_longer_background():
    time = FakeClock()
    queue = create_queue(time)
    waiting = []
    with background_requests(lambda: not waiting):
        for _ in range(7):
            await queue.acquire(FOREVER)
        waiting.append("a call")
        for _ in range(3):
            await queue.acquire(FOREVER)
    assert time.now == 1_000.0
