"""The tools that list conversations and mark them read, done or open."""

from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from quo_mcp.records.conversations import Conversation
from quo_mcp.records.record import Page
from quo_mcp.tools import page_tokens
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.fields import (
    DEFAULT_LIMIT,
    InboxRefs,
    Limit,
    PageToken,
    ReadAsTeammate,
    Since,
    Until,
)
from quo_mcp.tools.rendering import Presenter, render_page
from quo_mcp.tools.rendering.conversations import conversation_block
from quo_mcp.tools.rendering.coverage_notes import viewer_note

UPDATE_NOTE = (
    "Marking a conversation done or assigning it also counts as an update. The times shown are those of the "
    "latest message or call."
)
ACTIVE_NOTE = '"Active" is Quo\'s definition and can include done conversations.'


class ListConversations(Tool[Page[Conversation]]):
    """List conversations, latest activity first: with whom, on which inbox, and whether they are done.

    Use it to see what is new. It includes conversations that were only marked done or assigned. It does not
    show message texts: for these, call quo_list_messages.
    """

    effect = Effect.READ
    old_names: ClassVar[Mapping[str, str]] = {"user_id": "as_user"}

    inboxes: InboxRefs = None
    as_user: ReadAsTeammate = None
    updated_since: Annotated[
        Since,
        Field(
            description='Only conversations updated at or after this time, e.g. "24h", "today" or "2026-11-25".'
        ),
    ] = None
    updated_until: Annotated[
        Until, Field(description="Only conversations last updated before this time.")
    ] = None
    created_since: Annotated[
        Since, Field(description="Only conversations created at or after this time.")
    ] = None
    created_until: Annotated[
        Until, Field(description="Only conversations created before this time.")
    ] = None
    exclude_inactive: Annotated[
        bool,
        Field(
            description='true: only active conversations. "Active" is Quo\'s definition and can include done ones.'
        ),
    ] = False
    limit: Limit = DEFAULT_LIMIT
    page_token: PageToken = None

    async def run(self, context: ToolContext) -> Page[Conversation]:
        query = {
            "phoneNumbers": self.inboxes,
            "userId": self.as_user,
            "updatedAfter": self.updated_since,
            "updatedBefore": self.updated_until,
            "createdAfter": self.created_since,
            "createdBefore": self.created_until,
            "excludeInactive": self.exclude_inactive or None,
            "maxResults": self.limit,
            "pageToken": self.page_token,
        }
        page = await context.account.api.get(Page[Conversation], "conversations", query=query)
        return page.model_copy(
            update={"next_page_token": page_tokens.next_page_token(self, page.next_page_token)}
        )

    def render(self, result: Page[Conversation], presenter: Presenter) -> str:
        return render_page(
            result,
            lambda conversation: conversation_block(conversation, presenter),
            title="Conversations, latest activity first:",
            empty_text="No matching conversations.",
            notes=[
                UPDATE_NOTE if result.data and (self.updated_since or self.updated_until) else None,
                ACTIVE_NOTE if result.data and self.exclude_inactive else None,
                viewer_note(self.as_user, presenter),
            ],
        )
