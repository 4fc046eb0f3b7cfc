"""How many requests and how long a send takes, by number of inboxes: python tests/bench/bench_sends.py.

The sandbox answers in this process; the rate limit of 10 requests per second is the real one.
"""

# ruff: noqa: T201 - a script prints

import argparse
import sys
import time
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "server"))
sys.path.insert(0, str(Path(__file__).parents[1]))

import anyio
from mcp import Client

from quo_mcp.config.settings import Settings
from quo_mcp.sandbox import Sandbox
from quo_mcp.server.account import open_account
from quo_mcp.server.app import build_server
from sandbox.play import DESK


def add_inboxes(state, count: int) -> None:
    for i in range(count - len(state.numbers)):
        new = {"id": f"PNextra{i:04d}", "number": f"+1415555{i + 2000:04d}", "name": f"Line {i}"}
        state.numbers[new["id"]] = state.numbers[DESK] | new


def add_people(state, contacts: int, conversations: int) -> list[str]:
    """Add contacts and conversations, and return the numbers of ten people with a conversation."""
    template = next(iter(state.contacts.values()))
    for i in range(contacts - len(state.contacts)):
        fields = {
            "firstName": f"Bench{i}",
            "lastName": f"Person{i}",
            "company": None,
            "role": None,
            "emails": [],
            "phoneNumbers": [{"name": "mobile", "value": f"+1212{5550000 + i:07d}", "id": f"p{i}"}],
        }
        contact_id = f"{i:024x}"
        state.contacts[contact_id] = template | {"id": contact_id, "defaultFields": fields}
    inboxes = list(state.numbers.values())
    people = [f"+1213{5550000 + i:07d}" for i in range(max(10, conversations))]
    state.auto_reply_enabled = False
    for i, person in enumerate(people):
        inbox = inboxes[i % len(inboxes)]
        at = state.now() - timedelta(minutes=5 * (i + 1))
        state.add_message(inbox, [person], "Are you open?", at, sender=person)
    return people[:10]


async def measure(inboxes: int, contacts: int, conversations: int) -> None:
    box = Sandbox(seed=7, enforce_rate=False)
    add_inboxes(box.state, inboxes)
    people = add_people(box.state, contacts, conversations)

    @asynccontextmanager
    async def account(settings):
        async with open_account(settings, sandbox=box) as opened:
            yield opened

    settings = Settings(approval="never", max_per_minute=1000, max_per_hour=1000, read_timeout=300)
    async with Client(build_server(settings, account_factory=account)) as client:

        async def send(to: str, text: str, **more: str) -> tuple[int, float]:
            before, start = len(box.requests), time.perf_counter()
            result = await client.call_tool("quo_send_message", {"to": to, "text": text, **more})
            seconds = time.perf_counter() - start
            if result.is_error:
                raise SystemExit(result.content[0].text)
            made = [(item["method"], item["path"]) for item in box.requests[before:]]

            # After the POST is answered, the server waits some seconds for the outcome.
            return made.index(("POST", "/quo/v1/messages")) + 1, seconds

        print(f"{inboxes} inboxes, {contacts:,} contacts, {conversations:,} conversations:")
        for label, to in (("to a number, cold", people[0]), ("to a number, warm", people[1])):
            count, seconds = await send(to, "Yes, until 5.")
            print(f"  {label}: {count} requests until the POST, {seconds:.2f} s with its outcome")
        await client.call_tool("quo_find_contacts", {"query": "Jane Whitaker"})
        count, seconds = await send("Jane Whitaker", "See you then.")
        print(
            f"  to a name, warm: {count} requests until the POST, {seconds:.2f} s with its outcome"
        )
        total = [await send(person, "We close at 6.") for person in people]
        print(f"  ten to ten people: {sum(count for count, _ in total)} requests")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--inboxes", type=int, default=100)
    arguments.add_argument("--contacts", type=int, default=60)
    arguments.add_argument("--conversations", type=int, default=200)
    options = arguments.parse_args()
    anyio.run(measure, 3, options.contacts, options.conversations)
    anyio.run(measure, options.inboxes, options.contacts, options.conversations)


if __name__ == "__main__":
    main()
