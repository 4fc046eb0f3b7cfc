"""Tasks: things to do about a number, a conversation, a text or a call. Read here, changed in task_changes.

tasks.py             the text of a task; list and get
├── task_reading.py  the record; reading tasks, and whom they are about
├── task_changes.py  create and delete
└── task_updates.py  several changes in one call
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import Field

from quo_mcp.records.tasks import Task
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import Quo
from quo_mcp.tools.fields import Means, PageToken, Teammate
from quo_mcp.tools.rendering import View, block, heading, token, written
from quo_mcp.tools.task_records import Known, Shown, everything, glimpsed, read, shown, with_person
from quo_mcp.values.untrusted import inline

GLIMPSE = 200  # characters of a description that a list shows
FAR_OFF = datetime.max.replace(tzinfo=UTC)

TaskId = Annotated[str, Field(pattern="^TK[A-Za-z0-9]+$", description="TK…")]


def task_block(task: Task, view: View, known: Known, *, whole: bool = False) -> str:
    """A task: what, until when, whose, about whom; its words behind marks.

    known: conversations by id, to tell who is meant. whole: all of the description, and where it came from.
    """
    thread = known.get(task.conversation_id or "")
    inbox = f"on {view.inbox_name(task.phone_number_id)}" if task.phone_number_id else None
    place = task.conversation_id or task.activity_id
    words = task.description or ""
    cut = len(words) > GLIMPSE and not whole
    return block(
        heading(
            inline(task.title or "Untitled", 120),
            "done" if task.completed else "overdue" if task.overdue(view.now) else None,
            f"due {view.when(task.due_date)}" if task.due_date else None,
            f"assigned to {view.teammate(task.assigned_to)}" if task.assigned_to else "unassigned",
            " ".join(filter(None, [f"with {view.people(thread.participants)}", inbox]))
            if thread
            else inbox,
            f"about {place}" if place and not thread and not whole else None,
            task.id,
        ),
        written(f"{words[:GLIMPSE].rstrip()}…" if cut else words)
        if words.strip() and words != task.title
        else None,
        *(origin(task, view) if whole else ()),
    )


def origin(task: Task, view: View) -> list[str]:
    """Where a task came from, a line each."""
    made = [
        "Made",
        view.when(task.created_at) if task.created_at else None,
        f"by {view.teammate(task.created_by)}" if task.created_by else None,
    ]
    return [
        *([f"  About conversation {task.conversation_id}"] if task.conversation_id else ()),
        *([f"  About the text or call {task.activity_id}"] if task.activity_id else ()),
        *([f"  {' '.join(filter(None, made))}"] if task.created_at or task.created_by else ()),
        *([f"  Assigned by {view.teammate(task.assigned_by)}"] if task.assigned_by else ()),
    ]


@dataclass(frozen=True)
class Found:
    """The tasks that fit, of so many that were read.

    more: the token of the first page that was not read. endless: Quo's pages went in a circle.
    untold: tasks of which it could not be told whom they are about. loose: those about a number alone.
    """

    tasks: list[Task]
    read: int
    known: Known
    more: str | None = None
    endless: bool = False
    untold: int = 0
    loose: int = 0


class ListTasks(Tool[Found]):
    """List tasks, soonest due first."""

    effect = Effect.READ

    state: Annotated[
        Literal["open", "overdue", "done", "all"], Field(description="Default: open")
    ] = "open"
    assignee: Teammate = None
    person: Annotated[str | None, Means("person"), Field(description="In threads with them")] = None
    limit: Annotated[int, Field(ge=1, le=200, description="Most to show")] = 50
    page_token: PageToken = None

    async def run(self, quo: Quo) -> Found:
        every, more, endless = await everything(quo, self.page_token)
        seen = [each for each in every if not each.is_deleted]
        fit = [each for each in seen if self._fits(each, quo.now())]
        untold = loose = 0
        if self.person:
            fit, untold, loose = await with_person(self.person, fit, quo)
        fit.sort(key=lambda each: (each.due_date or FAR_OFF, each.created_at or FAR_OFF))
        known = await glimpsed(quo, fit[: self.limit])
        return Found(fit, len(seen), known, more, endless, untold, loose)

    def _fits(self, task: Task, now: datetime) -> bool:
        states = {
            "open": not task.completed,
            "overdue": task.overdue(now),
            "done": task.completed,
            "all": True,
        }
        return states[self.state] and self.assignee in (None, task.assigned_to)

    def render(self, result: Found, view: View) -> str:
        asked = ", ".join(
            [
                *([self.state] if self.state != "all" else ()),
                *([f"assigned to {view.teammate(self.assignee)}"] if self.assignee else ()),
                *([f"with {view.person(self.person)}"] if self.person else ()),
            ]
        )
        some = result.tasks[: self.limit]
        left = len(result.tasks) - len(some)
        one = len(result.tasks) == 1
        listed, fit = ("is listed", "fits") if one else ("are listed", "fit")
        which = f"{fit} ({asked})" if asked else listed
        if not result.read:
            return block("There are no tasks.", coverage(result))
        every = f"{result.read} task{'s' * (result.read != 1)} read"
        count = f"{len(result.tasks) or 'None'} of {every} {which}"
        return block(
            f"{count}, soonest due first:" if some else f"{count}.",
            *(task_block(each, view, result.known) for each in some),
            f"{left} more {'is' if left == 1 else 'are'} not shown: raise limit, or ask for fewer."
            if left
            else None,
            *self._left_out(result),
            coverage(result),
        )

    def _left_out(self, result: Found) -> list[str]:
        lines = []
        if result.untold:
            lines.append(
                f"Left out: {result.untold} in older threads, texts or calls that were not looked at, "
                "so whom they are about is not known."
            )
        if result.loose:
            lines.append(f"Left out: {result.loose} about a number alone, and so with nobody.")
        return lines


def coverage(result: Found) -> str:
    """Whether all of Quo's tasks were read, and whose the filter is."""
    ours = "The filter and order are this server's own, as Quo has none for tasks"
    if result.endless:
        return f"{ours}; Quo's pages went in a circle, so some tasks may be missing."
    if result.more:
        return (
            f"{ours}; there are tasks that were not read: "
            f'call again with page_token="{token(result.more)}".'
        )
    return f"{ours}; every page was read."


class GetTask(Tool[Shown]):
    """Show one task."""

    effect = Effect.READ

    task_id: TaskId

    async def run(self, quo: Quo) -> Shown:
        return await shown(quo, await read(quo, self.task_id))

    def render(self, result: Shown, view: View) -> str:
        return task_block(result.task, view, result.known, whole=True)
