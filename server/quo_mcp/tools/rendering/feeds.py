"""Rendering of feeds of messages or calls: lists with one person or group, and what a list covers."""

from collections.abc import Callable, Iterable

from quo_mcp.history.feed import FeedPage
from quo_mcp.history.query import Item
from quo_mcp.tools.rendering import (
    EMPTY_PAGE,
    END_OF_READABLE_RESULTS,
    END_OF_RESULTS,
    Presenter,
    block,
    list_end,
    not_included,
    time_range,
)
from quo_mcp.tools.rendering.coverage_notes import gap_notes, viewer_note


def render_person_feed(
    feed: FeedPage[Item],
    presenter: Presenter,
    render_item: Callable[[Item, str | None], str],
    *,
    label: str,
    names: str,
    relation: str = "with",
    page_token: str | None = None,
    older_hint: str | None = None,
    notes: Iterable[str | None] = (),
    is_uncertain: bool = False,
) -> str:
    """Render a list of messages or calls with one person or group.

    render_item: renders one item; its second argument is the inbox to name, if items are on several.
    label: the plural name of the items, capitalized. names: the participants, rendered.
    relation: the word between the two.
    older_hint: for a section of a larger result: replaces the hint to call again with a page token.
    notes: lines below the items. is_uncertain: whether the notes say that items may be missing.
    """
    coverage = feed.coverage
    query = coverage.query
    inboxes = {source.inbox for source, _ in feed.items}
    show_inbox = len(inboxes) > 1
    subject = f"{label} {relation} {names}{inbox_suffix(feed, presenter)}"
    subject += time_range(presenter, query.since, query.until)
    if feed.next:
        last_line = older_hint or list_end(page_token)
    elif coverage.has_gaps or is_uncertain:
        last_line = END_OF_READABLE_RESULTS
    else:
        is_only_inbox = len(inboxes) == 1 < len(coverage.read) and not coverage.is_continued
        end = f"No older {label[0].lower()}{label[1:]}" if older_hint else END_OF_RESULTS[:-1]
        last_line = f"{end}{'; no matches on your other inboxes' * is_only_inbox}."
    is_partial = is_uncertain or coverage.is_partial(feed.next)
    return block(
        title_line(
            subject,
            has_items=bool(feed.items),
            may_have_more=is_partial,
            is_newest_first=not coverage.is_out_of_order,
        ),
        *(render_item(item, source.inbox if show_inbox else None) for source, item in feed.items),
        *notes,
        viewer_note(query.user_id, presenter),
        *not_included(
            (presenter.inbox_name(source.inbox), refusal)
            for source, refusal in coverage.failures.items()
        ),
        *gap_notes(coverage),
        last_line if feed.items or is_partial else None,
    )


def title_line(
    subject: str, *, has_items: bool, may_have_more: bool, is_newest_first: bool = True
) -> str:
    """Return the first line of a list. subject: what the list holds, capitalized."""
    if has_items:
        order = "newest first" if is_newest_first else "newest first within this page only"
        return f"{subject}, {order}:"
    if may_have_more:
        return f"{subject}: {EMPTY_PAGE[0].lower()}{EMPTY_PAGE[1:]}"
    return f"No {subject[0].lower()}{subject[1:]}."


def inbox_suffix(feed: FeedPage[Item], presenter: Presenter) -> str:
    """Return the inboxes of the items as the end of a title."""
    coverage = feed.coverage
    if coverage.source_count == 1 and coverage.read:
        return f" on {presenter.inbox(coverage.read[0].inbox)}"
    match list({source.inbox for source, _ in feed.items}):
        case []:
            return "" if coverage.failures else " on any inbox"
        case [inbox]:
            return f" on {presenter.inbox(inbox)}"
        case _:
            return " on several inboxes"
