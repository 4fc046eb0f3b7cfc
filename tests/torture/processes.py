"""Real processes on one journal: killed with SIGKILL between any two steps, and many at once.

The ledger is a file that each post appends a line to, which survives whoever wrote it.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import anyio

from quo_mcp.errors import OutcomeUnknown, PolicyRefusal, Refusal
from quo_mcp.gateway import ApiClient
from quo_mcp.gateway.transport import Reply
from quo_mcp.safety.journal import Journal, no_failpoint
from quo_mcp.safety.outbox import Outbox, Timeouts
from quo_mcp.safety.reconciliation import OutgoingMessage
from quo_mcp.safety.schema import MIGRATIONS
from quo_mcp.safety.send_limits import UNLIMITED, SendLimits
from quo_mcp.safety.send_record import SendOutcome, SendRequest, SendState
from quo_mcp.store.sqlite import SqliteDatabase
from store.engines import open_database
from torture.scripted import TEN, accepted, listing
from torture.simulation import POINTS
from torture.virtual import inline

HASTY = Timeouts(post=15, search_delays=(0, 0, 0), poll_delay=0.002)


def text_to(number: int, **more: Any) -> SendRequest:
    return SendRequest("shop", "PNmain", (f"+1415555{number:04d}",), f"Order {number}", **more)


class Ledger:
    """reply: whether Quo's reply to a post arrives."""

    def __init__(self, path: Path, *, reply: bool = True) -> None:
        self.path = path
        self.api = ApiClient(self._send)
        self._reply = reply
        path.touch()

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.path.read_text().splitlines()]

    def count(self, request: SendRequest) -> int:
        return sum(line["text"] == request.text for line in self.lines())

    async def _send(self, method, segments, query, body) -> Reply:
        assert segments == ("messages",)
        return await self._post(body) if method == "POST" else self._list(query)

    async def _post(self, body) -> Reply:
        message_id = f"AC{os.urandom(8).hex()}"
        line = {
            "id": message_id,
            "text": body["content"],
            "to": body["to"],
            "at": datetime.now(UTC).timestamp(),
        }
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND)
        os.write(descriptor, (json.dumps(line) + "\n").encode())
        os.close(descriptor)
        for _ in range(20):
            await anyio.lowlevel.checkpoint()
        if not self._reply:
            raise OutcomeUnknown("The reply was lost.")
        return accepted(message_id)

    def _list(self, query) -> Reply:
        since = datetime.fromisoformat(query["createdAfter"])
        return listing(
            [
                OutgoingMessage(line["id"], line["text"], at, tuple(line["to"]))
                for line in self.lines()
                if line["to"] == query["participants"]
                and (at := datetime.fromtimestamp(line["at"], UTC)) >= since
            ]
        )


@dataclass
class Server:
    """One process's share of a journal."""

    folder: Path
    failpoint: Callable[[str], None] = no_failpoint
    limits: SendLimits = UNLIMITED
    threads: bool = True
    reply: bool = True
    database: SqliteDatabase = field(init=False)
    outbox: Outbox = field(init=False)

    def __post_init__(self) -> None:
        self.ledger = Ledger(self.folder / "ledger.jsonl", reply=self.reply)
        self.database = open_database(
            self.folder / "state" / "journal.db", MIGRATIONS, busy_timeout=30
        )
        self.journal = Journal(self.database, failpoint=self.failpoint)
        self.outbox = Outbox(
            self.journal,
            self.ledger.api,
            clock_skew=timedelta,
            limits=self.limits,
            timeouts=HASTY,
            failpoint=self.failpoint,
            run_blocking=None if self.threads else inline,
            duplicate_window=TEN,
        )

    async def answers(self, requests: Sequence[SendRequest]) -> list[dict[str, Any]]:
        """What all of them got who called at the same time."""
        got: list[dict[str, Any]] = []

        async def call(request: SendRequest) -> None:
            try:
                outcome = await self.outbox.send(request)
            except Refusal as refusal:
                got.append({"refused": type(refusal).__name__})
            else:
                got.append(answer_of(outcome))

        async with anyio.create_task_group() as callers:
            for request in requests:
                callers.start_soon(call, request)
        return got


def answer_of(outcome: SendOutcome) -> dict[str, Any]:
    record = outcome.record
    return {"state": record.state, "id": record.message_id, "new": not outcome.is_duplicate}


def in_child(work: Callable[[], Any]) -> int:
    """Forks, does the work in the child, and returns the child's process id."""
    sys.stdout.flush()
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        work()
        code = 0
    finally:
        os._exit(code)


def ended(child: int) -> int:
    """How it ended: its exit code, or minus the signal that killed it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@dataclass
class Kills:
    done: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)


def kill(times: int, folder: Path) -> Kills:
    """Kills a server at each point in turn; its successor is then asked to send the same text."""
    kills = Kills(dict.fromkeys(POINTS, 0))
    for number in range(times):
        point = POINTS[number % len(POINTS)]
        # Only a text without a reply is looked for; every other one is found at once.
        reply = not ("reading" in point or "reconcile" in point)
        request = text_to(number, approval=f"yes-{number}" if number % 3 == 0 else None)

        def fatal(here: str, point: str = point) -> None:
            if here == point:
                os.kill(os.getpid(), signal.SIGKILL)

        sending = partial(Server(folder, failpoint=fatal, reply=reply).outbox.send, request)
        if ended(in_child(partial(anyio.run, sending))) == -signal.SIGKILL:
            kills.done[point] += 1
        kills.wrong += anyio.run(_successor, folder, request, point)
    return kills


async def _successor(folder: Path, request: SendRequest, point: str) -> list[str]:
    server = Server(folder, threads=False)
    wrong = []
    try:
        before = server.ledger.count(request)
        try:
            state = (await server.outbox.send(request)).record.state
        except Refusal:
            state = SendState.REJECTED
        after = server.ledger.count(request)
        if after > 1:
            wrong.append(f"killed {point}: {request.text} arrived {after} times")
        if state is SendState.SENT and not after:
            wrong.append(f"killed {point}: {request.text} is said to be sent")
        if state is SendState.REJECTED and after:
            wrong.append(f"killed {point}: {request.text} is said not to be sent")
        if state is SendState.UNKNOWN and after:
            wrong.append(f"killed {point}: {request.text} arrived, and looking did not find it")
        if state.is_pending:
            wrong.append(f"killed {point}: {request.text} stays open")
        if point.startswith("reserve: before") and (before, after) != (0, 1):
            wrong.append(f"killed {point}: {request.text} should have been free to go")
    finally:
        server.database.close()
    return wrong


def crowd(
    calls: Sequence[Sequence[SendRequest]],
    folder: Path,
    *,
    limits: SendLimits = UNLIMITED,
    fatal_post: int = 0,
) -> list[dict[str, Any]]:
    """What several processes got that made their calls at once; with fatal_post, the first process
    kills itself at that post of its own."""

    def work(number: int, requests: Sequence[SendRequest]) -> None:
        posts = iter(range(1, 1_000_000))

        def hook(point: str) -> None:
            deadly = number == 0 and fatal_post
            if deadly and point == "before the first byte" and next(posts) == fatal_post:
                os.kill(os.getpid(), signal.SIGKILL)

        answers = anyio.run(Server(folder, failpoint=hook, limits=limits).answers, requests)
        (folder / f"answers-{number}.json").write_text(json.dumps(answers))

    children = [in_child(partial(work, number, requests)) for number, requests in enumerate(calls)]
    for child in children:
        ended(child)
    return [
        answer
        for path in sorted(folder.glob("answers-*.json"))
        for answer in json.loads(path.read_text())
    ]


def identical(calls: int, processes: int, folder: Path) -> list[str]:
    """Many calls for one text: one post, and everybody is told the same."""
    shares = [
        [text_to(1)] * (calls // processes + (n < calls % processes)) for n in range(processes)
    ]
    answers = crowd(shares, folder)
    posts = Ledger(folder / "ledger.jsonl").lines()
    wrong = []
    if len(posts) != 1:
        wrong.append(f"{len(posts)} posts for one text")
    if len(answers) != calls:
        wrong.append(f"{len(answers)} answers for {calls} calls")
    told = {(answer.get("state"), answer.get("id")) for answer in answers}
    if told != {(SendState.SENT, posts[0]["id"])}:
        wrong.append(f"the answers differ: {told}")
    if sum(answer.get("new", False) for answer in answers) != 1:
        wrong.append("more than one call says that it was the one that sent")
    return wrong


def limited(
    calls: int, most: int, processes: int, folder: Path, *, fatal_post: int = 0
) -> list[str]:
    """Many different texts against a limit: exactly so many go out, whoever is killed meanwhile."""
    limits = replace(UNLIMITED, per_minute=most)
    shares = [[text_to(n) for n in range(start, calls, processes)] for start in range(processes)]
    crowd(shares, folder, limits=limits, fatal_post=fatal_post)
    server = Server(folder, limits=limits, threads=False)
    late = anyio.run(server.answers, [text_to(calls + n) for n in range(most)])
    records = server.journal.list_recent(100_000, now=datetime.now(UTC))
    server.database.close()
    counted = sum(record.state is not SendState.REJECTED for record in records)
    unknown = sum(record.state is SendState.UNKNOWN for record in records)
    posts = len(server.ledger.lines())
    wrong = []
    if counted != most:
        wrong.append(f"{counted} counted against a limit of {most}")
    if not most - unknown <= posts <= most:
        wrong.append(f"{posts} posts under a limit of {most}, with {unknown} unknown")
    if not fatal_post and posts != most:
        wrong.append(f"{posts} posts under a limit of {most}")
    if not any(answer == {"refused": PolicyRefusal.__name__} for answer in late):
        wrong.append("a new process did not know that the limit was reached")
    return wrong
