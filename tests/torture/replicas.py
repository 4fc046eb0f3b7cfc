"""Replicas on one PostgreSQL whose sessions are ended, which restarts, and whose processes are killed: python tests/torture/replicas.py INTENTS.

Every text is asked for by two processes at once, and again until it is sent. Nobody may get it twice.
"""

import os
import random
import signal
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from time import monotonic

import anyio
import psycopg

from quo_mcp.errors import Refusal
from quo_mcp.safety.send_record import SendRequest, SendState

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from store.postgres_server import VARIABLE, PostgresServer
from torture.processes import Ledger, Server, in_child, text_to

ATTEMPTS = 60
IN_FLIGHT = 8  # texts that one process sends at a time


async def insist(server: Server, requests: Sequence[SendRequest]) -> None:
    """Ask for each text until it is sent or its outcome is unknown, as a model and its host do."""
    limit = anyio.CapacityLimiter(IN_FLIGHT)

    async def send(request: SendRequest) -> None:
        async with limit:
            for _ in range(ATTEMPTS):
                try:
                    outcome = await server.outbox.send(request)
                except Refusal:
                    continue
                if outcome.record.state in {SendState.SENT, SendState.UNKNOWN}:
                    return

    async with anyio.create_task_group() as callers:
        for request in requests:
            callers.start_soon(send, request)


def trouble(server: PostgresServer, seed: int, stop: threading.Event, done: Counter[str]) -> None:
    """End sessions, and restart the server now and then, until told to stop."""
    choice = random.Random(seed)
    while not stop.wait(choice.uniform(0.02, 0.3)):
        if choice.random() < 0.04:
            server.stop(choice.choice(["fast", "immediate"]))
            server.start()
            done["restarts"] += 1
            continue
        try:
            with psycopg.connect(server.url) as admin:
                ended = admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name = 'quo-mcp' AND random() < 0.3"
                ).fetchall()
            done["sessions ended"] += len(ended)
        except psycopg.OperationalError:
            continue


def storm(intents: int, processes: int, folder: Path, *, seed: int = 0) -> dict[str, object]:
    """Send many texts through many processes under trouble. Return what happened; `wrong` must be empty."""
    began = monotonic()
    choice = random.Random(seed)
    done: Counter[str] = Counter()
    with closing(PostgresServer(durable=True)) as server:
        os.environ[VARIABLE] = server.url
        requests = [text_to(number) for number in range(intents)]
        shares: list[list[SendRequest]] = [[] for _ in range(processes)]
        for number, request in enumerate(requests):
            shares[number % processes].append(request)
            shares[(number + 1) % processes].append(request)

        def work(share: list[SendRequest]) -> None:
            anyio.run(insist, Server(folder), share)

        children = {in_child(partial(work, share)): share for share in shares}
        stop = threading.Event()
        troubling = threading.Thread(target=trouble, args=(server, seed, stop, done))
        troubling.start()
        while children:
            child, status = os.waitpid(-1, os.WNOHANG)
            if child in children:
                share = children.pop(child)
                if os.waitstatus_to_exitcode(status):  # killed, so another one takes over
                    children[in_child(partial(work, share))] = share
            elif choice.random() < 0.3 and done["kills"] < intents // 50:
                os.kill(choice.choice([*children]), signal.SIGKILL)
                done["kills"] += 1
            stop.wait(0.2)
        stop.set()
        troubling.join()
        posts = Counter(line["text"] for line in Ledger(folder / "ledger.jsonl").lines())
        last = Server(folder, threads=False)
        records = last.journal.list_recent(1_000_000, now=last.outbox._now())
        last.database.close()
        del os.environ[VARIABLE]
    states = {record.text: record.state for record in reversed(records)}
    wrong = [f"{text!r} was posted {count} times" for text, count in posts.items() if count > 1]
    wrong += [
        f"{record.text!r} is recorded as sent, but was not posted"
        for record in records
        if record.state is SendState.SENT and not posts[str(record.text)]
    ]
    wrong += [f"{record.text!r} stays open" for record in records if record.state.is_pending]
    outcomes = Counter(str(states.get(request.text)) for request in requests)
    return {
        "wrong": wrong,
        "posts": sum(posts.values()),
        "outcomes": dict(outcomes),
        "trouble": dict(done),
        "seconds": round(monotonic() - began, 1),
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        print(storm(int(sys.argv[1]), 4, Path(temporary)))  # noqa: T201 - the report
