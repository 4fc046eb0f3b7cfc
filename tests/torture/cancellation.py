"""Cancels calls at every moment, and looks whether the server is none the worse for it.

    python tests/torture/cancellation.py --calls 10000 --seed 1

They go over real sockets, to a gateway that is slow, drips, hangs and hangs up. Afterwards no
connection may be lost, the next call answers within a second, and every text that Quo took is in
the journal, as sent or as unknown; none that is told to be rejected was taken.
"""

# ruff: noqa: T201 - a command tells what it found

import argparse
import asyncio
import contextlib
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

import anyio
from mcp import Client

from conftest import PACIFIC
from process.served import gateway
from quo_mcp.config.settings import Settings
from quo_mcp.gateway.rate_limit import MemoryLimiter, RequestQueue
from quo_mcp.safety.journal import Journal
from quo_mcp.safety.outbox import Timeouts
from quo_mcp.safety.schema import MIGRATIONS
from quo_mcp.safety.send_record import SendState
from quo_mcp.sandbox import Sandbox
from quo_mcp.server.account import open_account
from quo_mcp.server.app import build_server
from quo_mcp.server.databases import JOURNAL_FILE
from quo_mcp.values.request_window import RequestWindow
from quo_mcp.values.times import utc_now
from sandbox.play import DESK
from store.engines import open_database

AT_ONCE = 40


def slow(box, dice, over):
    """Makes each answer late by up to 40 ms, and one in fifty not come before it is all over."""
    answer = box._respond

    async def late(request, path):
        await asyncio.sleep(dice.random() * 0.02)
        found = await answer(request, path)
        hangs = dice.random() < 0.02
        await (over.wait() if hangs else asyncio.sleep(dice.random() * 0.02))
        return found

    box._respond = late
    return answer


async def play(calls, seed, folder):
    """What is wrong, what became of the calls, and how long the call after them took."""
    dice, wrong, seen = random.Random(seed), [], Counter()
    box = Sandbox(seed=seed, enforce_rate=False, auto_reply=False)
    over = asyncio.Event()
    honest = slow(box, dice, over)
    quos = []

    @contextlib.asynccontextmanager
    async def opening(settings):
        async with open_account(settings) as quo:
            line = quo.gateway._sender
            limiter = MemoryLimiter(time.monotonic, RequestWindow(limit=100_000))
            line._queue = RequestQueue(time.monotonic, anyio.sleep, limiter)
            quo.outbox._timeouts = Timeouts(
                post=0.5, search_delays=(0.05,), search=0.3, pending_send=0.3
            )
            quos.append(quo)
            yield quo

    async with gateway(box) as url:
        config = Settings(
            api_key="sandbox", base_url=url, state_dir=folder, approval="never", audit=False,
            send_timeout=1, read_timeout=1, countries="any", **PACIFIC,
            **dict.fromkeys(("max_per_minute", "max_per_hour", "max_per_day"), 10**6),
            max_cents_per_day=10**9, max_per_person_day=10**6, max_per_person_hour=10**6,
        )  # fmt: skip
        server = build_server(config, account_factory=opening)
        async with Client(server, mode=dice.choice(["legacy", "auto"])) as client:
            await client.call_tool("quo_list_users", {})
            await batches(client, calls, dice, seen)
            box._respond = honest
            started = time.perf_counter()
            with anyio.move_on_after(10):
                result = await client.call_tool("quo_list_users", {})
                if result.is_error:
                    wrong.append(f"the next call failed: {result.content[0].text}")
            took = time.perf_counter() - started
            if took > 1:
                wrong.append(f"the next call took {took:.1f} s")
            await settled(quos[0])
            wrong += lost(quos[0])
        over.set()
    wrong += untold(box, folder)
    seen["texts that Quo took"] = len(box.ledger)
    return [f"seed {seed}: {what}" for what in wrong], seen, took


async def batches(client, calls, dice, seen):
    async def one(number):
        tool, arguments = (
            ("quo_send_message", {"to": f"+1415555{100 + number % 100:04}", "text": f"No. {number}", "inbox": DESK})
            if dice.random() < 0.2
            else dice.choice([
                ("quo_list_contacts", {"limit": 5}),
                ("quo_list_conversations", {"limit": 5}),
                ("quo_list_users", {}),
                ("quo_list_messages", {"person": "+14155550111", "inbox": DESK}),
            ])
        )  # fmt: skip
        with anyio.move_on_after(dice.choice([0, 0.005, 0.02, 0.05, 0.2, 2])) as scope:
            await client.call_tool(tool, arguments)
        seen["cancelled" if scope.cancelled_caught else "answered"] += 1

    for start in range(0, calls, AT_ONCE):
        async with anyio.create_task_group() as group:
            for number in range(start, min(start + AT_ONCE, calls)):
                group.start_soon(one, number)


async def settled(quo):
    """Waits until the sends that were under way have ended; their deadline sees to that."""
    with anyio.move_on_after(20):
        while quo.outbox._journal._active_sends:  # noqa: ASYNC110 - it has no event, and needs none
            await anyio.sleep(0.05)


def lost(quo):
    """The connections that are neither idle nor used by anybody."""
    transport_pair = quo.gateway._transport
    wrong = []
    for transport in {transport_pair._read_transport, transport_pair._write_transport}:
        pool = getattr(transport, "_pool", None)
        if pool is None:
            continue
        stuck = [each for each in pool.connections if not (each.is_idle() or each.is_closed())]
        waiting = list(getattr(pool, "_requests", ()))
        if stuck or waiting:
            wrong.append(f"{len(stuck)} connections and {len(waiting)} requests are stuck")
    return wrong


def untold(box, folder, now=utc_now):
    """Texts that Quo took and the journal does not own up to."""
    database = open_database(folder / JOURNAL_FILE, MIGRATIONS)
    rows = Journal(database).list_recent(10**6, now=now())
    database.close()
    told = {(row.to, row.text): row for row in rows}
    wrong = []
    for text in box.ledger:
        row = told.get((tuple(text["to"]), text["content"]))
        if row is None or row.state not in {SendState.SENT, SendState.UNKNOWN}:
            wrong.append(f"{text['content']!r} was sent, and the journal says {row and row.state}")
    taken = Counter((tuple(text["to"]), text["content"]) for text in box.ledger)
    wrong += [f"{what} went out {many} times" for what, many in taken.items() if many > 1]
    wrong += [
        f"{row.text!r} is told to be sent, and was not"
        for row in rows
        if row.state is SendState.SENT and not taken[row.to, row.text]
    ]
    wrong += [f"{row.text!r} is still open" for row in rows if row.state.is_pending]
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(f"seed {options.seed}")
    started = time.perf_counter()
    with tempfile.TemporaryDirectory() as name:
        wrong, seen, took = anyio.run(play, options.calls, options.seed, Path(name))
    print(
        f"{dict(seen)}; the next call took {took * 1000:.0f} ms ({time.perf_counter() - started:.0f} s)"
    )
    print("\n".join(wrong[:50]) or "Nothing was lost.")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
