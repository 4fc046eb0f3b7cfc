"""What became of a send, and the next step, in words."""

from collections.abc import Callable
from datetime import UTC, datetime

from quo_mcp.errors import Refusal
from quo_mcp.safety.send_record import SendOutcome, SendRecord, SendState
from quo_mcp.tools.rendering import Presenter


def describe_send(record: SendRecord, presenter: Presenter, *, is_duplicate: bool = False) -> str:
    """Describe the outcome of a send, with the names of its recipients and inbox."""
    return describe(
        record,
        is_duplicate=is_duplicate,
        recipients=f"{presenter.people(record.to)} from {presenter.inbox(record.inbox)}",
        format_time=presenter.time,
    )


def refuse_rejected(outcome: SendOutcome) -> SendOutcome:
    """Return the outcome, unless it is that of an earlier send which was rejected.

    Raises:
        Refusal: nothing was sent, and why.
    """
    if outcome.record.state is SendState.REJECTED:
        raise Refusal(describe(outcome.record))
    return outcome


def describe(
    record: SendRecord,
    *,
    is_duplicate: bool = False,
    recipients: str | None = None,
    format_time: Callable[[datetime], str] | None = None,
) -> str:
    """Return the outcome of a send and the next step, for a model to read.

    is_duplicate: whether it is the earlier send of a text that was to be sent again.
    recipients: how to name the recipients; the default is their numbers.
    format_time: how to write a time; the default is UTC.
    """
    people = recipients or " and ".join(record.to)
    when = (format_time or _format_utc)(record.began_at or record.created_at)
    look_again = f"quo_get_send_status send_id={record.send_id}"
    match record.state:
        case SendState.SENT if is_duplicate:
            another = " and another key, or none" if record.idempotency_key else ""
            return (
                f"Not sent again: the same text already went to {people}, {when}{_status_and_id(record)}. "
                f"To send it once more on purpose, call again with again=true{another}."
            )
        case SendState.SENT:
            return f"Sent to {people}, {when}{_status_and_id(record)}.{_delivery_hint(record)}"
        case SendState.RESERVED | SendState.IN_FLIGHT:
            return (
                f"The text to {people} is being sent right now, since {when}. Do not send it "
                f"again; {look_again} tells what became of it."
            )
        case SendState.UNKNOWN:
            return (
                f"It is not known whether the text to {people} of {when} arrived"
                f"{_reason_in_parentheses(record)}. It may have been sent, so the same text is not sent again, not "
                f"even with again=true; {look_again} will look again. If it stays unknown, only a "
                f"person can give it up, with `quo-mcp sends --give-up {record.send_id}`."
            )
        case SendState.REJECTED:
            return (
                f"The text to {people} of {when} was not sent{_reason_in_parentheses(record)}. Nothing reached "
                "them; it can be sent again once that is mended."
            )
        case SendState.GIVEN_UP:
            return (
                f"A person gave up on the text to {people} of {when}: whether it arrived was never "
                "found out. Ask that person before sending it again."
            )


def _delivery_hint(record: SendRecord) -> str:
    """Point out that accepted is not delivered; without it, a model reports "delivered"."""
    if record.message_id and record.status in {"queued", "sent"}:
        return " quo_get_message tells whether it was delivered."
    return ""


def _format_utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S %Z}"


def _status_and_id(record: SendRecord) -> str:
    known = [f"status {record.status}"] if record.status else []
    known += [f"message {record.message_id}"] if record.message_id else []
    return f" ({', '.join(known)})" if known else ""


def _reason_in_parentheses(record: SendRecord) -> str:
    return f" ({record.reason.rstrip('.')})" if record.reason else ""
