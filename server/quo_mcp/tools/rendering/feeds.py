"""Rendering of feeds of messages or calls: lists with one person or group, and what a list covers."""

from collections.abc import Callable

from quo_mcp.history.coverage import Coverage
from quo_mcp.history.feed import FeedPage
from quo_mcp.history.query import Item
from quo_mcp.tools.rendering import Presenter, block, pagination_note, pluralize, time_range

MAX_NAMED_FAILURES = 3


def render_person_feed(
    feed: FeedPage[Item],
    presenter: Presenter,
    render_item: Callable[[Item, str | None], str],
    *,
    label: str,
    names: str,
    page_token: str | None = None,
    older_hint: str | None = None,
) -> str:
    """Render a list of messages or calls with one person or group.

    render_item: renders one item; its second argument is the inbox to name, if items are on several.
    label: the plural name of the items, capitalized. names: the participants, rendered.
    older_hint: replaces the hint to call again with a page token.
    """
    query = feed.coverage.query
    range_note = time_range(presenter, query.since, query.until)
    inbox_suffix, notes = inbox_note(feed, presenter, range_note)
    show_inbox = len({source.inbox for source, _ in feed.items}) > 1
    blocks = [
        render_item(item, source.inbox if show_inbox else None) for source, item in feed.items
    ]
    last_line = (feed.next and older_hint) or pagination_note(
        page_token,
        has_items=bool(blocks),
        empty_text=f"No {label.lower()} with {names}{inbox_suffix}{range_note}.",
        complete_text=f"That is all{range_note}." if range_note else f"No older {label.lower()}.",
    )
    title = [f"{label} with {names}{inbox_suffix}, newest first:"] if blocks else []
    return block(*title, *blocks, last_line, *notes, viewer_note(query.user_id, presenter))


def inbox_note(
    feed: FeedPage[Item], presenter: Presenter, range_note: str
) -> tuple[str, list[str]]:
    """Return the inboxes of the items, as the end of a title, and notes about the other inboxes.

    range_note: the requested time range, rendered.
    """
    coverage = feed.coverage
    notes: list[str] = []
    if coverage.source_count == 1:
        return f" on {presenter.inbox(coverage.read[0].inbox)}", notes
    match list({source.inbox for source, _ in feed.items}):
        case []:
            suffix = " on any of your numbers"
        case [inbox]:
            suffix = f" on {presenter.inbox(inbox)}"
            if feed.next is None and len(coverage.read) > 1:
                notes.append(f"There are none on your other numbers{range_note}.")
        case _:
            suffix = " on all your numbers"
    if coverage.failures:
        names = ", ".join(presenter.inbox_name(source.inbox) for source in coverage.failures)
        notes.append(f"Not readable just now, and missing here: what was on {names}.")
    return suffix, notes


def coverage_note(
    coverage: Coverage, presenter: Presenter, label: str, page_token: str | None
) -> str:
    """State what was read of everyone's, what is missing, and how to get the next page.

    label: the items, in plural.
    """
    range_note = time_range(presenter, coverage.query.since, coverage.query.until)
    sentences = [
        f"Read from {pluralize(coverage.source_count, 'thread')} with something new{range_note}."
    ]
    if coverage.unlisted:
        sentences.append(
            f"{pluralize(len(coverage.unlisted), 'thread')} with short codes or hidden numbers left out: Quo lists none of theirs."
        )
    if coverage.failures:
        failed = list(coverage.failures)
        names = "; ".join(
            presenter.people(source.participants) for source in failed[:MAX_NAMED_FAILURES]
        )
        unnamed = len(failed) - MAX_NAMED_FAILURES
        rest = f" and {unnamed} more" if unnamed > 0 else ""
        sentences.append(f"Not readable just now, and missing here: {label} with {names}{rest}.")
    if coverage.has_unread_conversations:
        sentences.append("There are further threads, perhaps with newer ones.")
    if coverage.scan_exhausted:
        sentences.append(
            "The account has more threads than are looked through: name an inbox, or the person."
        )
    elif page_token or not coverage.failures:
        sentences.append(
            pagination_note(
                page_token, has_items=True, empty_text="", complete_text="That is all of them."
            )
        )
    return " ".join(sentences)


def viewer_note(user_id: str | None, presenter: Presenter) -> str | None:
    """Return a note that `user_id` sets whose access applies and does not filter by author (Quo's API)."""
    if user_id is None:
        return None
    name = presenter.teammate(user_id)
    return f"Read as {name} sees it: everything on the numbers {name} uses, whoever of us wrote or answered."
