"""The tool that updates a task: several changes in one call.

Quo has one endpoint for each kind of change. The changes are applied in order until one fails, and
the error says which were applied. If a reply is lost, the task is read to see whether it changed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar, Literal, TypeAlias, get_args

from pydantic import Field, StringConstraints

from quo_mcp.errors import InvalidArguments, OutcomeUnknown, PartiallyDone, Refusal
from quo_mcp.history.task_activity import TaskView, fetch_task, view_task
from quo_mcp.records.record import Envelope
from quo_mcp.records.tasks import Task
from quo_mcp.tools.base import FieldUpdateTool
from quo_mcp.tools.context import ToolContext, presenter_with_names
from quo_mcp.tools.create_task import ConversationId, Due
from quo_mcp.tools.fields import TeammateRef
from quo_mcp.tools.rendering import Presenter, blank_note, block
from quo_mcp.tools.rendering.tasks import render_task
from quo_mcp.tools.stored_text import stored_text
from quo_mcp.tools.tasks import TaskRef
from quo_mcp.values.untrusted import inline

MAX_TEXT_SHOWN = 120  # characters of a title or description in a change
Clearable: TypeAlias = Literal["description", "due", "assignee", "conversation"]


@dataclass(frozen=True)
class TaskChange:
    """One change to a task.

    description: the field and its values, such as "state: open → done". is_applied: whether a task has the change.
    path: the endpoint below the task, to POST to; if empty, the body is PUT to the task itself.
    """

    description: str
    path: tuple[str, ...]
    body: dict[str, str] | None
    is_applied: Callable[[Task], bool]

    async def apply(self, context: ToolContext, task_id: str) -> None:
        """Send the change to Quo."""
        if self.path:
            await context.account.api.post(
                Envelope[Task], "tasks", task_id, *self.path, body=self.body
            )
        else:
            await context.account.api.put(Envelope[Task], "tasks", task_id, body=self.body)


@dataclass(frozen=True)
class TaskUpdate:
    """The task after the update; None if it could not be read back. unneeded: were already so."""

    after: TaskView | None
    applied: tuple[TaskChange, ...]
    unneeded: tuple[TaskChange, ...]


class UpdateTask(FieldUpdateTool[TaskUpdate]):
    """Change a task: complete or reopen it, reword, reschedule, reassign or link it.

    Everything that you leave out stays unchanged. To empty a field, name it in `clear`. Returns the task.
    """

    old_names: ClassVar[Mapping[str, str]] = {"conversation_id": "conversation"}

    task_id: TaskRef
    title: Annotated[
        str | None,
        StringConstraints(strip_whitespace=True, min_length=1),
        Field(description="New title of the task."),
        stored_text(),
    ] = None
    description: Annotated[
        str | None, Field(description="New details of the task."), stored_text()
    ] = None
    due: Annotated[
        Due, Field(description='New due date, e.g. "friday 5pm" or "2026-11-27T14:00".')
    ] = None
    assignee: Annotated[
        TeammateRef,
        Field(description="New assignee: name, email address or id of a teammate."),
    ] = None
    conversation: ConversationId = None
    clear: Annotated[
        list[Annotated[Clearable, Field(description="Name of a field.")]] | None,
        Field(description="Fields to empty."),
    ] = None
    done: Annotated[
        bool | None, Field(description="true: complete the task; false: reopen it.")
    ] = None

    async def run(self, context: ToolContext) -> TaskUpdate:
        self._check()
        before = await fetch_task(context.account.api, self.task_id)
        changes = self._changes(before, await presenter_with_names(context.account))
        needed = [change for change in changes if not change.is_applied(before)]
        for position, change in enumerate(needed):
            try:
                await change.apply(context, self.task_id)
            except Refusal as error:
                is_unknown = isinstance(error, OutcomeUnknown)
                current = await self._read_back(context) if is_unknown or position else None
                if is_unknown and current and change.is_applied(current.task):
                    continue  # only the reply was lost
                error_class = (
                    PartiallyDone if position else OutcomeUnknown if is_unknown else Refusal
                )
                presenter = await presenter_with_names(context.account)
                raise error_class(
                    describe_failure(needed, position, error, current, presenter)
                ) from error
        after = await self._read_back(context)
        unneeded = tuple(change for change in changes if change not in needed)
        return TaskUpdate(after, tuple(needed), unneeded)

    def _check(self) -> None:
        """Check that the arguments name a change, and do not contradict each other.

        Raises:
            InvalidArguments: nothing is to change, or a field is to be both set and cleared.
        """
        if not self.model_fields_set - {"task_id"}:
            raise InvalidArguments(
                block(
                    "Nothing to change. Specify at least one field to set or clear.",
                    blank_note(self.blank_arguments, get_args(Clearable)),
                )
            )
        values = {
            "description": self.description,
            "due": self.due,
            "assignee": self.assignee,
            "conversation": self.conversation,
        }
        for field in self.clear or ():
            if values[field] is not None:
                raise InvalidArguments(
                    f'Not changed: "{field}" is both set and cleared. Set it or clear it, not both.'
                )

    def _changes(self, task: Task, presenter: Presenter) -> list[TaskChange]:
        """Return the requested changes in order.

        `done` comes last, so that a failure never leaves a completed task half changed.
        """
        clear = self.clear or ()
        old_due = presenter.time(task.due_date) if task.due_date else "none"
        old_assignee = presenter.teammate(task.assigned_to) if task.assigned_to else "none"
        old_conversation = task.conversation_id or "none"
        description = "" if "description" in clear else self.description
        changes = (
            [self._text_change(task, description)]
            if self.title is not None or description is not None
            else []
        )
        if self.due is not None:
            moment = datetime.fromisoformat(self.due)
            changes.append(
                TaskChange(
                    describe_change("due date", old_due, presenter.time(moment)),
                    ("change-due-date",),
                    {"dueDate": self.due},
                    lambda current: current.due_date == moment,
                )
            )
        if "due" in clear:
            changes.append(
                TaskChange(
                    describe_change("due date", old_due, "none"),
                    ("remove-due-date",),
                    None,
                    lambda current: not current.due_date,
                )
            )
        if self.assignee is not None:
            changes.append(
                TaskChange(
                    describe_change("assignee", old_assignee, presenter.teammate(self.assignee)),
                    ("assign",),
                    {"userId": self.assignee},
                    lambda current: current.assigned_to == self.assignee,
                )
            )
        if "assignee" in clear:
            changes.append(
                TaskChange(
                    describe_change("assignee", old_assignee, "none"),
                    ("unassign",),
                    {"userId": task.assigned_to or ""},
                    lambda current: not current.assigned_to,
                )
            )
        if self.conversation is not None:
            changes.append(
                TaskChange(
                    describe_change("conversation", old_conversation, self.conversation),
                    ("link-conversation",),
                    {"conversationId": self.conversation},
                    lambda current: current.conversation_id == self.conversation,
                )
            )
        if "conversation" in clear:
            changes.append(
                TaskChange(
                    describe_change("conversation", old_conversation, "none"),
                    ("unlink-conversation",),
                    {"conversationId": task.conversation_id or ""},
                    lambda current: not current.conversation_id,
                )
            )
        if self.done is not None:
            changes.append(
                TaskChange(
                    describe_change("state", state_name(task.completed), state_name(self.done)),
                    ("complete" if self.done else "reopen",),
                    None,
                    lambda current: current.completed == self.done,
                )
            )
        return changes

    def _text_change(self, task: Task, new_description: str | None) -> TaskChange:
        """Return the change of title and description.

        Quo accepts them only together, so the one that is not given keeps its value.
        """
        title = task.title or "" if self.title is None else self.title
        description = task.description or "" if new_description is None else new_description
        values = [
            ("title", task.title or "", self.title),
            ("description", task.description or "", new_description),
        ]
        given_values = [(name, old, new) for name, old, new in values if new is not None]
        changed_values = [(name, old, new) for name, old, new in given_values if old != new]
        return TaskChange(
            "; ".join(
                describe_change(name, display_text(old), display_text(new))
                for name, old, new in changed_values or given_values
            ),
            (),
            {"title": title, "description": description},
            lambda current: (
                ((current.title or ""), (current.description or "")) == (title, description)
            ),
        )

    async def _read_back(self, context: ToolContext) -> TaskView | None:
        """Return the task as it is now; None if it cannot be read."""
        try:
            return await view_task(
                context.account.api, await fetch_task(context.account.api, self.task_id)
            )
        except Refusal:
            return None

    def render(self, result: TaskUpdate, presenter: Presenter) -> str:
        unneeded = (
            f"Already up to date: {join_descriptions(result.unneeded)}."
            if result.applied and result.unneeded
            else None
        )
        applied = (
            f"Changed: {join_descriptions(result.applied)}."
            if result.applied
            else "No change: already up to date."
        )
        blank = blank_note(self.blank_arguments, get_args(Clearable))
        if result.after is None:
            accepted = "Quo accepted every change, but the" if result.applied else "The"
            unread = f"{accepted} task could not be read again. To see it, call quo_get_task."
            return block(applied, unneeded, blank, unread)
        missing = [change for change in result.applied if not change.is_applied(result.after.task)]
        return block(
            applied,
            unneeded,
            blank,
            f"Quo accepted these changes, but the task does not show them: {join_descriptions(missing)}."
            if missing
            else None,
            "The task is now:",
            render_task(result.after.task, presenter, result.after.conversations, full=True),
        )


def describe_change(field: str, old: str, new: str) -> str:
    """Return `state: open → done`; `state: done` if it is so already."""
    return f"{field}: {new}" if old == new else f"{field}: {old} → {new}"


def display_text(text: str) -> str:
    """Return a title or description as it appears in a change."""
    return inline(text, MAX_TEXT_SHOWN) if text.strip() else "empty"


def state_name(completed: bool) -> str:  # noqa: FBT001 - the field's own value
    return "done" if completed else "open"


def join_descriptions(changes: list[TaskChange] | tuple[TaskChange, ...]) -> str:
    """Return the changes' descriptions as part of a sentence."""
    return "; ".join(change.description for change in changes) or "none"


def describe_failure(
    changes: list[TaskChange],
    position: int,
    error: Refusal,
    current: TaskView | None,
    presenter: Presenter,
) -> str:
    """Return which changes were applied when one failed, and the task as it is now.

    position: the index of the change that failed. current: None if the task was not read again.
    """
    is_unknown = isinstance(error, OutcomeUnknown)
    if not position and not is_unknown:
        return f"Nothing was changed. Failed: {changes[0].description}. {error}"
    not_seen = " The task does not show this change yet." if is_unknown and current else ""
    state = (
        block(
            "The task is now:",
            render_task(current.task, presenter, current.conversations, full=True),
        )
        if current
        else "The task could not be read again. To see it, call quo_get_task."
    )
    return block(
        f"Stopped at change {position + 1} of {len(changes)}.",
        f"Done: {join_descriptions(changes[:position])}.",
        f"{'May have been applied' if is_unknown else 'Failed'}: {changes[position].description}. {error}{not_seen}",
        f"Not attempted: {join_descriptions(changes[position + 1 :])}.",
        "Do not repeat the changes that are done. Call again with only the others.",
        state,
        presenter.footer(),
    )
