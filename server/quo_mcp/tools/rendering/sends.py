"""Describe the outcome of a send and the next step."""

from collections.abc import Callable
from datetime import UTC, datetime

from quo_mcp.errors import Refusal
from quo_mcp.safety.send_record import SendOutcome, SendRecord, SendState
from quo_mcp.tools.rendering import Presenter, format_number


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
    people = recipients or " and ".join(map(format_number, record.to))
    when = (format_time or _format_utc)(record.began_at or record.created_at)
    check_status = f'call quo_get_send_status with send_id="{record.send_id}"'
    match record.state:
        case SendState.SENT if is_duplicate:
            another_key = " and use a new idempotency_key, or omit it" * bool(
                record.idempotency_key
            )
            return (
                f"Not sent again: the same text was already sent to {people} at {when}{_status_and_id(record, label='status when sent:')}\n"
                f"To send it again on purpose, set allow_duplicate{another_key}."
            )
        case SendState.SENT:
            return "\n".join(
                filter(
                    None,
                    [f"Sent to {people} at {when}{_status_and_id(record)}", _delivery_hint(record)],
                )
            )
        case SendState.RESERVED | SendState.IN_FLIGHT:
            return (
                f"In progress: the text to {people} is being sent (started at {when}). Do not send it again. For the outcome, "
                f"{check_status}."
            )
        case SendState.UNKNOWN:
            return (
                f"Outcome unknown: the text to {people} at {when} may have been sent{_reason_in_parentheses(record)}. "
                "Until the outcome is known, the same text is not sent again, even with allow_duplicate. To check again, "
                f"{check_status}. If the outcome stays unknown, only a person can abandon this send, from the command line."
            )
        case SendState.REJECTED:
            return (
                f"Not sent: the text to {people} at {when} was rejected.{_reason_sentence(record)} You can send it "
                "again once the cause is fixed."
            )
        case SendState.GIVEN_UP:
            return (
                f"Outcome unknown: a person abandoned the text to {people} at {when} without knowing whether it "
                "arrived. Ask the person before you send it again."
            )


def _delivery_hint(record: SendRecord) -> str:
    """Point out that accepted is not delivered; without it, a model reports "delivered"."""
    if record.message_id and record.status in {"queued", "sent"}:
        return "Delivery is not confirmed yet. To check it, call quo_get_message."
    return ""


def _format_utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%a %Y-%m-%d %H:%M:%S %Z}"


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
