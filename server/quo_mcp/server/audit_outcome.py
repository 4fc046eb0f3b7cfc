"""The outcome of a tool call: for the audit log, and for programs."""

from mcp_types import InputRequiredResult

from quo_mcp.errors import OutcomeUnknown, PartiallyDone, Refusal
from quo_mcp.safety.send_record import SendOutcome, SendRecord, SendState
from quo_mcp.tools.send_preview import SendPreview


def audit_outcome(result: object) -> tuple[str, str]:
    """Return the audit log's outcome and reason for a call that returned a result.

    Only "sent" and "unknown" stand for a text that went out or may have. Previews and duplicates have other reasons.
    """
    if isinstance(result, InputRequiredResult):
        return "asked", ""
    if isinstance(result, SendPreview):
        return "done", "preview"
    if isinstance(result, SendRecord):
        return "done", result.state.value
    if not isinstance(result, SendOutcome):
        return "done", ""
    if result.is_duplicate:
        return "done", "repeated"
    state = result.record.state
    return "unknown" if state is SendState.UNKNOWN else "done", state.value


def is_outcome_unknown(result: object) -> bool:
    """Return whether the result is about a text that may or may not have been sent."""
    record = result.record if isinstance(result, SendOutcome) else result
    return isinstance(record, SendRecord) and (
        record.state is SendState.UNKNOWN or record.state.is_pending
    )


def audit_outcome_of_refusal(refusal: Refusal) -> str:
    """Return the audit log's outcome for a call that a refusal ended."""
    if isinstance(refusal, OutcomeUnknown):
        return "unknown"
    return "partly done" if isinstance(refusal, PartiallyDone) else "refused"
