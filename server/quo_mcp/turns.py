"""Calls that wish for the same thing: one after the other, so that the second sees what became of the first."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio


@dataclass(slots=True)
class _Queue:
    lock: anyio.Lock = field(default_factory=anyio.Lock)
    calls: int = 0


class Turns:
    """Within one process; between processes the journal decides."""

    def __init__(self) -> None:
        self._queues: dict[str, _Queue] = {}

    @asynccontextmanager
    async def of(self, what: str | None) -> AsyncGenerator[None]:
        """Waits for those that wish for the same; None waits for nobody."""
        if what is None:
            yield
            return
        queue = self._queues.setdefault(what, _Queue())
        queue.calls += 1
        try:
            async with queue.lock:
                yield
        finally:
            queue.calls -= 1
            if not queue.calls:
                del self._queues[what]
