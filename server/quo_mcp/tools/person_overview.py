"""The tool that shows one person: contact, open tasks, latest messages and calls."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import anyio

from quo_mcp.errors import Refusal
from quo_mcp.records.base import Envelope, Page
from quo_mcp.records.calls import Call
from quo_mcp.records.contacts import Contact
from quo_mcp.records.messages import Message
from quo_mcp.tools.activity_one_person import PersonFeed
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.calls import ListCalls
from quo_mcp.tools.contacts import GetContact, render_contact
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.fields import PersonRef
from quo_mcp.tools.messages import ListMessages
from quo_mcp.tools.rendering import Presenter, block
from quo_mcp.tools.tasks import ListTasks, TaskList, render_task
from quo_mcp.values.phone_numbers import is_e164

MAX_MESSAGES, MAX_CALLS, MAX_TASKS = 10, 5, 10
MAX_NUMBERS = 3  # of one person
MAX_CONTACTS = 3  # with one number


@dataclass
class PersonOverview:
    """What Quo holds about one person.

    numbers: their numbers (E.164), the requested one first.
    messages, calls: by number.
    unreadable_parts: names of the parts that could not be read.
    """

    numbers: Sequence[str]
    contacts: list[Contact] = field(default_factory=list)
    tasks: TaskList | None = None
    messages: dict[str, Page[Message] | PersonFeed[Message]] = field(default_factory=dict)
    calls: dict[str, Page[Call] | PersonFeed[Call]] = field(default_factory=dict)
    unreadable_parts: list[str] = field(default_factory=list)

    @property
    def numbers_without_activity(self) -> list[str]:
        """Their numbers without messages and calls, except the requested one."""
        return [
            number
            for number in self.numbers[1:]
            if number in self.messages and number in self.calls
            if is_empty(self.messages[number]) and is_empty(self.calls[number])
        ]


class GetPerson(Tool[PersonOverview]):
    """All about one person at once: contact, open tasks, latest texts and calls on all your numbers."""

    effect = Effect.READ
    includes = (GetContact, ListTasks, ListMessages, ListCalls)

    person: PersonRef

    async def run(self, context: ToolContext) -> PersonOverview:
        contacts = (await context.directory.address_book(context.progress)).by_number(self.person)
        # If several contacts share the number, their other numbers may belong to other people.
        other_numbers = [number for _, number in contacts[0].numbers] if len(contacts) == 1 else []
        numbers = [
            number for number in dict.fromkeys([self.person, *other_numbers]) if is_e164(number)
        ]
        overview = PersonOverview(numbers[:MAX_NUMBERS])

        async def read_contact(contact_id: str) -> None:
            overview.contacts.append(
                (await context.api.get(Envelope[Contact], "contacts", contact_id)).data
            )

        async def read_tasks(person: str) -> None:
            overview.tasks = await ListTasks(person=person).run(context)

        async def read_messages(number: str) -> None:
            overview.messages[number] = await message_list(number).run_for_person(context, [number])

        async def read_calls(number: str) -> None:
            overview.calls[number] = await call_list(number).run_for_person(context, number)

        parts: list[tuple[str, Callable[[str], Awaitable[None]], Sequence[str]]] = [
            ("the contact", read_contact, [contact.id for contact in contacts[:MAX_CONTACTS]]),
            ("tasks", read_tasks, [self.person]),
            ("texts", read_messages, overview.numbers),
            ("calls", read_calls, overview.numbers),
        ]
        failures: list[Refusal] = []

        async def read_part(
            name: str, read: Callable[[str], Awaitable[None]], subject: str
        ) -> None:
            try:
                await read(subject)
            except Refusal as error:
                failures.append(error)
                overview.unreadable_parts.append(name)

        async with anyio.create_task_group() as task_group:
            for name, read, subjects in parts:
                for subject in subjects:
                    task_group.start_soon(read_part, name, read, subject)
        if failures and not (overview.contacts or overview.messages or overview.calls):
            raise failures[0]
        return overview

    def render(self, result: PersonOverview, presenter: Presenter) -> str:
        unreadable_parts = ", ".join(dict.fromkeys(result.unreadable_parts))
        return block(
            *(render_contact(contact, presenter) for contact in result.contacts),
            *([] if result.contacts else [f"No contact has {presenter.number(self.person)}."]),
            *task_blocks(result.tasks, presenter),
            *(
                message_list(number).render_for_person(
                    activities, presenter, "Older ones: quo_list_messages."
                )
                for number, activities in order_by_number(result.numbers, result.messages)
            ),
            *(
                call_list(number).render_for_person(
                    activities, presenter, "Older ones: quo_list_calls."
                )
                for number, activities in order_by_number(result.numbers, result.calls)
            ),
            *(
                f"Nothing was exchanged with {presenter.number(number)}."
                for number in result.numbers_without_activity
            ),
            f"Not readable just now, and missing here: {unreadable_parts}."
            if unreadable_parts
            else None,
        )


def message_list(number: str) -> ListMessages:
    return ListMessages(person=[number], limit=MAX_MESSAGES)


def call_list(number: str) -> ListCalls:
    return ListCalls(person=number, limit=MAX_CALLS)


def task_blocks(task_list: TaskList | None, presenter: Presenter) -> list[str]:
    if task_list is None:
        return []
    if not task_list.tasks:
        return ["No open tasks."]
    remaining = len(task_list.tasks) - MAX_TASKS
    return [
        "Open tasks, soonest due first:",
        *(
            render_task(task, presenter, task_list.conversations)
            for task in task_list.tasks[:MAX_TASKS]
        ),
        *([f"{remaining} more: quo_list_tasks."] if remaining > 0 else ()),
    ]


def order_by_number(
    numbers: Sequence[str], results: dict[str, Page[Any] | PersonFeed[Any]]
) -> list[tuple[str, Page[Any] | PersonFeed[Any]]]:
    """Return results by number, the requested number first; other numbers only if their result has items."""
    first_number, *other_numbers = numbers
    return [
        (number, results[number])
        for number in (first_number, *other_numbers)
        if number in results and (number == first_number or not is_empty(results[number]))
    ]


def is_empty(result: Page[Any] | PersonFeed[Any]) -> bool:
    return not (result.data if isinstance(result, Page) else result.items)
