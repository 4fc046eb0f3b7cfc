"""Whether the missed calls of a list were returned. A call-back counts from any inbox, and up to now."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import anyio

from quo_mcp.directory.directory import Directory
from quo_mcp.errors import Refusal
from quo_mcp.gateway import ApiClient
from quo_mcp.gateway.pages import reading_time
from quo_mcp.history.answers import CallBack, find_call_back
from quo_mcp.history.cursor import Cursor
from quo_mcp.history.feed import FeedPage
from quo_mcp.history.query import MAX_PAGE_SIZE, ActivityQuery, Source
from quo_mcp.records.calls import Call
from quo_mcp.records.record import Page


async def add_call_backs(
    api: ApiClient,
    directory: Directory,
    feed_page: FeedPage[Call],
    person: str,
    inboxes: Sequence[str],
) -> FeedPage[Call]:
    """Return a page of calls with one person, with the call-backs of its missed calls.

    The page itself tells them if it holds all calls up to now. Otherwise one request for each inbox does. A
    missed call of which it remains unknown is not in the mapping.

    person: E.164. inboxes: the ids of all allowed inboxes.
    """
    missed = [call for _, call in feed_page.items if call.is_missed]
    if not missed:
        return replace(feed_page, call_backs={})
    calls, is_complete = [call for _, call in feed_page.items], True
    if not holds_all_calls(feed_page, inboxes):
        calls, is_complete = await read_later_calls(api, directory, person, inboxes, missed)
    return replace(feed_page, call_backs=match_call_backs(missed, calls, is_complete=is_complete))


def holds_all_calls(feed_page: FeedPage[Call], inboxes: Sequence[str]) -> bool:
    """Return whether a page holds every call from its oldest one up to now, on all inboxes."""
    coverage = feed_page.coverage
    read = {source.inbox for source in coverage.read}
    return (
        read >= set(inboxes)
        and coverage.query.until is None
        and coverage.query.predicate is None
        and not coverage.is_continued
    )


async def read_later_calls(
    api: ApiClient,
    directory: Directory,
    person: str,
    inboxes: Sequence[str],
    missed: Sequence[Call],
) -> tuple[list[Call], bool]:
    """Read all calls with a person since the first of the missed ones.

    Returns:
        The calls that could be read, and whether these are all.
    """
    since = min((call.created_at for call in missed if call.created_at), default=None)
    query = ActivityQuery(Page[Call], "calls", MAX_PAGE_SIZE, since)
    pages: list[Page[Call]] = []

    async def read_inbox(inbox: str) -> None:
        try:
            pages.append(await query.fetch_page(api, directory, Source(inbox, (person,)), Cursor()))
        except Refusal:
            return

    with reading_time():
        async with anyio.create_task_group() as task_group:
            for inbox in inboxes:
                task_group.start_soon(read_inbox, inbox)
    is_complete = len(pages) == len(inboxes) and not any(page.next_page_token for page in pages)
    return [call for page in pages for call in page.data], is_complete


def match_call_backs(
    missed: Sequence[Call], calls: Sequence[Call], *, is_complete: bool
) -> Mapping[str, CallBack]:
    """Return what happened after each missed call, by its id.

    is_complete: whether `calls` are all later ones. Without them, only a found call-back is certain.
    """
    call_backs = {call.id: find_call_back(call, calls) for call in missed}
    return {
        call_id: call_back
        for call_id, call_back in call_backs.items()
        if is_complete or call_back.reached
    }
