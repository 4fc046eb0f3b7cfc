import anyio
import pytest

from quo_mcp.directory.keyed_lock import KeyedLock
from quo_mcp.errors import PolicyRefusal
from torture.virtual import VirtualLoop

pytestmark = pytest.mark.anyio


async def test_those_who_wish_for_the_same_come_one_after_the_other_in_their_order():
    turns, under_way, order = KeyedLock(), [], []

    async def call(number):
        async with turns.hold("same"):
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
    turns = KeyedLock()
    with anyio.fail_after(1):
        async with turns.hold("one"), turns.hold("other"), turns.hold(None), turns.hold(None):
            pass


async def test_one_who_gives_up_waiting_holds_up_nobody():
    turns = KeyedLock()

    async def impatient():
        with anyio.move_on_after(0) as gave_up:
            async with turns.hold("same"):
                raise AssertionError
        assert gave_up.cancelled_caught

    async with turns.hold("same"), anyio.create_task_group() as together:
        together.start_soon(impatient)
    async with turns.hold("same"):
        pass
    assert turns._queues == {}


async def test_a_no_is_one_for_those_who_waited_and_for_nobody_after_them():
    turns, told = KeyedLock(), []

    async def ask(number):
        async with turns.hold("same"):
            await anyio.lowlevel.checkpoint()
            raise PolicyRefusal(f"The person said no to {number}.")

    async def call(number):
        with pytest.raises(PolicyRefusal) as no:
            await ask(number)
        told.append(str(no.value))

    async with anyio.create_task_group() as together:
        for number in range(3):
            together.start_soon(call, number)
    assert told == ["The person said no to 0."] * 3
    async with turns.hold("same"):
        pass


@pytest.mark.parametrize("anyio_backend", [("asyncio", {"loop_factory": VirtualLoop})])
async def test_nobody_waits_longer_than_hosts_do(anyio_backend):
    turns, waits = KeyedLock(), []

    async def waiting():
        with pytest.raises(PolicyRefusal, match="may be waiting for a person's answer"):
            async with turns.hold("same"):
                raise AssertionError
        waits.append(anyio.current_time())

    async with turns.hold("same"), anyio.create_task_group() as together:
        together.start_soon(waiting)
    assert waits == [pytest.approx(25)]
    assert turns._queues == {}
