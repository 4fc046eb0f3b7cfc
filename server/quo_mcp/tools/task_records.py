"""Reading tasks, and whom they are about.

Quo shows no conversation by its id, so the latest ones are listed and looked through.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from quo_mcp.directory.conversation_scan import Threads, last_active
from quo_mcp.errors import AccessDenied, Forbidden, NotFound, Refusal
from quo_mcp.records.base import One, Page
from quo_mcp.records.conversations import Conversation
from quo_mcp.records.tasks import Task, TaskActivity
from quo_mcp.tools.context import Quo

PAGE = 100  # Quo's cap for tasks
PAGES = 10  # how many are read for one list
LOOK_BACK = 3  # pages of them that are looked through
LOOKS = 20  # texts and calls that are looked up for one list


Known: TypeAlias = Mapping[str, Conversation]


@dataclass(frozen=True)
class Shown:
    """One task, with the conversations that tell whom it is about."""

    task: Task
    known: Known = field(default_factory=dict)


async def everything(quo: Quo, start: str | None) -> tuple[list[Task], str | None, bool]:
    """The tasks from a page on, once each; the token of what was not read; whether pages went in a circle."""
    found: dict[str, Task] = {}
    page_token, seen = start, {start}
    for _ in range(PAGES):
        query = {"maxResults": PAGE, "pageToken": page_token}
        page = await quo.api.get(Page[Task], "tasks", query=query)
        found |= {each.id: each for each in page.data}
        page_token = page.next_page_token
        if not page_token:
            break
        if page_token in seen:
            return list(found.values()), None, True
        seen.add(page_token)
        await quo.progress(len(found), None, f"Tasks read: {len(found)}.")
    return list(found.values()), page_token or None, False


async def read(quo: Quo, task_id: str) -> Task:
    return (await quo.api.get(One[Task], "tasks", task_id)).data


async def shown(quo: Quo, task: Task) -> Shown:
    return Shown(task, await glimpsed(quo, [task]))


async def glimpsed(quo: Quo, tasks: list[Task]) -> Known:
    """The conversations of these tasks that are among the latest; none where they cannot be read."""
    try:
        return await threads(
            quo, {each.conversation_id for each in tasks if each.conversation_id}, 1
        )
    except Refusal:
        return {}  # whom a task is about is a courtesy: the task is what matters


async def threads(quo: Quo, wanted: set[str], pages: int) -> dict[str, Conversation]:
    """The latest conversations by id, page after page until all that are wanted are there."""
    known: dict[str, Conversation] = {}
    if wanted:
        async for each in Threads(quo.api, pages=pages):
            known[each.id] = each
            if wanted <= known.keys():
                break
    return known


async def with_person(person: str, tasks: list[Task], quo: Quo) -> tuple[list[Task], int, int]:
    """Those with somebody; how many it could not be told of; how many are about a number alone."""
    known = await threads(
        quo, {each.conversation_id for each in tasks if each.conversation_id}, LOOK_BACK
    )
    theirs, untold, loose, looks = [], 0, 0, LOOKS
    for task in tasks:
        if not task.conversation_id and not task.activity_id:
            loose += 1
            continue
        people: tuple[str, ...] | None = None
        if task.conversation_id in known:
            people = known[task.conversation_id].participants
        elif task.activity_id and looks:
            looks -= 1
            people = await parties(task.activity_id, quo)
        if people is None:
            untold += 1
        elif person in people:
            theirs.append(task)
    return theirs, untold, loose


async def parties(activity: str, quo: Quo) -> tuple[str, ...] | None:
    """Who was part of a text or a call (its id does not tell which it is); None where it cannot be seen."""
    for kind in ("messages", "calls"):
        try:
            return (await quo.api.get(One[TaskActivity], kind, activity)).data.people
        except (NotFound, AccessDenied, Forbidden):
            continue
    return None


async def latest_conversation(person: str, inbox: str | None, quo: Quo) -> Conversation | None:
    """The latest conversation with exactly one person, on one number or any; None where none is found."""
    threads = Threads(quo.api, pages=LOOK_BACK, inboxes=[inbox] if inbox else None)
    theirs = [each async for each in threads if each.participants == (person,)]
    return max(theirs, key=last_active, default=None)
