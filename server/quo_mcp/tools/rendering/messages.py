"""Rendering of messages."""

from collections.abc import Sequence

from quo_mcp.history.feed import FeedPage
from quo_mcp.records.messages import Message
from quo_mcp.tools.rendering import Presenter, bare_url, block, heading
from quo_mcp.tools.rendering.feeds import render_person_feed
from quo_mcp.values.untrusted import blockquote, inline


def delivery_note(message: Message) -> str | None:
    """Return the delivery status, unless it is the normal one: received or delivered."""
    if message.status in {"received", "delivered", ""}:
        return None
    return inline(message.status)


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
    title: str | None = None,
) -> str:
    """Render a message: its time, direction, author, delivery status, text and attachments.

    one_to_one: leave out the other person, whom a title names.
    inbox_id: the inbox to name, if any. title: what the item is, if no title above says it.
    """
    if message.direction == "outgoing":
        author = f" by {presenter.teammate(message.user_id)}" if message.user_id else ""
    else:
        author = "" if one_to_one else f" from {presenter.short_name(message.sender)}"
    return block(
        heading(
            title,
            presenter.time(message.created_at) if message.created_at else None,
            f"{'outgoing' if message.direction == 'outgoing' else 'incoming'}{author}",
            f"on {presenter.inbox_name(inbox_id)}" if inbox_id else None,
            delivery_note(message),
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
    return render_person_feed(
        feed,
        presenter,
        lambda message, inbox_id: message_block(
            message, presenter, one_to_one=len(people) == 1, inbox_id=inbox_id
        ),
        label=f"Messages from {sender}" if sender else "Messages",
        relation="to" if sender else "with",
        names=presenter.people(people),
        page_token=page_token,
        older_hint=older_hint,
    )
