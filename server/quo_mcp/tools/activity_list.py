"""The base of the tools that list messages or calls, with one person, a group or everyone."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import ClassVar, Generic

from quo_mcp.history.call_backs import add_call_backs
from quo_mcp.history.cursor import Cursor
from quo_mcp.history.everyone_feed import EveryoneFeed
from quo_mcp.history.feed import FeedPage, FeedReader
from quo_mcp.history.query import ActivityQuery, Item
from quo_mcp.history.voicemails import add_voicemails
from quo_mcp.records.calls import Call
from quo_mcp.records.record import Page
from quo_mcp.tools import page_tokens
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.fields import (
    DEFAULT_LIMIT,
    InboxFilter,
    Limit,
    OptionalPersonRef,
    PageToken,
    ReadAsTeammate,
    Since,
    Until,
)
from quo_mcp.tools.rendering import Presenter
from quo_mcp.tools.resolve.inboxes import allowed_inboxes
from quo_mcp.values import times


class ActivityList(Tool[FeedPage[Item]], Generic[Item]):
    """Base of the tools that list messages or calls."""

    effect = Effect.READ
    old_names: ClassVar[Mapping[str, str]] = {"user_id": "as_user"}

    person: str | list[str] | None = None
    inbox: InboxFilter = None
    since: Since = None
    until: Until = None
    as_user: ReadAsTeammate = None
    limit: Limit = DEFAULT_LIMIT
    page_token: PageToken = None

    @property
    def people(self) -> list[str]:
        """The person or group (E.164); empty for everyone."""
        return [self.person] if isinstance(self.person, str) else self.person or []

    async def collect(
        self,
        context: ToolContext,
        page_type: type[Page[Item]],
        resource: str,
        predicate: Callable[[Item], bool] | None = None,
    ) -> FeedPage[Item]:
        """Read the page of the list that the arguments ask for. For the parameters, see `ActivityQuery`.

        Raises:
            InvalidArguments: the page token belongs to another list.
            Refusal: nothing could be read.
        """
        query = ActivityQuery(
            page_type,
            resource,
            limit=self.limit,
            since=datetime.fromisoformat(self.since) if self.since else None,
            until=datetime.fromisoformat(self.until) if self.until else None,
            user_id=self.as_user,
            predicate=predicate,
        )
        account, cursor = context.account, Cursor.parse(self.page_token)
        inboxes = [self.inbox] if self.inbox else None
        if not self.people:
            feed = EveryoneFeed(
                account.api, account.directory, account.passes, account.id, account.now
            )
            return await feed.read(query, inboxes, cursor, context.progress)
        reader = FeedReader(account.api, account.directory, account.now)
        inboxes = inboxes or [inbox.id for inbox in await allowed_inboxes(account)]
        return await reader.read_person(query, self.people, inboxes, cursor)

    def render_first(self, result: FeedPage[Item], presenter: Presenter, count: int) -> str | None:
        shortened = result.first(count, Cursor.parse(self.page_token))
        return self.render(shortened, presenter) if shortened else None

    def next_page_token(self, result: FeedPage[Item]) -> str | None:
        """Return the token of the next page. It holds the start of the period, also if that is the default."""
        since = result.coverage.query.since
        if since is None or self.since:
            return page_tokens.next_page_token(self, result.next)
        tool = self.model_copy(update={"since": times.format_iso(since)})
        return page_tokens.next_page_token(tool, result.next)


class CallList(ActivityList[Call]):
    """Base of the tools that list calls."""

    person: OptionalPersonRef = None

    async def collect_calls(
        self, context: ToolContext, predicate: Callable[[Call], bool] | None
    ) -> FeedPage[Call]:
        """Read a page of calls, with the call-backs and the voicemails of its missed calls. Raises like `collect`."""
        feed = await self.collect(context, Page[Call], "calls", predicate)
        account = context.account
        if self.person:
            inboxes = [inbox.id for inbox in await allowed_inboxes(account)]
            feed = await add_call_backs(
                account.api, account.directory, feed, self.people[0], inboxes
            )
        return await add_voicemails(account.api, feed)
