"""The group conversations that a person is in, for the overview of the person."""

from collections.abc import Sequence
from dataclasses import dataclass

from quo_mcp.records.conversations import Conversation
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.rendering import Presenter
from quo_mcp.tools.rendering.groups import is_group
from quo_mcp.tools.resolve.recent_conversations import RecentConversations, conversation_line

MAX_GROUPS = 5  # listed


@dataclass(frozen=True)
class PersonGroups:
    """The group conversations that a person is in, latest activity first.

    scope: which conversations were searched: see `RecentConversations.scope`.
    """

    groups: Sequence[Conversation]
    scope: str = ""


async def find_groups(context: ToolContext, numbers: Sequence[str]) -> PersonGroups:
    """Find the groups that one of the numbers is in, among the latest conversations on the allowed inboxes."""
    recent = RecentConversations(context.account)
    groups = [
        conversation
        for conversation in await recent.read()
        if is_group(conversation) and set(numbers) & set(conversation.participants)
    ]
    return PersonGroups(groups, recent.scope)


def group_blocks(result: PersonGroups | None, presenter: Presenter) -> list[str]:
    if result is None:
        return []
    more = len(result.groups) - MAX_GROUPS
    if not result.groups:
        return [f"No group conversations{result.scope} with them."]
    return [
        f"Groups{result.scope}:",
        *(conversation_line(group, presenter) for group in result.groups[:MAX_GROUPS]),
        *([f"{more} more groups not shown."] if more > 0 else ()),
    ]
