"""The tool that shows one person: contact, open tasks, groups, latest messages and calls."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import anyio

from quo_mcp.errors import Refusal
from quo_mcp.history.call_backs import add_call_backs
from quo_mcp.history.cursor import Cursor
from quo_mcp.history.feed import FeedPage, FeedReader
from quo_mcp.history.query import ActivityQuery, Item
from quo_mcp.history.task_activity import TaskList, list_tasks
from quo_mcp.history.voicemails import add_voicemails
from quo_mcp.records.calls import Call
from quo_mcp.records.contacts import Contact
from quo_mcp.records.messages import Message
from quo_mcp.records.record import Envelope, Page
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.fields import PersonRef
from quo_mcp.tools.person_groups import PersonGroups, find_groups, group_blocks
from quo_mcp.tools.rendering import Presenter, block, not_included
from quo_mcp.tools.rendering.calls import render_calls_with
from quo_mcp.tools.rendering.contacts import render_contact
from quo_mcp.tools.rendering.messages import render_messages_with
from quo_mcp.tools.rendering.tasks import render_task
from quo_mcp.tools.rendering.texting import TextingStatus, render_texting
from quo_mcp.tools.resolve.inboxes import allowed_inboxes
from quo_mcp.values.phone_numbers import is_e164

MAX_MESSAGES, MAX_CALLS, MAX_TASKS = 10, 5, 10
MAX_NUMBERS = 3  # of one person
MAX_CONTACTS = 3  # with one number


@dataclass
class PersonOverview:
    """What Quo holds about one person.

    numbers: their numbers (E.164), the requested one first.
    messages, calls: by number.
    failures: why a part could not be read, by its name.
    texting: whether the requested number may be texted.
    """

    numbers: Sequence[str]
    contacts: list[Contact] = field(default_factory=list)
    tasks: TaskList | None = None
    groups: PersonGroups | None = None
    messages: dict[str, FeedPage[Message]] = field(default_factory=dict)
    calls: dict[str, FeedPage[Call]] = field(default_factory=dict)
    failures: dict[str, Refusal] = field(default_factory=dict)
    texting: TextingStatus | None = None

    @property
    def numbers_without_activity(self) -> list[str]:
        """Their numbers without messages and calls, except the requested one."""
        return [
            number
            for number in self.numbers[1:]
            if number in self.messages and number in self.calls
            if not (self.messages[number].items or self.calls[number].items)
        ]


class GetPerson(Tool[PersonOverview]):
    """Show one person at a glance: contact, whether you may text them now, open tasks, groups, latest messages and calls.

    Use it first, before you reply to or call someone. For older items, call quo_list_messages,
    quo_list_calls or quo_list_tasks.
    """

    effect = Effect.READ
    includes = ("quo_get_contact", "quo_list_tasks", "quo_list_messages", "quo_list_calls")

    person: PersonRef

    async def run(self, context: ToolContext) -> PersonOverview:
        contacts = (await context.account.directory.address_book(context.progress)).by_number(
            self.person
        )
        # If several contacts share the number, their other numbers may belong to other people.
        other_numbers = [number for _, number in contacts[0].numbers] if len(contacts) == 1 else []
        numbers = [
            number for number in dict.fromkeys([self.person, *other_numbers]) if is_e164(number)
        ]
        overview = PersonOverview(numbers[:MAX_NUMBERS])

        async def read_contact(contact_id: str) -> None:
            overview.contacts.append(
                (await context.account.api.get(Envelope[Contact], "contacts", contact_id)).data
            )

        async def read_tasks(person: str) -> None:
            overview.tasks = await list_tasks(
                context.account.api,
                lambda task: not task.completed,
                context.progress,
                person=person,
                limit=MAX_TASKS,
            )

        async def read_messages(number: str) -> None:
            query = ActivityQuery(Page[Message], "messages", limit=MAX_MESSAGES)
            overview.messages[number] = await read_feed(context, query, number)

        async def read_calls(number: str) -> None:
            query = ActivityQuery(Page[Call], "calls", limit=MAX_CALLS)
            feed = await read_feed(context, query, number)
            account = context.account
            inboxes = [inbox.id for inbox in await allowed_inboxes(account)]
            feed = await add_call_backs(account.api, account.directory, feed, number, inboxes)
            overview.calls[number] = await add_voicemails(account.api, feed)

        parts: list[tuple[str, Callable[[str], Awaitable[None]], Sequence[str]]] = [
            ("the contact", read_contact, [contact.id for contact in contacts[:MAX_CONTACTS]]),
            ("tasks", read_tasks, [self.person]),
            ("groups", partial(read_groups, overview, context), [self.person]),
            ("messages", read_messages, overview.numbers),
            ("calls", read_calls, overview.numbers),
        ]

        async def read_part(
            name: str, read: Callable[[str], Awaitable[None]], subject: str
        ) -> None:
            try:
                await read(subject)
            except Refusal as error:
                overview.failures.setdefault(name, error)

        async with anyio.create_task_group() as task_group:
            for name, read, subjects in parts:
                for subject in subjects:
                    task_group.start_soon(read_part, name, read, subject)
        read_texting = partial(add_texting_status, overview, context)
        await read_part("whether a text may be sent", read_texting, self.person)
        if overview.failures and not (overview.contacts or overview.messages or overview.calls):
            raise next(iter(overview.failures.values()))
        return overview

    def max_items(self, _result: PersonOverview) -> int:
        return MAX_MESSAGES

    def render_first(self, result: PersonOverview, presenter: Presenter, count: int) -> str:
        shortened = {
            number: replace(feed, items=feed.items[:count], next=feed.next or Cursor())
            if len(feed.items) > count
            else feed
            for number, feed in result.messages.items()
        }
        return self.render(replace(result, messages=shortened), presenter)

    def render(self, result: PersonOverview, presenter: Presenter) -> str:
        return block(
            *(render_contact(contact, presenter) for contact in result.contacts),
            *(
                []
                if result.contacts or "the contact" in result.failures
                else [f"No contact has the number {presenter.number(self.person)}."]
            ),
            *([render_texting(result.texting, presenter)] if result.texting else []),
            *task_blocks(result.tasks, presenter),
            *group_blocks(result.groups, presenter),
            *(
                render_messages_with(
                    [number],
                    feed,
                    presenter,
                    older_hint="For older messages, call quo_list_messages.",
                )
                for number, feed in order_by_number(result.numbers, result.messages)
            ),
            *(
                render_calls_with(
                    number, feed, presenter, older_hint="For older calls, call quo_list_calls."
                )
                for number, feed in order_by_number(result.numbers, result.calls)
            ),
            *(
                f"No messages or calls with {presenter.number(number)}."
                for number in result.numbers_without_activity
            ),
            *not_included(result.failures.items()),
        )


async def read_groups(overview: PersonOverview, context: ToolContext, _person: str) -> None:
    """Add the groups of the person to the overview."""
    overview.groups = await find_groups(context, overview.numbers)


async def add_texting_status(overview: PersonOverview, context: ToolContext, number: str) -> None:
    """Add what the recipient rules say about a text to this number now."""
    if not is_e164(number):
        return
    violations, notes = await context.recipient_rules.violations([number])
    allowed = {inbox.id for inbox in await allowed_inboxes(context.account)}
    latest = next(
        (
            (conversation.inbox, conversation.last_activity_at)
            for conversation in context.account.directory.conversations.with_people([number])
            if conversation.inbox in allowed and not conversation.is_deleted
        ),
        None,
    )
    overview.texting = TextingStatus(number, violations, notes, latest)


async def read_feed(
    context: ToolContext, query: ActivityQuery[Item], number: str
) -> FeedPage[Item]:
    """Read the latest messages or calls with a number on all allowed inboxes."""
    inboxes = [inbox.id for inbox in await allowed_inboxes(context.account)]
    reader = FeedReader(context.account.api, context.account.directory, context.account.now)
    return await reader.read_person(query, [number], inboxes, Cursor())


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
        *([f"For {remaining} more open tasks, call quo_list_tasks."] if remaining > 0 else ()),
    ]


def order_by_number(
    numbers: Sequence[str], feeds: dict[str, FeedPage[Item]]
) -> list[tuple[str, FeedPage[Item]]]:
    """Return feeds by number, the requested number first; other numbers only if their feed has items."""
    return [
        (number, feeds[number])
        for number in numbers
        if number in feeds and (number == numbers[0] or feeds[number].items)
    ]
