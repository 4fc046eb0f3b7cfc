"""A short run of `torture/identities.py`: employees and forged tokens in any order."""

import pytest

from torture import identities

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("seed", [1, 2])
async def test_nobody_reads_or_writes_on_the_inbox_of_somebody_else(seed):
    faults, counts = await identities.run(calls=150, seed=seed)
    assert faults == []
    assert min(counts["answered"], counts["refused"], counts["forged"], counts["sent"]) > 0
