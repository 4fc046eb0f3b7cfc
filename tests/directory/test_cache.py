"""Things that are kept: loaded once whoever asks, renewed behind the scenes, never lost by a failure."""

from contextlib import asynccontextmanager
from datetime import timedelta

import anyio
import pytest

from quo_mcp.directory.cache import RETRY_DELAY, RefreshingCache, Snapshot
from quo_mcp.errors import Unavailable
from sandbox.play import Clock

pytestmark = pytest.mark.anyio


class Well:
    """Something to read: each reading waits until it is let go, and brings its number or a failure."""

    def __init__(self, now):
        self.now = now
        self.begun = 0
        self.failing = None
        self.gate = anyio.Event()
        self.gate.set()

    async def __call__(self, tell):
        self.begun += 1
        began_at = self.now()
        reading = self.begun
        tell(f"Reading {reading}.")
        await self.gate.wait()
        tell(f"Nearly {reading}.")
        await anyio.lowlevel.checkpoint()
        if self.failing:
            raise self.failing
        return Snapshot(reading, began_at)


@asynccontextmanager
async def keeping():
    clock = Clock()
    well = Well(clock)
    async with anyio.create_task_group() as group:
        yield RefreshingCache(well, clock, lambda: group), well, clock
        group.cancel_scope.cancel()


async def settled():
    for _ in range(10):
        await anyio.lowlevel.checkpoint()


async def test_all_who_need_it_at_once_share_one_load():
    async with keeping() as (kept, well, _):
        found = []

        async def need():
            found.append(await kept.get())

        async with anyio.create_task_group() as group:
            for _ in range(20):
                group.start_soon(need)
        assert (found, well.begun) == ([1] * 20, 1)
        assert await kept.get() == 1
        assert well.begun == 1


async def test_an_old_copy_serves_while_it_is_read_anew():
    async with keeping() as (kept, well, clock):
        await kept.get()
        clock.wait(601)
        well.gate = anyio.Event()
        assert [await kept.get(), await kept.get()] == [1, 1]
        await settled()
        assert well.begun == 2
        well.gate.set()
        await settled()
        assert await kept.get() == 2
        assert kept.age == timedelta()


async def test_who_acts_by_it_waits_for_a_fresh_copy():
    async with keeping() as (kept, well, clock):
        assert await kept.get(fresh=True) == 1
        clock.wait(600)
        assert await kept.get(fresh=True) == 1
        clock.wait(1)
        assert await kept.get(fresh=True) == 2
        assert well.begun == 2


async def test_who_acts_by_it_shares_the_load_that_is_under_way():
    async with keeping() as (kept, well, clock):
        await kept.get()
        clock.wait(601)
        well.gate, found = anyio.Event(), []
        assert await kept.get() == 1

        async def act():
            found.append(await kept.get(fresh=True))

        async with anyio.create_task_group() as group:
            group.start_soon(act)
            await settled()
            assert (found, await kept.get()) == ([], 1)
            well.gate.set()
        assert (found, well.begun) == ([2], 2)


async def test_an_old_copy_that_cannot_be_renewed_is_not_acted_by():
    async with keeping() as (kept, well, clock):
        await kept.get()
        clock.wait(601)
        well.failing = Unavailable("down")
        with pytest.raises(Unavailable, match="down"):
            await kept.get(fresh=True)
        assert await kept.get() == 1
        well.failing = None
        assert await kept.get(fresh=True) == 3


async def test_what_is_fresh_is_not_read_anew():
    async with keeping() as (kept, well, clock):
        await kept.get()
        clock.wait(600)
        await kept.get()
        await settled()
        assert (well.begun, kept.age) == (1, timedelta(minutes=10))


@pytest.mark.parametrize("failure", [Unavailable("down"), ValueError("ours")])
async def test_a_failed_renewal_leaves_the_last_good_copy_and_its_age(failure, caplog):
    async with keeping() as (kept, well, clock):
        await kept.get()
        read_at = kept.read_at
        clock.wait(3600)
        well.failing = failure
        assert await kept.get() == 1
        await settled()
        assert await kept.get() == 1
        assert (kept.age, kept.staleness()) == (timedelta(hours=1), read_at)
        well.failing = None
        assert (await kept.get(), well.begun) == (1, 2), "a burst of calls is not a burst of loads"
        clock.wait(RETRY_DELAY.total_seconds())
        await kept.get()
        await settled()
        assert kept.staleness() is None
        assert kept.value > 1


async def test_what_was_never_read_is_refused_and_tried_again_by_the_next():
    async with keeping() as (kept, well, _):
        well.failing = Unavailable("down")
        with pytest.raises(Unavailable, match="down"):
            await kept.get()
        assert kept.staleness()
        well.failing = None
        assert await kept.get() == 2


async def test_a_crash_of_ours_is_no_crash_of_the_server(caplog):
    async with keeping() as (kept, well, _):
        well.failing = ZeroDivisionError("a slip")
        with pytest.raises(Unavailable, match="internal error in this server"):
            await kept.get()
        assert "reading the directory crashed" in caplog.text


async def test_who_gives_up_waiting_does_not_end_the_load():
    async with keeping() as (kept, well, _):
        well.gate = anyio.Event()
        with anyio.move_on_after(0) as scope:
            await kept.get()
        assert scope.cancelled_caught
        well.gate.set()
        assert await kept.get() == 1
        assert well.begun == 1


async def test_whoever_waits_hears_how_far_it_is():
    async with keeping() as (kept, _well, _):
        heard = []

        async def progress(done, total, message):
            heard.append((done, total, message))

        await kept.get(progress)
        assert [message for _, _, message in heard] in (
            ["Reading 1.", "Nearly 1."],
            ["Nearly 1."],
        )
        assert [done for done, _, _ in heard] == sorted({done for done, _, _ in heard})


async def test_what_was_forgotten_is_gone_and_read_anew_by_the_next():
    async with keeping() as (kept, well, _):
        await kept.get()
        kept.invalidate()
        assert kept.value is None
        assert (await kept.get(), well.begun) == (2, 2)


async def test_a_load_that_began_before_the_forgetting_is_not_believed():
    async with keeping() as (kept, well, _):
        found = []
        well.gate = anyio.Event()

        async def need():
            found.append(await kept.get())

        async with anyio.create_task_group() as group:
            group.start_soon(need)
            await settled()
            kept.invalidate()
            well.gate.set()
        assert (found, well.begun) == ([2], 2)
