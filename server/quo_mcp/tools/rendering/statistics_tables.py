"""Statistics as text: totals, a row with a bar per group, and the definitions of the counts."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time
from typing import Final, NamedTuple, TypeVar, cast

from quo_mcp.history.statistics import (
    CallCounts,
    GroupKey,
    MessageCounts,
    Statistics,
    median,
    percentile_90,
)
from quo_mcp.tools.rendering import Presenter, pluralize
from quo_mcp.values import times
from quo_mcp.values.untrusted import quote_inline

MAX_ROWS = 30  # of teammates, inboxes or people
BAR_WIDTH = 12  # of the row with the most
SONA: Final = "SYU"  # the group of the calls that Quo's AI agent took

CALL_DEFINITIONS = (
    "Answered: a teammate spoke. Missed: an incoming call that was neither forwarded nor answered by a teammate or Sona. "
    "Called back: a teammate spoke with the same person on a later call, in either direction, on these inboxes, up to now. "
    "Talk time: the duration of calls on which a teammate spoke. Group calls are not counted: Quo's API does not list them."
)
MESSAGE_DEFINITIONS = (
    "Time to answer: from the first of several incoming messages in a row to a teammate's next message or answered call, on these "
    'inboxes, up to now. Closing words alone ("thanks!") need no answer. Automatic: the same words in several conversations, or a '
    "message within 90 seconds of an incoming item while no teammate was writing. An automatic message is never an answer."
)

Counts = TypeVar("Counts", CallCounts, MessageCounts)


class Rows(NamedTuple):
    """What a row stands for. days: with "day", every day of the span, also those without items."""

    by: str
    days: Sequence[date]


def render_call_statistics(
    statistics: Statistics[CallCounts],
    rows: Rows,
    presenter: Presenter,
    business_hours: str | None,
) -> list[str]:
    """Return the lines of call statistics."""
    total = statistics.total
    parts = [
        f"{total.answered} answered{share(total.answered, total.incoming)}",
        f"{total.by_sona} by Sona" if total.by_sona else None,
        f"{total.missed} missed{share(total.missed, total.incoming)}",
        f"{total.other_incoming} forwarded or in progress" if total.other_incoming else None,
    ]
    lines = [
        f"{total.incoming} incoming: {join(parts)}. {total.outgoing} outgoing: {total.outgoing_answered} answered.",
        f"Talk time: {times.format_duration(total.talk_seconds)}"
        + (f"; by Sona: {times.format_duration(total.sona_seconds)}" if total.by_sona else "")
        + ".",
    ]
    if total.missed:
        called_back = len(total.called_back_after)
        followed = [
            f"{total.voicemails} with a voicemail",
            f"voicemail unknown for {total.voicemails_unknown}"
            if total.voicemails_unknown
            else None,
            f"{called_back} called back{describe_times(total.called_back_after, with_mean=True)}",
            f"{total.tried} called back without an answer" if total.tried else None,
            f"{total.missed - called_back - total.tried} not called back",
        ]
        lines.append(f"Missed: {join(followed)}.")
    return [
        *lines,
        *render_rows(statistics.groups, rows, presenter, call_row, CallCounts),
        CALL_DEFINITIONS + hours_note(business_hours),
    ]


def call_row(counts: CallCounts) -> str:
    incoming = [
        f"{counts.answered} answered" if counts.answered else None,
        f"{counts.by_sona} by Sona" if counts.by_sona else None,
        f"{counts.missed} missed" if counts.missed else None,
        f"{counts.other_incoming} other" if counts.other_incoming else None,
    ]
    called_back = len(counts.called_back_after)
    parts = [
        f"{counts.incoming} incoming ({join(incoming)})" if counts.incoming else None,
        f"{called_back} called back" if called_back else None,
        f"{counts.outgoing} outgoing" if counts.outgoing else None,
        f"talk {times.format_duration(counts.talk_seconds)}" if counts.talk_seconds else None,
    ]
    return join(parts, "; ") or "0"


def render_message_statistics(
    statistics: Statistics[MessageCounts],
    rows: Rows,
    presenter: Presenter,
    business_hours: str | None,
) -> list[str]:
    """Return the lines of message statistics."""
    total = statistics.total
    outgoing = [
        f"{total.automatic} probably automatic" if total.automatic else None,
        f"{total.undelivered} not delivered" if total.undelivered else None,
    ]
    details = join(outgoing)
    answered = f"{pluralize(len(total.answered_after), 'time')}{describe_times(total.answered_after, with_mean=True)}"
    return [
        f"{total.incoming} in, {total.outgoing} out{f' ({details})' if details else ''}.",
        f"First human answer: {answered}; {total.unanswered} not answered yet.",
        *render_rows(statistics.groups, rows, presenter, message_row, MessageCounts),
        MESSAGE_DEFINITIONS + hours_note(business_hours),
    ]


def message_row(counts: MessageCounts) -> str:
    answered = len(counts.answered_after)
    parts = [
        f"{counts.incoming} in" if counts.incoming else None,
        f"{counts.outgoing} out" + (f" ({counts.automatic} automatic)" if counts.automatic else "")
        if counts.outgoing
        else None,
        f"{answered} answered{describe_times(counts.answered_after)}" if answered else None,
        f"{counts.unanswered} not answered" if counts.unanswered else None,
    ]
    return join(parts, "; ") or "0"


def render_rows(
    groups: Mapping[GroupKey, Counts],
    rows: Rows,
    presenter: Presenter,
    row: Callable[[Counts], str],
    empty: Callable[[], Counts],
) -> list[str]:
    """Return a line per group: its name, a bar for its number of items, and its counts."""
    by, days = rows
    largest = max((counts.total for counts in groups.values()), default=0)
    keys: list[GroupKey]
    if by == "day":
        keys = list(days)
    elif by == "hour":
        hours = sorted(cast("Mapping[int, Counts]", groups))
        keys = list(range(hours[0], hours[-1] + 1)) if hours else []
    else:
        names = {key: group_name(by, key, presenter) for key in groups}
        keys = sorted(groups, key=lambda key: (-groups[key].total, names[key]))
    lines = []
    for key in keys[: max(MAX_ROWS, len(days))]:
        counts = groups.get(key) or empty()
        bar = "█" * -(-counts.total * BAR_WIDTH // largest) if largest else ""
        lines.append(" · ".join(filter(None, [group_name(by, key, presenter), bar, row(counts)])))
    rest = keys[max(MAX_ROWS, len(days)) :]
    if rest:
        items = sum(groups[key].total for key in rest)
        lines.append(f"{len(rest)} more rows not shown, with {items} in total.")
    return lines


def group_name(by: str, key: GroupKey, presenter: Presenter) -> str:
    """Return the name of a group as results print it."""
    if isinstance(key, date):
        return presenter.day(datetime.combine(key, time(12), presenter.zone))
    if isinstance(key, int):
        return f"{key:02d}:00"
    if isinstance(key, tuple):
        return presenter.people(key)
    if by == "inbox":
        return presenter.inbox_name(str(key))
    return presenter.teammate(str(key)) if key else "no teammate"


def describe_times(seconds: Sequence[float], *, with_mean: bool = False) -> str:
    """Return ` (mean 58 min, median 42 min, 90th percentile 2 h)`; nothing without times."""
    if not seconds:
        return ""
    mean = (
        f"mean {times.format_duration(round(sum(seconds) / len(seconds)))}, " if with_mean else ""
    )
    return (
        f" ({mean}median {times.format_duration(median(seconds))}, 90th percentile "
        f"{times.format_duration(percentile_90(seconds))})"
    )


def share(part: int, whole: int) -> str:
    """Return ` (74%)`; nothing if there is no whole."""
    return f" ({round(100 * part / whole)}%)" if whole else ""


def hours_note(business_hours: str | None) -> str:
    if not business_hours:
        return ""
    return f" Times to an answer or a call back count only the time within {quote_inline(business_hours)}."


def join(parts: Sequence[str | None], separator: str = ", ") -> str:
    return separator.join(filter(None, parts))
