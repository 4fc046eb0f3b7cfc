"""Describe the outcome of a send and the next step."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from quo_mcp.errors import Refusal
from quo_mcp.safety.send_record import (
    ARRIVED_REASON,
    HOST_RETRY_WINDOW,
    NOT_ARRIVED_REASON,
    DuplicateMatch,
    SendOutcome,
    SendRecord,
    SendState,
)
from quo_mcp.store.loss_guard import DatabaseLoss
from quo_mcp.tools.rendering import PersonQuestion, Presenter
from quo_mcp.values import times
from quo_mcp.values.untrusted import blockquote, inline_number

UTC = ZoneInfo("UTC")
ARRIVED, NOT_ARRIVED, NOT_KNOWN = "It arrived", "It did not arrive", "I don't know"
"""A person's answers about a send whose outcome is unknown."""


def describe_send(
    record: SendRecord, presenter: Presenter, *, duplicate: DuplicateMatch | None = None
) -> str:
    """Describe the outcome of a send, with the names of its recipients and inbox.

    duplicate: in what way another request duplicates this send, if it does.
    """
    if duplicate is DuplicateMatch.REWORDING and not record.state.is_pending:
        return describe_rewording(record, presenter)
    return describe(
        record,
        duplicate=duplicate,
        recipients=f"{presenter.people(record.to)} from {presenter.inbox(record.inbox)}",
        format_time=presenter.time,
    )


def describe_loss(loss: DatabaseLoss, presenter: Presenter) -> str:
    """Describe what happened to the journal, and what is known since."""
    if loss.restored:
        rows = "1 entry was" if loss.restored == 1 else f"{loss.restored:,} entries were"
        known = f"{rows} restored from its second record."
    else:
        known = "Nothing could be restored: earlier sends, and opt-outs that a person added, may be lost."
    return f"The journal of sends was {loss.kind}, noticed at {presenter.time(loss.noticed_at)}. {known}"


def refuse_rejected(outcome: SendOutcome, presenter: Presenter) -> SendOutcome:
    """Return the outcome, unless it is that of an earlier send which was rejected.

    Raises:
        Refusal: nothing was sent, and why.
    """
    if outcome.record.state is SendState.REJECTED:
        record = outcome.record
        recipients = f"{presenter.people(record.to)} from {presenter.inbox(record.inbox)}"
        raise Refusal(describe(record, recipients=recipients, format_time=presenter.zoned_time))
    return outcome


def question_of_arrival(record: SendRecord, presenter: Presenter) -> PersonQuestion | None:
    """Return the question whether a text arrived, if its outcome is unknown."""
    if record.state is not SendState.UNKNOWN:
        return None
    when = presenter.zoned_time(record.began_at or record.created_at)
    return PersonQuestion(
        f"Did this text arrive? Look for it in the conversation in the Quo app.\n\nTo: {presenter.people(record.to)}\n"
        f"From: {presenter.inbox(record.inbox)}\nSent: {when}{_reason_in_parentheses(record)}\n"
        f"Text:\n{blockquote(record.text or '')}\n\n"
        "If it did not arrive, the same text can be sent again.",
        (ARRIVED, NOT_ARRIVED, NOT_KNOWN),
    )


def describe(
    record: SendRecord,
    *,
    duplicate: DuplicateMatch | None = None,
    recipients: str | None = None,
    format_time: Callable[[datetime], str] | None = None,
) -> str:
    """Return the outcome of a send and the next step, for a model to read.

    duplicate: in what way another request duplicates this send, if it does.
    recipients: how to name the recipients; the default is their numbers.
    format_time: how to write a time; the default is UTC.
    """
    people = recipients or " and ".join(map(inline_number, record.to))
    format_time = format_time or _format_utc
    when = format_time(record.began_at or record.created_at)
    check_status = f'call quo_get_send_status with send_id="{record.send_id}"'
    match record.state:
        case SendState.SENT if duplicate:
            return _describe_duplicate(record, duplicate, people, format_time)
        case SendState.SENT:
            return _describe_sent(record, people, when)
        case SendState.RESERVED | SendState.IN_FLIGHT:
            return (
                f"In progress: the text to {people} is being sent (started at {when}). Do not send it again. For the outcome, "
                f"{check_status}."
            )
        case SendState.UNKNOWN:
            return (
                f"Outcome unknown: the text to {people} at {when} may have been sent{_reason_in_parentheses(record)}. "
                "Until the outcome is known, the same text is not sent again, even with allow_duplicate. To check again, "
                f"{check_status}. If the outcome stays unknown, that tool asks the user to decide, if the client can ask."
            )
        case SendState.REJECTED:
            return (
                f"Not sent: the text to {people} at {when} was rejected.{_reason_sentence(record)} You can send it "
                "again once the cause is fixed."
            )
        case SendState.GIVEN_UP:
            return _describe_given_up(record, people, when)


def _describe_given_up(record: SendRecord, people: str, when: str) -> str:
    if record.reason == NOT_ARRIVED_REASON:
        return f"Not delivered: a person said that the text to {people} at {when} did not arrive. The same text can be sent again."
    return (
        f"Outcome unknown: a person abandoned the text to {people} at {when} without knowing whether it "
        "arrived. Ask the user before you send it again."
    )


def describe_rewording(record: SendRecord, presenter: Presenter) -> str:
    """Return why a text was not sent: nearly the same one was."""
    verb = "was" if record.state is SendState.SENT else "may have been"
    return (
        f"Not sent: nearly the same text {verb} sent to them {format_age(record, presenter.now)}:\n"
        f"{presenter.text_of_send(record.text, record.inbox)}\n"
        "To send this text anyway, set allow_duplicate."
    )


def format_age(record: SendRecord, now: datetime) -> str:
    """Return how long ago a text was sent: `40 s ago`. now: aware."""
    seconds = (now - (record.began_at or record.created_at)).total_seconds()
    return "a moment ago" if seconds < 2 else f"{times.format_duration(seconds)} ago"


def _describe_duplicate(
    record: SendRecord, match: DuplicateMatch, people: str, format_time: Callable[[datetime], str]
) -> str:
    """Describe a sent text that another request duplicates, and how to repeat it on purpose."""
    when = format_time(record.began_at or record.created_at)
    status = _status_and_id(record, label="status when sent:")
    text = "the same text was already sent"
    how = "To send it again on purpose, set allow_duplicate."
    if record.is_undelivered:
        status = f" and was not delivered{_status_and_id(record)}"
        how = "To try again on purpose, set allow_duplicate."
    if match is DuplicateMatch.KEY:
        text = "a text with this idempotency_key was already sent"
        how = "To send it again on purpose, set allow_duplicate and use a new idempotency_key, or omit it."
    elif match is DuplicateMatch.REPEAT:
        window = times.format_duration(HOST_RETRY_WINDOW.total_seconds())
        # Times have no seconds, so this is the next full minute.
        free_at = format_time(record.created_at + HOST_RETRY_WINDOW + timedelta(seconds=59))
        text = "the same text was already repeated with allow_duplicate"
        how = (
            f"A further call within {window} counts as a retry of that call. To send the text once more, call again after "
            f"{free_at}."
        )
    return f"Not sent again: {text} to {people} at {when}{status}\n{how}"


def _describe_sent(record: SendRecord, people: str, when: str) -> str:
    """Describe a text that Quo accepted. Accepted is not delivered; without a hint, a model reports "delivered"."""
    if record.is_undelivered:
        return (
            f"Not delivered: Quo accepted the text to {people} at {when}, but it did not arrive{_status_and_id(record)}\n"
            "Check that the number is right and can receive texts. To send the same text again, set allow_duplicate."
        )
    if record.reason == ARRIVED_REASON:
        return f"Sent to {people} at {when}: {ARRIVED_REASON}."
    sent = f"Sent to {people} at {when}{_status_and_id(record)}"
    if record.message_id and record.status in {"queued", "sent"}:
        return f"{sent}\nDelivery is not confirmed yet. To check it, call quo_get_message."
    return sent


def _format_utc(moment: datetime) -> str:
    return times.format_zoned_time(moment, zone=UTC)


def _status_and_id(record: SendRecord, *, label: str = "status") -> str:
    """Return `; status queued · ACda54…`, or a full stop if nothing is known.

    label: what to call the status, which is the one in Quo's reply to the send.
    """
    status = f"; {label} {record.status}" if record.status else ""
    return f"{status} · {record.message_id}" if record.message_id else f"{status}."


def _reason_sentence(record: SendRecord) -> str:
    reason = (record.reason or "").removeprefix("Not sent: ").rstrip(".")
    return f" Reason: {reason}." if reason else ""


def _reason_in_parentheses(record: SendRecord) -> str:
    return f" ({record.reason.rstrip('.')})" if record.reason else ""
