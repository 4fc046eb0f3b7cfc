"""The label of a group conversation: its kind and its name."""

from quo_mcp.records.conversations import Conversation
from quo_mcp.values.untrusted import quote_inline


def is_group(conversation: Conversation) -> bool:
    """Whether a conversation has several other participants."""
    return len(conversation.participants) > 1


def group_label(conversation: Conversation) -> str | None:
    """Return `group "Hyacinth Lane"`; `group` if it has no name; None for a conversation with one person.

    The name is always quoted: a teammate chose it, so it may be any text.
    """
    if not is_group(conversation):
        return None
    name = (conversation.name or "").strip()
    return f"group {quote_inline(name)}" if name else "group"
