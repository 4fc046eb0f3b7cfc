"""Four employees and an attacker with forged tokens, in any order: nobody reads or writes on an inbox of somebody else.

    python tests/torture/identities.py --calls 20000 --seed 1

Every text of an inbox ends with a word of its own, which no result for another person may contain. What was written,
and with whose access lists were read, is taken from the requests that the sandbox got.
"""

# ruff: noqa: T201 - a command tells what it found

import argparse
import json
import random
import sys
import time
from collections import Counter
from pathlib import Path
from urllib.parse import parse_qs

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

import anyio

from oauth.issuer import BENOIT, MARISOL, PRIYA, TOM, signed_in_server
from process.test_process_http import message
from server.auth.test_sign_in import forged_tokens

DESK, DIRECT, EMERGENCY = "PNd5FrontDk", "PNm2MarisoL", "PNe8Urgent9"
INBOXES = {
    MARISOL: {DESK, DIRECT, EMERGENCY},
    TOM: {EMERGENCY},
    PRIYA: {EMERGENCY},
    BENOIT: {DESK},
}
WORDS = {DESK: "zqdesk", DIRECT: "zqdirect", EMERGENCY: "zqemergency"}
NO_LIMITS = dict.fromkeys(
    [f"max_per_{span}" for span in ("minute", "hour", "day", "person_hour", "person_day")], 10**6
)
AT_ONCE = 6


class Office:
    """The sandbox, with who uses which inbox, and the ids of what is on them."""

    def __init__(self, box):
        self.box, self.state = box, box.state
        self.user_ids = {user["email"]: user["id"] for user in self.state.users.values()}
        for inbox, number in self.state.numbers.items():
            number["users"] = [user for user in number["users"] if inbox in INBOXES[user["email"]]]
        self.mark()
        self.messages, self.calls = sorted(self.state.messages), sorted(self.state.calls)
        self.conversations, self.tasks = sorted(self.state.conversations), sorted(self.state.tasks)
        self.inbox_of = {
            record_id: record.get("phoneNumberId")
            for records in (
                self.state.messages,
                self.state.calls,
                self.state.conversations,
                self.state.tasks,
            )
            for record_id, record in records.items()
        }
        numbers = {
            number
            for item in self.state.conversations.values()
            for number in item["participants"]
            if len(number) == 12
        }
        self.people = sorted(numbers)
        self.sends = []

    def mark(self):
        """Add the word of its inbox to every text that is on one inbox only."""
        for text in self.state.messages.values():
            self.mark_text(text, "text", text["phoneNumberId"])
        for call_id, call in self.state.calls.items():
            inbox = call["phoneNumberId"]
            for records in (self.state.voicemails, self.state.summaries, self.state.transcripts):
                record = records.get(call_id) or {}
                for field in ("transcript", "summary", "dialogue"):
                    value = record.get(field)
                    if isinstance(value, str):
                        self.mark_text(record, field, inbox)
                    elif value and isinstance(value[0], str):
                        record[field] = [f"{line} {WORDS[inbox]}" for line in value]
                    for part in value if value and isinstance(value[0], dict) else ():
                        self.mark_text(part, "content", inbox)
        for task in self.state.tasks.values():
            if task.get("phoneNumberId"):
                self.mark_text(task, "title", task["phoneNumberId"])

    @staticmethod
    def mark_text(record, field, inbox):
        record[field] = f"{record[field]} {WORDS[inbox]}"


def any_call(rng, office, number):
    """Return a tool and its arguments, mostly about things of any inbox."""
    inbox = rng.choice([None, *WORDS])
    as_user = rng.choice([None, None, None, *office.user_ids.values()])
    person = rng.choice(office.people)
    item = rng.choice(office.messages + office.calls)
    conversation = rng.choice(office.conversations)
    text = f"Parcel {number} is on its way"
    choices = [
        (4, "quo_get_message", {"message_id": rng.choice(office.messages)}),
        (4, "quo_get_call", {"call_id": rng.choice(office.calls)}),
        (2, "quo_get_call_recordings", {"call_id": rng.choice(office.calls)}),
        (3, "quo_get_call_summary", {"call_id": rng.choice(office.calls)}),
        (3, "quo_get_call_transcript", {"call_id": rng.choice(office.calls)}),
        (3, "quo_get_call_voicemail", {"call_id": rng.choice(office.calls)}),
        (3, "quo_get_task", {"task_id": rng.choice(office.tasks)}),
        (1, "quo_update_task", {"task_id": rng.choice(office.tasks), "done": rng.random() < 0.5}),
        (2, "quo_mark_conversation", {"conversation": conversation, "state": "done"}),
        (1, "quo_create_task", {"title": f"Task {number}", "activity_id": item}),
        (1, "quo_create_task", {"title": f"Task {number}", "conversation": conversation}),
        (1, "quo_create_task", {"title": f"Task {number}", "inbox": inbox or DESK}),
        (4, "quo_list_messages", {"person": person, "inbox": inbox, "as_user": as_user}),
        (3, "quo_list_calls", {"person": person, "inbox": inbox, "as_user": as_user}),
        (1, "quo_list_conversations", {"inboxes": inbox and [inbox], "as_user": as_user}),
        (1, "quo_list_tasks", {}),
        (1, "quo_get_person", {"person": person}),
        (6, "quo_send_message", {"to": person, "text": text, "inbox": inbox, "as_user": as_user}),
        (1, "quo_send_message", {"to": person, "text": text, "inbox": inbox, "dry_run": True}),
        (1, "quo_send_group_message", {"to": rng.sample(office.people, 2), "text": text}),
        (2, "quo_get_send_status", {"send_id": rng.choice(office.sends or ["send_0"])}),
        (0.1, "quo_get_digest", {}),
        (0.1, "quo_list_messages", {"inbox": inbox}),
        (0.1, "quo_list_voicemails", {}),
    ]
    _, tool, arguments = rng.choices(choices, [weight for weight, *_ in choices])[0]
    given = {name: value for name, value in arguments.items() if value is not None}
    if rng.random() < 0.05:
        return "resources/read", {"uri": f"quo://conversations/{conversation}"}
    return "tools/call", {"name": tool, "arguments": given}


def foreign_words(text, email):
    return [word for inbox, word in WORDS.items() if inbox not in INBOXES[email] and word in text]


def faults_of_requests(requests, office, email):
    """Return what requests did on an inbox that is not the person's. email: None if several people were at work."""
    faults = []
    owners = {user_id: owner for owner, user_id in office.user_ids.items()}
    for request in requests:
        path = request["path"].removeprefix("/quo/v1/").split("/")
        query, method = parse_qs(request["query"]), request["method"]
        body = json.loads(request["body"] or b"{}") if method != "GET" else {}
        user_id = body.get("userId") or (query.get("userId") or [None])[0]
        person = email or owners.get(user_id)
        if method == "GET":
            # Without a user, it is the server's own look for opt-outs, of which nothing is shown.
            touched = query.get("phoneNumberId", []) + query.get("phoneNumbers", [])
            touched = touched if user_id else []
            is_own_access = user_id in {None, office.user_ids.get(person)}
        elif path == ["messages"]:
            touched, is_own_access = [body["from"]], user_id == office.user_ids.get(person)
        elif email is None or path[0] not in {"tasks", "conversations"}:
            continue
        else:
            named = [
                body.get("phoneNumberId"),
                *map(
                    office.inbox_of.get,
                    filter(
                        None,
                        [
                            path[1] if len(path) > 1 else None,
                            body.get("conversationId"),
                            body.get("activityId"),
                        ],
                    ),
                ),
            ]
            touched, is_own_access = list(filter(None, named)), True
        if not is_own_access or not set(touched) <= INBOXES.get(person, set()):
            faults.append(f"{person}: {method} {request['path']} {request['query']} {body}")
    return faults


class Fuzz:
    """A run: what was called, and what was wrong."""

    def __init__(self, server, seed):
        self.server, self.rng = server, random.Random(seed)
        self.office = Office(server.box)
        self.counts, self.faults, self.number = Counter(), [], 0

    async def run(self, calls):
        tokens = {
            email: self.server.token(email, exp=int(time.time()) + 36_000) for email in INBOXES
        }
        forged, forged_at = [], 0.0
        while self.number < calls:
            kind = self.rng.random()
            if time.monotonic() - forged_at > 10:  # some are only not valid yet
                forged, forged_at = list(forged_tokens(self.server).items()), time.monotonic()
            if kind < 0.2:
                await self.try_forged(*self.rng.choice(forged))
            elif kind < 0.22:
                await self.call_at_once(tokens)
            else:
                email = self.rng.choice([*INBOXES])
                before = len(self.server.box.requests)
                await self.call(email, tokens[email])
                requests = self.server.box.requests[before:]
                self.faults += faults_of_requests(requests, self.office, email)
            await self.note_sends()
            if len(self.server.box.requests) > 5_000:
                self.server.box.requests.clear()

    async def try_forged(self, fault, token):
        self.number += 1
        before = len(self.server.box.requests)
        method, params = any_call(self.rng, self.office, self.number)
        reply = await self.server.post(message(method, **params), token)
        self.counts["forged"] += 1
        if reply.status_code != 401 or len(self.server.box.requests) != before:
            self.faults.append(f"{fault}: HTTP {reply.status_code}")

    async def call_at_once(self, tokens):
        before = len(self.server.box.requests)
        async with anyio.create_task_group() as group:
            for _ in range(AT_ONCE):
                email = self.rng.choice([*INBOXES])
                group.start_soon(self.call, email, tokens[email])
        requests = self.server.box.requests[before:]
        self.faults += faults_of_requests(requests, self.office, None)

    async def call(self, email, token):
        self.number += 1
        method, params = any_call(self.rng, self.office, self.number)
        reply = await self.server.post(message(method, **params), token)
        is_refused = '"isError":true' in reply.text or '"error"' in reply.text
        self.counts["refused" if is_refused else "answered"] += 1
        if reply.status_code != 200 or (words := foreign_words(reply.text, email)):
            self.faults.append(
                f"{email}: {params} showed {words if reply.status_code == 200 else reply.text}"
            )

    async def note_sends(self):
        """Mark the new texts and tasks, and remember the ids of sends."""
        ledger, state = self.server.box.ledger, self.server.box.state
        for entry in ledger[self.counts["sent"] :]:
            text = state.messages[entry["id"]]
            Office.mark_text(text, "text", text["phoneNumberId"])
            self.office.messages.append(entry["id"])
            self.office.inbox_of[entry["id"]] = text["phoneNumberId"]
            self.counts["sent"] += 1
        if self.number % 50 == 0:
            records = await self.server.account.outbox.list_recent(30)
            self.office.sends = [record.send_id for record in records]
        for task_id, task in [*state.tasks.items()][-AT_ONCE:]:
            if task_id not in self.office.inbox_of and task.get("phoneNumberId"):
                Office.mark_text(task, "title", task["phoneNumberId"])
                self.office.inbox_of[task_id] = task["phoneNumberId"]
                self.office.tasks.append(task_id)


async def run(calls, seed):
    """Return the faults of a run, and how many calls were answered, refused and forged."""
    async with signed_in_server(**NO_LIMITS, max_cents_per_day=10**9, audit=False) as server:
        fuzz = Fuzz(server, seed)
        await fuzz.run(calls)
        return fuzz.faults, fuzz.counts


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began = time.monotonic()
    faults, counts = anyio.run(run, options.calls, options.seed)
    print(
        f"{dict(counts)}, seed {options.seed}: {len(faults)} faults in {time.monotonic() - began:.0f} s"
    )
    for fault in faults[:20]:
        print(f"  {fault}")
    raise SystemExit(bool(faults))


if __name__ == "__main__":
    main()
