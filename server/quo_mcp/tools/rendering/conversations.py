"""Rendering of conversations: their state, who they wait for, and their last message or call."""

from datetime import datetime
from typing import Literal

from quo_mcp.history.answers import find_waiting, is_answer
from quo_mcp.history.automatic_replies import find_automatic_replies
from quo_mcp.history.span import ActivityItem, ConversationActivity
from quo_mcp.records.calls import Call
from quo_mcp.records.conversations import Conversation
from quo_mcp.tools.rendering import Presenter, block, heading, unreadable_note
from quo_mcp.tools.rendering.calls import describe_outcome
from quo_mcp.tools.rendering.groups import group_label
from quo_mcp.tools.rendering.links import conversation_link
from quo_mcp.tools.rendering.waiting import short_text
from quo_mcp.values.phone_numbers import is_e164
from quo_mcp.values.untrusted import blockquote

MAX_LATEST_TEXT = 120  # characters of the latest message


def waiting_for(activity: ConversationActivity) -> Literal["us", "them"] | None:
    """Return who an open conversation waits for; None if it waits for no one, such as after "thanks!"."""
    automatic = find_automatic_replies([activity])
    waiting = find_waiting(activity, automatic)
    if waiting:
        return None if waiting.is_closing else "us"
    latest = next(iter(activity.items), None)
    if latest is None or isinstance(latest, Call) or not is_answer(latest, automatic):
        return None
    return "them"


def conversation_state(conversation: Conversation, presenter: Presenter) -> str | None:
    """Return "deleted …", "done" or "snoozed until …", or None. Quo's API does not tell whether a conversation is read."""
    if conversation.deleted_at:
        return f"deleted {presenter.time(conversation.deleted_at)}"
    state = conversation.state(presenter.now)
    if state == "snoozed" and conversation.snoozed_until:
        return f"snoozed until {presenter.time(conversation.snoozed_until)}"
    return "done" if state == "done" else None


def conversation_block(
    conversation: Conversation,
    presenter: Presenter,
    *,
    activity: ConversationActivity | None = None,
    show_link: bool = False,
) -> str:
    """Render a conversation. activity: its latest messages and calls, if they were read."""
    muted = conversation.muted_until and conversation.muted_until > presenter.now
    is_open = conversation.state(presenter.now) == "open"
    waiting = waiting_for(activity) if activity and is_open else None
    return block(
        heading(
            presenter.time(conversation.last_activity_at)
            if conversation.last_activity_at
            else None,
            presenter.people(conversation.participants),
            f"on {presenter.inbox_name(conversation.phone_number_id)}",
            group_label(conversation),
            conversation_state(conversation, presenter)
            or (f"waits for {waiting}" if waiting else None),
            "muted" if muted else None,
            presenter.opt_out_label(*conversation.participants),
            f"assigned to {presenter.teammate(conversation.assigned_to)}"
            if conversation.assigned_to
            else None,
            unreadable_note(conversation),
            conversation.id,
        ),
        latest_lines(activity, presenter, conversation.last_activity_at) if activity else None,
        # Quo lists messages and calls by E.164 only, so for other participants the latest id is the way to one.
        f"  Latest message or call: {conversation.last_activity_id}"
        if conversation.last_activity_id and not all(map(is_e164, conversation.participants))
        else None,
        f"  In the Quo app: {conversation_link(conversation.phone_number_id, conversation.id)}"
        if show_link
        else None,
    )


def latest_lines(
    activity: ConversationActivity, presenter: Presenter, last_activity_at: datetime | None = None
) -> str | None:
    """Return the last message or call of a conversation: its direction, author or outcome, and words.

    last_activity_at: the time in the heading. The item's own time is added if it is in another minute,
    because every tool shows an item with its own time.
    """
    latest = next(iter(activity.items), None)
    if latest is None:
        return None
    automatic = latest.id in find_automatic_replies([activity])
    direction = "outgoing" if latest.direction == "outgoing" else "incoming"
    author = author_note(latest, presenter)
    if latest.created_at and last_activity_at:
        time = presenter.time(latest.created_at)
        author += f", {time}" if time != presenter.time(last_activity_at) else ""
    if isinstance(latest, Call):
        return f"  Last: {direction} call{author}, {describe_outcome(latest, presenter)}"
    line = f"  Last: {direction} message{author}{', probably automatic' * automatic}"
    words = latest.text or f"({len(latest.media)} attachments)" * bool(latest.media)
    return block(line, blockquote(short_text(words, MAX_LATEST_TEXT)) if words else None)


def author_note(item: ActivityItem, presenter: Presenter) -> str:
    """Return ` by Tom` for what a teammate of ours wrote or called."""
    if item.direction != "outgoing":
        return ""
    user_id = (item.initiated_by or item.user_id) if isinstance(item, Call) else item.user_id
    return f" by {presenter.teammate(user_id)}" if user_id else ""
