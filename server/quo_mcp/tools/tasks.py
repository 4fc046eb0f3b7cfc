"""Tools that list and get tasks."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from quo_mcp.history.task_activity import TaskList, TaskView, fetch_task, list_tasks, view_task
from quo_mcp.records.tasks import Task
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.fields import Limit, OptionalPersonRef, PageToken, TeammateRef
from quo_mcp.tools.rendering import Presenter, bare_token, block
from quo_mcp.tools.rendering.tasks import render_task

TaskId = Annotated[
    str, Field(pattern="^TK[A-Za-z0-9]+$", description="Task id (TK…), from quo_list_tasks.")
]


class ListTasks(Tool[TaskList]):
    """List tasks, soonest due first: title, due date, assignee, person and task id.

    By default all open tasks of the workspace. For one task with its whole description, call quo_get_task.
    """

    effect = Effect.READ

    state: Annotated[
        Literal["open", "overdue", "done", "all"],
        Field(description="Which tasks to list. Default: open, which includes overdue ones."),
    ] = "open"
    assignee: Annotated[
        TeammateRef,
        Field(
            description="Only tasks assigned to this teammate: name, e-mail address or id. Default: everyone's."
        ),
    ] = None
    person: Annotated[
        OptionalPersonRef,
        Field(
            description="Only tasks about conversations, messages or calls with this person: name or number."
        ),
    ] = None
    limit: Limit = 20
    page_token: PageToken = None

    async def run(self, context: ToolContext) -> TaskList:
        now = context.account.now()
        return await list_tasks(
            context.account.api,
            lambda task: self._matches(task, now),
            context.progress,
            person=self.person,
            limit=self.limit,
            page_token=self.page_token,
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
        first_tasks = result.tasks[: self.limit]
        hidden_count = len(result.tasks) - len(first_tasks)
        is_one = len(result.tasks) == 1
        verb, fit = ("is listed", "fits") if is_one else ("are listed", "fit")
        predicate = f"{fit} ({filters})" if filters else verb
        if not result.read_count:
            return block("There are no tasks.", coverage_note(result))
        total = f"{result.read_count} task{'s' * (result.read_count != 1)} read"
        title = f"{len(result.tasks) or 'None'} of {total} {predicate}"
        return block(
            f"{title}, soonest due first:" if first_tasks else f"{title}.",
            *(render_task(task, presenter, result.conversations) for task in first_tasks),
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
    """Show one task: its whole description, due date, assignee, and what it is about.

    To find a task's id, call quo_list_tasks.
    """

    effect = Effect.READ

    task_id: TaskId

    async def run(self, context: ToolContext) -> TaskView:
        return await view_task(
            context.account.api, await fetch_task(context.account.api, self.task_id)
        )

    def render(self, result: TaskView, presenter: Presenter) -> str:
        return render_task(result.task, presenter, result.conversations, full=True)
