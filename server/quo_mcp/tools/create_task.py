"""Making and deleting tasks."""

from typing import Annotated

from pydantic import Field, StringConstraints

from quo_mcp.errors import Misunderstood
from quo_mcp.records.base import One
from quo_mcp.records.tasks import Task
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import Quo, warmed
from quo_mcp.tools.fields import Means, Teammate
from quo_mcp.tools.rendering import View, block
from quo_mcp.tools.resolve import inboxes
from quo_mcp.tools.task_records import LOOK_BACK, Shown, latest_conversation, read, shown
from quo_mcp.tools.tasks import TaskId, task_block

Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1),
    Field(description="What to do"),
]
Due = Annotated[str | None, Means("due"), Field(description="Like friday 5pm")]
ConversationId = Annotated[str | None, Field(pattern="^CN[A-Za-z0-9]+$", description="CN…")]


class CreateTask(Tool[Shown]):
    """Add a task about one person, number, thread, text or call."""

    effect = Effect.CREATE

    title: Title
    description: Annotated[str | None, Field(description="Details")] = None
    due: Due = None
    assignee: Teammate = None
    person: Annotated[str | None, Means("person"), Field(description="Name or number")] = None
    inbox: Annotated[str | None, Field(description="Your number")] = None
    conversation_id: ConversationId = None
    activity_id: Annotated[str | None, Field(pattern="^AC[A-Za-z0-9]+$", description="AC…")] = None

    async def run(self, quo: Quo) -> Shown:
        about = await self._about(quo)
        body = {
            "title": self.title,
            # Quo wants one; a task whose title says it all has its title there.
            "description": self.description or self.title,
            "dueDate": self.due,
            "assignedTo": self.assignee,
            **about,
        }
        body = {name: value for name, value in body.items() if value is not None}
        made = (await quo.api.post(One[Task], "tasks", body=body)).data
        # The reply holds ids alone; the rest is what was sent.
        return await shown(quo, Task.model_validate(made.model_dump(by_alias=True) | body))

    async def _about(self, quo: Quo) -> dict[str, str]:
        """The one thing that the task is about, as Quo takes it.

        Raises:
            Misunderstood: it is none or several, or there is no conversation with that person.
        """
        named = [self.conversation_id, self.activity_id, self.person or self.inbox]
        if sum(each is not None for each in named) != 1:
            raise Misunderstood(
                "Say what the task is about, as exactly one: person (with inbox, if it matters which), "
                "inbox, conversation_id or activity_id. Nothing was made."
            )
        if self.conversation_id:
            return {"conversationId": self.conversation_id}
        if self.activity_id:
            return {"activityId": self.activity_id}
        inbox = (await inboxes.inbox(self.inbox, quo)).id if self.inbox is not None else None
        if self.person is not None:
            return await self._thread(self.person, inbox, quo)
        return {"phoneNumberId": str(inbox)}

    async def _thread(self, person: str, inbox: str | None, quo: Quo) -> dict[str, str]:
        thread = await latest_conversation(person, inbox, quo)
        if thread is None:
            view = await warmed(quo)
            where = f" on {view.inbox_name(inbox)}" if inbox else ""
            raise Misunderstood(
                f"No thread with {view.person(person)}{where} is among the latest "
                f"{LOOK_BACK * 100}. Make the task about an inbox, and name the person in its title. "
                "Nothing was made."
            )
        return {"conversationId": thread.id}

    def render(self, result: Shown, view: View) -> str:
        return block("Made this task:", task_block(result.task, view, result.known, whole=True))


class DeleteTask(Tool[Shown]):
    """Delete a task for good. A finished one is better marked done."""

    effect = Effect.DELETE

    task_id: TaskId

    async def question(self, quo: Quo, view: View) -> str:
        found = await shown(quo, await read(quo, self.task_id))
        return (
            f"Delete this task for good?\n\n{task_block(found.task, view, found.known, whole=True)}"
        )

    async def run(self, quo: Quo) -> Shown:
        found = await shown(quo, await read(quo, self.task_id))
        await quo.api.delete("tasks", self.task_id)
        return found

    def render(self, result: Shown, view: View) -> str:
        return block(
            "Deleted. This is what was there, should it have to be made again:",
            task_block(result.task, view, result.known, whole=True),
        )
