"""Run a tool call: parse its arguments, resolve them, check it, ask the person where that applies, run it, render.

`run_tool` is the list of the steps, and the functions below it are the steps in that order.
"""

import logging
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from typing import Any, TypeAlias

import mcp_types as types
from mcp.server import ServerRequestContext

from quo_mcp.config.settings import Settings
from quo_mcp.errors import GatewayError, OutcomeUnknown, PolicyRefusal, Refusal, log_crash
from quo_mcp.safety.audit import AuditEntry, AuditLog
from quo_mcp.server.approval import (
    APPROVAL_USED_MESSAGE,
    INPUT_REQUIRED_VERSION,
    Approvals,
    PreviewText,
)
from quo_mcp.server.approval_code import split_code
from quo_mcp.server.approval_prompt import ApprovalPrompt, RecordingPresenter
from quo_mcp.server.approval_seal import PREVIEW_PREFIX
from quo_mcp.server.audit_outcome import audit_outcome, audit_outcome_of_refusal, is_outcome_unknown
from quo_mcp.server.call_deadline import CallDeadline
from quo_mcp.server.result_text import (
    MAX_BYTES,
    RESERVED_BYTES,
    render_within,
    text_result,
)
from quo_mcp.tools.argument_parsing import parse_arguments
from quo_mcp.tools.base import Effect, Tool, name_of
from quo_mcp.tools.context import Account, ToolContext, presenter_with_names
from quo_mcp.tools.rendering import block
from quo_mcp.tools.rendering.sends import describe_loss
from quo_mcp.tools.resolve.arguments import participant_numbers, resolve_arguments
from quo_mcp.tools.resolve.resolution import carry_notes
from quo_mcp.values.untrusted import byte_count, inline

logger = logging.getLogger(__name__)

RequestContext: TypeAlias = ServerRequestContext[Account]

CRASH_MESSAGE = (
    "This tool failed because of an internal error in this server. Calling it again with the same arguments is unlikely to "
    "help. If the call was meant to change or send something, check whether it did before you try anything else."
)
READ_CRASH_MESSAGE = (
    "This tool failed because of an internal error in this server. Nothing was changed: it only reads. Calling it again with "
    "the same arguments is unlikely to help; try a smaller limit, another time range or another tool."
)
RENDER_CRASH_MESSAGE = (
    "The call was carried out, but its result could not be displayed because of an internal error in this server. "
    "Do not repeat the call. If you need the outcome, read it back."
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
    optional_wait: AbstractContextManager[None],
) -> types.CallToolResult | types.InputRequiredResult:
    """Run one tool call and return its result, or the question to put to the user first.

    A step ends the call only by raising a refusal. The notes gathered until then go with it.

    audit_entry: receives the call's fingerprint, recipients and outcome. write_guard: held while the tool runs.
    optional_wait: ends early, without an error, when the server shuts down.
    """
    account = request.lifespan_context
    context = ToolContext(account, progress=request.session.report_progress)
    deadline = CallDeadline(account)
    has_run = False
    try:
        arguments, code = split_code(tool_class, params.arguments or {}, account.settings)
        parsed_tool, client_notes = parse_arguments(tool_class, arguments)
        with carry_notes(client_notes):
            tool, notes = await deadline.finish(resolve_arguments(parsed_tool, context))
        record_arguments(audit_entry, tool, account.audit)
        check_teammate(tool, account)
        with carry_notes((*client_notes, *notes)):
            async with account.locks.hold(tool.lock_key()):
                result = await find_previous_result(tool, context)
                notes = (*notes, *await journal_notes(tool, account))
                if result is None:
                    result, recipient_notes = await check_recipients(tool, context, params)
                    notes = (*notes, *recipient_notes)
                if result is None:
                    if tool.effect is not Effect.READ:
                        await account.audit.check_writable()
                    with deadline.exclude():
                        approval = await request_approval(
                            tool, context, request, params, approvals, notes=notes, code=code
                        )
                    if isinstance(approval, types.InputRequiredResult | PreviewText):
                        audit_entry.outcome = "asked"
                        return question_result(approval, tool, account)
                    with write_guard:
                        context = await use_approval(approval, tool, context, audit_entry)
                        if tool.effect is not Effect.READ and not tool.is_rehearsal:
                            await account.audit.begin(audit_entry)
                        result = await deadline.run(tool, context)
                audit_entry.outcome, audit_entry.reason = audit_outcome(result)
                has_run = True
            result = await settle_with_person(tool, result, context, request, params, approvals)
            audit_entry.outcome, audit_entry.reason = audit_outcome(result)
            with optional_wait:
                result = await deadline.follow_up(tool, result, context)
            return await render_result(tool, result, (*client_notes, *notes), account)
    except Refusal as refusal:
        if not has_run:
            audit_entry.outcome = audit_outcome_of_refusal(refusal)
            audit_entry.reason = type(refusal).__name__
        return refusal_result(refusal, account.settings)
    except Exception as error:  # noqa: BLE001 - the one place where a crash becomes a result
        if not has_run:
            audit_entry.outcome, audit_entry.reason = "crashed", type(error).__name__
        log_crash(logger, name_of(tool_class), error)
        message = crash_message(tool_class.effect, has_run=has_run)
        return text_result(message, account.settings, is_error=True)


def crash_message(effect: Effect, *, has_run: bool) -> str:
    """Return what the model reads after a crash. has_run: whether only the rendering failed."""
    if effect is Effect.READ:
        return READ_CRASH_MESSAGE
    return RENDER_CRASH_MESSAGE if has_run else CRASH_MESSAGE


def record_arguments(audit_entry: AuditEntry, tool: Tool[Any], audit: AuditLog) -> None:
    """Write the resolved arguments to the audit entry: their fingerprint, and the ends of the numbers."""
    arguments = tool.model_dump(mode="json")
    audit_entry.fingerprint = audit.fingerprint(audit_entry.tool, arguments)
    audit_entry.last_digits = tuple(number[-4:] for number in participant_numbers(tool))


def check_teammate(tool: Tool[Any], account: Account) -> None:
    """Check that a person who signed in reads and sends as themselves.

    Raises:
        PolicyRefusal: the call names another teammate.
    """
    member, as_user = account.member, getattr(tool, "as_user", None)
    if member and as_user not in {None, member.user_id} and not member.may_act_as_others:
        raise PolicyRefusal(
            f"Not done: as_user names another teammate, and you are signed in as {inline(member.principal.name)}. Leave out as_user."
        )


async def find_previous_result(tool: Tool[Any], context: ToolContext) -> Any | None:
    """Return the result of an earlier identical call, or None if there is none."""
    if tool.effect is Effect.READ:
        return None
    if tool.effect is Effect.SEND:
        # A rehearsal names what would block the send, of which this is one.
        with suppress(Refusal) if tool.is_rehearsal else nullcontext():
            await context.account.clock.confirm()
            await context.account.identity.identify()
    return await tool.previous_result(context)


async def journal_notes(tool: Tool[Any], account: Account) -> tuple[str, ...]:
    """Return a note if the journal of sends was lost lately, and the call sends something."""
    loss = await account.outbox.find_loss() if tool.effect is Effect.SEND else None
    if loss is None:
        return ()
    return (f"{describe_loss(loss, account.presenter())} Tell the user to run `quo-mcp doctor`.",)


async def check_recipients(
    tool: Tool[Any], context: ToolContext, params: types.CallToolRequestParams
) -> tuple[Any | None, tuple[str, ...]]:
    """Check the recipient rules, and return the notes about the recipients.

    The first part of the result is that of an earlier identical call which the conversation shows, or None.

    If the check fails because Quo cannot be read, it does not matter where another process has sent the
    text meanwhile: its result is returned then.

    Raises:
        Refusal: the recipient rules do not allow the call.
    """
    if not tool.recipients():
        return None, ()
    is_answered = bool(params.input_responses)  # a person has decided since the first check
    try:
        notes = await context.recipient_rules.check(
            tool.recipients(), tool.sending_inbox(), read_again=is_answered
        )
        return await tool.result_in_conversation(context), notes
    except GatewayError:
        result = await find_previous_result(tool, context)
        if result is None:
            raise
        return result, ()


async def request_approval(
    tool: Tool[Any],
    context: ToolContext,
    request: RequestContext,
    params: types.CallToolRequestParams,
    approvals: Approvals,
    *,
    notes: Sequence[str],
    code: str | None = None,
) -> str | types.InputRequiredResult | PreviewText | None:
    """Ask the user to approve the call, if approval applies to it.

    Returns the approval's id, the question or the preview to return to the client, or None if no approval is required.
    notes: sentences that the question ends with. code: the code of a preview, if the call has one.

    Raises:
        Refusal: the user declined, approval is required but cannot be requested, or the rules no longer allow the call.
    """
    if tool.effect is Effect.READ or not approvals.must_ask(request):
        return None
    account = context.account
    await presenter_with_names(account)
    presenter = RecordingPresenter(account.directory, now=account.now(), zone=account.zone)
    text = await tool.approval_prompt(context, presenter)
    if not text:
        return None
    prompt = ApprovalPrompt(
        block(text, *notes),
        subject=presenter.subject_of(text),
        footer=presenter.footer(),
        can_shorten=tool.effect is Effect.DELETE,
    )
    answer = await approvals.ask(tool, prompt, request, params, code=code)
    if isinstance(answer, PreviewText):
        return answer
    if isinstance(answer, str) and request.protocol_version < INPUT_REQUIRED_VERSION:
        # Rules and data may have changed while the call waited for the answer.
        await account.recipient_rules.check(
            tool.recipients(), tool.sending_inbox(), read_again=True
        )
        if tool.effect is not Effect.SEND and text != await tool.approval_prompt(
            context, presenter
        ):
            raise PolicyRefusal(
                "Not done: the item changed while the person was deciding, so their approval no longer applies. Call again to ask "
                "them about the current version."
            )
    return answer


def question_result(
    question: types.InputRequiredResult | PreviewText, tool: Tool[Any], account: Account
) -> types.CallToolResult | types.InputRequiredResult:
    """Return the question, or the preview as a result."""
    if not isinstance(question, PreviewText):
        return question
    return with_structure(text_result(question, account.settings), tool, question, account)


async def use_approval(
    approval_id: str | None, tool: Tool[Any], context: ToolContext, audit_entry: AuditEntry
) -> ToolContext:
    """Return the context of an approved call. A send uses the approval up itself, as it is recorded.

    Raises:
        PolicyRefusal: the approval was already used.
    """
    if approval_id is None:
        return context
    audit_entry.approved = not approval_id.startswith(PREVIEW_PREFIX)  # by a person
    if tool.effect is not Effect.SEND and not await context.account.consume_approval(approval_id):
        raise PolicyRefusal(APPROVAL_USED_MESSAGE)
    return replace(context, approval_id=approval_id)


async def settle_with_person(  # noqa: PLR0917 - what a question needs
    tool: Tool[Any],
    result: Any,
    context: ToolContext,
    request: RequestContext,
    params: types.CallToolRequestParams,
    approvals: Approvals,
) -> Any | types.InputRequiredResult:
    """Ask the user what the result leaves open for a person, and return the result with their answer.

    Returns the question where the client repeats the call with the answer.
    """
    account = context.account
    if account.member and not account.member.may_act_as_others:
        return result  # who settles a send decides for all
    if tool.question(result, account.presenter()) is None:
        return result
    question = tool.question(result, await presenter_with_names(account))
    choice = question and await approvals.choose(tool, question, request, params)
    if isinstance(choice, types.InputRequiredResult):
        return choice
    return await tool.settle(result, choice, context) if choice else result


async def render_result(
    tool: Tool[Any], result: object, notes: Sequence[str], account: Account
) -> types.CallToolResult | types.InputRequiredResult:
    """Return the result as text: the notes, what the tool renders, and the footer. A question stays as it is."""
    if isinstance(result, types.InputRequiredResult):
        return result
    presenter = await presenter_with_names(account)
    max_bytes = MAX_BYTES - RESERVED_BYTES - byte_count("\n".join(notes))
    text = render_within(tool, result, presenter, max_bytes)
    full_text = "\n".join(filter(None, [*notes, text, presenter.footer()]))
    meta = OUTCOME_UNKNOWN_META if is_outcome_unknown(result) else None
    return with_structure(
        text_result(full_text, account.settings, meta=meta), tool, result, account
    )


def with_structure(
    text_only: types.CallToolResult, tool: Tool[Any], result: object, account: Account
) -> types.CallToolResult:
    """Return a result with data for programs, if the settings switch it on and the tool has any."""
    if not account.settings.structured:
        return text_only
    from quo_mcp.server.structured_results import structured_content  # noqa: PLC0415 - off by default

    return text_only.model_copy(update={"structured_content": structured_content(tool, result)})


def refusal_result(refusal: Refusal, settings: Settings) -> types.CallToolResult:
    """Return a refusal as an error for the model, with the notes that it carries."""
    meta = OUTCOME_UNKNOWN_META if isinstance(refusal, OutcomeUnknown) else None
    text = "\n".join([*refusal.notes, str(refusal)])
    return text_result(text, settings, is_error=True, meta=meta)
