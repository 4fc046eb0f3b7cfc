"""Reads tasks, and finds out whom they are about: the conversations, messages and calls they refer to.

Quo has no request for a conversation by its id, so the latest conversations are listed and searched.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeAlias

from quo_mcp.directory.cache import ProgressCallback
from quo_mcp.directory.conversation_scan import ConversationScan, last_activity_time
from quo_mcp.errors import AccessDenied, NotFound, PolicyRefusal, Refusal
from quo_mcp.gateway import ApiClient
from quo_mcp.gateway.pages import PageReader
from quo_mcp.records.conversations import Conversation
from quo_mcp.records.record import Envelope, Page
from quo_mcp.records.tasks import Task, TaskActivity

PAGE_SIZE = 100  # Quo's maximum for tasks
MAX_PAGES = 10  # pages of tasks read for one list
CONVERSATION_PAGES = 3  # pages of conversations searched for one list
MAX_ACTIVITY_LOOKUPS = 20  # texts and calls fetched for one list
NO_DATE = datetime.max.replace(tzinfo=UTC)  # sorts tasks without a due date last

ConversationsById: TypeAlias = Mapping[str, Conversation]


@dataclass(frozen=True)
class TaskView:
    """One task, with the conversations that show whom it is about."""

    task: Task
    conversations: ConversationsById = field(default_factory=dict)


@dataclass(frozen=True)
class TaskList:
    """The tasks that match, and how much of Quo's list was read.

    read_count: tasks read. next_page_token: the first unread page.
    pages_repeat: whether Quo returned a page token twice, so that tasks may be missing.
    unknown_count: tasks about unknown people. number_only_count: tasks about an inbox only.
    unreadable_count: tasks that were left out because they have an unexpected structure.
    """

    tasks: list[Task]
    read_count: int
    conversations: ConversationsById
    next_page_token: str | None = None
    pages_repeat: bool = False
    unknown_count: int = 0
    number_only_count: int = 0
    unreadable_count: int = 0


async def list_tasks(
    api: ApiClient,
    predicate: Callable[[Task], bool],
    progress: ProgressCallback,
    *,
    person: str | None,
    limit: int,
    page_token: str | None = None,
) -> TaskList:
    """List the tasks that match, soonest due first.

    person: E.164; only tasks about them. limit: how many tasks need their conversation.
    """
    tasks, next_page_token, pages_repeat, unreadable_count = await all_tasks(
        api, page_token, progress
    )
    tasks = [task for task in tasks if not task.is_deleted]
    matching = [task for task in tasks if predicate(task)]
    unknown_count = number_only_count = 0
    if person:
        matching, unknown_count, number_only_count = await filter_by_person(api, person, matching)
    matching.sort(key=lambda task: (task.due_date or NO_DATE, task.created_at or NO_DATE))
    return TaskList(
        matching,
        len(tasks),
        await recent_conversations(api, matching[:limit]),
        next_page_token,
        pages_repeat,
        unknown_count,
        number_only_count,
        unreadable_count,
    )


async def all_tasks(
    api: ApiClient, start: str | None, progress: ProgressCallback
) -> tuple[list[Task], str | None, bool, int]:
    """Read the tasks from the page `start` on: at most MAX_PAGES pages, and no longer than the call may take.

    Returns:
        The distinct tasks; the token of the first unread page; whether a page token came twice or
        could not be read; how many tasks could not be read.
    """
    unreadable_count = 0
    tasks: dict[str, Task] = {}
    next_page_token: str | None = None

    async def read_page(token: str | None) -> Page[Task]:
        query = {"maxResults": PAGE_SIZE, "pageToken": token or start}
        return await api.get(Page[Task], "tasks", query=query)

    pages = PageReader(read_page, max_pages=MAX_PAGES)
    async for page in pages:
        unreadable_count += page.unreadable_count
        tasks |= {task.id: task for task in page.data}
        next_page_token = page.next_page_token or None
        await progress(len(tasks), None, f"{len(tasks)} tasks read so far.")
    next_page_token = None if pages.repeats else next_page_token
    return list(tasks.values()), next_page_token, pages.repeats, unreadable_count


async def fetch_task(api: ApiClient, task_id: str) -> Task:
    """Return a task by its id."""
    return (await api.get(Envelope[Task], "tasks", task_id)).data


async def view_task(api: ApiClient, task: Task) -> TaskView:
    """Return a task with its conversation, if that is among the latest."""
    return TaskView(task, await recent_conversations(api, [task]))


async def recent_conversations(api: ApiClient, tasks: list[Task]) -> ConversationsById:
    """Return the latest conversations if one of the tasks needs them; {} if they cannot be read."""
    try:
        return await find_conversations(api, conversation_ids(tasks), 1)
    except Refusal:
        return {}  # the people are optional: the tasks can be shown without them


def conversation_ids(tasks: list[Task]) -> set[str]:
    """Return the ids of the conversations that the tasks are linked to."""
    return {task.conversation_id for task in tasks if task.conversation_id}


async def find_conversations(
    api: ApiClient, wanted_ids: set[str], max_pages: int
) -> dict[str, Conversation]:
    """Return the latest conversations by id, read page by page until all wanted ones are there."""
    conversations: dict[str, Conversation] = {}
    if wanted_ids:
        async for conversation in ConversationScan(api, max_pages=max_pages):
            conversations[conversation.id] = conversation
            if wanted_ids <= conversations.keys():
                break
    return conversations


async def filter_by_person(
    api: ApiClient, person: str, tasks: list[Task]
) -> tuple[list[Task], int, int]:
    """Return the tasks about the person with this number.

    Returns:
        The matching tasks; how many tasks are about unknown people; how many are about an inbox only.
    """
    conversations = await find_conversations(api, conversation_ids(tasks), CONVERSATION_PAGES)
    matching, unknown_count, number_only_count = [], 0, 0
    lookups_left = MAX_ACTIVITY_LOOKUPS
    for task in tasks:
        if not task.conversation_id and not task.activity_id:
            number_only_count += 1
            continue
        numbers: tuple[str, ...] | None = None
        if task.conversation_id in conversations:
            numbers = conversations[task.conversation_id].participants
        elif task.activity_id and lookups_left:
            lookups_left -= 1
            numbers = await activity_numbers(api, task.activity_id)
        if numbers is None:
            unknown_count += 1
        elif person in numbers:
            matching.append(task)
    return matching, unknown_count, number_only_count


async def activity_numbers(api: ApiClient, activity_id: str) -> tuple[str, ...] | None:
    """Return all numbers of a text or a call; None if it cannot be read.

    An activity id does not say whether it is a text or a call, so both are tried.
    """
    for resource in ("messages", "calls"):
        try:
            return (await api.get(Envelope[TaskActivity], resource, activity_id)).data.all_numbers
        except (NotFound, AccessDenied, PolicyRefusal):
            continue
    return None


async def latest_conversation(
    api: ApiClient, person: str, inbox: str | None
) -> Conversation | None:
    """Return the latest one-to-one conversation with a person, on one inbox or any; None if not found.

    person: their number. inbox: the id of an inbox.
    """
    scan = ConversationScan(api, max_pages=CONVERSATION_PAGES, inboxes=[inbox] if inbox else None)
    matching = [
        conversation async for conversation in scan if conversation.participants == (person,)
    ]
    return max(matching, key=last_activity_time, default=None)
