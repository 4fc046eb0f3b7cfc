"""Tools that create and delete a task."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints

from quo_mcp.errors import InvalidArguments
from quo_mcp.history.task_activity import (
    CONVERSATION_PAGES,
    TaskView,
    fetch_task,
    latest_conversation,
    view_task,
)
from quo_mcp.records.record import Envelope
from quo_mcp.records.tasks import Task
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import ToolContext, presenter_with_names
from quo_mcp.tools.fields import (
    ACTIVITY_ID,
    CONVERSATION_ID,
    Resolves,
    TeammateRef,
    printed_id,
)
from quo_mcp.tools.rendering import Presenter, block
from quo_mcp.tools.rendering.tasks import render_task
from quo_mcp.tools.resolve import inboxes
from quo_mcp.tools.stored_text import stored_text
from quo_mcp.tools.tasks import TaskRef

Title = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1),
    Field(description='What needs to be done, e.g. "Send Jane the quote".'),
    stored_text(),
]
Due = Annotated[
    str | None,
    Resolves("due"),
    Field(description='Due date, e.g. "friday 5pm", "tomorrow" or "2026-11-27T14:00".'),
]
ConversationId = Annotated[
    str | None,
    Field(
        pattern=CONVERSATION_ID,
        description="Id of the conversation that the task is about (CN…), from quo_list_conversations.",
    ),
    printed_id(CONVERSATION_ID),
]


class CreateTask(Tool[TaskView]):
    """Create a task about exactly one thing: a person, an inbox, a conversation, or a message or call.

    The task appears in the Quo app. Returns it with its id.
    """

    effect = Effect.CREATE
    old_names: ClassVar[Mapping[str, str]] = {"conversation_id": "conversation"}

    title: Title
    description: Annotated[
        str | None,
        Field(description="Details of the task. Default: the title."),
        stored_text(),
    ] = None
    due: Due = None
    assignee: Annotated[
        TeammateRef,
        Field(description="Teammate to assign: name, email address or id. Default: no one."),
    ] = None
    person: Annotated[
        str | None,
        Resolves("person"),
        Field(
            description="Name or number of the person it is about; links your latest conversation."
        ),
    ] = None
    inbox: Annotated[
        str | None,
        Field(
            description="Your inbox that it is about, or on which to look for the person's conversation."
        ),
    ] = None
    conversation: ConversationId = None
    activity_id: Annotated[
        str | None,
        Field(
            pattern=ACTIVITY_ID,
            description="Id of the message or call that it is about (AC…).",
        ),
        printed_id(ACTIVITY_ID),
    ] = None

    async def run(self, context: ToolContext) -> TaskView:
        subject = await self._subject(context)
        body = {
            "title": self.title,
            "description": self.description or self.title,  # Quo requires a description
            "dueDate": self.due,
            "assignedTo": self.assignee,
            **subject,
        }
        body = {name: value for name, value in body.items() if value is not None}
        reply = (await context.account.api.post(Envelope[Task], "tasks", body=body)).data
        # The reply has only ids, so the other fields are taken from the request.
        return await view_task(
            context.account.api, Task.model_validate(reply.model_dump(by_alias=True) | body)
        )

    async def _subject(self, context: ToolContext) -> dict[str, str]:
        """Return the body field for what the task is about.

        Raises:
            InvalidArguments: not exactly one subject is given, or the person has no conversation.
        """
        subjects = [self.conversation, self.activity_id, self.person or self.inbox]
        if sum(subject is not None for subject in subjects) != 1:
            raise InvalidArguments(
                "Not created: specify what the task is about, as exactly one of person, inbox, conversation or "
                "activity_id. With person, inbox may also be set, to choose the conversation."
            )
        if self.conversation:
            return {"conversationId": self.conversation}
        if self.activity_id:
            return {"activityId": self.activity_id}
        inbox = (
            (await inboxes.resolve_inbox(self.inbox, context.account)).id
            if self.inbox is not None
            else None
        )
        if self.person is not None:
            return await self._find_conversation(self.person, inbox, context)
        return {"phoneNumberId": str(inbox)}

    async def _find_conversation(
        self, person: str, inbox: str | None, context: ToolContext
    ) -> dict[str, str]:
        """Return the body field for the latest conversation with a person.

        Raises:
            InvalidArguments: none is among the latest conversations.
        """
        conversation = await latest_conversation(context.account.api, person, inbox)
        if conversation is None:
            presenter = await presenter_with_names(context.account)
            where = f" on {presenter.inbox_name(inbox)}" if inbox else ""
            raise InvalidArguments(
                f"Not created: no conversation with {presenter.person(person)}{where} is among the latest "
                f"{CONVERSATION_PAGES * 100}. Specify only an inbox, and put the person's name in the title."
            )
        return {"conversationId": conversation.id}

    def render(self, result: TaskView, presenter: Presenter) -> str:
        return block(
            "Task created:", render_task(result.task, presenter, result.conversations, full=True)
        )


class DeleteTask(Tool[TaskView]):
    """Delete a task permanently. To complete a task instead, call quo_update_task with done.

    Returns the deleted task's content, so that it can be created again.
    """

    effect = Effect.DELETE

    task_id: TaskRef

    async def approval_prompt(self, context: ToolContext, presenter: Presenter) -> str:
        view = await view_task(
            context.account.api, await fetch_task(context.account.api, self.task_id)
        )
        text = render_task(view.task, presenter, view.conversations, full=True)
        return f"Delete this task permanently?\n\n{text}"

    async def run(self, context: ToolContext) -> TaskView:
        view = await view_task(
            context.account.api, await fetch_task(context.account.api, self.task_id)
        )
        await context.account.api.delete("tasks", self.task_id)
        return view

    def render(self, result: TaskView, presenter: Presenter) -> str:
        return block(
            "Task deleted. Previous content, in case you need to create it again:",
            render_task(result.task, presenter, result.conversations, full=True),
        )
