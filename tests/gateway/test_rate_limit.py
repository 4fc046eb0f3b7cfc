import random
from collections import deque

import anyio
import pytest

from quo_mcp.errors import RateLimited
from quo_mcp.gateway.rate_limit import LONGEST_PAUSE, Limiter, Window

FOREVER = float("inf")


class Time:
    """Seconds that pass only when somebody sleeps, and a little more than asked, as in life."""

    def __init__(self, overshoot=lambda: 0.0):
        self.now = 1_000.0
        self.overshoot = overshoot

    def clock(self):
        return self.now

    async def sleep(self, seconds):
        self.now += seconds + self.overshoot()
        await anyio.lowlevel.checkpoint()


def limiter(time):
    return Limiter(time.clock, time.sleep)


def busiest_second(times):
    window, most = deque(), 0
    for each in sorted(times):
        window.append(each)
        while each - window[0] > 1.0:
            window.popleft()
        most = max(most, len(window))
    return most


async def send(line, time, sent, until=FOREVER):
    await line.turn(until)
    sent.append(time.now)


@pytest.mark.anyio
@pytest.mark.parametrize("seed", range(8))
async def test_no_second_sees_more_than_ten_arrive_and_work_is_not_held_up(seed):
    dice = random.Random(seed)
    time = Time(overshoot=lambda: dice.random() * 0.002)
    line = limiter(time)
    sent = []
    async with anyio.create_task_group() as tasks:
        for _ in range(300):
            tasks.start_soon(send, line, time, sent)
    arrived = [each + dice.random() * 0.075 for each in sent]
    assert len(sent) == 300
    assert busiest_second(arrived) <= 10
    assert (len(sent) - 10) / (sent[-1] - sent[0]) >= 9.0


@pytest.mark.anyio
async def test_the_bound_holds_for_requests_that_come_at_any_time():
    dice = random.Random(7)
    time = Time()
    line = limiter(time)
    sent = []
    for _ in range(2_000):
        time.now += dice.choice([0.0, 0.0, 0.001, 0.05, 0.3, 0.9999])
        await send(line, time, sent)
    assert busiest_second(sent) == 10


@pytest.mark.anyio
async def test_ten_requests_after_a_rest_go_at_once():
    time = Time()
    line = limiter(time)
    for _ in range(10):
        await line.turn(FOREVER)
    assert time.now == 1_000.0


@pytest.mark.anyio
async def test_whoever_came_first_goes_first():
    time = Time()
    line = limiter(time)
    order = []

    async def wait_for_turn(number):
        await line.turn(FOREVER)
        order.append(number)

    async with anyio.create_task_group() as tasks:
        for number in range(40):
            tasks.start_soon(wait_for_turn, number)
    assert order == list(range(40))


@pytest.mark.anyio
async def test_a_pause_holds_everybody_and_the_longer_of_two_counts():
    time = Time()
    line = limiter(time)
    line.pause(5.0)
    line.pause(1.0)
    sent = []
    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(send, line, time, sent)
    assert sent == [1_005.0] * 3


@pytest.mark.anyio
async def test_a_pause_has_an_end_whatever_the_other_side_asks():
    time = Time()
    line = limiter(time)
    line.pause(1e9)
    await line.turn(FOREVER)
    assert time.now == 1_000.0 + LONGEST_PAUSE


@pytest.mark.anyio
async def test_who_cannot_get_a_turn_in_time_is_told_at_once_and_how_long():
    time = Time()
    line = limiter(time)
    line.pause(8.0)
    with pytest.raises(RateLimited, match=r"not sent. Wait 8 s") as refused:
        await line.turn(time.now + 5.0)
    assert refused.value.retry_after == pytest.approx(8.0)
    assert refused.value.status is None
    assert time.now == 1_000.0


@pytest.mark.anyio
async def test_waiters_who_give_up_take_no_turn_and_hold_up_nobody():
    time = Time()
    window = Window()
    blocked = anyio.Event()

    async def sleep(seconds):
        await blocked.wait()
        time.now += seconds

    line = Limiter(time.clock, sleep, window)
    for _ in range(10):
        await line.turn(FOREVER)
    for _ in range(300):
        with anyio.CancelScope() as scope:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(line.turn, FOREVER)
                await anyio.lowlevel.checkpoint()
                scope.cancel()
    blocked.set()
    sent = []
    async with anyio.create_task_group() as tasks:
        for _ in range(10):
            tasks.start_soon(send, line, time, sent)
    assert sent == [pytest.approx(1_001.08)] * 10


def test_a_window_opens_when_its_oldest_request_has_passed_out_of_it():
    window = Window(requests=2, seconds=1.0)
    window.take(5.0)
    assert window.opens(5.0) == 5.0
    window.take(5.5)
    assert window.opens(5.6) == 6.0
    assert window.opens(6.1) == 6.1
