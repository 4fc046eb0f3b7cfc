"""The fast profile of tests/torture/fuzz.py."""

import pytest

from quo_mcp.tools.rendering import Presenter
from torture.fuzz import Batch

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("seed", range(3))
async def test_no_arguments_crash_a_tool_and_every_failure_helps(seed):
    batch = await Batch(seed, hostile=False).play(300)
    assert batch.wrong == []
    assert batch.outcomes["answered"] > 30
    assert batch.outcomes["failed"] > 100


@pytest.mark.parametrize("seed", range(3))
async def test_no_reply_crashes_a_tool_and_every_failure_helps(seed):
    batch = await Batch(seed, hostile=True).play(400)
    assert batch.wrong == []
    assert batch.outcomes["answered"] > 10
    assert batch.outcomes["failed"] > 30


async def test_a_batch_comes_back_by_its_seed():
    once, twice = [await Batch(9, hostile=False).play(100) for _ in range(2)]
    assert (once.outcomes, once.longest) == (twice.outcomes, twice.longest)


async def test_a_crash_would_be_noticed(monkeypatch):
    def broken(*_):
        raise KeyError("name")

    monkeypatch.setattr(Presenter, "people", broken)
    batch = await Batch(0, hostile=False).play(100)
    assert any("crashed" in each for each in batch.wrong)
