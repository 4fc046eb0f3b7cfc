"""Coverage under faults: what the reader and the lists claim is judged by the sandbox's raw data.

    python -m torture.coverage [runs]        (in tests/; default 500)

Every run injects one to four random faults, collects the last week page after page, and checks that nothing is
missing but what the coverage names.
"""

import random
import sys
from collections import Counter
from datetime import timedelta

import anyio

from conftest import open_server
from history.span_check import check_coverage, inject_faults
from quo_mcp.errors import Refusal
from quo_mcp.history.cursor import Cursor
from quo_mcp.history.span import SpanQuery
from quo_mcp.tools.context import ignore_progress

MAX_PAGES = 30
RESOURCES = (("messages", "calls"), ("calls",), ("messages",))


async def run_once(seed: int) -> str:
    """Return the outcome of one run: "complete", "partial" or "refused". A wrong coverage raises AssertionError."""
    rng = random.Random(seed)
    async with open_server() as quo:
        if rng.random() < 0.8:
            await quo.account.directory.wait_until_loaded(60)
        inject_faults(quo.box, rng)
        query = SpanQuery(
            quo.account.id,
            quo.clock() - timedelta(days=rng.choice((1, 3, 7, 30))),
            resources=rng.choice(RESOURCES),
        )
        pages = []
        try:
            cursor = Cursor()
            while len(pages) < MAX_PAGES:
                pages.append(
                    await quo.account.activity_reader.collect(query, cursor, ignore_progress)
                )
                if pages[-1].next is None:
                    break
                cursor = pages[-1].next
                if rng.random() < 0.5:  # another replica, or a restart
                    quo.account.passes._passes.clear()
        except Refusal:
            if not pages:
                return "refused"
            check_coverage(quo.box.state, query, pages)
            return "refused later"
        check_coverage(quo.box.state, query, pages)
        return "complete" if all(page.coverage.is_complete for page in pages) else "partial"


async def main(runs: int) -> None:
    outcomes: Counter[str] = Counter()
    for seed in range(runs):
        try:
            outcomes[await run_once(seed)] += 1
        except BaseException:
            print(f"seed {seed} failed")  # noqa: T201
            raise
    print(f"{runs} runs: {dict(outcomes)}; the coverage was never wrong")  # noqa: T201


if __name__ == "__main__":
    anyio.run(main, int(sys.argv[1]) if len(sys.argv) > 1 else 500)
