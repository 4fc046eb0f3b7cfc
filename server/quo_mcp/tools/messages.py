"""The tools that list and show messages: with one person, with a group, or with everyone."""

from typing import Annotated, TypeAlias

from pydantic import Field

from quo_mcp.records.base import Envelope, Page
from quo_mcp.records.messages import Message
from quo_mcp.tools.activity_all_threads import ActivityFeed, coverage_note, default_since, list_all
from quo_mcp.tools.activity_lookup import fetch_activity
from quo_mcp.tools.activity_one_person import (
    ActivityList,
    PersonFeed,
    list_with_person,
    render_list,
)
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.fields import MessageId, PersonRefs
from quo_mcp.tools.rendering import Presenter, bare_url, block, heading, quote
from quo_mcp.values.untrusted import inline


def delivery_note(message: Message) -> str | None:
    """Return the delivery status, unless it is the normal one: received or delivered."""
    if message.status in {"received", "delivered", ""}:
        return None
    return "not delivered" if message.status == "undelivered" else inline(message.status)


def attachments(message: Message, *, show_links: bool = False) -> str | None:
    """Render attachments as `Attached: 1 image`, with links on request; None if there are none."""
    if not message.media:
        return None
    kinds = [inline((media.type or "file").split("/")[0], 20) for media in message.media]
    counts = [
        f"{(count := kinds.count(kind))} {kind}{'s' * (count > 1)}" for kind in dict.fromkeys(kinds)
    ]
    urls = [bare_url(media.url) for media in message.media if media.url and show_links]
    return "\n".join([f"  Attached: {', '.join(counts)}", *(f"  {url}" for url in urls)])


def message_block(
    message: Message,
    presenter: Presenter,
    *,
    show_links: bool = False,
    one_to_one: bool = False,
    inbox_id: str | None = None,
) -> str:
    """Render a message: its time, author, delivery status, text and attachments.

    one_to_one: write "them" for the other person, whom a title names.
    inbox_id: the inbox to name, if any.
    """
    if message.direction == "outgoing":
        author = f"us ({presenter.teammate(message.user_id)})" if message.user_id else "us"
    else:
        author = "them" if one_to_one else presenter.short_name(message.sender)
    time_prefix = f"{presenter.time(message.created_at)} " if message.created_at else ""
    return block(
        heading(
            f"{time_prefix}{author}",
            f"on {presenter.inbox_name(inbox_id)}" if inbox_id else None,
            delivery_note(message),
            message.id,
        ),
        quote(message.text) if message.text else None,
        attachments(message, show_links=show_links),
    )


MessageListResult: TypeAlias = Page[Message] | PersonFeed[Message] | ActivityFeed[Message]


class ListMessages(ActivityList[MessageListResult]):
    """Read texts, newest first: with one person or group, or with everybody lately."""

    person: PersonRefs = None

    async def run(self, context: ToolContext) -> MessageListResult:
        if self.person:
            return await self.run_for_person(context, self.person)
        query = self.build_query(
            Page[Message], "messages", since=default_since(context, self.since, self.until)
        )
        return await list_all(context, query, inbox=self.inbox, page_token=self.page_token)

    async def run_for_person(
        self, context: ToolContext, people: list[str]
    ) -> Page[Message] | PersonFeed[Message]:
        """List the messages with one person or group. people: E.164."""
        query = self.build_query(Page[Message], "messages", since=self.since)
        return await list_with_person(context, query, people, self.inbox, self.page_token)

    def render(self, result: MessageListResult, presenter: Presenter) -> str:
        if isinstance(result, ActivityFeed):
            return self._render_for_everyone(result, presenter)
        return self.render_for_person(result, presenter)

    def render_for_person(
        self,
        result: Page[Message] | PersonFeed[Message],
        presenter: Presenter,
        older_hint: str | None = None,
    ) -> str:
        """Render the messages with one person or group. older_hint: replaces the hint to call again."""
        people = self.person or []
        return render_list(
            result,
            self,
            presenter,
            lambda message, inbox_id: message_block(
                message, presenter, one_to_one=len(people) == 1, inbox_id=inbox_id
            ),
            label="Texts",
            names=presenter.people(people),
            older_hint=older_hint,
        )

    def _render_for_everyone(self, feed: ActivityFeed[Message], presenter: Presenter) -> str:
        """Render messages by conversation, the one with the newest message first."""
        inbox_suffix = f" on {presenter.inbox(self.inbox)}" if self.inbox else ""
        messages_by_conversation: dict[str, list[Message]] = {}
        conversations = {conversation.id: conversation for conversation, _ in feed.items}
        for conversation, message in feed.items:
            messages_by_conversation.setdefault(conversation.id, []).append(message)
        blocks = []
        for conversation_id, messages in messages_by_conversation.items():
            conversation = conversations[conversation_id]
            one_to_one = len(conversation.participants) == 1
            conversation_suffix = (
                "" if self.inbox else f" on {presenter.inbox_name(conversation.phone_number_id)}"
            )
            blocks.append(
                f"With {presenter.people(conversation.participants)}{conversation_suffix}:"
            )
            blocks += [
                message_block(message, presenter, one_to_one=one_to_one) for message in messages
            ]
        return block(
            f"Texts{inbox_suffix}, thread by thread, newest first:"
            if blocks
            else f"No texts{inbox_suffix}.",
            *blocks,
            coverage_note(feed, self, presenter, "texts"),
        )


class GetMessage(Tool[Envelope[Message]]):
    """Show one text, whether it was delivered, and attachments."""

    effect = Effect.READ

    message_id: MessageId
    media_links: Annotated[bool, Field(description="Show attachment links")] = False

    async def run(self, context: ToolContext) -> Envelope[Message]:
        return await fetch_activity(context, Envelope[Message], "messages", self.message_id)

    def render(self, result: Envelope[Message], presenter: Presenter) -> str:
        message = result.data
        return block(
            message_block(message, presenter, show_links=self.media_links),
            f"  From {presenter.person(message.sender)} to {presenter.people(message.to)}",
            "  Delivered" if message.status == "delivered" else None,
            f"  Conversation {message.conversation_id}" if message.conversation_id else None,
        )
