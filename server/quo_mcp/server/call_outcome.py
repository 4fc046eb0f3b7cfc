"""What became of a tool call: for the audit log, and for programs."""

from typing import Any

from quo_mcp.errors import OutcomeUnknown, PartiallyDone, Refusal
from quo_mcp.safety.send_record import SendRecord, SendState
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.send_preview import SendPreview


def audit_outcome(tool: Tool[Any], result: object) -> tuple[str, str]:
    """Return the audit log's outcome and reason for a call that returned a result.

    Only "sent" and "unknown" stand for a text that went out or may have. Previews and duplicates have other reasons.
    """
    if isinstance(result, SendPreview):
        return "done", "preview"
    if not isinstance(result, SendRecord):
        return "done", ""
    if result.is_duplicate:
        return "done", "repeated"
    is_unknown = tool.effect is Effect.SEND and result.state is SendState.UNKNOWN
    return "unknown" if is_unknown else "done", result.state.value


def is_outcome_unknown(result: object) -> bool:
    """Return whether the result is about a text that may or may not have been sent."""
    if not isinstance(result, SendRecord):
        return False
    return result.state is SendState.UNKNOWN or result.state.is_pending


def audit_outcome_of_refusal(refusal: Refusal) -> str:
    """Return the audit log's outcome for a call that a refusal ended."""
    match refusal:
        case OutcomeUnknown():
            return "unknown"
        case PartiallyDone():
            return "partly done"
    return "refused"
