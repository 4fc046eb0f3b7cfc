"""Rendering of what waits for an answer: unanswered messages and missed calls of one conversation.

A digest has many of them, so each is short: names without company and number, and the latest words only.
"""

from collections.abc import Sequence
from datetime import datetime

from quo_mcp.history.answers import Waiting
from quo_mcp.records.calls import Call
from quo_mcp.records.messages import Message
from quo_mcp.tools.rendering import Presenter, block, heading, pluralize
from quo_mcp.tools.rendering.groups import group_label
from quo_mcp.values import times
from quo_mcp.values.untrusted import blockquote

MAX_WORDED = 2  # messages and voicemails shown of one conversation: the latest
MAX_TEXT = 56  # characters of a message, where there are many
MAX_VOICEMAIL_TEXT = 80  # longer, because most begin with a name


def waiting_block(waiting: Waiting, presenter: Presenter, *, usual_inbox: str | None = None) -> str:
    """Render one conversation that waits: since when, with whom, its latest words and its missed calls.

    usual_inbox: the id of the inbox that is not named, because the title names it.
    """
    conversation = waiting.conversation
    calls = [item for item in waiting.items if isinstance(item, Call)]
    silent = [call for call in calls if not transcript_of(call)]
    worded = latest_worded(waiting.items)
    hidden = len(waiting.items) - len(worded) - len(silent)
    reply = waiting.automatic_reply
    people = presenter.short_people(conversation.participants)
    return block(
        heading(
            presenter.time(waiting.since),
            (conversation.name and group_label(conversation)) or people,
            f"on {presenter.inbox_name(conversation.phone_number_id)}"
            if conversation.phone_number_id != usual_inbox
            else None,
            f"assigned to {presenter.teammate(conversation.assigned_to)}"
            if conversation.assigned_to
            else None,
            conversation.id,
        ),
        f"  Not shown: {pluralize(hidden, 'earlier item')}" if hidden else None,
        *(words_of(item, presenter, shown_time=waiting.since) for item in worded),
        silent_calls_line(silent, waiting, presenter),
        attempt_line(waiting.attempt, presenter),
        "  Probably automatic reply" if reply else None,
    )


def latest_worded(items: Sequence[Message | Call]) -> list[Message | Call]:
    """Return the latest messages and voicemails, oldest first; the latest voicemail is always among them."""
    worded = [item for item in items if isinstance(item, Message) or transcript_of(item)]
    voicemails = [item for item in worded if isinstance(item, Call)][-1:]
    others = [item for item in worded if item not in voicemails]
    room = MAX_WORDED - len(voicemails)
    chosen = {item.id for item in [*voicemails, *others[len(others) - min(room, len(others)) :]]}
    return [item for item in worded if item.id in chosen]


def words_of(item: Message | Call, presenter: Presenter, *, shown_time: datetime) -> str:
    """Return the words of a message or voicemail, with a line above a voicemail.

    shown_time: the time in the heading, which is not repeated.
    """
    if isinstance(item, Call):
        voicemail = item.voicemail
        seconds = voicemail.duration if voicemail else None
        length = f" of {times.format_duration(seconds)}" if seconds else ""
        has_own_time = item.created_at and item.created_at != shown_time
        time = f" {presenter.time(item.created_at)}" if item.created_at and has_own_time else ""
        return f"  Missed call{time}, voicemail{length}:\n{blockquote(short_text(transcript_of(item), MAX_VOICEMAIL_TEXT))}"
    if item.text:
        return blockquote(short_text(item.text))
    return f"  {pluralize(len(item.media), 'attachment')}"


def silent_calls_line(calls: Sequence[Call], waiting: Waiting, presenter: Presenter) -> str | None:
    """Return how many missed calls have no words so far, and why; None if all have."""
    if not calls:
        return None
    in_progress = sum(call.voicemail is not None for call in calls)
    unknown = sum(call.voicemail_unknown for call in calls)
    latest = calls[-1].created_at
    is_first = len(waiting.items) == 1
    notes = [
        f"the latest {presenter.time(latest)}" if latest and len(calls) > 1 else "",
        presenter.time(latest) if latest and len(calls) == 1 and not is_first else "",
        f"{pluralize(in_progress, 'voicemail')} not transcribed yet" if in_progress else "",
        f"voicemail unknown for {unknown}" if unknown else "",
    ]
    count = "Missed call" if len(calls) == 1 else f"{len(calls)} missed calls"
    return f"  {', '.join(filter(None, [count, *notes]))}"


def attempt_line(call: Call | None, presenter: Presenter) -> str | None:
    """Return when a teammate called back without an answer; None without such a call."""
    if call is None or call.created_at is None:
        return None
    caller_id = call.initiated_by or call.user_id
    author = f" by {presenter.teammate(caller_id)}" if caller_id else ""
    return f"  Called back {presenter.time(call.created_at)}{author}, no answer"


def transcript_of(call: Call) -> str:
    return (call.voicemail.transcript or "") if call.voicemail else ""


def short_text(text: str, limit: int = MAX_TEXT) -> str:
    """Return a text of at most `limit` characters on one line, cut with an ellipsis."""
    text = " ".join(text.split())
    return text if len(text) <= limit else f"{text[:limit].rstrip()}…"
