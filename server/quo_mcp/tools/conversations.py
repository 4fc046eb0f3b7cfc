"""Threads: who the account has been in touch with, most recent first."""

from typing import Annotated, Literal

from pydantic import Field

from quo_mcp.records.base import One, Page
from quo_mcp.records.conversations import Conversation
from quo_mcp.tools import page_tokens
from quo_mcp.tools.activity_one_person import seen_by
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import Quo
from quo_mcp.tools.fields import Inboxes, OneThread, PageToken, Since, Teammate, Until
from quo_mcp.tools.rendering import View, block, heading, ident, listing
from quo_mcp.values.phone_numbers import is_e164

FAR = (
    2100  # marking a thread done snoozes it about a century ahead; seen in practice, not documented
)


def state_of(thread: Conversation, view: View) -> str | None:
    """What can be known of a thread's state. Unread cannot, and is not claimed."""
    if thread.snoozed_until:
        if thread.snoozed_until.year >= FAR:
            return "done"
        if thread.snoozed_until > view.now:
            return f"snoozed until {view.when(thread.snoozed_until)}"
    return None


def conversation_block(thread: Conversation, view: View) -> str:
    muted = thread.muted_until and thread.muted_until > view.now
    return block(
        heading(
            view.when(thread.last_activity_at) if thread.last_activity_at else None,
            view.people(thread.participants),
            f"on {view.inbox_name(thread.phone_number_id)}",
            "a group" if len(thread.participants) > 1 else None,
            state_of(thread, view),
            "muted" if muted else None,
            f"assigned to {view.teammate(thread.assigned_to)}" if thread.assigned_to else None,
            thread.id,
        ),
        # Texts and calls are listed by full number only; with anybody else there is just the latest.
        f"  Latest text or call: {ident(thread.last_activity_id)}"
        if thread.last_activity_id and not all(map(is_e164, thread.participants))
        else None,
    )


class ListConversations(Tool[Page[Conversation]]):
    """List threads, latest activity first: what is new."""

    effect = Effect.READ

    inboxes: Inboxes = None
    user_id: Teammate = None
    updated_since: Since = None
    updated_until: Until = None
    created_since: Since = None
    created_until: Until = None
    exclude_inactive: Annotated[bool, Field(description="Only active ones")] = False
    limit: Annotated[int, Field(ge=1, le=100, description="At most")] = 20
    page_token: PageToken = None

    async def run(self, quo: Quo) -> Page[Conversation]:
        query = {
            "phoneNumbers": self.inboxes,
            "userId": self.user_id,
            "updatedAfter": self.updated_since,
            "updatedBefore": self.updated_until,
            "createdAfter": self.created_since,
            "createdBefore": self.created_until,
            "excludeInactive": self.exclude_inactive or None,
            "maxResults": self.limit,
            "pageToken": self.page_token,
        }
        page = await quo.api.get(Page[Conversation], "conversations", query=query)
        return page.model_copy(
            update={"next_page_token": page_tokens.to_go_on(self, page.next_page_token)}
        )

    def render(self, result: Page[Conversation], view: View) -> str:
        listed = listing(
            result,
            lambda each: conversation_block(each, view),
            title="Conversations, latest activity first:",
            empty="No conversations fit.",
        )
        return block(
            listed,
            "Quo counts being marked done or assigned as an update, too; the times shown are those of the latest text or call."
            if result.data and (self.updated_since or self.updated_until)
            else None,
            "Which ones are active is Quo's own reckoning: done ones may be among them."
            if result.data and self.exclude_inactive
            else None,
            seen_by(self.user_id, view),
        )


class MarkConversation(Tool[One[Conversation]]):
    """Mark a thread read, done or open."""

    effect = Effect.UPDATE

    conversation_id: OneThread
    state: Annotated[Literal["read", "done", "open"], Field(description="State")]

    async def run(self, quo: Quo) -> One[Conversation]:
        return await quo.api.post(
            One[Conversation], "conversations", self.conversation_id, f"mark-as-{self.state}"
        )

    def render(self, result: One[Conversation], view: View) -> str:
        return block(f"Marked {self.state}.", conversation_block(result.data, view))
