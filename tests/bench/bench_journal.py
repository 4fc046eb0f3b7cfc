"""What the journal adds to the time that a text takes: python tests/bench/bench_journal.py.

On PostgreSQL: python tests/store/postgres_server.py python tests/bench/bench_journal.py.

Each text goes through the whole outbox to a post that answers at once; every commit waits for the
disk. The goal is 5 ms at the median, with an empty journal and with 90 busy days in it.
"""

# ruff: noqa: T201 - a script prints

import argparse
import statistics
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

import anyio

from quo_mcp.gateway import ApiClient
from quo_mcp.gateway.transport import Reply
from quo_mcp.safety import journal_sql
from quo_mcp.safety.journal import Journal
from quo_mcp.safety.journal_sql import Outcome
from quo_mcp.safety.outbox import Outbox, Timeouts
from quo_mcp.safety.schema import MIGRATIONS
from quo_mcp.safety.send_limits import SendLimits
from quo_mcp.safety.send_record import SendRequest, SendState
from quo_mcp.store.sqlite import SqliteDatabase
from quo_mcp.values.times import utc_now

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from store.engines import open_database

GOAL = 5.0
ROOMY = SendLimits(100_000, 100_000, 100_000, 100_000, 100_000, 100_000)


def text(number: int) -> SendRequest:
    return SendRequest("shop", "PNmain", (f"+1415555{number % 10_000:04d}",), f"Order {number}", 1)


def filled(database: SqliteDatabase, rows: int) -> None:
    """Insert `rows` sends, spread evenly over 90 days."""
    now = utc_now()
    with database.transaction() as connection:
        for number in range(rows):
            at = now - timedelta(days=89) * (1 - number / rows)
            send_id = f"send_{number}"
            journal_sql.insert(
                connection, send_id, text(-number), owner="past", lease_until=at, now=at
            )
            journal_sql.record_outcome(
                connection, send_id, Outcome(SendState.SENT, at, f"AC{number}")
            )


async def milliseconds(database: SqliteDatabase, sends: int) -> list[float]:
    async def accept(*_: object) -> Reply:
        return Reply(202, body=b'{"data": {"id": "AC1"}}')

    outbox = Outbox(
        Journal(database),
        ApiClient(accept),
        clock_skew=timedelta,
        limits=ROOMY,
        duplicate_window=timedelta(minutes=10),
        timeouts=Timeouts(post=15),
    )
    durations = []
    for number in range(sends):
        start = time.perf_counter()
        await outbox.send(text(number))
        durations.append(1000 * (time.perf_counter() - start))
    return durations[1:]  # the first opens the file


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sends", type=int, default=500)
    options = parser.parse_args()
    slow = False
    with tempfile.TemporaryDirectory() as folder:
        for title, rows in (("empty", 0), ("90 days of 250 texts", 22_500)):
            database = open_database(Path(folder) / f"{rows}" / "journal.db", MIGRATIONS)
            filled(database, rows)
            took = anyio.run(milliseconds, database, options.sends)
            database.close()
            hundredths = statistics.quantiles(took, n=100)
            print(f"{title}: p50 {hundredths[49]:.2f} ms, p99 {hundredths[98]:.2f} ms a text")
            slow |= hundredths[49] > GOAL
    return int(slow)


if __name__ == "__main__":
    sys.exit(main())
