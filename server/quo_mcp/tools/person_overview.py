"""One person as a whole, in one call: who they are, what is to be done for them, what was said lately."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import anyio

from quo_mcp.errors import Refusal
from quo_mcp.records.base import One, Page
from quo_mcp.records.calls import Call
from quo_mcp.records.contacts import Contact
from quo_mcp.records.messages import Message
from quo_mcp.tools.activity_one_person import Everywhere
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.calls import ListCalls
from quo_mcp.tools.contacts import GetContact, contact_block
from quo_mcp.tools.context import Quo
from quo_mcp.tools.fields import Person
from quo_mcp.tools.messages import ListMessages
from quo_mcp.tools.rendering import View, block
from quo_mcp.tools.tasks import Found, ListTasks, task_block
from quo_mcp.values.phone_numbers import is_e164

TEXTS, CALLS, TASKS = 10, 5, 10  # that are shown of each
NUMBERS, CONTACTS = 3, 3  # of one person; of one number


@dataclass
class Whole:
    """What is known of somebody.

    numbers: theirs, the one that was named first. texts, calls: by number. missing: what could not be read.
    """

    numbers: Sequence[str]
    contacts: list[Contact] = field(default_factory=list)
    tasks: Found | None = None
    texts: dict[str, Page[Message] | Everywhere[Message]] = field(default_factory=dict)
    calls: dict[str, Page[Call] | Everywhere[Call]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    @property
    def silent(self) -> list[str]:
        """Their other numbers, where nothing was exchanged with them."""
        return [
            each
            for each in self.numbers[1:]
            if each in self.texts and each in self.calls
            if is_empty(self.texts[each]) and is_empty(self.calls[each])
        ]


class GetPerson(Tool[Whole]):
    """All about one person at once: contact, open tasks, latest texts and calls on all your numbers."""

    effect = Effect.READ
    shows = (GetContact, ListTasks, ListMessages, ListCalls)

    person: Person

    async def run(self, quo: Quo) -> Whole:
        holders = (await quo.directory.known(quo.progress)).by_number(self.person)
        # Where several people share a number, their other numbers are not all this person's.
        others = [number for _, number in holders[0].numbers] if len(holders) == 1 else []
        numbers = [each for each in dict.fromkeys([self.person, *others]) if is_e164(each)]
        whole = Whole(numbers[:NUMBERS])

        async def contact(contact_id: str) -> None:
            whole.contacts.append((await quo.api.get(One[Contact], "contacts", contact_id)).data)

        async def tasks(person: str) -> None:
            whole.tasks = await ListTasks(person=person).run(quo)

        async def texts(number: str) -> None:
            whole.texts[number] = await texts_of(number).theirs(quo, [number])

        async def calls(number: str) -> None:
            whole.calls[number] = await calls_of(number).theirs(quo, number)

        parts: list[tuple[str, Callable[[str], Awaitable[None]], Sequence[str]]] = [
            ("the contact", contact, [each.id for each in holders[:CONTACTS]]),
            ("tasks", tasks, [self.person]),
            ("texts", texts, whole.numbers),
            ("calls", calls, whole.numbers),
        ]
        failures: list[Refusal] = []

        async def part(name: str, read: Callable[[str], Awaitable[None]], of: str) -> None:
            try:
                await read(of)
            except Refusal as refusal:
                failures.append(refusal)
                whole.missing.append(name)

        async with anyio.create_task_group() as together:
            for name, read, each in parts:
                for of in each:
                    together.start_soon(part, name, read, of)
        if failures and not (whole.contacts or whole.texts or whole.calls):
            raise failures[0]
        return whole

    def render(self, result: Whole, view: View) -> str:
        missing = ", ".join(dict.fromkeys(result.missing))
        return block(
            *(contact_block(each, view) for each in result.contacts),
            *([] if result.contacts else [f"No contact has {view.number(self.person)}."]),
            *open_tasks(result.tasks, view),
            *(
                texts_of(number).of_them(found, view, "Older ones: quo_list_messages.")
                for number, found in in_order(result.numbers, result.texts)
            ),
            *(
                calls_of(number).of_them(found, view, "Older ones: quo_list_calls.")
                for number, found in in_order(result.numbers, result.calls)
            ),
            *(f"Nothing was exchanged with {view.number(each)}." for each in result.silent),
            f"Not readable just now, and missing here: {missing}." if missing else None,
        )


def texts_of(number: str) -> ListMessages:
    return ListMessages(person=[number], limit=TEXTS)


def calls_of(number: str) -> ListCalls:
    return ListCalls(person=number, limit=CALLS)


def open_tasks(found: Found | None, view: View) -> list[str]:
    if found is None:
        return []
    if not found.tasks:
        return ["No open tasks."]
    more = len(found.tasks) - TASKS
    return [
        "Open tasks, soonest due first:",
        *(task_block(each, view, found.known) for each in found.tasks[:TASKS]),
        *([f"{more} more: quo_list_tasks."] if more > 0 else ()),
    ]


def in_order(
    numbers: Sequence[str], found: dict[str, Page[Any] | Everywhere[Any]]
) -> list[tuple[str, Page[Any] | Everywhere[Any]]]:
    """By number, the one that was named first; of their other numbers, only where there is something."""
    named, *others = numbers
    return [
        (number, found[number])
        for number in (named, *others)
        if number in found and (number == named or not is_empty(found[number]))
    ]


def is_empty(found: Page[Any] | Everywhere[Any]) -> bool:
    return not (found.data if isinstance(found, Page) else found.items)
