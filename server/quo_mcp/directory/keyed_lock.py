"""Serialize tool calls that would do the same thing.

A later call sees the outcome of the first. If policy or a person refused the first call, all waiting calls
get the same refusal, so that no one is asked twice. The wait is bounded, because the first call may be waiting
for a person who has left.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import anyio

from quo_mcp.errors import PolicyRefusal

MAX_WAIT_SECONDS = 25.0  # hosts time a tool call out after a minute


@dataclass(slots=True)
class _Queue:
    """The calls that hold one key or wait for it. refusal: the last refusal among them."""

    lock: anyio.Lock = field(default_factory=anyio.Lock)
    call_count: int = 0
    refusal: PolicyRefusal | None = None


class KeyedLock:
    """A lock per key within one process. The journal serializes sends across processes."""

    def __init__(self) -> None:
        self._queues: dict[str, _Queue] = {}

    @asynccontextmanager
    async def hold(self, key: str | None) -> AsyncGenerator[None]:
        """Hold the lock of `key`. None does not lock anything.

        Raises:
            PolicyRefusal: a call that held the lock was refused, or the wait exceeded `MAX_WAIT_SECONDS`.
        """
        if key is None:
            yield
            return
        queue = self._queues.setdefault(key, _Queue())
        queue.call_count += 1
        try:
            await _acquire(queue)
            try:
                _reraise(queue)
                yield
            except PolicyRefusal as error:
                queue.refusal = error
                raise
            finally:
                queue.lock.release()
        finally:
            queue.call_count -= 1
            if not queue.call_count:
                del self._queues[key]


def _reraise(queue: _Queue) -> None:
    if queue.refusal is not None:
        raise PolicyRefusal(str(queue.refusal))


async def _acquire(queue: _Queue) -> None:
    with anyio.move_on_after(MAX_WAIT_SECONDS):
        await queue.lock.acquire()
        return
    raise PolicyRefusal(
        "Not done: an identical call is already in progress, and may be waiting for a person's answer. Do not call again; "
        "wait for the result of that call."
    )
