"""Messages or calls with one person or group: a page of one inbox, or one merged list of all inboxes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

import anyio
from pydantic import Field

from quo_mcp.errors import InvalidArguments, Refusal
from quo_mcp.records.activities import Activity
from quo_mcp.records.base import Page
from quo_mcp.tools import page_tokens
from quo_mcp.tools.activity_query import ActivityQuery, MergedPages, accept_all
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.fields import InboxRef, PageToken, Since, TeammateRef, Until
from quo_mcp.tools.page_tokens import PagePosition
from quo_mcp.tools.rendering import Presenter, block, pagination_note, time_range
from quo_mcp.tools.resolve.inboxes import allowed_inboxes

Item = TypeVar("Item", bound=Activity)
Result = TypeVar("Result")

MAX_CONCURRENT_READS = 4  # more requests would only wait for the rate limit


@dataclass(frozen=True)
class PersonFeed(Generic[Item]):
    """The newest messages or calls with one person or group on several inboxes.

    items: newest first, each with the id of its inbox.
    inboxes_read, inboxes_failed: ids of the inboxes that could and could not be read.
    next_page: the position of the next page, if there is one.
    """

    items: Sequence[tuple[str, Item]]
    inboxes_read: Sequence[str]
    inboxes_failed: Sequence[str]
    next_page: PagePosition | None = None

    @property
    def active_inboxes(self) -> set[str]:
        """Ids of the inboxes that have items here."""
        return {inbox for inbox, _ in self.items}


async def list_with_person(
    context: ToolContext,
    query: ActivityQuery[Item],
    participants: Sequence[str],
    inbox: str | None,
    page_token: str | None,
) -> Page[Item] | PersonFeed[Item]:
    """List messages or calls with these participants, newest first.

    Return one of Quo's pages for a single inbox without a predicate, else a merged feed.

    participants: E.164. inbox: an inbox id; None for all allowed inboxes.

    Raises:
        InvalidArguments: the page token belongs to a single inbox.
        Refusal: no inbox could be read.
    """
    inboxes = [inbox] if inbox else [number.id for number in await allowed_inboxes(context)]
    position = PagePosition.parse(page_token)
    if len(inboxes) == 1 and query.predicate is accept_all:
        return await query.fetch_page(
            context, inboxes[0], participants, token=position.token, before=position.before
        )
    if position.token:
        raise InvalidArguments(
            "That page_token goes with one of your numbers: name the same inbox with it, or leave it out to start with the newest."
        )
    return await list_on_all_inboxes(context, query, participants, inboxes, position)


async def list_on_all_inboxes(
    context: ToolContext,
    query: ActivityQuery[Item],
    participants: Sequence[str],
    inboxes: Sequence[str],
    position: PagePosition,
) -> PersonFeed[Item]:
    """List messages or calls with these participants on several inboxes, merged, newest first.

    Raises:
        Refusal: no inbox could be read.
    """
    merged = MergedPages[str, Item](query)
    failures: dict[str, Refusal] = {}
    limiter = anyio.CapacityLimiter(MAX_CONCURRENT_READS)

    async def read_inbox(inbox: str) -> None:
        async with limiter:
            try:
                merged.add(
                    inbox,
                    await query.fetch_page(context, inbox, participants, before=position.before),
                )
            except Refusal as error:
                failures[inbox] = error

    async with anyio.create_task_group() as task_group:
        for inbox in inboxes:
            task_group.start_soon(read_inbox, inbox)
    if len(failures) == len(inboxes):
        raise next(iter(failures.values()))
    cursor = merged.next_cursor()
    return PersonFeed(
        merged.items,
        inboxes_read=[inbox for inbox in inboxes if inbox not in failures],
        inboxes_failed=[inbox for inbox in inboxes if inbox in failures],
        next_page=PagePosition(before=cursor) if cursor else None,
    )


class ActivityList(Tool[Result]):
    """Base of the tools that list messages or calls."""

    effect = Effect.READ

    person: str | list[str] | None = None
    inbox: InboxRef = None
    since: Since = None
    until: Until = None
    user_id: TeammateRef = None
    limit: Annotated[int, Field(ge=1, le=100, description="At most")] = 20
    page_token: PageToken = None

    def build_query(
        self, page_type: type[Page[Item]], resource: str, *, since: str | None
    ) -> ActivityQuery[Item]:
        return ActivityQuery(
            page_type,
            resource,
            since=since,
            until=self.until,
            user_id=self.user_id,
            limit=self.limit,
        )


def render_list(
    result: Page[Item] | PersonFeed[Item],
    tool: ActivityList[Any],
    presenter: Presenter,
    render_item: Callable[[Item, str | None], str],
    *,
    label: str,
    names: str,
    older_hint: str | None = None,
) -> str:
    """Render a list of messages or calls with one person or group.

    render_item: renders one item; its second argument is the inbox to name, if items are on several.
    label: the plural name of the items, capitalized. names: the participants, rendered.
    older_hint: replaces the hint to call again with a page token.
    """
    range_note = time_range(presenter, tool.since, tool.until)
    next_page: PagePosition | str | None
    if isinstance(result, Page):
        inbox_suffix = f" on {presenter.inbox(tool.inbox)}" if tool.inbox else ""
        blocks = [render_item(item, None) for item in result.data]
        next_page, notes = result.next_page_token, list[str]()
    else:
        inbox_suffix, notes = inbox_note(result, presenter, range_note)
        inbox_suffix = f" on {presenter.inbox(tool.inbox)}" if tool.inbox else inbox_suffix
        show_inbox = len(result.active_inboxes) > 1
        blocks = [render_item(item, inbox if show_inbox else None) for inbox, item in result.items]
        next_page = result.next_page
    last_line = (older_hint if next_page and blocks else None) or pagination_note(
        page_tokens.next_page_token(tool, next_page),
        has_items=bool(blocks),
        empty_text=f"No {label.lower()} with {names}{inbox_suffix}{range_note}.",
        complete_text=f"That is all{range_note}." if range_note else f"No older {label.lower()}.",
    )
    title = [f"{label} with {names}{inbox_suffix}, newest first:"] if blocks else []
    return block(*title, *blocks, last_line, *notes, viewer_note(tool.user_id, presenter))


def inbox_note(
    result: PersonFeed[Item], presenter: Presenter, range_note: str
) -> tuple[str, list[str]]:
    """Return the inboxes of the items, as the end of a title, and notes about the other inboxes.

    range_note: the requested time range, rendered.
    """
    notes: list[str] = []
    match list(result.active_inboxes):
        case []:
            suffix = " on any of your numbers"
        case [inbox]:
            suffix = f" on {presenter.inbox(inbox)}"
            if result.next_page is None and len(result.inboxes_read) > 1:
                notes.append(f"There are none on your other numbers{range_note}.")
        case _:
            suffix = " on all your numbers"
    if result.inboxes_failed:
        names = ", ".join(map(presenter.inbox_name, result.inboxes_failed))
        notes.append(f"Not readable just now, and missing here: what was on {names}.")
    return suffix, notes


def viewer_note(user_id: str | None, presenter: Presenter) -> str | None:
    """Return a note that `user_id` sets whose access applies and does not filter by author (Quo's API)."""
    if user_id is None:
        return None
    name = presenter.teammate(user_id)
    return f"Read as {name} sees it: everything on the numbers {name} uses, whoever of us wrote or answered."
