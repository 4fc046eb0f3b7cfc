"""What happens to a call, in order, from its arguments to its text."""

import logging
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, TypeAlias

import mcp_types as types
from mcp.server import ServerRequestContext

from quo_mcp.config.settings import Config
from quo_mcp.errors import Forbidden, GatewayError, OutcomeUnknown, PartlyDone, Refusal, log_crash
from quo_mcp.safety.audit import Line
from quo_mcp.safety.send_record import SendRecord, State
from quo_mcp.server.approval import MODERN, Approvals
from quo_mcp.server.approval_prompt import Question, Showing
from quo_mcp.server.result_text import worded
from quo_mcp.tools.argument_errors import parse
from quo_mcp.tools.base import Effect, Tool, name_of
from quo_mcp.tools.context import Quo, warmed
from quo_mcp.tools.resolve import people_in, settle
from quo_mcp.tools.send_preview import Draft

logger = logging.getLogger(__name__)

Context: TypeAlias = ServerRequestContext[Quo]

CRASHED = (
    "This tool failed through a fault of its own; calling it again the same way will not help. "
    "If it was to change or send something, look whether it did before trying anything else."
)
UNSHOWN = (
    "This was done, but its result could not be put into words: a fault of this tool's own. Do not do it again; "
    "read it back if its outcome matters."
)

UNKNOWN = {"quo-mcp/outcome": "unknown"}
"""The metadata of an answer after which it is not known whether something was done.

Models do not see it, and must not read an error instead, which they would try again; a program can tell.
"""


async def call(
    tool: type[Tool[Any]],
    params: types.CallToolRequestParams,
    ctx: Context,
    approvals: Approvals,
    *,
    line: Line,
    busy: AbstractContextManager[None],
) -> types.CallToolResult | types.InputRequiredResult:
    """One call.

    line: what the audit log says of it. busy: is held while something is changed or sent.
    """
    quo = ctx.lifespan_context
    quo = replace(
        quo,
        progress=ctx.session.report_progress,
        said=[],
        recipients=quo.recipients.reading_once() if tool.effect is Effect.SEND else quo.recipients,
    )
    ran = False
    try:
        if tool.effect is not Effect.READ:
            await quo.audit.ready()
        asked = await settle(parse(tool, params.arguments or {}), quo)
        line.fingerprint = quo.audit.fingerprint(line.tool, asked.model_dump(mode="json"))
        line.people = tuple(each[-4:] for each in people_in(asked))
        async with quo.turns.of(asked.alone()):
            result = await done_before(asked, quo)
            if result is None:
                answer = await approval(asked, quo, ctx, params, approvals)
                if isinstance(answer, types.InputRequiredResult):
                    line.outcome = "asked"
                    return answer
                with busy:
                    if answer is not None:
                        line.approved = True
                        quo = replace(quo, approval=answer)
                        if tool.effect is not Effect.SEND:
                            await approvals.once(answer, quo.use_up)
                    result = await asked.run(quo)
            line.outcome, line.why = outcome_of(tool, result)
            ran = True
        return await shown(asked, result, quo)
    except Refusal as refusal:
        if not ran:
            line.outcome, line.why = outcome_after(refusal), type(refusal).__name__
        meta = UNKNOWN if isinstance(refusal, OutcomeUnknown) else None
        return said("\n".join([*quo.said, str(refusal)]), quo.config, is_error=True, meta=meta)
    except Exception as fault:  # noqa: BLE001 - the one place where a crash becomes an answer
        if not ran:
            line.outcome, line.why = "crashed", type(fault).__name__
        log_crash(logger, name_of(tool), fault)
        return said(UNSHOWN if ran else CRASHED, quo.config, is_error=True)


async def done_before(asked: Tool[Any], quo: Quo) -> Any | None:
    """The result where an earlier call has done it; None where it may be done now.

    Raises:
        Refusal: it may not.
    """
    if asked.effect is Effect.READ:
        return None
    result = await asked.answered(quo)
    if result is None:
        try:
            await quo.recipients.check(asked.recipients())
        except GatewayError:
            # What could not be asked does not matter where another process has done it meanwhile.
            result = await asked.answered(quo)
            if result is None:
                raise
    return result


async def shown(asked: Tool[Any], result: object, quo: Quo) -> types.CallToolResult:
    view = await warmed(quo)
    text = asked.render(result, view)
    whole = "\n".join(filter(None, [*quo.said, text, view.footer()]))
    return said(whole, quo.config, meta=UNKNOWN if unsettled(result) else None)


def outcome_of(tool: type[Tool[Any]], result: object) -> tuple[str, str]:
    """The audit log's words for a call that gave a result: what became of it, and of a text if it was one.

    Only a line with "sent" or "unknown" stands for a text: a preview, or the answer about an earlier one, does not.
    """
    if isinstance(result, Draft):
        return "done", "preview"
    if not isinstance(result, SendRecord):
        return "done", ""
    if result.repeated:
        return "done", "repeated"
    unsure = tool.effect is Effect.SEND and result.state is State.UNKNOWN
    return "unknown" if unsure else "done", result.state.value


def unsettled(result: object) -> bool:
    """Whether it tells of a text of which it is not known, or not yet, whether it went out."""
    if not isinstance(result, SendRecord):
        return False
    return result.state is State.UNKNOWN or result.state.is_open


def outcome_after(refusal: Refusal) -> str:
    """Its word for a call that a refusal ended: not every one left things as they were."""
    match refusal:
        case OutcomeUnknown():
            return "unknown"
        case PartlyDone():
            return "partly done"
    return "refused"


async def approval(
    asked: Tool[Any],
    quo: Quo,
    ctx: Context,
    params: types.CallToolRequestParams,
    approvals: Approvals,
) -> str | types.InputRequiredResult | None:
    """The id of a person's yes; the question to send back; None where nobody is to be asked.

    Raises:
        Refusal: the person said no, nobody can be asked and somebody must be, or it may no longer be done.
    """
    if asked.effect is Effect.READ or not approvals.asks(ctx):
        return None
    await warmed(quo)
    view = Showing(quo.directory, now=quo.now(), zone=quo.zone)
    text = await asked.question(quo, view)
    if not text:
        return None
    question = Question(text, about=view.about(text), footer=view.footer())
    answer = await approvals.ask(asked, question, ctx, params)
    if isinstance(answer, str) and ctx.protocol_version < MODERN:
        # The call waited for the person: whatever changed meanwhile still counts.
        await ctx.lifespan_context.recipients.check(asked.recipients())
        if asked.effect is not Effect.SEND and text != await asked.question(quo, view):
            raise Forbidden(
                "Nothing was done: what the person was asked about changed while they thought. Call again to ask them anew."
            )
    return answer


def said(
    text: str, config: Config, *, is_error: bool = False, meta: dict[str, Any] | None = None
) -> types.CallToolResult:
    """The one form of every answer: text. meta: what is for programs alone."""
    content = types.TextContent(text=worded(text, config))
    return types.CallToolResult(content=[content], is_error=is_error, meta=meta)
