"""The latest conversations, read once for all references of a tool call."""

from collections.abc import Sequence

from quo_mcp.directory.conversation_scan import ConversationScan, last_activity_time
from quo_mcp.records.conversations import Conversation
from quo_mcp.tools.context import Account
from quo_mcp.tools.rendering import Presenter
from quo_mcp.tools.rendering.groups import group_label
from quo_mcp.tools.resolve.inboxes import MAX_PAGES_BY_PERSON, resolve_inboxes
from quo_mcp.values.references import candidate_line


class RecentConversations:
    """The latest conversations on some inboxes. They are read on first use, and only once.

    inboxes: the ids of the inboxes; None for all allowed ones.
    """

    def __init__(self, account: Account, inboxes: Sequence[str] | None = None) -> None:
        self._account = account
        self.inboxes = inboxes
        self._conversations: tuple[Conversation, ...] | None = None
        self._is_complete, self._read_count = False, 0

    async def read(self) -> tuple[Conversation, ...]:
        """Return the conversations, latest activity first."""
        if self._conversations is None:
            inboxes = self.inboxes or await resolve_inboxes(None, self._account)
            scan = ConversationScan(
                self._account.api, max_pages=MAX_PAGES_BY_PERSON, inboxes=inboxes
            )
            conversations = [conversation async for conversation in scan]
            self._conversations = tuple(sorted(conversations, key=last_activity_time, reverse=True))
            self._is_complete, self._read_count = scan.complete, scan.read_count
        return self._conversations

    @property
    def scope(self) -> str:
        """Return ` among the latest 300 conversations`; "" if all were read."""
        if self._is_complete:
            return ""
        return f" among the latest {self._read_count:,} conversations"


def conversation_line(conversation: Conversation, presenter: Presenter) -> str:
    """Return `- Wed 2026-11-25 14:30 · with Jane (+1 …) · on Front Desk · CN…`, as results print a conversation."""
    return candidate_line(
        presenter.time(last_activity_time(conversation)),
        f"with {presenter.people(conversation.participants)}",
        f"on {presenter.inbox_name(conversation.phone_number_id)}",
        group_label(conversation) or "",
        conversation.id,
    )
