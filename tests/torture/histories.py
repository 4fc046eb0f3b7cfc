"""Random histories of what goes wrong around a server: clocks, journals and keys. The ledger of the sandbox decides.

A server sends, repeats, and is restarted, while its clock jumps, its journal is removed, emptied or
replaced by an older copy, its key is rotated, replies are lost, and people opt out. Within the duplicate
window by the right time, no text may arrive twice, and none may reach a number that has opted out.

    python tests/torture/histories.py 300 --seed 0

Not among the losses: all records at once while no server runs. Then only the conversation is left, which
shows neither a text that arrives late nor an opt-out that a person added. The same goes for an opt-out that
no server has read before all records are lost.
"""

# ruff: noqa: T201 - a command tells what it found

import argparse
import shutil
import sys
import tempfile
from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager
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
from quo_mcp.server.databases import JOURNAL_FILE, open_records
from safety.test_clocks_apart import MESSAGES, elsewhere
from sandbox.play import DESK, DIRECT, JANE, ROSA, Clock

WINDOW = timedelta(minutes=10)
PEOPLE = (JANE, ROSA)
TEXTS = ("Your boat is ready.", "On our way.", "See you at 4 pm on Tuesday.")
JUMPS = (-7200, -300, 900, 3600, 91 * 86_400, 365 * 86_400)
FAULTS = ("lost_reply", "dropped", "error_before")


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
        self.opted_out: set[str] = set()
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
            approval="never",
            **PACIFIC,
            **limits,
            **person,
        )

    async def start(self) -> None:
        self.stack = AsyncExitStack()
        box, clock = self.box, self.clock
        box.gateway.key = self.key

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
        inbox = self.random.choice((DESK, DIRECT))
        if self.random.random() < 0.3:
            self.box.inject(Fault(self.random.choice(FAULTS), method="POST", path=MESSAGES))
        before = len(self.box.ledger)
        result = await self.client.call_tool(
            "quo_send_message", {"to": to, "text": text, "inbox": inbox}
        )
        self.box.faults.clear()
        self.log.append(f"send {text!r} to {to}: {result.content[0].text[:80]!r}")
        for message in self.box.ledger[before:]:
            self._judge(message["to"][0], message["content"])
        self.counts["sent"] += len(self.box.ledger) - before

    def _judge(self, to: str, text: str) -> None:
        now = self.true_clock()
        for other_to, other_text, at in self.arrivals:
            if (other_to, other_text) == (to, text) and now - at < WINDOW - timedelta(seconds=5):
                self.wrong.append(f"twice within {now - at}: {text!r} to {to}")
        if to in self.opted_out:
            self.wrong.append(f"sent to {to}, who opted out")
        self.arrivals.append((to, text, now))

    async def jump(self) -> None:
        seconds = -self.offset if self.offset else self.random.choice(JUMPS)
        self.offset += seconds
        self.clock.wait(seconds)

    async def wait(self) -> None:
        seconds = self.random.choice((1, 30, 200, 700))
        self.clock.wait(seconds)
        self.true_clock.wait(seconds)

    async def opt_out(self) -> None:
        to = self.random.choice(PEOPLE)
        self.opted_out.add(to)
        if self.random.random() < 0.5:
            number = self.box.state.numbers[self.random.choice((DESK, DIRECT))]
            # Not a keyword of the carriers, so only this server refuses.
            self.box.state.add_message(
                number, [to], "Please stop texting me", self.true_clock(), sender=to
            )
        else:
            with open_records(self.settings()) as (_, opt_outs):
                opt_outs.add(OptOut(to, self.clock(), "by hand", "a person set it"))
            await self.client.call_tool("quo_check_setup", {})  # the server reads its records

    async def rotate_key(self) -> None:
        self.key = f"key-{self.random.randrange(3)}"
        await self.restart()

    def _files(self) -> list[Path]:
        return [
            file
            for file in self.folder.glob(f"{JOURNAL_FILE}*")
            if file.is_file() and not file.name.endswith(".witness")
        ]

    async def back_up(self) -> None:
        def copy() -> None:
            shutil.copy(self.folder / JOURNAL_FILE, self.folder / "backup")

        if (self.folder / JOURNAL_FILE).exists():
            await self.restart(copy)

    async def lose(self) -> None:
        kind = self.random.choice(("remove", "empty", "restore", "all"))
        backup = self.folder / "backup"

        def do() -> None:
            for file in self._files():
                file.unlink()
            if kind == "empty":
                (self.folder / JOURNAL_FILE).touch()
            if kind == "restore" and backup.exists():
                shutil.copy(backup, self.folder / JOURNAL_FILE)
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
            self.opt_out: 0.4,
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
