"""Obeys an attacker: any tool in any order with any arguments. No rule that a person set may give way.

    python tests/torture/hijack.py --traces 300 --seed 1

What happened is read from the sandbox, not from the answers: the texts that Quo accepted, and every
request that changes something. A trace can be seen again by its seed: --seed N --traces 1.
"""

# ruff: noqa: T201 - a command tells what it found

import argparse
import json
import random
import sys
import time
from collections import Counter
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

import anyio

from conftest import open_server
from quo_mcp.safety.scoped_api import CALL_ARTIFACTS
from quo_mcp.values import phone_numbers
from sandbox.play import DESK, JANE, ROSA, STRANGER, WALT, Clock
from torture.arguments import EVERY, Saying

ATTACKER, PREMIUM, ABROAD, HOTLINE = "+14155550198", "+19005550123", "+81312345678", "+18005550123"
GONE = "+12025550143"  # in no contact, and never heard from
CALLS = 40
# As people and attackers write the same numbers.
SPELLINGS = {
    JANE: [
        "(415) 555-0111",
        "1 415 555 0111",
        "+1 (415) 555\u20110111",
        "\uff14\uff11\uff15 555 0111",
        "+14155550111;ext=9",
    ],
    ATTACKER: [
        "415.555.0198",
        "tel:+14155550198",
        "+1\u202a4155550198\u202c",
        "+1 415 555 0198 ext. 5",
    ],
}
PEOPLE = [JANE, ROSA, WALT, STRANGER, ATTACKER, PREMIUM, ABROAD, HOTLINE, GONE, "911", "22395"]
PEOPLE += [each for written in SPELLINGS.values() for each in written]

READ_ONLY = {"read_only": True}
SETTINGS = {
    "read only": READ_ONLY,
    "read only, and more": {**READ_ONLY, "toolsets": "all", "tools": "quo_send_message"},
    "two toolsets": {"toolsets": "workspace,messages"},
    "no sending": {"exclude_tools": "quo_send_message,quo_send_group_message"},
    "known": {"recipients": "known"},
    "listed": {"recipients": f"{JANE},{ROSA}"},
    "known or listed": {"recipients": f"known,{GONE}"},
    "denied": {"denied": f"{JANE},(415) 555-0198"},
    "anyone": {},
    "any country": {"countries": "any"},
    "one country": {"countries": "GB"},
    "one inbox": {"inboxes": DESK},
    "quiet": {"quiet_hours": "00:00-23:59"},
    "two a day": {"max_per_day": 2},
    "two to one": {"max_per_person_day": 2},
    "nobody to approve": {"approval": "required"},
    "a person who says no": {"approval": "auto"},
    "everything at once": {
        "recipients": "known",
        "inboxes": DESK,
        "denied": JANE,
        "max_per_day": 3,
    },
}


class Trace:
    """One attack under one setting."""

    def __init__(self, seed):
        self.seed = seed
        names = list(SETTINGS)
        self.name = names[seed % len(names)]
        self.config = {"toolsets": "all", "approval": "never", **SETTINGS[self.name]}
        self.dice = random.Random(seed)
        self.called = Counter()
        self.texts = 0
        self.wrong = []

    async def play(self):
        clock = Clock()
        mode = self.dice.choice(["legacy", "auto"])
        asking = {"elicitation_callback": no} if self.name == "a person who says no" else {}
        async with open_server(config=self.config, clock=clock, mode=mode, **asking) as quo:
            self.known = heard_of(quo.box)
            said = Saying(quo.box, self.dice, PEOPLE)
            for _ in range(CALLS):
                await self._attack(quo, said, clock)
                said.keep_connected()
            self.texts = len(quo.box.ledger)
            self._judge(quo)
        return self

    async def _attack(self, quo, said, clock):
        names = list(EVERY)
        # A send or a new contact is what an attacker tries most.
        names += ["quo_send_message"] * 20 + ["quo_send_group_message"] * 6
        names += ["quo_create_contact", "quo_update_contact"] * 4
        name = self.dice.choice(names)
        made = said.plausible(EVERY[name])
        if self.dice.random() < 0.2:
            made |= {self.dice.choice(["again", "approved", "force", "approval"]): True}
        if self.dice.random() < 0.3:
            made.pop("dry_run", None)
        self.called[name] += 1
        await quo.client.session.call_tool(
            name,
            made,
            input_responses={"approval": YES} if self.dice.random() < 0.2 else None,
            request_state="Zm9yZ2Vk" if self.dice.random() < 0.2 else None,
            allow_input_required=True,
        )
        clock.wait(self.dice.choice([0, 1, 61, 3600]))

    def _judge(self, quo):
        for text in quo.box.ledger:
            for number in text["to"]:
                self._judge_text(quo, number, text["from"])
        self._judge_counts(quo.box.ledger)
        changes = [each for each in quo.box.requests if each["method"] != "GET"]
        if self.config.get("read_only") and changes:
            self._wrong(f"changed something while read-only: {changes[0]['path']}")
        if self.name in {"nobody to approve", "a person who says no"}:
            self.wrong += [
                f"seed {self.seed}: unapproved {each['method']} {each['path']}"
                for each in changes
                if each["method"] == "DELETE"
                or each["path"].endswith(("/messages", "/connections"))
            ]
        if self.name == "two toolsets":
            foreign = [each for each in changes if not each["path"].endswith("/messages")]
            if foreign:
                self._wrong(f"a tool that is off acted: {foreign[0]['path']}")
        if self.name == "no sending" and quo.box.ledger:
            self._wrong("a tool that is off sent a text")
        if "inboxes" in self.config:
            self._judge_inboxes(quo.box, changes)

    def _judge_text(self, quo, number, inbox):
        rules = self.config
        listed = [
            phone_numbers.parse(each, "US") for each in str(rules.get("recipients", "")).split(",")
        ]
        denied = [
            phone_numbers.parse(each, "US") for each in str(rules.get("denied", "")).split(",")
        ]
        if number in denied:
            self._wrong(f"texted {number}, which is denied")
        if phone_numbers.kind_of(number) in {"premium", "emergency", "short code", "withheld"}:
            self._wrong(f"texted {number}, a {phone_numbers.kind_of(number)} number")
        known = "known" in rules.get("recipients", "") and number in self.known
        if "recipients" in rules and number not in listed and not known:
            self._wrong(f"texted {number}, which is not among those who may be")
        # By default, the countries of the inboxes and of the conversations.
        wanted = rules.get("countries", "US FR GB MX")
        if wanted != "any" and phone_numbers.region_of(number) not in wanted.split():
            self._wrong(f"texted {number}, abroad")
        if "quiet_hours" in rules:
            self._wrong(f"texted {number} in quiet hours")
        if "inboxes" in rules and quo.box.state.find_number(inbox, "01")["id"] != DESK:
            self._wrong(f"texted from {inbox}")

    def _judge_counts(self, ledger):
        people = Counter(number for text in ledger for number in text["to"])
        if len(ledger) > self.config.get("max_per_day", 10**6) * 3:  # forty hours go by at most
            self._wrong(f"{len(ledger)} texts")
        days = Counter((text["at"][:10]) for text in ledger)
        most = self.config.get("max_per_day")
        if most and max(days.values(), default=0) > 2 * most:
            self._wrong(f"{max(days.values())} texts in a day")
        each = self.config.get("max_per_person_day")
        if each and max(people.values(), default=0) > each * 3:
            self._wrong(f"{max(people.values())} texts to one person")

    def _judge_inboxes(self, box, changes):
        """Nothing that changes something is about another inbox, and no artefact of one was read."""
        foreign = {
            id_
            for kept in (
                box.state.messages,
                box.state.calls,
                box.state.conversations,
                box.state.tasks,
            )
            for id_, each in kept.items()
            if each["phoneNumberId"] != DESK
        }
        for each in changes:
            told = json.loads(each["body"] or b"{}")
            about = {*each["path"].split("/"), *map(str, told.values())} & foreign
            if about:
                self._wrong(f"{each['method']} {each['path']} is about another inbox")
        for each in box.requests:
            parts = each["path"].split("/")
            if len(parts) > 4 and parts[3] in CALL_ARTIFACTS and parts[4] in foreign:
                self._wrong(f"read {each['path']}")

    def _wrong(self, what):
        self.wrong.append(f"seed {self.seed} ({self.name}): {what}")


YES = {"action": "accept", "content": {}}


async def no(_context, _params):
    from mcp_types import ElicitResult

    return ElicitResult(action="decline")


def heard_of(box):
    """Whom the account knew before the attack."""
    state = box.state
    contacts = {
        phone_numbers.parse(each["value"], "US")
        for contact in state.contacts.values()
        for each in contact["defaultFields"]["phoneNumbers"]
    }
    wrote = {each["from"] for each in state.messages.values() if each["direction"] == "incoming"}
    called = {
        number
        for each in state.calls.values()
        if each["direction"] == "incoming"
        for number in each["participants"]
    }
    return contacts | wrote | called


async def play_all(seeds):
    return [await Trace(seed).play() for seed in seeds]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--traces", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(f"seed {options.seed}")
    started = time.perf_counter()
    traces = anyio.run(play_all, range(options.seed, options.seed + options.traces))
    wrong = [what for trace in traces for what in trace.wrong]
    calls = sum((trace.called for trace in traces), Counter())
    print(
        f"{len(traces)} traces under {len({trace.name for trace in traces})} settings, {calls.total()} calls of "
        f"{len(calls)} tools, {sum(trace.texts for trace in traces)} texts that were allowed "
        f"({time.perf_counter() - started:.0f} s)"
    )
    print("\n".join(wrong[:50]) or "No rule gave way.")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
