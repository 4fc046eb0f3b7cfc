"""The tool that lists conversations, with the last message or call of each and who it waits for."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from quo_mcp.directory.conversation_scan import PAGE_SIZE, is_newest_first
from quo_mcp.errors import Refusal
from quo_mcp.history.activity_reader import reading_deadline
from quo_mcp.history.cursor import Cursor
from quo_mcp.history.latest_activity import read_latest
from quo_mcp.history.span import ConversationActivity
from quo_mcp.records.conversations import Conversation
from quo_mcp.records.record import Page
from quo_mcp.records.workspace import is_teammate
from quo_mcp.tools import page_tokens
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import Account, ToolContext
from quo_mcp.tools.fields import (
    DEFAULT_LIMIT,
    InboxRefs,
    Limit,
    PageToken,
    ReadAsTeammate,
    Since,
    TeammateRef,
    Until,
)
from quo_mcp.tools.rendering import (
    EMPTY_PAGE,
    END_OF_READABLE_RESULTS,
    Presenter,
    block,
    list_end,
    not_included,
    omitted_note,
    pluralize,
)
from quo_mcp.tools.rendering.conversations import conversation_block, waiting_for
from quo_mcp.tools.rendering.coverage_notes import viewer_note
from quo_mcp.tools.resolve.people_filter import matching_numbers

ACTIVE_NOTE = '"Active" is Quo\'s definition and can include done conversations.'
WAITING_NOTE = (
    '"Waits for us": not answered on this inbox. Answers from your other inboxes are not counted.'
)
MAX_PAGES = 10  # of 100 conversations, searched by one call
POSITION = re.compile(r"(.*)~at=(CN\w+)", re.DOTALL)


@dataclass
class ConversationList:
    """A page of conversations.

    activities: their latest messages and calls by id. failures: why those of others could not be read.
    unread: how many of the conversations shown were not read for lack of time.
    searched: how many conversations were looked at. next_page_token: leads to the next page.
    page_starts: the tokens of the pages on which Quo listed the conversations, by id.
    unreadable_count: conversations that were left out because they have an unexpected structure.
    """

    conversations: list[Conversation] = field(default_factory=list)
    activities: dict[str, ConversationActivity] = field(default_factory=dict)
    failures: dict[str, Refusal] = field(default_factory=dict)
    unread: int = 0
    searched: int = 0
    next_page_token: str | None = None
    page_starts: dict[str, str | None] = field(default_factory=dict)
    unreadable_count: int = 0


class ListConversations(Tool[ConversationList]):
    """List conversations, latest activity first: the last message or call, who it waits for, state, assignee.

    Use it to see what is new, or to find conversations by state, person or assignee. For what
    needs an answer, call quo_get_digest. For all messages of a conversation, call quo_list_messages.
    """

    effect = Effect.READ
    includes = ("quo_list_messages",)
    old_names: ClassVar[Mapping[str, str]] = {"user_id": "as_user"}

    inboxes: InboxRefs = None
    person: Annotated[
        str | None,
        Field(
            description='Only conversations with this person, number or company, e.g. "Bluebird". Default: all.'
        ),
    ] = None
    state: Annotated[
        Literal["open", "done", "snoozed"] | None,
        Field(description="Only conversations in this state. Default: all."),
    ] = None
    waiting_for: Annotated[
        Literal["us", "them"] | None,
        Field(
            description="Only open conversations that wait for your answer (us) or theirs (them)."
        ),
    ] = None
    assignee: Annotated[
        TeammateRef,
        Field(description="Only conversations assigned to this teammate. Default: all."),
    ] = None
    callers: Annotated[
        Literal["known", "unknown"] | None,
        Field(
            description="Only conversations with contacts (known) or with numbers that no contact has (unknown)."
        ),
    ] = None
    as_user: ReadAsTeammate = None
    updated_since: Annotated[
        Since,
        Field(
            description='Only conversations with a message or call at or after this time, e.g. "24h" or "today".'
        ),
    ] = None
    updated_until: Annotated[
        Until,
        Field(
            description="Only conversations whose last message or call is before this time, or within the named day or week."
        ),
    ] = None
    created_since: Annotated[
        Since, Field(description="Only conversations created at or after this time.")
    ] = None
    created_until: Annotated[
        Until,
        Field(
            description="Only conversations created before this time, or within the named day or week."
        ),
    ] = None
    exclude_inactive: Annotated[
        bool,
        Field(
            description='true: only active conversations. "Active" is Quo\'s definition and can include done conversations.'
        ),
    ] = False
    limit: Limit = DEFAULT_LIMIT
    page_token: PageToken = None

    async def run(self, context: ToolContext) -> ConversationList:
        """Read Quo's pages until the result is full. The next page starts after the last one looked at."""
        account, result = context.account, ConversationList()
        deadline = reading_deadline(Cursor())
        numbers = (
            await matching_numbers(self.person, account, context.progress) if self.person else None
        )
        if self.callers:
            await account.directory.address_book(context.progress)
        page_start, last_id = split_position(self.page_token)
        for _ in range(MAX_PAGES):
            page = await self._read_page(page_start, account)
            rest = after_id(page.data, last_id)
            looked_at = await self._add(rest, numbers, result, account, deadline)
            result.unreadable_count += page.unreadable_count
            for conversation in result.conversations:
                result.page_starts.setdefault(conversation.id, page_start)
            result.searched += len(looked_at)
            if len(looked_at) < len(rest):
                position = looked_at[-1].id if looked_at else last_id
                result.next_page_token = join_position(page_start, position)
                break
            page_start, last_id = page.next_page_token, None
            result.next_page_token = page_start or None
            if not page_start or len(result.conversations) >= self.limit:
                break
            await context.progress(
                result.searched, None, f"Looked at {result.searched} conversations."
            )
        return result

    async def _read_page(self, token: str | None, account: Account) -> Page[Conversation]:
        query = {
            "phoneNumbers": self.inboxes,
            "userId": self.as_user,
            "updatedAfter": self.updated_since,
            "createdAfter": self.created_since,
            "createdBefore": self.created_until,
            "excludeInactive": self.exclude_inactive or None,
            "maxResults": PAGE_SIZE if self._has_filter else self.limit,
            "pageToken": token,
        }
        return await account.api.get(Page[Conversation], "conversations", query=query)

    @property
    def _has_filter(self) -> bool:
        """Whether conversations are left out that Quo cannot leave out."""
        return any(
            (
                self.person,
                self.state,
                self.waiting_for,
                self.assignee,
                self.callers,
                self.updated_since,
                self.updated_until,
            )
        )

    def _matches(
        self, conversation: Conversation, numbers: frozenset[str] | None, account: Account
    ) -> bool:
        """Return whether a conversation passes all filters but `waiting_for`.

        Quo's own filter by update also passes conversations that were only marked done or assigned.
        """
        latest = conversation.last_activity_at
        people = conversation.participants
        state = conversation.state(account.now())
        wanted_state = self.state or ("open" if self.waiting_for else None)
        is_known = any(account.directory.contact_name(number) for number in people)
        return (
            (numbers is None or not numbers.isdisjoint(people))
            and wanted_state in {None, state}
            and is_teammate(conversation.assigned_to, self.assignee)
            and self.callers in {None, "known" if is_known else "unknown"}
            and (
                self.updated_since is None
                or (latest is not None and latest >= datetime.fromisoformat(self.updated_since))
            )
            and (
                self.updated_until is None
                or (latest is not None and latest < datetime.fromisoformat(self.updated_until))
            )
        )

    async def _add(
        self,
        conversations: Sequence[Conversation],
        numbers: frozenset[str] | None,
        result: ConversationList,
        account: Account,
        deadline: float,
    ) -> Sequence[Conversation]:
        """Add the conversations that match, with their latest activity, until the result is full or time is up.

        Returns:
            The conversations that were looked at.
        """
        matching = [item for item in conversations if self._matches(item, numbers, account)]
        while matching and len(result.conversations) < self.limit:
            batch = matching[: self.limit - len(result.conversations)]
            latest = await read_latest(
                account.api, account.directory, batch, self.as_user, deadline=deadline
            )
            result.activities |= latest.activities
            result.failures |= latest.failures
            for conversation in batch:
                activity = latest.activities.get(conversation.id)
                if self.waiting_for and conversation.id in latest.unread:
                    return conversations[: conversations.index(conversation)]
                result.unread += conversation.id in latest.unread
                if self.waiting_for is None or (
                    activity and waiting_for(activity) == self.waiting_for
                ):
                    result.conversations.append(conversation)
            matching = matching[len(batch) :]
            if matching and len(result.conversations) >= self.limit:
                return conversations[: conversations.index(batch[-1]) + 1]
        return conversations

    def render_first(self, result: ConversationList, presenter: Presenter, count: int) -> str:
        last_id = result.conversations[:count][-1].id
        shortened = replace(
            result,
            conversations=result.conversations[:count],
            next_page_token=join_position(result.page_starts[last_id], last_id),
        )
        return self.render(shortened, presenter)

    def max_items(self, result: ConversationList) -> int:
        return len(result.conversations)

    def _shows_waiting(self, result: ConversationList, presenter: Presenter) -> bool:
        """Return whether the result says of a conversation that it waits for us."""
        return any(
            activity
            and conversation.state(presenter.now) == "open"
            and waiting_for(activity) == "us"
            for conversation in result.conversations
            for activity in [result.activities.get(conversation.id)]
        )

    def render(self, result: ConversationList, presenter: Presenter) -> str:
        conversations = result.conversations
        page_token = page_tokens.next_page_token(self, result.next_page_token)
        has_more = page_token is not None
        names = {
            conversation.id: presenter.people(conversation.participants)
            for conversation in conversations
        }
        return block(
            f"Conversations{', latest activity first' * is_newest_first(item.last_activity_at for item in conversations)}:"
            if conversations
            else EMPTY_PAGE
            if has_more
            else "No matching conversations.",
            *(
                conversation_block(
                    conversation, presenter, activity=result.activities.get(conversation.id)
                )
                for conversation in conversations
            ),
            WAITING_NOTE if self._shows_waiting(result, presenter) else None,
            ACTIVE_NOTE if conversations and self.exclude_inactive else None,
            viewer_note(self.as_user, presenter),
            *not_included(
                (
                    f"the latest message or call of {names.get(conversation_id, conversation_id)}",
                    refusal,
                )
                for conversation_id, refusal in result.failures.items()
            ),
            f"Not read within the time of this call: the latest message or call of {pluralize(result.unread, 'conversation')}."
            if result.unread
            else None,
            omitted_note(result.unreadable_count),
            (
                list_end(page_token)
                if has_more or not result.unreadable_count
                else END_OF_READABLE_RESULTS
            )
            if conversations or has_more or result.unreadable_count
            else None,
        )


def after_id(conversations: list[Conversation], last_id: str | None) -> list[Conversation]:
    """Return the conversations after the one with an id; all if it is not among them."""
    ids = [conversation.id for conversation in conversations]
    return conversations[ids.index(last_id) + 1 :] if last_id in ids else conversations


def split_position(page_token: str | None) -> tuple[str | None, str | None]:
    """Return Quo's token of a page, and the id of the last conversation on it that was looked at."""
    match = POSITION.fullmatch(page_token or "")
    return (match[1] or None, match[2]) if match else (page_token, None)


def join_position(page_start: str | None, last_id: str | None) -> str:
    """Return the token that `split_position` splits."""
    return f"{page_start or ''}~at={last_id}"
