"""The account's ten requests a second, kept for everything this process sends."""

from collections import deque
from collections.abc import Awaitable, Callable

import anyio

from quo_mcp.errors import RateLimited
from quo_mcp.gateway.retry import span

REQUESTS = 10
# The other side counts arrivals, not departures: a request that is slow to arrive (a new
# connection) comes closer to those sent a second later. 80 ms allow for that, at 9.26 a second.
SECONDS = 1.08
# As long as everybody is held back because one was told to wait. Asking sooner than we are told may
# prolong a ban; but one odd header must not shut the phone for a day, so now and then somebody asks again.
LONGEST_PAUSE = 300.0


class Window:
    """Pure: at most `requests` in any `seconds`, by a log of when the last ones went."""

    def __init__(self, requests: int = REQUESTS, seconds: float = SECONDS) -> None:
        self._seconds = seconds
        self._sent: deque[float] = deque(maxlen=requests)
        self._paused_until = float("-inf")

    def opens(self, now: float) -> float:
        """The time from which the next request may go."""
        full = len(self._sent) == self._sent.maxlen
        return max(now, self._paused_until, self._sent[0] + self._seconds if full else now)

    def take(self, now: float) -> None:
        self._sent.append(now)

    def pause(self, until: float) -> None:
        self._paused_until = max(self._paused_until, until)


class Limiter:
    """First come, first served; whoever gives up waiting takes no place and holds up nobody.

    clock: seconds that never go back. sleep: waits for that many of them.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        window: Window | None = None,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._window = window or Window()
        self._queue = anyio.Lock()  # wakes its waiters in the order of their coming

    async def turn(self, until: float) -> None:
        """Wait for leave to send one request.

        Raises RateLimited where leave cannot come before `until`: not at once, but when those who came
        earlier have had their turn, as only then is it known.
        """
        async with self._queue:
            while (opens := self._window.opens(now := self._clock())) > now:
                if opens >= until:
                    raise RateLimited(
                        "Too many requests to the gateway within a short time; this one was not "
                        f"sent. Wait {span(opens - now)}, then call again.",
                        status=None,
                        source="gateway",
                        retry_after=opens - now,
                    )
                await self._sleep(opens - now)
            self._window.take(now)  # nothing awaits from here on: cancelling cannot lose it

    def pause(self, seconds: float) -> None:
        """Hold everybody back: the other side says that we are too fast."""
        self._window.pause(self._clock() + min(seconds, LONGEST_PAUSE))
