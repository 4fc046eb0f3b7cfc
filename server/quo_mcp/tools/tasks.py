"""Tools that list and get tasks, and the text of a task."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import Field

from quo_mcp.records.tasks import Task
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.fields import PageToken, Resolves, TeammateRef
from quo_mcp.tools.rendering import Presenter, bare_token, block, heading, quote
from quo_mcp.tools.task_records import (
    ConversationsById,
    TaskView,
    all_tasks,
    fetch_task,
    filter_by_person,
    recent_conversations,
    view_task,
)
from quo_mcp.values.untrusted import inline

PREVIEW_LENGTH = 200  # characters of a description in a list
NO_DATE = datetime.max.replace(tzinfo=UTC)  # sorts tasks without a due date last

TaskId = Annotated[str, Field(pattern="^TK[A-Za-z0-9]+$", description="TK…")]


def render_task(
    task: Task, presenter: Presenter, conversations: ConversationsById, *, full: bool = False
) -> str:
    """Return a task as text: title, state, due date, assignee, people, and its description quoted.

    conversations: by id, for the people. full: add the whole description and where the task is from.
    """
    conversation = conversations.get(task.conversation_id or "")
    inbox = f"on {presenter.inbox_name(task.phone_number_id)}" if task.phone_number_id else None
    subject_id = task.conversation_id or task.activity_id
    description = task.description or ""
    is_cut = len(description) > PREVIEW_LENGTH and not full
    return block(
        heading(
            inline(task.title or "Untitled", 120),
            "done" if task.completed else "overdue" if task.is_overdue(presenter.now) else None,
            f"due {presenter.time(task.due_date)}" if task.due_date else None,
            f"assigned to {presenter.teammate(task.assigned_to)}"
            if task.assigned_to
            else "unassigned",
            " ".join(filter(None, [f"with {presenter.people(conversation.participants)}", inbox]))
            if conversation
            else inbox,
            f"about {subject_id}" if subject_id and not conversation and not full else None,
            task.id,
        ),
        quote(f"{description[:PREVIEW_LENGTH].rstrip()}…" if is_cut else description)
        if description.strip() and description != task.title
        else None,
        *(origin_lines(task, presenter) if full else ()),
    )


def origin_lines(task: Task, presenter: Presenter) -> list[str]:
    """Return what the task is linked to, who created it, and who assigned it, one line each."""
    created = [
        "Made",
        presenter.time(task.created_at) if task.created_at else None,
        f"by {presenter.teammate(task.created_by)}" if task.created_by else None,
    ]
    return [
        *([f"  About conversation {task.conversation_id}"] if task.conversation_id else ()),
        *([f"  About the text or call {task.activity_id}"] if task.activity_id else ()),
        *([f"  {' '.join(filter(None, created))}"] if task.created_at or task.created_by else ()),
        *([f"  Assigned by {presenter.teammate(task.assigned_by)}"] if task.assigned_by else ()),
    ]


@dataclass(frozen=True)
class TaskList:
    """The tasks that match, and how much of Quo's list was read.

    read_count: tasks read. next_page_token: the first unread page.
    pages_repeat: whether Quo returned a page token twice, so that tasks may be missing.
    unknown_count: tasks about unknown people. number_only_count: tasks about an inbox only.
    """

    tasks: list[Task]
    read_count: int
    conversations: ConversationsById
    next_page_token: str | None = None
    pages_repeat: bool = False
    unknown_count: int = 0
    number_only_count: int = 0


class ListTasks(Tool[TaskList]):
    """List tasks, soonest due first."""

    effect = Effect.READ

    state: Annotated[
        Literal["open", "overdue", "done", "all"], Field(description="Default: open")
    ] = "open"
    assignee: TeammateRef = None
    person: Annotated[str | None, Resolves("person"), Field(description="In threads with them")] = (
        None
    )
    limit: Annotated[int, Field(ge=1, le=200, description="Most to show")] = 50
    page_token: PageToken = None

    async def run(self, context: ToolContext) -> TaskList:
        tasks, next_page_token, pages_repeat = await all_tasks(context, self.page_token)
        tasks = [task for task in tasks if not task.is_deleted]
        matching = [task for task in tasks if self._matches(task, context.now())]
        unknown_count = number_only_count = 0
        if self.person:
            matching, unknown_count, number_only_count = await filter_by_person(
                self.person, matching, context
            )
        matching.sort(key=lambda task: (task.due_date or NO_DATE, task.created_at or NO_DATE))
        return TaskList(
            matching,
            len(tasks),
            await recent_conversations(context, matching[: self.limit]),
            next_page_token,
            pages_repeat,
            unknown_count,
            number_only_count,
        )

    def _matches(self, task: Task, now: datetime) -> bool:
        """Return whether a task has the state and the assignee that are asked for."""
        states = {
            "open": not task.completed,
            "overdue": task.is_overdue(now),
            "done": task.completed,
            "all": True,
        }
        return states[self.state] and self.assignee in (None, task.assigned_to)

    def render(self, result: TaskList, presenter: Presenter) -> str:
        filters = ", ".join(
            [
                *([self.state] if self.state != "all" else ()),
                *([f"assigned to {presenter.teammate(self.assignee)}"] if self.assignee else ()),
                *([f"with {presenter.person(self.person)}"] if self.person else ()),
            ]
        )
        shown = result.tasks[: self.limit]
        hidden_count = len(result.tasks) - len(shown)
        is_one = len(result.tasks) == 1
        listed, fit = ("is listed", "fits") if is_one else ("are listed", "fit")
        predicate = f"{fit} ({filters})" if filters else listed
        if not result.read_count:
            return block("There are no tasks.", coverage_note(result))
        total = f"{result.read_count} task{'s' * (result.read_count != 1)} read"
        title = f"{len(result.tasks) or 'None'} of {total} {predicate}"
        return block(
            f"{title}, soonest due first:" if shown else f"{title}.",
            *(render_task(task, presenter, result.conversations) for task in shown),
            f"{hidden_count} more {'is' if hidden_count == 1 else 'are'} not shown: raise limit, or ask for fewer."
            if hidden_count
            else None,
            *self._omission_notes(result),
            coverage_note(result),
        )

    def _omission_notes(self, result: TaskList) -> list[str]:
        """Return a sentence for each group of tasks that the person filter could not judge."""
        lines = []
        if result.unknown_count:
            lines.append(
                f"Left out: {result.unknown_count} in older threads, texts or calls that were not looked at, "
                "so whom they are about is not known."
            )
        if result.number_only_count:
            lines.append(
                f"Left out: {result.number_only_count} about a number alone, and so with nobody."
            )
        return lines


def coverage_note(result: TaskList) -> str:
    """Return whether all of Quo's tasks were read."""
    filter_note = "The filter and order are this server's own, as Quo has none for tasks"
    if result.pages_repeat:
        return f"{filter_note}; Quo's pages went in a circle, so some tasks may be missing."
    if result.next_page_token:
        return (
            f"{filter_note}; there are tasks that were not read: "
            f'call again with page_token="{bare_token(result.next_page_token)}".'
        )
    return f"{filter_note}; every page was read."


class GetTask(Tool[TaskView]):
    """Show one task."""

    effect = Effect.READ

    task_id: TaskId

    async def run(self, context: ToolContext) -> TaskView:
        return await view_task(context, await fetch_task(context, self.task_id))

    def render(self, result: TaskView, presenter: Presenter) -> str:
        return render_task(result.task, presenter, result.conversations, full=True)
