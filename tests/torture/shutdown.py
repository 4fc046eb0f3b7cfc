"""Ends the real command at any moment of a send, and reads in the journal what became of it.

    python tests/torture/shutdown.py --runs 200 --seed 1

So many runs of each way to end (SIGTERM, SIGINT, end of input) over stdio, and of both signals over
HTTP, which does not read its input. One run can be seen again: --seed N --runs 1.
"""

# ruff: noqa: T201 - a command tells what it found

import argparse
import asyncio
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

import httpx2

from process.served import SHUTDOWN_TRIGGERS, environment, gateway, running, serving_http
from quo_mcp.config.environment import load_settings
from quo_mcp.safety.send_record import SendState
from quo_mcp.sandbox import Fault, Sandbox
from quo_mcp.server.databases import open_records
from quo_mcp.values.times import utc_now

BUDGET = 5  # seconds that a send may take here
AT_ONCE = 2
TEXT = {"to": "+14155550111", "text": "On our way.", "inbox": "Front Desk"}
SIGNALS = {"SIGTERM": signal.SIGTERM, "SIGINT": signal.SIGINT}
WAYS = [("stdio", ending) for ending in SHUTDOWN_TRIGGERS] + [("HTTP", name) for name in SIGNALS]
JSON = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-11-25"}
KINDS = ["latency"] * 3 + ["lost_reply", "error_after"]


async def play(way, seed, folder):
    """What is wrong with one ending; what became of its text."""
    transport, ending = way
    dice = random.Random(f"{seed} {way}")
    box = Sandbox(enforce_rate=False, auto_reply=False)
    box.inject(Fault(dice.choice(KINDS), "POST", "/quo/v1/messages", seconds=dice.random()))
    pause = dice.random() * 1.2
    async with gateway(box) as url:
        env = environment(
            folder, MATON_API_KEY="sandbox", QUO_MCP_BASE_URL=url, QUO_MCP_SEND_TIMEOUT=str(BUDGET)
        )
        over = over_stdio if transport == "stdio" else over_http
        status, took = await over(env, ending, pause)
    with open_records(load_settings(env)) as (journal, _):
        states = [each.state for each in journal.list_recent(9, now=utc_now())]
    wrong = []
    if status != 0:
        wrong.append(f"it ended with {status}")
    if took > BUDGET * 2 + 1:
        wrong.append(f"it took {took:.1f} s to end")
    if len(box.ledger) > 1:
        wrong.append(f"{len(box.ledger)} texts")
    if len(box.ledger) == 1 and states not in ([SendState.SENT], [SendState.UNKNOWN]):
        wrong.append(f"a text went out, and the journal says {states}")
    if not box.ledger and states not in ([], [SendState.REJECTED], [SendState.UNKNOWN]):
        wrong.append(f"no text went out, and the journal says {states}")
    told = [f"seed {seed}, {ending} over {transport}: {what}" for what in wrong]
    return told, "nothing" if not states else str(states[0])


async def over_stdio(env, ending, pause):
    async with running(env=env) as process:
        await process.initialize()
        await process.send_call("quo_send_message", **TEXT)
        await asyncio.sleep(pause)
        started = time.perf_counter()
        SHUTDOWN_TRIGGERS[ending](process)
        status, _ = await process.wait_for_exit()
        return status, time.perf_counter() - started


async def over_http(env, ending, pause):
    asked = {"name": "quo_send_message", "arguments": TEXT}
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": asked}
    async with serving_http(env=env) as (process, url):
        async with httpx2.AsyncClient(base_url=url, headers=JSON, timeout=60) as http:
            reply = asyncio.create_task(http.post("/mcp", json=call))
            await asyncio.sleep(pause)
            started = time.perf_counter()
            process.signal(SIGNALS[ending])
            status, _ = await process.wait_for_exit()
            took = time.perf_counter() - started
            await asyncio.gather(reply, return_exceptions=True)
        return status, took


async def play_all(runs, seed, ways=WAYS):
    wrong, seen, turn = [], Counter(), asyncio.Semaphore(AT_ONCE)

    async def one(way, number, folder):
        async with turn:
            folder.mkdir()
            found, became = await play(way, number, folder)
        wrong.extend(found)
        seen[(*way, became)] += 1

    with tempfile.TemporaryDirectory() as name:
        await asyncio.gather(
            *(
                one(way, number, Path(name) / f"{place}-{number}")
                for number in range(seed, seed + runs)
                for place, way in enumerate(ways)
            )
        )
    return wrong, seen


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(f"seed {options.seed}")
    started = time.perf_counter()
    wrong, seen = asyncio.run(play_all(options.runs, options.seed))
    for (transport, ending, became), many in sorted(seen.items()):
        print(f"  {ending} over {transport}: {became} {many}")
    print(f"{seen.total()} endings ({time.perf_counter() - started:.0f} s)")
    print("\n".join(wrong[:50]) or "Every outcome is written down.")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
