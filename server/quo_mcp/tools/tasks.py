"""Tools that list and get tasks."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from quo_mcp.history.task_activity import TaskList, TaskView, fetch_task, list_tasks, view_task
from quo_mcp.records.tasks import Task
from quo_mcp.records.workspace import is_teammate
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.fields import (
    DEFAULT_LIMIT,
    Limit,
    OptionalPersonRef,
    PageToken,
    Resolves,
    TeammateRef,
)
from quo_mcp.tools.page_tokens import join_skip, next_page_token, split_skip
from quo_mcp.tools.rendering import (
    EMPTY_PAGE,
    END_OF_READABLE_RESULTS,
    END_OF_RESULTS,
    Presenter,
    block,
    list_end,
    omitted_note,
    pluralize,
)
from quo_mcp.tools.rendering.tasks import render_task

TaskRef = Annotated[
    str,
    Resolves("task"),
    Field(
        min_length=1,
        max_length=1000,
        description="Task id (TK…) from quo_list_tasks, or the task's title.",
    ),
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
            description="Only tasks assigned to this teammate: name, email address or id. Default: everyone's."
        ),
    ] = None
    person: Annotated[
        OptionalPersonRef,
        Field(
            description="Only tasks about conversations, messages or calls with this person: name or number."
        ),
    ] = None
    limit: Limit = DEFAULT_LIMIT
    page_token: PageToken = None

    async def run(self, context: ToolContext) -> TaskList:
        now = context.account.now()
        start, skip = split_skip(self.page_token)
        return await list_tasks(
            context.account.api,
            lambda task: self._matches(task, now),
            context.progress,
            person=self.person,
            limit=skip + self.limit,
            page_token=start,
        )

    def render_first(self, result: TaskList, presenter: Presenter, count: int) -> str:
        return self.model_copy(update={"limit": count}).render(result, presenter)

    def _matches(self, task: Task, now: datetime) -> bool:
        """Return whether a task has the state and the assignee that are asked for."""
        states = {
            "open": not task.completed,
            "overdue": task.is_overdue(now),
            "done": task.completed,
            "all": True,
        }
        return states[self.state] and is_teammate(task.assigned_to, self.assignee)

    def render(self, result: TaskList, presenter: Presenter) -> str:
        # Quo cannot sort tasks, so several of its pages are read and sorted, and shown in several parts.
        start, skip = split_skip(self.page_token)
        total = len(result.tasks)
        page = result.tasks[skip : skip + self.limit]
        shown_count = skip + len(page)
        has_more = bool(page) and shown_count < total
        subject = "".join(
            [
                f"{self.state} " * (self.state != "all"),
                "task" if total == 1 else "tasks",
                f" for {presenter.teammate(self.assignee)}" if self.assignee else "",
                f" about {presenter.person(self.person)}" if self.person else "",
            ]
        )
        searched = f"{pluralize(result.read_count, 'task')} searched"
        return block(
            f"{total} {subject}, soonest due first ({searched}):"
            if total
            else f"No {subject}. {searched}.",
            *(render_task(task, presenter, result.conversations) for task in page),
            omitted_note(result.unreadable_count),
            EMPTY_PAGE if total and not page else None,
            f"Shown: {skip + 1} to {shown_count} of {total}."
            if page and len(page) < total
            else None,
            *omission_notes(result),
            list_end(next_page_token(self, join_skip(start, shown_count)))
            if has_more
            else last_line(result, next_page_token(self, result.next_page_token))
            if result.next_page_token or total or result.unreadable_count
            else None,
        )


def omission_notes(result: TaskList) -> list[str]:
    """Return a sentence for each group of tasks that the list may lack."""
    lines = []
    if result.unknown_count:
        lines.append(
            f"Not included: {pluralize(result.unknown_count, 'task')} linked to older conversations, messages or calls. "
            "These were not read, so it is unknown whether they are with this person."
        )
    if result.number_only_count:
        lines.append(
            f"Not included: {pluralize(result.number_only_count, 'task')} linked to an inbox only, not to a person."
        )
    if result.pages_repeat:
        lines.append("Quo returned the same page twice, so tasks may be missing.")
    if result.next_page_token:
        lines.append("Not all tasks were read. Tasks on later pages may be due sooner.")
    return lines


def last_line(result: TaskList, page_token: str | None) -> str:
    """Return how to get the next page of tasks, or that the list ends here."""
    if page_token:
        return list_end(page_token)
    is_partial = result.unknown_count or result.pages_repeat or result.unreadable_count
    return END_OF_READABLE_RESULTS if is_partial else END_OF_RESULTS


class GetTask(Tool[TaskView]):
    """Show one task: its whole description, due date, assignee, and what it is about.

    To find a task's id, call quo_list_tasks.
    """

    effect = Effect.READ

    task_id: TaskRef

    async def run(self, context: ToolContext) -> TaskView:
        return await view_task(
            context.account.api, await fetch_task(context.account.api, self.task_id)
        )

    def render(self, result: TaskView, presenter: Presenter) -> str:
        return block("Task:", render_task(result.task, presenter, result.conversations, full=True))
