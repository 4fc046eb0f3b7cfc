import anyio
import pytest

from quo_mcp.directory.keyed_lock import Turns
from quo_mcp.errors import Forbidden

pytestmark = pytest.mark.anyio


async def test_those_who_wish_for_the_same_come_one_after_the_other_in_their_order():
    turns, under_way, order = Turns(), [], []

    async def call(number):
        async with turns.of("same"):
            under_way.append(number)
            await anyio.lowlevel.checkpoint()
            assert under_way == [number]
            order.append(under_way.pop())

    async with anyio.create_task_group() as together:
        for number in range(5):
            together.start_soon(call, number)
    assert order == sorted(order)
    assert turns._queues == {}


async def test_others_wait_for_nobody():
    turns = Turns()
    with anyio.fail_after(1):
        async with turns.of("one"), turns.of("other"), turns.of(None), turns.of(None):
            pass


async def test_one_who_gives_up_waiting_holds_up_nobody():
    turns = Turns()

    async def impatient():
        with anyio.move_on_after(0) as gave_up:
            async with turns.of("same"):
                raise AssertionError
        assert gave_up.cancelled_caught

    async with turns.of("same"), anyio.create_task_group() as together:
        together.start_soon(impatient)
    async with turns.of("same"):
        pass
    assert turns._queues == {}


async def test_a_no_is_one_for_those_who_waited_and_for_nobody_after_them():
    turns, told = Turns(), []

    async def ask(number):
        async with turns.of("same"):
            await anyio.lowlevel.checkpoint()
            raise Forbidden(f"The person said no to {number}.")

    async def call(number):
        with pytest.raises(Forbidden) as no:
            await ask(number)
        told.append(str(no.value))

    async with anyio.create_task_group() as together:
        for number in range(3):
            together.start_soon(call, number)
    assert told == ["The person said no to 0."] * 3
    async with turns.of("same"):
        pass


async def test_nobody_waits_longer_than_hosts_do(monkeypatch):
    turns, told = Turns(), []

    async def waiting():
        with pytest.raises(Forbidden, match="may be waiting for a person's answer") as no:
            async with turns.of("same"):
                raise AssertionError
        told.append(no)

    async with turns.of("same"), anyio.create_task_group() as together:
        monkeypatch.setattr("quo_mcp.directory.keyed_lock.PATIENCE", 0)
        together.start_soon(waiting)
    assert told
    assert turns._queues == {}
