"""The pages of a list of what waits, which has another order than the reading: the longest waiting first."""

from collections.abc import Sequence

from quo_mcp.history.answers import Waiting
from quo_mcp.history.cursor import Cursor
from quo_mcp.history.span import Collected


def cut_page(
    waiting: Sequence[Waiting], limit: int, cursor: Cursor, collected: Collected
) -> tuple[list[Waiting], Cursor | None]:
    """Return the entries of one page, and where the next one starts.

    Entries of one reading are shown in several pages, and only then the reading goes on. The cursor
    therefore holds which conversations were read, so that the order stays certain.
    """
    position = (cursor.after, cursor.token or "") if cursor.after else None
    if position and collected.coverage.unread:
        return [], cursor  # read again on another server, and not finished in time
    entries = [entry for entry in waiting if position is None or entry.position > position]
    page = entries[:limit]
    read_from = (
        collected.next.conversations_before
        if collected.next
        else cursor.conversations_from or collected.coverage.since
    )
    if len(entries) > limit:
        return page, Cursor(
            page[-1].conversation.id,
            conversations_before=cursor.conversations_before,
            conversations_from=read_from,
            after=page[-1].since,
        )
    if collected.next:
        return page, collected.next
    if cursor.conversations_from and cursor.conversations_from > collected.coverage.since:
        return page, Cursor(conversations_before=cursor.conversations_from)
    return page, None
