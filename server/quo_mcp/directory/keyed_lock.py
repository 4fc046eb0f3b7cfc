"""Calls that wish for the same thing: one after the other, so that the second sees what became of the first.

What a person said no to, or what may not be done, is so for those who waited as well: nobody is asked the
same again. And nobody waits longer than hosts do: the first may be waiting for a person who has gone.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio

from quo_mcp.errors import Forbidden

PATIENCE = 25.0  # seconds: hosts give up on a call after a minute


@dataclass(slots=True)
class _Queue:
    lock: anyio.Lock = field(default_factory=anyio.Lock)
    calls: int = 0
    refused: Forbidden | None = None


class Turns:
    """Within one process; between processes the journal decides."""

    def __init__(self) -> None:
        self._queues: dict[str, _Queue] = {}

    @asynccontextmanager
    async def of(self, what: str | None) -> AsyncGenerator[None]:
        """Waits for those that wish for the same; None waits for nobody.

        Raises:
            Forbidden: what the one before was refused with, or the first is not done yet.
        """
        if what is None:
            yield
            return
        queue = self._queues.setdefault(what, _Queue())
        queue.calls += 1
        try:
            await _turn(queue)
            try:
                _unless_refused(queue)
                yield
            except Forbidden as no:
                queue.refused = no
                raise
            finally:
                queue.lock.release()
        finally:
            queue.calls -= 1
            if not queue.calls:
                del self._queues[what]


def _unless_refused(queue: _Queue) -> None:
    if queue.refused is not None:
        raise Forbidden(str(queue.refused))


async def _turn(queue: _Queue) -> None:
    with anyio.move_on_after(PATIENCE):
        await queue.lock.acquire()
        return
    raise Forbidden(
        "Nothing was done: the very same is under way already, and may be waiting for a person's answer. Do not call "
        "again: wait for what comes of it."
    )
