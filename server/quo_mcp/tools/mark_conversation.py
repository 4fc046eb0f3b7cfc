"""The tool that marks conversations read, done or open."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar, Literal

import anyio
from pydantic import Field

from quo_mcp.errors import OutcomeUnknown, PartiallyDone, Refusal
from quo_mcp.records.conversations import Conversation
from quo_mcp.records.record import Envelope
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import ToolContext, presenter_with_names
from quo_mcp.tools.fields import ConversationRefs, InboxFilter
from quo_mcp.tools.rendering import Presenter, block, failure_reason, pluralize
from quo_mcp.tools.rendering.conversations import conversation_block


class MarkConversation(Tool[Sequence[Conversation]]):
    """Mark up to 20 conversations as read, done or open (not done). Returns them.

    The recipient does not see it. To mark one done together with a reply, use mark_done of quo_send_message.
    """

    effect = Effect.UPDATE
    old_names: ClassVar[Mapping[str, str]] = {"conversation_id": "conversation"}

    conversation: ConversationRefs
    state: Annotated[
        Literal["read", "done", "open"],
        Field(description="The new state; open reopens a done conversation."),
    ]
    inbox: InboxFilter = None

    async def run(self, context: ToolContext) -> Sequence[Conversation]:
        replies: dict[str, Conversation | Refusal] = {}

        async def mark(conversation_id: str) -> None:
            try:
                reply = await context.account.api.post(
                    Envelope[Conversation],
                    "conversations",
                    conversation_id,
                    f"mark-as-{self.state}",
                )
                replies[conversation_id] = reply.data
            except Refusal as error:
                replies[conversation_id] = error

        async with anyio.create_task_group() as task_group:
            for conversation_id in self.conversation:
                task_group.start_soon(mark, conversation_id)
        results = [
            (conversation_id, replies[conversation_id]) for conversation_id in self.conversation
        ]
        marked = [reply for _, reply in results if isinstance(reply, Conversation)]
        failures = [(name, reply) for name, reply in results if isinstance(reply, Refusal)]
        if not failures:
            return marked
        if len(results) == 1:
            raise failures[0][1]
        presenter = await presenter_with_names(context.account)
        is_unknown = any(isinstance(error, OutcomeUnknown) for _, error in failures)
        error_class = PartiallyDone if marked else OutcomeUnknown if is_unknown else Refusal
        raise error_class(self._describe_failures(marked, failures, presenter))

    def _describe_failures(
        self,
        marked: Sequence[Conversation],
        failures: Sequence[tuple[str, Refusal]],
        presenter: Presenter,
    ) -> str:
        """Return which conversations were marked, and for each of the others why not."""
        count = len(marked) + len(failures)
        return block(
            f"Marked as {self.state}: {len(marked)} of {pluralize(count, 'conversation')}.",
            *(conversation_block(conversation, presenter) for conversation in marked),
            *(
                f"{'Outcome unknown' if isinstance(error, OutcomeUnknown) else 'Not marked'} ({failure_reason(error)}): {conversation_id}"
                for conversation_id, error in failures
            ),
            f"First error: {failures[0][1]}",
            "Call again with only the others. It is safe to mark a conversation again.",
            presenter.footer(),
        )

    def render(self, result: Sequence[Conversation], presenter: Presenter) -> str:
        count = "" if len(result) == 1 else f" {len(result)} conversations"
        return block(
            f"Marked{count} as {self.state}:",
            *(
                conversation_block(conversation, presenter, show_link=len(result) == 1)
                for conversation in result
            ),
        )
