"""Messages or calls with everyone. Quo lists them only by participants, so each active conversation is read."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

import anyio

from quo_mcp.directory.conversation_scan import ConversationScan, last_activity_time
from quo_mcp.errors import InvalidArguments, Refusal
from quo_mcp.records.activities import Activity
from quo_mcp.records.conversations import Conversation
from quo_mcp.tools import page_tokens
from quo_mcp.tools.activity_one_person import MAX_CONCURRENT_READS
from quo_mcp.tools.activity_query import ActivityQuery, MergedPages, activity_time
from quo_mcp.tools.base import Tool
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.page_tokens import PagePosition
from quo_mcp.tools.rendering import Presenter, pagination_note, pluralize
from quo_mcp.values import times
from quo_mcp.values.phone_numbers import is_e164

Item = TypeVar("Item", bound=Activity)

DEFAULT_SPAN = timedelta(days=7)
MAX_CONVERSATIONS = 100  # one request each, at nine a second
MAX_PAGES = 10  # of the conversation list
MAX_NAMED_FAILURES = 3


@dataclass(frozen=True)
class ActivityFeed(Generic[Item]):
    """The newest messages or calls of many conversations.

    items: newest first, each with its conversation.
    since, until: the time range, ISO 8601.
    conversations_read: the number of conversations read.
    unlisted_conversations: the number with short codes or hidden numbers, whose items Quo does not list.
    failed_conversations: conversations that could not be read.
    next_page: the position of the next page, if there is one.
    scan_exhausted: whether the scan of conversations reached its limit before any that could hold items.
    """

    items: Sequence[tuple[Conversation, Item]]
    since: str
    until: str | None
    conversations_read: int
    unlisted_conversations: int
    failed_conversations: Sequence[Conversation]
    next_page: PagePosition | None = None
    scan_exhausted: bool = False

    @property
    def has_unread_conversations(self) -> bool:
        """Whether the next page may hold items newer than the oldest here."""
        return self.next_page is not None and self.next_page.before is None


async def list_all(
    context: ToolContext, query: ActivityQuery[Item], *, inbox: str | None, page_token: str | None
) -> ActivityFeed[Item]:
    """List messages or calls with everyone, newest first, on one inbox or on all allowed ones.

    Raises:
        InvalidArguments: the page token belongs to a list with one person.
    """
    position = PagePosition.parse(page_token)
    if position.token:
        raise InvalidArguments(
            "That page_token goes with one person. Leave it out to start with the newest of everybody's."
        )
    conversations, unlisted, has_more = await active_conversations(context, query, inbox, position)
    merged = MergedPages[Conversation, Item](query)
    failed: list[Conversation] = []

    async def read_conversation(conversation: Conversation) -> None:
        inbox, participants = conversation.phone_number_id, conversation.participants
        try:
            page = await query.fetch_page(context, inbox, participants, before=position.before)
            merged.add(conversation, page)
        except Refusal:
            failed.append(conversation)

    read_count = 0
    # No item is newer than its conversation's latest activity, so a full page with newer items is final.
    while read_count < len(conversations) and not (
        merged.is_full
        and activity_time(merged.items[-1]) >= last_activity_time(conversations[read_count])
    ):
        async with anyio.create_task_group() as task_group:
            for conversation in conversations[read_count : read_count + MAX_CONCURRENT_READS]:
                task_group.start_soon(read_conversation, conversation)
        read_count = min(read_count + MAX_CONCURRENT_READS, len(conversations))
        await context.progress(
            read_count, len(conversations), f"{read_count} of {len(conversations)} threads read."
        )
    next_page = None
    if cursor := merged.next_cursor(has_unread=read_count < len(conversations)):
        next_page = PagePosition(before=cursor, conversations_before=position.conversations_before)
    elif has_more and conversations:
        next_page = PagePosition(
            conversations_before=times.format_iso(last_activity_time(conversations[-1]))
        )
    return ActivityFeed(
        merged.items,
        since=str(query.since),
        until=query.until,
        conversations_read=read_count,
        unlisted_conversations=unlisted,
        failed_conversations=failed,
        next_page=next_page,
        scan_exhausted=has_more and not conversations,
    )


async def active_conversations(
    context: ToolContext, query: ActivityQuery[Item], inbox: str | None, position: PagePosition
) -> tuple[list[Conversation], int, bool]:
    """Find the conversations that may hold items.

    Return the conversations, latest activity first, the number whose items Quo does not list, and
    whether there are more conversations.
    """
    since = datetime.fromisoformat(str(query.since))
    until = (
        datetime.fromisoformat(position.conversations_before)
        if position.conversations_before
        else None
    )
    scan = ConversationScan(
        context.api, max_pages=MAX_PAGES, inboxes=[inbox] if inbox else None, since=query.since
    )
    conversations: list[Conversation] = []
    unlisted = 0
    async for conversation in scan:
        activity_at = last_activity_time(conversation)
        # Quo's filter also passes conversations that were only marked done. A call has one other party.
        if activity_at < since or (
            query.resource == "calls" and len(conversation.participants) > 1
        ):
            continue
        if until and activity_at >= until:
            continue
        if not all(map(is_e164, conversation.participants)):
            unlisted += 1
        elif len(conversations) < MAX_CONVERSATIONS:
            conversations.append(conversation)
        else:
            return sorted(conversations, key=last_activity_time, reverse=True), unlisted, True
    return sorted(conversations, key=last_activity_time, reverse=True), unlisted, not scan.complete


def default_since(context: ToolContext, since: str | None, until: str | None) -> str:
    """Return `since`, or by default 7 days before `until` or now, whichever is earlier (ISO 8601)."""
    end = min(filter(None, (until, times.format_iso(context.now()))))
    return since or times.format_iso(datetime.fromisoformat(end) - DEFAULT_SPAN)


def coverage_note(
    feed: ActivityFeed[Item], tool: Tool[Any], presenter: Presenter, label: str
) -> str:
    """State what was read, what is missing, and how to get the next page. label: the items, in plural."""
    page_token = page_tokens.next_page_token(tool, feed.next_page)
    since = presenter.time(datetime.fromisoformat(feed.since))
    until = f" until {presenter.time(datetime.fromisoformat(feed.until))}" if feed.until else ""
    sentences = [
        f"Read from {pluralize(feed.conversations_read, 'thread')} with something new since {since}{until}."
    ]
    if feed.unlisted_conversations:
        sentences.append(
            f"{pluralize(feed.unlisted_conversations, 'thread')} with short codes or hidden numbers left out: Quo lists none of theirs."
        )
    if feed.failed_conversations:
        names = "; ".join(
            presenter.people(conversation.participants)
            for conversation in feed.failed_conversations[:MAX_NAMED_FAILURES]
        )
        unnamed = len(feed.failed_conversations) - MAX_NAMED_FAILURES
        rest = f" and {unnamed} more" if unnamed > 0 else ""
        sentences.append(f"Not readable just now, and missing here: {label} with {names}{rest}.")
    if feed.has_unread_conversations:
        sentences.append("There are further threads, perhaps with newer ones.")
    if feed.scan_exhausted:
        sentences.append(
            "The account has more threads than are looked through: name an inbox, or the person."
        )
    elif page_token or not feed.failed_conversations:
        sentences.append(
            pagination_note(
                page_token, has_items=True, empty_text="", complete_text="That is all of them."
            )
        )
    return " ".join(sentences)
