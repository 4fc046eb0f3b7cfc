"""The time of the journal: this machine's clock, unless the gateway contradicts it.

A wrong clock would let a duplicate pass as old, block sends until a date that never was, or delete rows that
are still needed. The gateway dates its replies. Between replies, a monotonic clock counts on.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

MAX_DIFFERENCE = timedelta(seconds=60)  # a smaller one changes no decision


class JournalClock:
    """The clock of one account.

    wall: this machine's time, aware. gateway_time: the time by the gateway's latest dated reply, or None.
    read: sends a request, whose reply is dated.
    """

    def __init__(
        self,
        wall: Callable[[], datetime],
        gateway_time: Callable[[], datetime | None],
        read: Callable[[], Awaitable[object]],
    ) -> None:
        self._wall = wall
        self._gateway_time = gateway_time
        self._read = read

    def now(self) -> datetime:
        """Return this machine's time, or the gateway's if the two differ by more than `MAX_DIFFERENCE`."""
        wall, gateway = self._wall(), self._gateway_time()
        if gateway is None or abs(gateway - wall) <= MAX_DIFFERENCE:
            return wall
        return gateway

    def skew(self) -> timedelta:
        """Return how far the gateway's clock is ahead of `now`; zero if it is not known."""
        gateway = self._gateway_time()
        return timedelta() if gateway is None else gateway - self.now()

    def certain_now(self) -> datetime | None:
        """Return a time that has certainly passed, because both clocks say so; None without a dated reply."""
        gateway = self._gateway_time()
        return None if gateway is None else min(self._wall(), gateway)

    async def confirm(self) -> None:
        """Get a newer date from the gateway if the two clocks differ: this machine may have slept since the last one."""
        gateway = self._gateway_time()
        if gateway is not None and abs(gateway - self._wall()) > MAX_DIFFERENCE:
            await self._read()
