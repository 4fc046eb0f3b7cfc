"""Run a tool call step by step, from its arguments to its result text."""

import logging
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, TypeAlias

import mcp_types as types
from mcp.server import ServerRequestContext

from quo_mcp.config.settings import Settings
from quo_mcp.errors import (
    GatewayError,
    OutcomeUnknown,
    PartiallyDone,
    PolicyRefusal,
    Refusal,
    log_crash,
)
from quo_mcp.safety.audit import AuditEntry
from quo_mcp.safety.send_record import SendRecord, SendState
from quo_mcp.server.approval import INPUT_REQUIRED_VERSION, Approvals
from quo_mcp.server.approval_prompt import ApprovalPrompt, RecordingPresenter
from quo_mcp.server.result_text import finalize
from quo_mcp.tools.argument_parsing import parse_arguments
from quo_mcp.tools.base import Effect, Tool, name_of
from quo_mcp.tools.context import ToolContext, presenter_with_names
from quo_mcp.tools.resolve.arguments import participant_numbers, resolve_arguments
from quo_mcp.tools.send_preview import SendPreview

logger = logging.getLogger(__name__)

RequestContext: TypeAlias = ServerRequestContext[ToolContext]

CRASH_MESSAGE = (
    "This tool failed through a fault of its own; calling it again the same way will not help. "
    "If it was to change or send something, look whether it did before trying anything else."
)
RENDER_CRASH_MESSAGE = (
    "This was done, but its result could not be put into words: a fault of this tool's own. Do not do it again; "
    "read it back if its outcome matters."
)

OUTCOME_UNKNOWN_META = {"quo-mcp/outcome": "unknown"}
"""The metadata of a result whose outcome is unknown.

It is not an error, because a model would retry an error. Models do not see metadata; programs do.
"""


async def run_tool(
    tool_class: type[Tool[Any]],
    params: types.CallToolRequestParams,
    request: RequestContext,
    approvals: Approvals,
    *,
    audit_entry: AuditEntry,
    write_guard: AbstractContextManager[None],
) -> types.CallToolResult | types.InputRequiredResult:
    """Run one tool call and return its result, or the question to put to the user first.

    audit_entry: receives the call's fingerprint, recipients and outcome. write_guard: held while the tool runs.
    """
    context = request.lifespan_context
    context = replace(
        context,
        progress=request.session.report_progress,
        notes=[],
        recipient_rules=context.recipient_rules.cached()
        if tool_class.effect is Effect.SEND
        else context.recipient_rules,
    )
    has_run = False
    try:
        if tool_class.effect is not Effect.READ:
            await context.audit.check_writable()
        tool = await resolve_arguments(parse_arguments(tool_class, params.arguments or {}), context)
        audit_entry.fingerprint = context.audit.fingerprint(
            audit_entry.tool, tool.model_dump(mode="json")
        )
        audit_entry.last_digits = tuple(number[-4:] for number in participant_numbers(tool))
        async with context.locks.hold(tool.lock_key()):
            result = await find_previous_result(tool, context)
            if result is None:
                approval = await request_approval(tool, context, request, params, approvals)
                if isinstance(approval, types.InputRequiredResult):
                    audit_entry.outcome = "asked"
                    return approval
                with write_guard:
                    if approval is not None:
                        audit_entry.approved = True
                        context = replace(context, approval_id=approval)
                        if tool_class.effect is not Effect.SEND:
                            await approvals.consume(approval, context.consume_approval)
                    result = await tool.run(context)
            audit_entry.outcome, audit_entry.reason = audit_outcome(tool_class, result)
            has_run = True
        return await render_result(tool, result, context)
    except Refusal as refusal:
        if not has_run:
            audit_entry.outcome, audit_entry.reason = (
                audit_outcome_of_refusal(refusal),
                type(refusal).__name__,
            )
        meta = OUTCOME_UNKNOWN_META if isinstance(refusal, OutcomeUnknown) else None
        return text_result(
            "\n".join([*context.notes, str(refusal)]), context.config, is_error=True, meta=meta
        )
    except Exception as error:  # noqa: BLE001 - the one place where a crash becomes a result
        if not has_run:
            audit_entry.outcome, audit_entry.reason = "crashed", type(error).__name__
        log_crash(logger, name_of(tool_class), error)
        return text_result(
            RENDER_CRASH_MESSAGE if has_run else CRASH_MESSAGE, context.config, is_error=True
        )


async def find_previous_result(tool: Tool[Any], context: ToolContext) -> Any | None:
    """Return the result of an earlier identical call, or None if this call may run.

    Raises:
        Refusal: the recipient rules do not allow it.
    """
    if tool.effect is Effect.READ:
        return None
    result = await tool.previous_result(context)
    if result is None:
        try:
            await context.recipient_rules.check(tool.recipients())
        except GatewayError:
            # The failed check does not matter if another process has sent the text meanwhile.
            result = await tool.previous_result(context)
            if result is None:
                raise
    return result


async def render_result(
    tool: Tool[Any], result: object, context: ToolContext
) -> types.CallToolResult:
    presenter = await presenter_with_names(context)
    text = tool.render(result, presenter)
    full_text = "\n".join(filter(None, [*context.notes, text, presenter.footer()]))
    return text_result(
        full_text, context.config, meta=OUTCOME_UNKNOWN_META if is_outcome_unknown(result) else None
    )


def audit_outcome(tool_class: type[Tool[Any]], result: object) -> tuple[str, str]:
    """Return the audit log's outcome and reason for a call that returned a result.

    Only "sent" and "unknown" stand for a text that went out or may have. Previews and duplicates have other reasons.
    """
    if isinstance(result, SendPreview):
        return "done", "preview"
    if not isinstance(result, SendRecord):
        return "done", ""
    if result.is_duplicate:
        return "done", "repeated"
    is_unknown = tool_class.effect is Effect.SEND and result.state is SendState.UNKNOWN
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


async def request_approval(
    tool: Tool[Any],
    context: ToolContext,
    request: RequestContext,
    params: types.CallToolRequestParams,
    approvals: Approvals,
) -> str | types.InputRequiredResult | None:
    """Ask the user to approve the call, if approval applies to it.

    Returns the approval's id, the question to return to the client, or None if no approval is needed.

    Raises:
        Refusal: the user declined, approval is required but cannot be requested, or the rules no longer allow the call.
    """
    if tool.effect is Effect.READ or not approvals.must_ask(request):
        return None
    await presenter_with_names(context)
    presenter = RecordingPresenter(context.directory, now=context.now(), zone=context.zone)
    text = await tool.approval_prompt(context, presenter)
    if not text:
        return None
    prompt = ApprovalPrompt(text, subject=presenter.subject_of(text), footer=presenter.footer())
    answer = await approvals.ask(tool, prompt, request, params)
    if isinstance(answer, str) and request.protocol_version < INPUT_REQUIRED_VERSION:
        # Rules and data may have changed while the call waited for the answer.
        await request.lifespan_context.recipient_rules.check(tool.recipients())
        if tool.effect is not Effect.SEND and text != await tool.approval_prompt(
            context, presenter
        ):
            raise PolicyRefusal(
                "Nothing was done: what the person was asked about changed while they thought. Call again to ask them anew."
            )
    return answer


def text_result(
    text: str, settings: Settings, *, is_error: bool = False, meta: dict[str, Any] | None = None
) -> types.CallToolResult:
    """Return a tool result of one text block. meta: data for programs only."""
    content = types.TextContent(text=finalize(text, settings))
    return types.CallToolResult(content=[content], is_error=is_error, meta=meta)
