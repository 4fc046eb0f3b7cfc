"""What the journal adds to the time that a text takes: python tests/bench/bench_journal.py.

Each text goes through the whole outbox to a post that answers at once; every commit waits for the
disk. The goal is 5 ms at the median, with an empty journal and with 90 busy days in it.
"""

# ruff: noqa: T201 - a command tells what it found

import argparse
import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import anyio

from quo_mcp.safety import journal_sql
from quo_mcp.safety.journal import Journal
from quo_mcp.safety.journal_sql import Outcome
from quo_mcp.safety.outbox import Outbox, Patience, Posted, wall_clock
from quo_mcp.safety.reconciliation import Seen
from quo_mcp.safety.send_limits import Limits
from quo_mcp.safety.send_record import Intent, State
from quo_mcp.store.sqlite import Database

GOAL = 5.0
ROOMY = Limits(100_000, 100_000, 100_000, 100_000, 100_000, 100_000)


def text(number: int) -> Intent:
    return Intent("shop", "PNmain", (f"+1415555{number % 10_000:04d}",), f"Order {number}", 1)


def filled(database: Database, rows: int) -> None:
    """As many texts as a business that sends 250 a day sends, evenly spread."""
    now = wall_clock()
    with database.writing() as connection:
        for number in range(rows):
            at = now - timedelta(days=89) * (1 - number / rows)
            send_id = f"send_{number}"
            journal_sql.insert(
                connection, send_id, text(-number), owner="past", lease_until=at, now=at
            )
            journal_sql.settle(connection, send_id, Outcome(State.SENT, at, f"AC{number}"))


async def milliseconds(database: Database, sends: int) -> list[float]:
    outbox = Outbox(
        Journal(database), limits=ROOMY, window=timedelta(minutes=10), patience=Patience(post=15)
    )

    async def post() -> Posted:
        return Posted(None)

    async def look(_: object) -> list[Seen]:
        return []

    took = []
    for number in range(sends):
        started = time.perf_counter()
        await outbox.send(text(number), post=post, look=look)
        took.append(1000 * (time.perf_counter() - started))
    return took[1:]  # the first opens the file


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sends", type=int, default=500)
    options = parser.parse_args()
    slow = False
    with tempfile.TemporaryDirectory() as folder:
        for title, rows in (("empty", 0), ("90 days of 250 texts", 22_500)):
            database = Database(Path(folder) / f"{rows}" / "journal.db")
            filled(database, rows)
            took = anyio.run(milliseconds, database, options.sends)
            database.close()
            hundredths = statistics.quantiles(took, n=100)
            print(f"{title}: p50 {hundredths[49]:.2f} ms, p99 {hundredths[98]:.2f} ms a text")
            slow |= hundredths[49] > GOAL
    return int(slow)


if __name__ == "__main__":
    sys.exit(main())
