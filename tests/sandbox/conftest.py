import pytest

from quo_mcp.sandbox import Sandbox
from sandbox.play import Clock, client


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def box(clock):
    return Sandbox(now=clock, sleep=clock.sleep, enforce_rate=False)


@pytest.fixture
async def http(box):
    async with client(box) as opened:
        yield opened
