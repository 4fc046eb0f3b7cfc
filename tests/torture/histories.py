"""Random histories of what goes wrong around a server: clocks, records, keys and inboxes. The ledger of the sandbox decides.

A server sends, repeats, and is restarted, while its clock jumps, its journal is removed, emptied or
replaced by an older copy, its key is rotated, replies are lost, inboxes may no longer be read, and people
opt out and in. Within the duplicate window by the right time, no text may arrive twice, none may reach a
number that has opted out, and the code of a preview sends once, whatever happens.

    python tests/torture/histories.py 300 --seed 0

Not among the losses: all records at once while no server runs. Then only the conversation is left, which
shows neither a text that arrives late nor an opt-out that a person added. The same goes for an opt-out that
no server has read before all records are lost, and for one in an inbox that may not be read: that send
has to say what was not checked.
"""

# ruff: noqa: T201 - a command tells what it found

import argparse
import re
import shutil
import sys
import tempfile
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from random import Random

import anyio

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from mcp import Client

from conftest import PACIFIC, skip_waits
from quo_mcp.config.settings import Settings
from quo_mcp.safety.opt_out_store import OptOut
from quo_mcp.sandbox import Fault
from quo_mcp.server.account import open_account, sandbox_transport
from quo_mcp.server.app import build_server
from quo_mcp.server.databases import CONVERSATIONS_FILE, JOURNAL_FILE, open_records
from safety.test_clocks_apart import MESSAGES, elsewhere
from sandbox.play import DESK, DIRECT, EMERGENCY, JANE, ROSA, WALT, Clock

WINDOW = timedelta(minutes=10)
PEOPLE = (JANE, ROSA, WALT)
GROUP = "+14155550171"
INBOXES = (DESK, DIRECT, EMERGENCY)
STOPS = ("Please stop texting me", "STOP", "Remove me from your list")
NOT_CHECKED = "Not checked for opt-outs"
TEXTS = ("Your boat is ready.", "On our way.", "See you at 4 pm on Tuesday.")
JUMPS = (-7200, -300, 900, 3600, 91 * 86_400, 365 * 86_400)
FAULTS = ("lost_reply", "dropped", "error_before")
CODE = re.compile(r'approval="(preview-[0-9a-f-]+)"')


@dataclass
class OptedOut:
    """An opt-out. inbox: of the message that says so; None if there is none. is_known: a server has refused because of it."""

    inbox: str | None = None
    is_known: bool = False


class History:
    """One history. `wrong` holds what must not have happened."""

    def __init__(self, seed: int, folder: Path) -> None:
        self.random = Random(seed)
        self.folder = folder
        self.box = elsewhere(0)
        self.true_clock = self.box._now
        self.clock = Clock()
        self.offset = 0.0
        self.key = "key-0"
        self.opted_out: dict[str, list[OptedOut]] = {person: [] for person in PEOPLE}
        self.approval = self.random.choice(("never", "preview"))
        self.used: list[dict[str, object]] = []  # calls that carried out a preview
        self.arrived_by_code: Counter[str] = Counter()
        self.log: list[str] = []
        self.wrong: list[str] = []
        self.counts: Counter[str] = Counter()
        self.stack: AsyncExitStack | None = None
        self.client: Client | None = None
        self.arrivals: list[tuple[str, str, object]] = []

    def settings(self) -> Settings:
        limits = {f"max_per_{span}": 1000 for span in ("minute", "hour", "day")}
        person = {"max_per_person_hour": 1000, "max_per_person_day": 1000}
        return Settings(
            api_key=self.key,
            state_dir=self.folder,
            audit=False,
            approval=self.approval,
            **PACIFIC,
            **limits,
            **person,
        )

    async def start(self) -> None:
        self.stack = AsyncExitStack()
        box, clock = self.box, self.clock
        box.set_key(self.key)

        @asynccontextmanager
        async def factory(settings):
            transport = sandbox_transport(box)
            async with open_account(settings, transport=transport, now=clock) as account:
                skip_waits(account)
                # The ticks of the gateway's clock follow the right time.
                account.gateway._sender._clock = lambda: self.true_clock().timestamp()
                yield account

        server = build_server(self.settings(), account_factory=factory)
        self.client = await self.stack.enter_async_context(Client(server))

    async def stop(self) -> None:
        await self.stack.aclose()

    async def restart(self, meanwhile=lambda: None) -> None:
        await self.stop()
        meanwhile()
        await self.start()

    async def send(self) -> None:
        to, text = self.random.choice(PEOPLE), self.random.choice(TEXTS)
        arguments: dict[str, object] = {
            "to": to,
            "text": text,
            "inbox": self.random.choice((DESK, DIRECT)),
        }
        if self.approval == "preview" and self.random.random() < 0.2:
            arguments["allow_duplicate"] = True
        if self.random.random() < 0.3:
            self.box.inject(Fault(self.random.choice(FAULTS), method="POST", path=MESSAGES))
        result = await self._call(arguments)
        if code := CODE.search(result):
            approved = {**arguments, "approval": code[1]}
            self.used.append(approved)
            await self._call(approved)
        self.box.faults.clear()

    async def replay(self) -> None:
        """Carry out a preview once more, as a client does that repeats its calls."""
        if self.used:
            await self._call(self.random.choice(self.used))

    async def _call(self, arguments: dict[str, object]) -> str:
        to, before = str(arguments["to"]), len(self.box.ledger)
        result = (await self.client.call_tool("quo_send_message", arguments)).content[0].text
        _, _, told = result.partition("\n")
        self.log.append(f"send {arguments}: {told[:120]!r}")
        for opt_out in self.opted_out[to]:
            opt_out.is_known |= " opted out of texts" in result or "do-not-text list" in result
        for message in self.box.ledger[before:]:
            self._judge(arguments, message["content"], result)
        self.counts["sent"] += len(self.box.ledger) - before
        return result

    def _judge(self, arguments: dict[str, object], text: str, result: str) -> None:
        to, code, now = str(arguments["to"]), arguments.get("approval"), self.true_clock()
        for other_to, other_text, at in self.arrivals:
            is_twice = (other_to, other_text) == (to, text) and now - at < WINDOW - timedelta(
                seconds=5
            )
            if is_twice and not arguments.get("allow_duplicate"):
                self.wrong.append(f"twice within {now - at}: {text!r} to {to}")
        if code:
            self.arrived_by_code[str(code)] += 1
            if self.arrived_by_code[str(code)] > 1:
                self.wrong.append(f"{code} sent {self.arrived_by_code[str(code)]} times")
        for opt_out in self.opted_out[to]:
            is_hidden = opt_out.inbox in self.box.state.forbidden_inboxes and not opt_out.is_known
            if not is_hidden:
                self.wrong.append(f"sent to {to}, who opted out: {opt_out}")
            elif NOT_CHECKED not in result:
                self.wrong.append(f"sent to {to} without a word that an inbox was not checked")
            else:
                self.counts["sent, and said to be unchecked"] += 1
        self.arrivals.append((to, text, now))

    async def jump(self) -> None:
        seconds = -self.offset if self.offset else self.random.choice(JUMPS)
        self.offset += seconds
        self.clock.wait(seconds)

    async def wait(self) -> None:
        seconds = self.random.choice((1, 30, 200, 700))
        self.clock.wait(seconds)
        self.true_clock.wait(seconds)

    def _write(self, person: str, words: str) -> str:
        """Have a person write to one of the inboxes, alone or in a group, and return its id."""
        # What only the carriers know is not the question, so Quo's own list stays empty.
        state, inbox = self.box.state, self.random.choice(INBOXES)
        people = [person] if self.random.random() < 0.8 else [person, GROUP]
        state.add_message(state.numbers[inbox], people, words, self.true_clock(), sender=person)
        state.opted_out.clear()
        return inbox

    async def opt_out(self) -> None:
        to, kind = (
            self.random.choice(PEOPLE),
            self.random.choice(("message", "message", "person", "agent")),
        )
        if kind == "message":
            self.opted_out[to].append(OptedOut(self._write(to, self.random.choice(STOPS))))
            return
        self.opted_out[to].append(OptedOut())
        if kind == "person":
            with open_records(self.settings()) as (_, opt_outs):
                opt_outs.add(OptOut(to, self.clock(), "by hand", "a person set it"))
            await self.client.call_tool("quo_check_setup", {})  # the server reads its records
        else:
            await self._add_opt_out(to)

    async def _add_opt_out(self, to: str) -> None:
        arguments = {"person": to, "reason": "asked on the phone"}
        result = await self.client.call_tool("quo_add_opt_out", arguments)
        if code := CODE.search(result.content[0].text):
            result = await self.client.call_tool(
                "quo_add_opt_out", arguments | {"approval": code[1]}
            )
        if "do-not-text list" not in result.content[0].text:
            self.wrong.append(f"not added: {result.content[0].text}")

    async def opt_in(self) -> None:
        """A START ends what was written, and nothing that a person or an agent has added."""
        to = self.random.choice(PEOPLE)
        self.true_clock.wait(1)
        self.clock.wait(1)
        self._write(to, "START")
        self.opted_out[to] = [item for item in self.opted_out[to] if item.inbox is None]

    async def forbid(self) -> None:
        """Quo no longer lets the key read an inbox, or lets it again."""
        self.box.state.forbidden_inboxes ^= {self.random.choice(INBOXES)}

    async def rotate_key(self) -> None:
        self.key = f"key-{self.random.randrange(3)}"
        await self.restart()

    def _files(self, name: str = JOURNAL_FILE) -> list[Path]:
        return [
            file
            for file in self.folder.glob(f"{name}*")
            if file.is_file() and not file.name.endswith(".witness")
        ]

    async def back_up(self) -> None:
        def copy() -> None:
            for name in (JOURNAL_FILE, CONVERSATIONS_FILE):
                if (self.folder / name).exists():
                    shutil.copy(self.folder / name, self.folder / f"backup-{name}")

        if (self.folder / JOURNAL_FILE).exists():
            await self.restart(copy)

    async def lose(self) -> None:
        kind = self.random.choice(("remove", "empty", "restore", "all"))
        names = (JOURNAL_FILE, CONVERSATIONS_FILE)[: self.random.choice((1, 2, 2))]

        def do() -> None:
            for name in names:
                for file in self._files(name):
                    file.unlink()
                backup = self.folder / f"backup-{name}"
                if kind == "empty":
                    (self.folder / name).touch()
                if kind == "restore" and backup.exists():
                    shutil.copy(backup, self.folder / name)
            if kind == "all":
                (self.folder / f"{JOURNAL_FILE}.witness").unlink(missing_ok=True)

        if kind == "all" or self.random.random() < 0.5:
            do()  # under the running server, which notices it with its next send
            if kind == "all":
                await self.send()
        else:
            await self.restart(do)

    async def play(self, steps: int) -> None:
        actions = {
            self.send: 12,
            self.wait: 4,
            self.jump: 4,
            self.lose: 3,
            self.rotate_key: 1,
            self.back_up: 1,
            self.restart: 1,
            self.opt_out: 0.8,
            self.opt_in: 0.5,
            self.forbid: 0.6,
            self.replay: 2 if self.approval == "preview" else 0,
        }
        await self.start()
        for _ in range(steps):
            action = self.random.choices([*actions], [*actions.values()])[0]
            self.counts[action.__name__] += 1
            if action != self.send:
                self.log.append(action.__name__)
            await action()
        await self.stop()


async def main(histories: int, seed: int, steps: int) -> int:
    totals: Counter[str] = Counter()
    failures = 0
    for number in range(seed, seed + histories):
        with tempfile.TemporaryDirectory() as folder:
            history = History(number, Path(folder))
            await history.play(steps)
        totals += history.counts
        if history.wrong:
            failures += 1
            print(f"seed {number}: {history.wrong}", *history.log, sep="\n  ")
    print(f"{histories} histories, {failures} wrong; {dict(totals)}")
    return int(bool(failures))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("histories", type=int)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--steps", type=int, default=25)
    options = parser.parse_args()
    sys.exit(anyio.run(main, options.histories, options.seed, options.steps))
