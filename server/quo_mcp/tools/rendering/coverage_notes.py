"""The sentences that say what a list over many conversations covers, from the data in `history.coverage`."""

from quo_mcp.history.coverage import Coverage
from quo_mcp.tools.rendering import (
    END_OF_READABLE_RESULTS,
    END_OF_RESULTS,
    Presenter,
    list_end,
    not_included,
    pluralize,
)


def coverage_notes(
    coverage: Coverage, presenter: Presenter, label: str, page_token: str | None
) -> list[str]:
    """Return the last lines of a list with everyone: what was read, what is missing, and how to go on.

    label: the items, in plural.
    """
    count = pluralize(len(coverage.read), "conversation")
    lines = []
    if coverage.unlisted:
        lines.append(
            f"Skipped {pluralize(len(coverage.unlisted), 'conversation')} with short codes or hidden numbers: "
            f"Quo does not return their {label}."
        )
    lines += not_included(
        (presenter.people(source.participants), refusal)
        for source, refusal in coverage.failures.items()
    )
    if viewer := viewer_note(coverage.query.user_id, presenter):
        lines.append(viewer)
    if coverage.scan_exhausted:
        return [
            *lines,
            "Incomplete: the account has more conversations than one call can search. Specify inbox or person.",
        ]
    if page_token:
        unread_note = (
            f"; other conversations may have newer {label}"
            if coverage.has_unread_conversations
            else ""
        )
        return [*lines, f"Read {count} so far{unread_note}.", list_end(page_token)]
    end = END_OF_READABLE_RESULTS if coverage.failures else END_OF_RESULTS
    return [*lines, f"{end[:-1]}: {count} read." if not coverage.is_continued else end]


def viewer_note(user_id: str | None, presenter: Presenter) -> str | None:
    """Return a note that `user_id` sets whose access applies and does not filter by author (Quo's API)."""
    if user_id is None:
        return None
    name = presenter.teammate(user_id)
    return f"Read with {name}'s access: includes activity of other teammates on the same numbers."
