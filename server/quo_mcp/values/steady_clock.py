"""The time within one process: it never goes back, and passes at least as fast as a monotonic clock."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta


class SteadyClock:
    """A clock for the age of what one process holds, such as a cache.

    It starts as the wall clock. If the wall clock is set back, it goes on; if it is set ahead, or the machine
    slept, it follows.

    wall: returns the time, aware. monotonic: returns seconds of a monotonic clock.
    """

    def __init__(
        self, wall: Callable[[], datetime], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._wall = wall
        self._monotonic = monotonic
        self._wall_before, self._ticks_before = wall(), monotonic()
        self._time = self._wall_before

    def now(self) -> datetime:
        """Return the time."""
        wall, ticks = self._wall(), self._monotonic()
        passed = max(wall - self._wall_before, timedelta(seconds=ticks - self._ticks_before))
        self._wall_before, self._ticks_before = wall, ticks
        self._time += max(passed, timedelta())
        return self._time
