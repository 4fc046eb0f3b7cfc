"""Rendering of conversations, and links to them in the Quo app."""

from quo_mcp.records.conversations import Conversation
from quo_mcp.tools.rendering import Presenter, block, heading
from quo_mcp.tools.rendering.groups import group_label
from quo_mcp.values.phone_numbers import is_e164

APP_URL = "https://my.quo.com"


def conversation_link(conversation: Conversation) -> str:
    """Return the address of a conversation in the Quo app, for a person to open."""
    return f"{APP_URL}/inbox/{conversation.phone_number_id}/c/{conversation.id}"


def conversation_state(conversation: Conversation, presenter: Presenter) -> str | None:
    """Return "done" or "snoozed until …", or None. Quo's API does not tell whether a conversation is read."""
    state = conversation.state(presenter.now)
    if state == "snoozed" and conversation.snoozed_until:
        return f"snoozed until {presenter.time(conversation.snoozed_until)}"
    return "done" if state == "done" else None


def conversation_block(conversation: Conversation, presenter: Presenter) -> str:
    muted = conversation.muted_until and conversation.muted_until > presenter.now
    return block(
        heading(
            presenter.time(conversation.last_activity_at)
            if conversation.last_activity_at
            else None,
            presenter.people(conversation.participants),
            f"on {presenter.inbox_name(conversation.phone_number_id)}",
            group_label(conversation),
            conversation_state(conversation, presenter),
            "muted" if muted else None,
            f"assigned to {presenter.teammate(conversation.assigned_to)}"
            if conversation.assigned_to
            else None,
            conversation.id,
        ),
        # Quo lists messages and calls by E.164 only, so for other participants the latest id is the way to one.
        f"  Latest message or call: {conversation.last_activity_id}"
        if conversation.last_activity_id and not all(map(is_e164, conversation.participants))
        else None,
    )
