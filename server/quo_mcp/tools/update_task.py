"""Several changes to a task in one call, over the narrow endpoints that Quo has for each.

They are made one after another and the first that fails ends it; what was and was not done is said.
A change whose reply was lost is looked for before it is judged.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import Field, StringConstraints

from quo_mcp.errors import Misunderstood, OutcomeUnknown, PartlyDone, Refusal
from quo_mcp.records.base import One
from quo_mcp.records.tasks import Task
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import Quo, warmed
from quo_mcp.tools.create_task import ConversationId, Due
from quo_mcp.tools.fields import Teammate
from quo_mcp.tools.rendering import View, block
from quo_mcp.tools.task_records import Shown, read, shown
from quo_mcp.tools.tasks import TaskId, task_block

Clearable: TypeAlias = Literal["due", "assignee", "conversation"]


@dataclass(frozen=True)
class Step:
    """One change. path: below the task; the task itself where empty. holds: whether a task has it."""

    what: str
    path: tuple[str, ...]
    body: dict[str, str] | None
    holds: Callable[[Task], bool]

    async def take(self, quo: Quo, task_id: str) -> None:
        if self.path:
            await quo.api.post(One[Task], "tasks", task_id, *self.path, body=self.body)
        else:
            await quo.api.put(One[Task], "tasks", task_id, body=self.body)


@dataclass(frozen=True)
class Updated:
    """after: the task as it is now; None where it could not be read back. already: needed no change."""

    after: Shown | None
    done: tuple[Step, ...]
    already: tuple[Step, ...]


class UpdateTask(Tool[Updated]):
    """Change a task; what you leave out stays."""

    effect = Effect.UPDATE

    task_id: TaskId
    title: Annotated[
        str | None,
        StringConstraints(strip_whitespace=True, min_length=1),
        Field(description="New title"),
    ] = None
    description: Annotated[str | None, Field(description="New details")] = None
    due: Due = None
    assignee: Teammate = None
    conversation_id: ConversationId = None
    clear: Annotated[list[Clearable] | None, Field(description="Take these off")] = None
    done: Annotated[bool | None, Field(description="false reopens")] = None

    async def run(self, quo: Quo) -> Updated:
        self._check()
        before = await read(quo, self.task_id)
        steps = self._steps(before, await warmed(quo))
        todo = [each for each in steps if not each.holds(before)]
        for at, step in enumerate(todo):
            try:
                await step.take(quo, self.task_id)
            except Refusal as failure:
                unknown = isinstance(failure, OutcomeUnknown)
                now = await self._now(quo) if unknown or at else None
                if unknown and now and step.holds(now.task):
                    continue  # only the reply was lost
                kind = PartlyDone if at else OutcomeUnknown if unknown else Refusal
                raise kind(stopped(todo, at, failure, now, await warmed(quo))) from failure
        after = await self._now(quo)
        return Updated(after, tuple(todo), tuple(each for each in steps if each not in todo))

    def _check(self) -> None:
        """Look whether this asks for something, and for one thing.

        Raises:
            Misunderstood: nothing is asked for, or the same thing is to be set and cleared.
        """
        if not self.model_fields_set - {"task_id"} or self.clear == []:
            raise Misunderstood("Nothing to change: name at least one thing to set or clear.")
        given = {"due": self.due, "assignee": self.assignee, "conversation": self.conversation_id}
        for each in self.clear or ():
            if given[each] is not None:
                raise Misunderstood(
                    f"Either set {each} or clear it, not both. Nothing was changed."
                )

    def _steps(self, task: Task, view: View) -> list[Step]:
        """What is asked for, in an order in which a failure leaves the least confusion: done comes last."""
        steps = (
            [self._words(task)] if self.title is not None or self.description is not None else []
        )
        clear = self.clear or ()
        if self.due is not None:
            moment = datetime.fromisoformat(self.due)
            steps.append(
                Step(
                    f"set the due date to {view.when(moment)}",
                    ("change-due-date",),
                    {"dueDate": self.due},
                    lambda now: now.due_date == moment,
                )
            )
        if "due" in clear:
            steps.append(
                Step(
                    "remove the due date", ("remove-due-date",), None, lambda now: not now.due_date
                )
            )
        if self.assignee is not None:
            steps.append(
                Step(
                    f"assign it to {view.teammate(self.assignee)}",
                    ("assign",),
                    {"userId": self.assignee},
                    lambda now: now.assigned_to == self.assignee,
                )
            )
        if "assignee" in clear:
            steps.append(
                Step(
                    "unassign it",
                    ("unassign",),
                    {"userId": task.assigned_to or ""},
                    lambda now: not now.assigned_to,
                )
            )
        if self.conversation_id is not None:
            steps.append(
                Step(
                    f"link {self.conversation_id}",
                    ("link-conversation",),
                    {"conversationId": self.conversation_id},
                    lambda now: now.conversation_id == self.conversation_id,
                )
            )
        if "conversation" in clear:
            steps.append(
                Step(
                    "unlink the conversation",
                    ("unlink-conversation",),
                    {"conversationId": task.conversation_id or ""},
                    lambda now: not now.conversation_id,
                )
            )
        if self.done is not None:
            what, path = ("mark it done", "complete") if self.done else ("reopen it", "reopen")
            steps.append(Step(what, (path,), None, lambda now: now.completed == self.done))
        return steps

    def _words(self, task: Task) -> Step:
        """Title and description, which Quo takes only together: what is not given stays as it was read."""
        title = task.title or "" if self.title is None else self.title
        description = task.description or "" if self.description is None else self.description
        given = {"title": self.title, "description": self.description}
        which = " and ".join(name for name, value in given.items() if value is not None)
        return Step(
            f"set the {which}",
            (),
            {"title": title, "description": description},
            lambda now: ((now.title or ""), (now.description or "")) == (title, description),
        )

    async def _now(self, quo: Quo) -> Shown | None:
        try:
            return await shown(quo, await read(quo, self.task_id))
        except Refusal:
            return None

    def render(self, result: Updated, view: View) -> str:
        already = (
            f"Not needed, as it is so already: {listed(result.already)}."
            if result.already
            else None
        )
        changed = (
            f"Changed: {listed(result.done)}." if result.done else "Nothing had to be changed."
        )
        if result.after is None:
            return block(changed, already, "Quo took it all, but the task could not be read back.")
        missed = [each for each in result.done if not each.holds(result.after.task)]
        return block(
            changed,
            already,
            f"Quo took these, and yet the task does not show them: {listed(missed)}."
            if missed
            else None,
            "The task is now:",
            task_block(result.after.task, view, result.after.known, whole=True),
        )


def listed(steps: list[Step] | tuple[Step, ...]) -> str:
    return "; ".join(each.what for each in steps) or "nothing"


def stopped(steps: list[Step], at: int, failure: Refusal, now: Shown | None, view: View) -> str:
    """The account of changes of which one failed, and the task as it is now."""
    unknown = isinstance(failure, OutcomeUnknown)
    if not at and not unknown:
        return f"Nothing was changed. Failed at the first step ({steps[0].what}): {failure}"
    seen = " The task does not show it so far." if unknown and now else ""
    state = (
        block("The task is now:", task_block(now.task, view, now.known, whole=True))
        if now
        else "How the task is now could not be read: see quo_get_task."
    )
    return block(
        f"Stopped at change {at + 1} of {len(steps)}.",
        f"Done: {listed(steps[:at])}.",
        f"{'Not known whether done' if unknown else 'Failed'}: {steps[at].what}. {failure}{seen}",
        f"Not tried: {listed(steps[at + 1 :])}.",
        "Do not repeat what is done; ask again only for the rest.",
        state,
        view.footer(),
    )
