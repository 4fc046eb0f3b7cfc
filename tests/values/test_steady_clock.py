from datetime import UTC, datetime, timedelta

import pytest

from quo_mcp.values.steady_clock import SteadyClock

START = datetime(2026, 11, 23, 9, tzinfo=UTC)


class Machine:
    """A machine whose clock somebody sets."""

    def __init__(self):
        self.wall = START
        self.ticks = 100.0

    def passes(self, seconds):
        self.wall += timedelta(seconds=seconds)
        self.ticks += seconds


@pytest.fixture
def machine():
    return Machine()


@pytest.fixture
def clock(machine):
    return SteadyClock(lambda: machine.wall, lambda: machine.ticks)


@pytest.mark.parametrize("jump", [timedelta(hours=-2), timedelta(days=-400), timedelta(minutes=-5)])
def test_a_clock_that_is_set_back_does_not_make_anything_younger(machine, clock, jump):
    machine.passes(60)
    began = clock.now()
    machine.wall += jump
    machine.passes(300)
    assert clock.now() - began == timedelta(seconds=300)
    machine.wall -= jump
    assert clock.now() - began >= timedelta(seconds=300)


@pytest.mark.parametrize("seconds", [0, 1, 86_400])
def test_time_passes_as_everywhere(machine, clock, seconds):
    machine.passes(seconds)
    assert clock.now() == START + timedelta(seconds=seconds)


def test_a_machine_that_slept_is_as_late_as_its_clock(machine, clock):
    machine.wall += timedelta(hours=8)  # the monotonic clock stood still
    assert clock.now() == START + timedelta(hours=8)
