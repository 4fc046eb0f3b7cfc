"""Links into the Quo app, for a person to open."""

APP_URL = "https://my.quo.com"


def conversation_link(inbox_id: str, conversation_id: str) -> str:
    """Return the address of a conversation in the Quo app."""
    return f"{APP_URL}/inbox/{inbox_id}/c/{conversation_id}"
