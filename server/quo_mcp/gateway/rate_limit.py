"""Who counts the account's requests, and the queue of the requests that wait for a free slot."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

import anyio

from quo_mcp.errors import RateLimited
from quo_mcp.gateway.retry import TOO_MANY_REQUESTS
from quo_mcp.values.request_window import Admission, RequestWindow
from quo_mcp.values.times import format_wait

_is_background: ContextVar[Callable[[], bool]] = ContextVar("is_background", default=lambda: False)


@contextmanager
def background_requests(is_background: Callable[[], bool]) -> Iterator[None]:
    """Let calls go before the requests of this context and of the tasks that it starts.

    is_background: whether no call waits for the requests now. It is called for each of them, because a
        call may begin to wait for a load that started in the background.
    """
    token = _is_background.set(is_background)
    try:
        yield
    finally:
        _is_background.reset(token)


class Limiter(Protocol):
    """Counts the requests of one account: see `RequestWindow`."""

    async def take(self, endpoint: str, *, is_background: bool) -> Admission:
        """Count a request now, or return how long it has to wait."""
        ...

    async def pause(self, endpoint: str, seconds: float) -> None:
        """Pause `endpoint`, and all requests briefly, after the gateway answered 429."""
        ...


class MemoryLimiter:
    """Counts the requests of this process alone.

    clock: returns seconds of a monotonic clock.
    """

    def __init__(self, clock: Callable[[], float], window: RequestWindow | None = None) -> None:
        self._clock = clock
        self._window = window or RequestWindow()

    async def take(self, endpoint: str, *, is_background: bool) -> Admission:
        # No await: a cancellation cannot lose a slot that was taken.
        return self._window.take(self._clock(), endpoint, is_background=is_background)

    async def pause(self, endpoint: str, seconds: float) -> None:
        self._window.pause(self._clock(), seconds, endpoint)


class RequestQueue:
    """Grants requests in the order of arrival, those of calls before background ones.

    clock: returns seconds of a monotonic clock.
    sleep: waits for a number of seconds.
    limiter: counts the requests; by default those of this process.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        limiter: Limiter | None = None,
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._limiter = limiter or MemoryLimiter(clock)
        self._call_lock = anyio.Lock()  # an anyio lock is first come, first served
        self._background_lock = anyio.Lock()

    async def acquire(self, deadline: float, endpoint: str = "") -> None:
        """Wait until one request may be sent.

        Raises:
            RateLimited: no slot is free before `deadline`, or the endpoint is paused until then. The
                former is known, and raised, only once all earlier waiters have been served.
        """
        while True:
            # A lock is held only for a slot: a paused endpoint must not stop the others.
            async with self._background_lock if _is_background.get()() else self._call_lock:
                wait = await self._wait_for_slot(deadline, endpoint)
            if not wait:
                return
            await self._sleep_until(wait, deadline)

    async def _wait_for_slot(self, deadline: float, endpoint: str) -> float:
        """Return 0 once a slot is taken, or the seconds for which the endpoint is paused."""
        while True:
            admission = await self._limiter.take(endpoint, is_background=_is_background.get()())
            if admission.is_endpoint_paused or not admission.wait:
                return admission.wait
            await self._sleep_until(admission.wait, deadline)

    async def _sleep_until(self, wait: float, deadline: float) -> None:
        if self._clock() + wait >= deadline:
            raise rate_limited(wait)
        await self._sleep(wait)

    async def pause(self, endpoint: str, seconds: float) -> None:
        """Delay the requests to `endpoint`, and all others briefly."""
        await self._limiter.pause(endpoint, seconds)


def rate_limited(wait: float) -> RateLimited:
    """Return the error for a request that was held back. wait: seconds until it may be sent."""
    return RateLimited(
        f"{TOO_MANY_REQUESTS}. Wait {format_wait(wait)}, then call again.",
        status=None,
        source="gateway",
        retry_after=wait,
    )
