"""The latest messages and calls of a few conversations: enough to show the last one and who waits for whom."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import anyio

from quo_mcp.directory.directory import Directory
from quo_mcp.errors import Refusal
from quo_mcp.gateway import ApiClient
from quo_mcp.history.activity_reader import MAX_CONCURRENT_READS
from quo_mcp.history.cursor import Cursor
from quo_mcp.history.query import ActivityQuery, Source
from quo_mcp.history.span import ConversationActivity
from quo_mcp.records.calls import Call
from quo_mcp.records.conversations import Conversation
from quo_mcp.records.messages import Message
from quo_mcp.records.record import Page
from quo_mcp.values.phone_numbers import is_e164

LATEST_COUNT = 20  # messages and calls each; one page of Quo's


@dataclass
class LatestActivity:
    """The latest messages and calls by conversation id, why others could not be read, and which were not."""

    activities: dict[str, ConversationActivity] = field(default_factory=dict)
    failures: dict[str, Refusal] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)


async def read_latest(
    api: ApiClient,
    directory: Directory,
    conversations: Sequence[Conversation],
    user_id: str | None = None,
    *,
    deadline: float,
) -> LatestActivity:
    """Read the latest messages and calls: two requests a conversation, one for a group.

    Conversations with short codes and hidden numbers are left out, because Quo does not list their items.
    Those that were not read by the deadline are in `unread`.

    user_id: the teammate whose access applies. deadline: when to stop, in seconds of the event loop.
    """
    latest = LatestActivity()
    queue = [
        conversation
        for conversation in conversations
        if conversation.participants and all(map(is_e164, conversation.participants))
    ]
    wanted = {conversation.id for conversation in queue}
    message_query = ActivityQuery(Page[Message], "messages", LATEST_COUNT, user_id=user_id)
    call_query = ActivityQuery(Page[Call], "calls", LATEST_COUNT, user_id=user_id)

    async def read_conversations() -> None:
        while queue:
            conversation = queue.pop(0)
            source, calls = Source.of_conversation(conversation), []
            try:
                messages = (await message_query.fetch_page(api, directory, source, Cursor())).data
                if len(conversation.participants) == 1:
                    calls = (await call_query.fetch_page(api, directory, source, Cursor())).data
            except Refusal as refusal:
                latest.failures[conversation.id] = refusal
            else:
                latest.activities[conversation.id] = ConversationActivity(
                    conversation, messages, calls
                )

    with anyio.CancelScope(deadline=deadline):
        async with anyio.create_task_group() as task_group:
            for _ in range(MAX_CONCURRENT_READS):
                task_group.start_soon(read_conversations)
    latest.unread = wanted - latest.activities.keys() - latest.failures.keys()
    return latest
