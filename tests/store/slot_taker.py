"""A process that takes slots of a shared rate limit: python slot_taker.py FILE|URL ACCOUNT COUNT.

It prints the time of each slot, as the transaction recorded it.
"""

import json
import sys
import time
from contextlib import closing
from pathlib import Path

import anyio

from quo_mcp.gateway.rate_limit import RequestQueue
from quo_mcp.store import shared_rate
from quo_mcp.store.postgres import PostgresDatabase
from quo_mcp.store.shared_rate import SharedLimiter
from quo_mcp.store.sqlite import SqliteDatabase


class Recorder(SharedLimiter):
    """Records the time of each slot, inside the transaction that takes it."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.times = []

    def _change_row(self, change):
        turn = super()._change_row(change)
        if not turn.wait:
            self.times.append(self._own_window.sent[-1])
        return turn


def open_rate(path):
    if path.startswith("postgresql:"):
        return PostgresDatabase(path, "slots", "rate", shared_rate.MIGRATIONS, durable=False)
    return SqliteDatabase(Path(path), shared_rate.MIGRATIONS, durable=False)


async def take_slots(path, account, count):
    with closing(open_rate(path)) as database:
        limiter = Recorder(database, account)
        queue = RequestQueue(time.monotonic, anyio.sleep, limiter)
        async with anyio.create_task_group() as tasks:
            for _ in range(int(count)):
                tasks.start_soon(queue.acquire, time.monotonic() + 60)
    print(json.dumps(limiter.times))  # noqa: T201 - the parent reads it


if __name__ == "__main__":
    anyio.run(take_slots, *sys.argv[1:])
