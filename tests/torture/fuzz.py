"""Calls every tool with anything, and answers it with anything. Nothing may crash, and every failure has to help.

    python tests/torture/fuzz.py --calls 100000 --replies 20000 --seed 1

A failure is at most 400 characters of ours, and one line longer for each candidate that it lists, at
most 4,000 in all. A batch of 500 can be seen again by its seed: --seed N --calls 500 --replies 0.
"""

# ruff: noqa: T201 - a command tells what it found

import argparse
import gzip
import json
import random
import re
import sys
import time
from collections import Counter
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

import anyio

from conftest import open_server
from quo_mcp.sandbox.faults import KINDS, Fault, FaultContext, apply_fault
from quo_mcp.sandbox.http import ConnectionDropped, Response
from quo_mcp.server.app import SANDBOX_NOTICE
from torture.arguments import EVERY, ODD, SHAPES, Saying

BATCH = 500  # calls of one server and one sandbox
SHORT, LONG = 400, 4000  # characters of a failure; of one that lists what there is to choose from
CHOICES = re.compile(
    r"There are: |The closest:|^- |takes: |could be|There is (?:no tool|none)|has these|Stopped at change",
    re.MULTILINE,
)
SECONDS = 30.0  # a call that takes longer hangs


class Batch:
    """Some calls of one server. hostile: whether the replies are, rather than the arguments."""

    def __init__(self, seed, *, hostile):
        self.seed = seed
        self.hostile = hostile
        self.dice = random.Random(f"{seed} {hostile}")
        self.outcomes = Counter()
        self.longest = 0
        self.replies = 0
        self.wrong = []

    async def play(self, calls):
        config = {"toolsets": "all", "approval": "never", "max_per_minute": 10**6}
        config |= {"max_per_hour": 10**6, "max_per_day": 10**6, "max_cents_per_day": 10**9}
        if self.dice.random() < 0.3:
            config |= {"recipients": "known", "inboxes": "PNd5FrontDk"}
        async with open_server(config=config, mode=self.dice.choice(["legacy", "auto"])) as quo:
            said = Saying(quo.box, self.dice)
            if self.hostile:
                self._spoil(quo.box)
            done = 0
            while done < calls if not self.hostile else self.replies < calls:
                done += 1
                await self._call(quo, said)
                said.keep_connected()
                quo.clock.wait(self.dice.choice([0, 1, 3600]))
                if self.hostile and done % 5 == 0:
                    for kept in (quo.account.directory.numbers, quo.account.directory.users):
                        kept.invalidate()
                    if done % 20 == 0:
                        quo.account.directory.contacts.invalidate()
            await self._still_answers(quo)
        return self

    async def _call(self, quo, said):
        name = (
            self.dice.choice(list(EVERY)) if self.dice.random() > 0.005 else self.dice.choice(ODD)
        )
        tool = EVERY.get(name)
        arguments = (
            {} if tool is None else said.plausible(tool) if self.hostile else said.hostile(tool)
        )
        try:
            with anyio.fail_after(SECONDS):
                result = await quo.client.call_tool(name, arguments)
        except Exception as fault:  # noqa: BLE001 - whatever a client sees but a result is wrong
            self._wrong(name, arguments, f"{type(fault).__name__}: {fault}"[:300])
            return
        text = result.content[0].text.removeprefix(f"{SANDBOX_NOTICE}\n")
        self.outcomes["failed" if result.is_error else "answered"] += 1
        try:
            text.encode()
        except UnicodeEncodeError:
            self._wrong(name, arguments, "half a character left the server")
        if re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", text):
            self._wrong(name, arguments, "a control character left the server")
        if re.search("internal error in this server|fault of its own", text):
            self._wrong(name, arguments, "it crashed")
        if result.is_error:
            self._judge(name, arguments, text)

    def _judge(self, name, arguments, text):
        self.longest = max(self.longest, len(text))
        most = LONG if CHOICES.search(text) else SHORT
        if len(text) > most:
            self._wrong(name, arguments, f"a failure of {len(text)} characters: {text[:600]}")
        if len(text.split()) < 4 or not re.search(r"[.?:]|takes", text):
            self._wrong(name, arguments, f"a failure that says little: {text}")

    def _spoil(self, box):
        answer = box._respond

        async def spoiled(request, path):
            self.replies += 1
            reply, fault = await answer(request, path)
            if self.dice.random() < 0.6:
                return reply, fault  # or nothing would ever come so far as to be rendered
            kind = self.dice.choice([*KINDS, *MORE, *MORE])
            if kind in MORE:
                return MORE[kind](self.dice, reply), None
            fault = Fault(kind, status=self.dice.choice([400, 402, 403, 404, 409, 429, 500, 503]))
            fault.size = 3_000_000 if kind == "gzip_bomb" else 4000
            if kind == "altered":
                name = self.dice.choice(
                    ["id", "status", "to", "createdAt", "defaultFields", "number"]
                )
                fault.details = {name: self.dice.choice([*ODD[:30], *SHAPES])}
            if kind in {"drip", "late_commit", "latency"}:
                return reply, None
            scene = FaultContext(request, lambda: reply, box._state, box._sleep)
            return await apply_fault(fault, scene), fault if kind == "drip" else None

        box._respond = spoiled

    async def _still_answers(self, quo):
        quo.box.faults.clear()
        listed = await quo.client.list_tools()
        if len(listed.tools) != len(EVERY):
            self._wrong("tools/list", {}, "it no longer answers")

    def _wrong(self, name, arguments, what):
        told = json.dumps(arguments, default=str)[:300]
        self.wrong.append(f"seed {self.seed}: {name[:60]!r} {told}: {what}")


def _leaf(dice, value):
    """One value, or something else in its place."""
    if dice.random() < 0.8:
        return value
    return dice.choice([*ODD[:30], *SHAPES, "\ud800", "a\udfffb", float("nan"), -(10**400)])


def _changed(dice, document):
    if isinstance(document, dict):
        found = {name: _changed(dice, each) for name, each in document.items()}
        if found and dice.random() < 0.15:
            found.pop(dice.choice(list(found)))
        return found
    if isinstance(document, list):
        some = [_changed(dice, each) for each in document[:20]]
        return some * dice.choice([0, 1, 1, 1, 30]) if dice.random() < 0.2 else some
    return _leaf(dice, document)


def _mutated(dice, reply):
    return Response.from_json(_changed(dice, reply.json()), reply.status)


def _deep(dice, reply):
    depth = dice.choice([100, 5000, 100_000])
    return Response(200, b'{"data":' + b"[" * depth + b"]" * depth + b"}", "application/json")


def _cut(dice, reply):
    return Response(reply.status, reply.body[: dice.randint(0, len(reply.body))], reply.media_type)


def _garbled(dice, reply):
    body = bytearray(reply.body)
    for _ in range(min(len(body), 20)):
        body[dice.randrange(len(body))] = dice.randrange(256)
    return Response(reply.status, bytes(body), reply.media_type)


def _odd_status(dice, reply):
    return Response(
        dice.choice([201, 204, 206, 301, 304, 401, 418, 451, 499, 520, 599]), reply.body
    )


def _circle(dice, reply):
    document = reply.json()
    if isinstance(document, dict):
        document["nextPageToken"] = dice.choice(["again", "\n> x", "x" * 5000])
        if isinstance(document.get("data"), list) and dice.random() < 0.5:
            document["data"] = []
    return Response.from_json(document, reply.status)


def _other(dice, reply):
    whole = [
        b"null",
        b"[]",
        b"{}",
        b'"x"',
        b"1e999",
        b"\xff\xfe{\x00}\x00",
        b"\xef\xbb\xbf{}",
        b'{"data":{}}',
    ]
    whole += [
        b'{"data":null}',
        b'{"data":[null]}',
        b'{"data":"\\ud800"}',
        b'{"a":1,"a":2}',
        b"9" * 5000,
    ]
    return Response(dice.choice([200, 200, 400, 500]), dice.choice(whole), "application/json")


def _not_zipped(dice, reply):
    body = dice.choice([reply.body, gzip.compress(reply.body)[:40]])
    return Response(
        200, body, "application/json", {"content-encoding": dice.choice(["gzip", "br", "x"])}
    )


def _said_wrong(dice, reply):
    words = dice.choice(ODD) * 3
    errors = [{"path": words, "message": words, "code": 1}] * dice.choice([1, 50])
    told = {
        "message": words,
        "code": words,
        "docs": words,
        "errors": errors,
        "error": {"message": words},
    }
    return Response.from_json(told, dice.choice([400, 401, 402, 403, 404, 409, 422, 429, 500]))


def _dropped(dice, reply):
    raise ConnectionDropped("dropped")


MORE = {
    kind.__name__: kind
    for kind in (
        _mutated, _deep, _cut, _garbled, _odd_status, _circle, _other, _not_zipped, _said_wrong, _dropped
    )
}  # fmt: skip


async def play_all(calls, seed, *, hostile):
    played = []
    for number in range(-(-calls // BATCH)):
        batch = await Batch(seed + number, hostile=hostile).play(min(BATCH, calls))
        played.append(batch)
        if number % 20 == 19:
            print(
                f"  … {(number + 1) * BATCH}, {sum(len(each.wrong) for each in played)} wrong",
                flush=True,
            )
    return played


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=100_000)
    parser.add_argument("--replies", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(f"seed {options.seed}")
    wrong = []
    for what, many, hostile in (
        ("calls", options.calls, False),
        ("replies", options.replies, True),
    ):
        started = time.perf_counter()
        played = anyio.run(lambda: play_all(many, options.seed, hostile=hostile))  # noqa: B023
        wrong += [each for batch in played for each in batch.wrong]
        outcomes = sum((batch.outcomes for batch in played), Counter())
        longest = max((batch.longest for batch in played), default=0)
        print(
            f"{many} {'hostile ' * hostile}{what}: {dict(outcomes)}, longest failure {longest} characters "
            f"({time.perf_counter() - started:.0f} s)",
            flush=True,
        )
    print("\n".join(wrong[:60]) or "Nothing crashed, and every failure helps.")
    print(f"{len(wrong)} wrong") if wrong else None
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
