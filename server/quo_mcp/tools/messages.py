"""The tools that list and show messages: with one person, with a group, or with everyone."""

from typing import Annotated

from pydantic import Field

from quo_mcp.history.activity_lookup import fetch_activity
from quo_mcp.history.feed import FeedPage
from quo_mcp.history.query import Source
from quo_mcp.records.messages import Message
from quo_mcp.records.record import Envelope, Page
from quo_mcp.records.workspace import is_teammate
from quo_mcp.tools.activity_list import ActivityList
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.fields import MessageId, PersonRefs, TeammateFilter
from quo_mcp.tools.rendering import Presenter, block, time_range
from quo_mcp.tools.rendering.coverage_notes import coverage_notes
from quo_mcp.tools.rendering.feeds import title_line
from quo_mcp.tools.rendering.messages import (
    automatic_messages,
    message_block,
    render_messages_with,
)


class ListMessages(ActivityList[Message]):
    """Read text messages, newest first: with one person or group, or with everyone in the last 7 days.

    Each message has its time, author, whole text, delivery failures, attachments and id. To see only
    which conversations have news, call quo_list_conversations.
    """

    person: PersonRefs = None
    sent_by: Annotated[
        TeammateFilter,
        Field(description="Only messages that this teammate sent: name, email address or id."),
    ] = None

    async def run(self, context: ToolContext) -> FeedPage[Message]:
        predicate = self._is_sent_by_teammate if self.sent_by else None
        return await self.collect(context, Page[Message], "messages", predicate)

    def _is_sent_by_teammate(self, message: Message) -> bool:
        return message.direction == "outgoing" and is_teammate(message.user_id, self.sent_by)

    def render(self, result: FeedPage[Message], presenter: Presenter) -> str:
        if not self.people:
            return self._render_for_everyone(result, presenter)
        return render_messages_with(
            self.people,
            result,
            presenter,
            page_token=self.next_page_token(result),
            sender=presenter.teammate(self.sent_by) if self.sent_by else None,
        )

    def _render_for_everyone(self, feed: FeedPage[Message], presenter: Presenter) -> str:
        """Render messages by conversation, the one with the newest message first."""
        query, page_token = feed.coverage.query, self.next_page_token(feed)
        subject = "Messages"
        subject += f" sent by {presenter.teammate(self.sent_by)}" if self.sent_by else ""
        subject += f" on {presenter.inbox(self.inbox)}" if self.inbox else ""
        subject += time_range(presenter, query.since, query.until)
        messages_by_source: dict[Source, list[Message]] = {}
        for source, message in feed.items:
            messages_by_source.setdefault(source, []).append(message)
        automatic = automatic_messages(feed)
        blocks = []
        for source, messages in messages_by_source.items():
            source_suffix = "" if self.inbox else f" on {presenter.inbox_name(source.inbox)}"
            blocks.append(f"With {presenter.people(source.participants)}{source_suffix}:")
            one_to_one = len(source.participants) == 1
            blocks += [
                message_block(
                    message,
                    presenter,
                    one_to_one=one_to_one,
                    is_automatic=message.id in automatic,
                )
                for message in messages
            ]
        return block(
            f"{subject}, by conversation, newest first:"
            if blocks
            else title_line(
                subject, has_items=False, may_have_more=feed.coverage.is_partial(feed.next)
            ),
            *blocks,
            *coverage_notes(feed.coverage, presenter, "messages", page_token),
        )


class GetMessage(Tool[Envelope[Message]]):
    """Show one text message: its text, sender, recipients, delivery status and attachments.

    Use it to see whether a sent message was delivered. To read a conversation, call quo_list_messages.
    """

    effect = Effect.READ

    message_id: MessageId
    media_links: Annotated[bool, Field(description="true: also show links to the attachments.")] = (
        False
    )

    async def run(self, context: ToolContext) -> Envelope[Message]:
        message = await fetch_activity(
            context.account.api, Envelope[Message], "messages", self.message_id
        )
        await context.account.outbox.record_status(message.data.id, message.data.status)
        return message

    def render(self, result: Envelope[Message], presenter: Presenter) -> str:
        message = result.data
        return block(
            message_block(message, presenter, show_links=self.media_links, title="Message"),
            f"  From {presenter.person(message.sender)} to {presenter.people(message.to)}",
            "  Status: delivered" if message.status == "delivered" else None,
            f"  In conversation {message.conversation_id}" if message.conversation_id else None,
        )
