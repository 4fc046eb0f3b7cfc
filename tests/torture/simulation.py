"""A seeded day of bad luck for the real outbox and journal, in virtual time.

Agents send texts through two processes that share a journal. Replies get lost, texts arrive late,
hosts cancel and repeat calls, agents repeat what they should not, approvals are replayed, disks
fail, and processes crash between any two steps. The ledger of the pretended Quo is the truth.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from random import Random

import anyio

from quo_mcp.errors import OutcomeUnknown, PolicyRefusal, Refusal
from quo_mcp.records.messages import Message
from quo_mcp.safety.journal import Journal
from quo_mcp.safety.message_api import MessageApi
from quo_mcp.safety.outbox import Outbox
from quo_mcp.safety.schema import MIGRATIONS
from quo_mcp.safety.send_record import SendOutcome, SendRecord, SendRequest, SendState
from store.engines import DISK_FAULT, open_database
from torture.pretend import FAULTS, PretendQuo
from torture.scripted import open_outbox
from torture.virtual import inline, now, run

POINTS = (
    "reserve: before commit",
    "reserve: after commit",
    "begin: before commit",
    "begin: after commit",
    "before the first byte",
    "after the reply",
    "before reading",
    "after reading",
    "reconcile: before commit",
    "reconcile: after commit",
    "finish: before commit",
    "finish: after commit",
)


class CrashError(BaseException):
    """The process is gone: nothing in it runs on, not even what handles exceptions."""


class Process:
    """One server on the shared journal, as far as sending goes."""

    def __init__(
        self, path: Path, quo: PretendQuo, random: Random, seen: Counter[str], trouble: float
    ) -> None:
        self.crashed = False
        self._trouble = trouble
        self._random = random
        self._seen = seen
        self.database = open_database(path, MIGRATIONS)
        self.journal = Journal(self.database, failpoint=self.hook)
        self.outbox = open_outbox(
            self.database,
            quo.api,
            journal=self.journal,
            failpoint=self.hook,
            run_blocking=self._while_it_lives,
        )

    def hook(self, point: str) -> None:
        self._seen[point] += 1
        luck = self._random.random()
        if self.crashed or luck < self._trouble:
            self.crashed = True
            raise CrashError(point)
        if luck < 2 * self._trouble and point.endswith("before commit"):
            raise DISK_FAULT

    async def _while_it_lives(self, work):
        if self.crashed:
            raise CrashError
        return await inline(work)


class Unjournaled:
    """The same calls without a journal: what the checks have to notice."""

    def __init__(self, quo: PretendQuo) -> None:
        self._messages = MessageApi(quo.api, timedelta)

    async def send(self, request: SendRequest) -> Message:
        with anyio.move_on_after(15):
            return await self._messages.post(request)
        raise OutcomeUnknown("No answer in time.")


@dataclass
class World:
    seed: int
    path: Path
    journaled: bool = True
    faults: dict[str, int] = field(default_factory=lambda: FAULTS)
    only_replies_lost: bool = False  # no crash, no failing disk, and a thread that lists at once
    seen: Counter[str] = field(default_factory=Counter)
    wanted: Counter[str] = field(default_factory=Counter)
    told: dict[str, SendState] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        # How often a point crashes the process; as often the disk fails there.
        self.trouble = 0 if self.only_replies_lost else 0.003
        self.quo = PretendQuo(self.random, faults=self.faults)
        if self.only_replies_lost:
            lost = {"none": 60, "reply lost": 20, "500 after": 10, "no answer": 5, "truncated": 5}
            self.quo = PretendQuo(self.random, faults=lost, blind=0, lag=2)
        self.processes = [self._process() for _ in range(2)]

    def _process(self) -> Process:
        return Process(self.path, self.quo, self.random, self.seen, self.trouble)

    def outbox(self) -> Outbox | Unjournaled:
        if not self.journaled:
            return Unjournaled(self.quo)
        slot = self.random.randrange(2)
        if self.processes[slot].crashed:
            self.processes[slot].database.close()
            self.processes[slot] = self._process()
        return self.processes[slot].outbox

    async def call(self, request: SendRequest) -> SendRecord | Message | Refusal | None:
        """One tools/call, as its host sees it: None where it was cancelled or the process died."""
        impatience = self.random.uniform(0, 20) if self.random.random() < 0.15 else 300
        answer: SendRecord | Message | Refusal | None = None
        with anyio.move_on_after(impatience):
            try:
                outcome = await self.outbox().send(request)
                answer = outcome.record if isinstance(outcome, SendOutcome) else outcome
            except Refusal as refusal:
                answer = refusal
            except CrashError:
                return None
        if isinstance(answer, SendRecord):
            self._check(answer)
        return answer

    def _check(self, record: SendRecord) -> None:
        self.told[record.send_id] = record.state
        if record.state is SendState.SENT and not self.quo.count(str(record.text)):
            self.wrong.append(f"said to be sent, and it was not: {record}")
        if record.state is SendState.REJECTED and self.quo.count(str(record.text)):
            self.wrong.append(f"said to be rejected, and it arrived: {record}")
        if record.state is SendState.UNKNOWN:
            self.unknown.add(record.send_id)

    async def agent(self, number: int) -> None:
        """Sends one text, more stubbornly than it was told to."""
        random = self.random
        await anyio.sleep(random.uniform(0, 60))
        request = SendRequest(
            account="shop",
            inbox="PNmain",
            to=(f"+1415555{100 + number % 7:04d}",),
            text=f"It's order {number}",
            idempotency_key=f"key-{number}" if random.random() < 0.2 else None,
            approval=f"yes-{self.seed}-{number}" if random.random() < 0.3 else None,
        )
        self.wanted[request.text] = 1
        if random.random() < 0.1:
            async with anyio.create_task_group() as both:
                both.start_soon(self.call, request)
                both.start_soon(self.call, request)
        await self._insist(request)
        if request.approval and self.journaled:
            await self._replay(request)
        if request.idempotency_key is None and request.approval is None and random.random() < 0.25:
            self.wanted[request.text] += self._is_free(request)
            again = replace(request, allow_duplicate=True, user_id="USrepeat")
            if await self.call(again) is None:
                await self.call(again)

    async def _insist(self, request: SendRequest) -> None:
        for _ in range(3):
            answer = await self.call(request)
            if isinstance(answer, (SendRecord, Message)):
                settled = isinstance(answer, Message) or answer.state is SendState.SENT
                if settled or self.random.random() < 0.6:
                    return
            await anyio.sleep(self.random.uniform(0, 3))

    async def _replay(self, request: SendRequest) -> None:
        """A used approval under other words, and under the same ones when the window is long over."""
        other = replace(request, text=f"{request.text}, to be paid at once")
        answer = await self.call(other)
        used = any(record.fingerprint == request.fingerprint for record in self.records())
        if used and answer is not None and not isinstance(answer, PolicyRefusal):
            self.wrong.append(f"an approval was good for other words: {answer}")
        if not used:
            self.wanted[other.text] = 1
        await anyio.sleep(700)
        await self.call(request if used else other)

    def _is_free(self, request: SendRequest) -> bool:
        """Whether a text may go out `again`: not while it may have arrived, unless a person gives it up."""
        unsure = [
            record.send_id
            for record in (self.records() if self.journaled else ())
            if record.fingerprint == request.fingerprint and record.state is SendState.UNKNOWN
        ]
        if unsure and self.random.random() < 0.5:
            return False
        database = open_database(self.path, MIGRATIONS)
        for send_id in unsure:
            Journal(database).give_up(send_id, now=now())
        database.close()
        return True

    def records(self) -> list[SendRecord]:
        database = open_database(self.path, MIGRATIONS)
        try:
            return Journal(database).list_recent(100_000, now=now())
        finally:
            database.close()

    async def play(self, requests: int) -> "World":
        async with anyio.create_task_group() as agents:
            for number in range(requests):
                agents.start_soon(self.agent, number)
        await anyio.sleep(120)
        if self.journaled:
            await self._settle()
        for process in self.processes:
            process.database.close()
        for text, count in Counter(arrived.text for arrived in self.quo.ledger).items():
            if count > self.wanted[text]:
                self.wrong.append(f"{text!r} arrived {count} times, wanted {self.wanted[text]}")
        return self

    async def _settle(self) -> None:
        """Everything has arrived and is listed: each answer must now be the truth."""
        for process in self.processes:
            process.database.close()
        database = open_database(self.path, MIGRATIONS)
        journal = Journal(database)
        outbox = open_outbox(database, self.quo.api, journal=journal)
        records = []
        left = journal.list_recent(100_000, now=now())
        self.random.shuffle(left)
        for record in left:
            after = record
            for _ in range(8):  # a look may fail
                after = await outbox.check_status(record.send_id)
            records.append(after)
        database.close()
        self._judge(records)

    def _judge(self, records: list[SendRecord]) -> None:
        known = {record.send_id for record in records}
        self.wrong += [f"lost: {send_id}" for send_id in self.told.keys() - known]
        self.wrong += [f"still open: {record}" for record in records if record.state.is_pending]
        in_ledger = {arrived.message_id: arrived.text for arrived in self.quo.ledger}
        arrived = Counter(in_ledger.values())
        sent = Counter(str(record.text) for record in records if record.state is SendState.SENT)
        doubtful = (SendState.UNKNOWN, SendState.GIVEN_UP)
        unsure = Counter(str(record.text) for record in records if record.state in doubtful)
        given_up = {str(record.text) for record in records if record.state is SendState.GIVEN_UP}
        for record in records:
            if (
                record.state is SendState.SENT
                and in_ledger.get(str(record.message_id)) != record.text
            ):
                self.wrong.append(f"sent, and not in the ledger: {record}")
            if (
                self.told.get(record.send_id) is SendState.SENT
                and record.state is not SendState.SENT
            ):
                self.wrong.append(f"was told to be sent: {record}")
        # Which of two messages with the same words is whose does not matter, if both went out.
        sure = Counter((r.text, r.allow_duplicate) for r in records if r.state is SendState.SENT)
        sure.subtract((arrived.text, arrived.is_repeat) for arrived in self.quo.ledger)
        self.wrong += [f"another send's message was taken: {k}" for k, n in sure.items() if n > 0]
        for text in arrived | sent | unsure:
            # Of two sends of the same words, one found text does not say which it was.
            beyond_doubt = sent[text] + unsure[text] < 2 and text not in given_up
            if sent[text] > arrived[text] or arrived[text] > sent[text] + unsure[text]:
                self.wrong.append(f"{text!r}: {arrived[text]} arrived, {sent[text]} known as sent")
            elif beyond_doubt and arrived[text] != sent[text]:
                self.wrong.append(f"{text!r} arrived, and looking did not find it")


def play(
    seed: int,
    requests: int,
    folder: Path,
    *,
    journaled: bool = True,
    only_replies_lost: bool = False,
    faults: dict[str, int] = FAULTS,
) -> World:
    """Raises nothing: what went wrong is in the world's `wrong`. The seed makes it happen again."""

    async def whole() -> World:
        path = folder / f"{seed}-{journaled}" / "journal.db"
        return await World(seed, path, journaled, faults, only_replies_lost).play(requests)

    return run(whole)
