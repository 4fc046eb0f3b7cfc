"""Rendering of messages."""

from collections.abc import Sequence

from quo_mcp.history.automatic_replies import find_automatic_messages
from quo_mcp.history.feed import FeedPage
from quo_mcp.history.query import Source
from quo_mcp.records.messages import Media, Message
from quo_mcp.tools.rendering import (
    Presenter,
    bare_url,
    block,
    direction_text,
    heading,
    status_text,
    unreadable_note,
)
from quo_mcp.tools.rendering.feeds import render_person_feed
from quo_mcp.tools.rendering.links import conversation_link
from quo_mcp.values.untrusted import blockquote, inline

KNOWN_STATUSES = frozenset({"queued", "sent", "delivered", "undelivered", "received", "failed"})
MIME_TYPES = {
    "application/pdf": "PDF",
    "application/vcard": "contact card",
    "text/calendar": "calendar event",
    "text/directory": "contact card",
    "text/plain": "text file",
    "text/vcard": "contact card",
    "text/x-vcard": "contact card",
}


def delivery_note(message: Message) -> str | None:
    """Return the delivery status, unless it is the normal one: received or delivered."""
    if message.status in {"received", "delivered", ""}:
        return None
    return status_text(message.status, KNOWN_STATUSES)


def attachments(message: Message, *, show_links: bool = False) -> str | None:
    """Render attachments as `Attached: 1 image`, with links on request; None if there are none."""
    if not message.media:
        return None
    kinds = [attachment_kind(media) for media in message.media]
    counts = [
        f"{(count := kinds.count(kind))} {kind}{'s' * (count > 1)}" for kind in dict.fromkeys(kinds)
    ]
    urls = [bare_url(media.url) for media in message.media if media.url and show_links]
    return "\n".join([f"  Attached: {', '.join(counts)}", *(f"  {url}" for url in urls)])


def attachment_kind(media: Media) -> str:
    """Return `image`, `contact card` or another kind, from the MIME type."""
    mime_type = (media.type or "file").split(";")[0].strip().casefold()
    return MIME_TYPES.get(mime_type) or inline(mime_type.split("/")[0] or "file", 20, max_words=1)


def message_block(
    message: Message,
    presenter: Presenter,
    *,
    show_links: bool = False,
    one_to_one: bool = False,
    inbox_id: str | None = None,
    title: str | None = None,
    is_automatic: bool = False,
) -> str:
    """Render a message: its time, direction, author, delivery status, text and attachments.

    one_to_one: leave out the other person, whom a title names.
    inbox_id: the inbox to name, if any. title: what the item is, if no title above says it.
    is_automatic: whether Quo probably sent it on its own.
    """
    if message.direction == "outgoing":
        author = f" by {presenter.teammate(message.user_id)}" if message.user_id else ""
    elif message.direction == "incoming":
        author = "" if one_to_one else f" from {presenter.short_name(message.sender)}"
    else:
        author = f" from {presenter.person(message.sender)} to {presenter.people(message.to)}"
    return block(
        heading(
            title,
            presenter.time(message.created_at) if message.created_at else None,
            f"{direction_text(message.direction)}{author}",
            f"on {presenter.inbox_name(inbox_id)}" if inbox_id else None,
            "probably automatic" if is_automatic else None,
            delivery_note(message),
            unreadable_note(message),
            message.id,
        ),
        blockquote(message.text) if message.text else None,
        attachments(message, show_links=show_links),
    )


def render_messages_with(
    people: Sequence[str],
    feed: FeedPage[Message],
    presenter: Presenter,
    *,
    page_token: str | None = None,
    older_hint: str | None = None,
    sender: str | None = None,
) -> str:
    """Render the messages with one person or group. For the other keywords, see `render_person_feed`.

    sender: the teammate who sent all of them, rendered.
    """
    automatic = automatic_messages(feed)
    return render_person_feed(
        feed,
        presenter,
        lambda message, inbox_id: message_block(
            message,
            presenter,
            one_to_one=len(people) == 1,
            inbox_id=inbox_id,
            is_automatic=message.id in automatic,
        ),
        label=f"Messages from {sender}" if sender else "Messages",
        relation="to" if sender else "with",
        names=presenter.people(people),
        page_token=page_token,
        older_hint=older_hint,
        notes=[link_to_only_conversation(feed)],
    )


def automatic_messages(feed: FeedPage[Message]) -> frozenset[str]:
    """Return the ids of the messages of a page that are probably automatic."""
    messages_by_source: dict[Source, list[Message]] = {}
    for source, message in feed.items:
        messages_by_source.setdefault(source, []).append(message)
    return find_automatic_messages(list(messages_by_source.values()))


def link_to_only_conversation(feed: FeedPage[Message]) -> str | None:
    """Return a line with the link to the conversation in the Quo app, if all messages are of one."""
    conversations = {(source.inbox, message.conversation_id) for source, message in feed.items}
    if len(conversations) != 1:
        return None
    [(inbox_id, conversation_id)] = conversations
    return (
        f"In the Quo app: {conversation_link(inbox_id, conversation_id)}"
        if conversation_id
        else None
    )
