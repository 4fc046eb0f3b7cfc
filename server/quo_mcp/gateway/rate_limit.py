"""The rate limit: the account's ten requests per second, for all requests of this process."""

from collections import deque
from collections.abc import Awaitable, Callable

import anyio

from quo_mcp.errors import RateLimited
from quo_mcp.gateway.retry import TOO_MANY_REQUESTS
from quo_mcp.values.times import format_wait

MAX_REQUESTS = 10
# The gateway counts arrivals, not departures. A request that arrives late, for instance over a new
# connection, counts together with those sent a second later. The extra 80 ms absorb that.
WINDOW_SECONDS = 1.08
# The longest Retry-After that holds all requests: the account's limit is per second. A longer one is
# about the endpoint that sent it, so only that endpoint waits.
MAX_SHARED_PAUSE = 5.0


class SlidingWindow:
    """At most `requests` in any span of `seconds`. Pure: the time is an argument.

    Times are seconds of a monotonic clock.
    """

    def __init__(self, requests: int = MAX_REQUESTS, seconds: float = WINDOW_SECONDS) -> None:
        self._seconds = seconds
        self._sent: deque[float] = deque(maxlen=requests)
        self._paused_until = float("-inf")

    def next_slot(self, now: float) -> float:
        """Return the earliest time at which a request may be sent; at least `now`."""
        is_full = len(self._sent) == self._sent.maxlen
        return max(now, self._paused_until, self._sent[0] + self._seconds if is_full else now)

    def record(self, now: float) -> None:
        """Record that a request is sent at `now`."""
        self._sent.append(now)

    def pause(self, until: float) -> None:
        """Allow no request before `until`."""
        self._paused_until = max(self._paused_until, until)


class RateLimiter:
    """Grants requests in the order of arrival. A cancelled waiter uses no slot.

    clock: returns seconds of a monotonic clock.
    sleep: waits for a number of seconds.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        window: SlidingWindow | None = None,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._window = window or SlidingWindow()
        self._queue = anyio.Lock()  # an anyio lock is first come, first served

    async def acquire(self, deadline: float) -> None:
        """Wait until one request may be sent.

        Raises:
            RateLimited: no slot is free before `deadline`. This is known, and raised, only once
                all earlier waiters have been served.
        """
        async with self._queue:
            while (slot := self._window.next_slot(now := self._clock())) > now:
                if slot >= deadline:
                    raise rate_limited(slot - now)
                await self._sleep(slot - now)
            # There is no await after this line, so a cancellation cannot lose the slot.
            self._window.record(now)

    def pause(self, seconds: float) -> None:
        """Delay all requests after the gateway answered 429."""
        self._window.pause(self._clock() + seconds)


class EndpointPauses:
    """Endpoints that answered 429, each with the time until which it is not requested.

    clock: returns seconds of a monotonic clock.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._paused_until: dict[str, float] = {}

    def pause(self, endpoint: str, seconds: float) -> None:
        now = self._clock()
        self._paused_until = {
            name: until for name, until in self._paused_until.items() if until > now
        } | {endpoint: now + seconds}

    def remaining(self, endpoint: str) -> float:
        """Return the seconds until the endpoint may be requested; 0 if it may be now."""
        return max(0.0, self._paused_until.get(endpoint, 0.0) - self._clock())


def rate_limited(wait: float) -> RateLimited:
    """Return the error for a request that was held back. wait: seconds until it may be sent."""
    return RateLimited(
        f"{TOO_MANY_REQUESTS}. Wait {format_wait(wait)}, then call again.",
        status=None,
        source="gateway",
        retry_after=wait,
    )
