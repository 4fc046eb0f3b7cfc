"""The sentences that say what a list over many conversations covers, from the data in `history.coverage`."""

from collections import Counter

from quo_mcp.errors import Refusal
from quo_mcp.history.coverage import Coverage, SpanCoverage, VoicemailCoverage
from quo_mcp.records.assumptions import Assumption
from quo_mcp.tools.rendering import (
    END_OF_READABLE_RESULTS,
    END_OF_RESULTS,
    UNKNOWN_END,
    Presenter,
    failure_reason,
    list_end,
    not_included,
    omitted_note,
    pluralize,
    time_range,
)


def coverage_notes(
    coverage: Coverage,
    presenter: Presenter,
    label: str,
    page_token: str | None,
    *,
    is_uncertain: bool = False,
) -> list[str]:
    """Return the last lines of a list with everyone: what was read, what is missing, and how to go on.

    label: the items, in plural. is_uncertain: whether other lines say that items may be missing.
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
    lines += gap_notes(coverage)
    if viewer := viewer_note(coverage.query.user_id, presenter):
        lines.append(viewer)
    lines += list_failure_note(coverage.list_failure)
    if page_token:
        unread_note = (
            f"; other conversations may have newer {label}"
            if coverage.has_unread_conversations
            else ""
        )
        return [*lines, f"Read {count} so far{unread_note}.", list_end(page_token)]
    is_uncertain |= presenter.is_verified(Assumption.CONVERSATION_TIME) is False
    lines += unverified_note(presenter)
    end = END_OF_READABLE_RESULTS if coverage.has_gaps or is_uncertain else END_OF_RESULTS
    return [*lines, f"{end[:-1]}: {count} read." if not coverage.is_continued else end]


def gap_notes(coverage: Coverage) -> list[str]:
    """Return what could not be read within the lists that were read, one line each."""
    return [
        *filter(None, [omitted_note(coverage.unreadable_count)]),
        *([UNKNOWN_END] if coverage.has_unknown_end else ()),
    ]


def viewer_note(user_id: str | None, presenter: Presenter) -> str | None:
    """Return a note that `user_id` sets whose access applies and does not filter by author (Quo's API)."""
    if user_id is None:
        return None
    name = presenter.teammate(user_id)
    return f"Read with {name}'s access: includes activity of other teammates on the same inboxes."


def span_coverage(coverage: SpanCoverage, presenter: Presenter) -> list[str]:
    """Return the lines that say what an answer over many conversations covers, the same in every such answer."""
    inboxes = (
        ", ".join(map(presenter.inbox_name, coverage.inboxes))
        if coverage.inboxes
        else "all inboxes"
    )
    skipped = ", ".join(f"{count} {reason}" for reason, count in coverage.skipped.items())
    is_verified = presenter.is_verified(Assumption.CONVERSATION_TIME)
    verdict = "complete" if coverage.is_complete and is_verified is not False else "PARTIAL"
    if coverage.is_continued:
        verdict = f"this page only, {verdict}"
    if coverage.is_complete and is_verified:
        verdict += " (verified on this account)"
    has_more = coverage.unread or not (coverage.is_list_complete or coverage.list_failure)
    what_was_read = f"{pluralize(coverage.read, 'conversation')} read"
    what_was_read += ", the latest first; others are left" if has_more else ""
    what_was_read += f"; not opened: {skipped}" if skipped else ""
    span = time_range(presenter, coverage.since, coverage.until)
    lines = [f"Coverage: {verdict}{span} on {inboxes}: {what_was_read}."]
    if coverage.unlisted:
        lines.append(
            f"Not supported by Quo's API: {pluralize(len(coverage.unlisted), 'conversation')} with short codes or hidden numbers."
        )
    lines += not_included(
        (presenter.people(conversation.participants), refusal)
        for conversation, refusal in coverage.failures.items()
    )
    lines += filter(None, [omitted_note(coverage.unreadable_count)])
    lines += unverified_note(presenter)
    return lines + list_failure_note(coverage.list_failure)


def unverified_note(presenter: Presenter) -> list[str]:
    """Return a line if, on this account, a new message does not always move its conversation's time."""
    if presenter.is_verified(Assumption.CONVERSATION_TIME) is not False:
        return []
    return [
        "On this account, new messages do not always update their conversation (see quo-mcp doctor --live): some may be missing."
    ]


def list_failure_note(failure: Refusal | None) -> list[str]:
    """Return a line that the list of conversations ended early, and why; nothing if it did not."""
    if failure is None:
        return []
    return [f"Not included ({failure_reason(failure)}): the rest of the conversations."]


def voicemail_notes(coverage: VoicemailCoverage) -> list[str]:
    """Return why it is unknown for some missed calls whether they have a voicemail."""
    reasons = Counter(map(failure_reason, coverage.failures.values()))
    if coverage.skipped:
        reasons["not looked up in time"] = len(coverage.skipped)
    return [
        f"Voicemail unknown for {pluralize(count, 'missed call')} ({reason})."
        for reason, count in reasons.items()
    ]
