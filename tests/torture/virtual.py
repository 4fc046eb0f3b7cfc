"""An event loop whose time passes as fast as it can: sleeping costs nothing, and order is kept."""

import asyncio
import selectors
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio

THREAD_SECONDS = 5
MORNING = datetime(2026, 11, 23, 9, tzinfo=UTC)


class _Leaping(selectors.DefaultSelector):
    passed = 0.0

    def select(self, timeout=None):
        if timeout is None:
            # Only a thread can still go on, in real time.
            if events := super().select(THREAD_SECONDS):
                return events
            raise RuntimeError("everything waits, and for nothing")
        self.passed += timeout
        return super().select(0)


class VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self):
        self._leaping = _Leaping()
        super().__init__(self._leaping)

    def time(self):
        return self._leaping.passed


def now() -> datetime:
    return MORNING + timedelta(seconds=anyio.current_time())


def run(work: Callable[..., Awaitable[Any]], *arguments: Any) -> Any:
    return anyio.run(work, *arguments, backend_options={"loop_factory": VirtualLoop})


async def inline(work: Callable[[], Any]) -> Any:
    """Where the outbox does the journal's work if time is virtual: a thread would stand still."""
    return work()
