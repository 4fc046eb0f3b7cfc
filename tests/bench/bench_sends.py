"""How many requests and how long a message takes until its POST is answered, by number of inboxes.

    python tests/bench/bench_sends.py --inboxes 100 --contacts 20000 --conversations 2000

The sandbox answers in this process, after a delay as over a network; the rate limit of 10 requests per second
is the real one. The bars are for a message by name: 3 s once warm, and 10 s right after a restart with kept
contacts. If one is exceeded, the exit status is 1. The very first message by name reads all contacts, so it
has no bar. The wait for the delivery status comes after the POST, and is not counted.
"""

# ruff: noqa: T201 - a script prints

import argparse
import sys
import tempfile
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "server"))
sys.path.insert(0, str(Path(__file__).parents[1]))

import anyio
from mcp import Client

from quo_mcp.config.settings import Settings
from quo_mcp.sandbox import Sandbox
from quo_mcp.server.account import open_account, sandbox_transport
from quo_mcp.server.app import build_server
from sandbox.play import DESK

WARM_BAR, RESTART_BAR = 3.0, 10.0  # seconds


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


class Bench:
    """A workspace, and the servers that use it one after another on one state directory."""

    def __init__(self, folder: Path, delay: float, inboxes: int, contacts: int, talks: int) -> None:
        self.box = Sandbox(seed=7, key="bench", enforce_rate=False)
        add_inboxes(self.box.state, inboxes)
        self.people = add_people(self.box.state, contacts, talks)
        self.settings = Settings(
            api_key="bench",
            state_dir=folder,
            approval="never",
            keep_contacts=True,
            max_per_minute=1000,
            max_per_hour=1000,
            max_per_day=1000,
            read_timeout=300,
        )
        self.delay = delay
        self.posted_at = 0.0
        respond = self.box._respond

        async def respond_later(request, path):
            await anyio.sleep(self.delay)
            response = await respond(request, path)
            if request.method == "POST" and path[-1] == "messages":
                self.posted_at = time.perf_counter()
            return response

        self.box._respond = respond_later

    @asynccontextmanager
    async def _account(self, settings):
        async with open_account(settings, transport=sandbox_transport(self.box)) as account:
            # The outcome is not of interest here, and each look takes requests of the next message.
            account.outbox._timeouts = replace(account.outbox._timeouts, delivery_delays=())
            self.account = account
            yield account

    def client(self) -> Client:
        return Client(build_server(self.settings, account_factory=self._account))

    async def send(self, client: Client, label: str, to: str, text: str) -> tuple[int, float]:
        """Send a message, and return its requests and seconds until the POST is answered."""
        before, start = len(self.box.requests), time.perf_counter()
        result = await client.call_tool("quo_send_message", {"to": to, "text": text})
        if result.is_error:
            raise SystemExit(result.content[0].text)
        made = [(item["method"], item["path"]) for item in self.box.requests[before:]]
        count, seconds = made.index(("POST", "/quo/v1/messages")) + 1, self.posted_at - start
        if label:
            print(f"  {label}: {count} requests, {seconds:.2f} s", flush=True)
        return count, seconds

    async def until_read(self) -> None:
        """Wait until everything is read that is read in the background."""
        directory = self.account.directory
        await directory.address_book(fresh=True)
        while not directory.conversations.complete:  # noqa: ASYNC110 - there is nothing to wait on
            await anyio.sleep(0.1)
        await anyio.sleep(1)  # for what is stored in the background


async def measure(delay: float, inboxes: int, contacts: int, talks: int) -> bool:
    """Print the figures, and return whether the bars are met."""
    print(
        f"{inboxes} inboxes, {contacts:,} contacts, {talks:,} conversations, {delay:g} s a request:"
    )
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), delay, inboxes, contacts, talks)
        people = bench.people
        async with bench.client() as client:
            await bench.send(client, "to a number, first start", people[0], "Yes, until 5.")
            await bench.send(client, "to a name, first start", "Jane Whitaker", "See you.")
            await bench.until_read()
            await bench.send(client, "to a number, warm", people[1], "Yes, until 5.")
            warm = await bench.send(client, "to a name, warm", "Rosa Delgado", "See you then.")
            await bench.send(client, "to the same name, seconds later", "Rosa Delgado", "At 5.")
            total = [await bench.send(client, "", person, "We close at 6.") for person in people]
            print(f"  ten to ten people: {sum(count for count, _ in total)} requests")
        async with bench.client() as client:
            restarted = await bench.send(client, "to a name, restarted", "Rosa Delgado", "Bye.")
        async with bench.client() as client:
            await bench.send(client, "to a number, restarted", people[0], "Yes, until 6.")
    return warm[1] <= WARM_BAR and restarted[1] <= RESTART_BAR


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--inboxes", type=int, default=100)
    arguments.add_argument("--contacts", type=int, default=20_000)
    arguments.add_argument("--conversations", type=int, default=2_000)
    arguments.add_argument("--delay", type=float, default=0.2, help="seconds that a request takes")
    options = arguments.parse_args()
    sizes = [(3, 60, 200), (options.inboxes, options.contacts, options.conversations)]
    met = [anyio.run(measure, options.delay, *size) for size in sizes]
    return int(not all(met))


if __name__ == "__main__":
    sys.exit(main())
