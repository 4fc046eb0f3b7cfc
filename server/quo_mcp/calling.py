"""What happens to a call, in order, from its arguments to its text."""

import difflib
import logging
import traceback
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, TypeAlias

import mcp_types as types
from mcp.server import ServerRequestContext
from pydantic import ValidationError

from quo_mcp.answers import warmed, worded
from quo_mcp.config import Config
from quo_mcp.errors import Misunderstood, Refusal
from quo_mcp.outside import inline
from quo_mcp.quo import Quo
from quo_mcp.safety.approval import MODERN, Approvals
from quo_mcp.safety.audit import Line, fingerprint
from quo_mcp.safety.sends import SendRecord
from quo_mcp.settling import people_in, settle
from quo_mcp.tool import Effect, Tool, name_of

logger = logging.getLogger(__name__)

Context: TypeAlias = ServerRequestContext[Quo]

COMPLAINTS = 5  # of one call that are said at once

CRASHED = (
    "This tool failed through a fault of its own; calling it again the same way will not help. "
    "If it was to change or send something, look whether it did before trying anything else."
)
UNSHOWN = (
    "This was done, but its result could not be put into words: a fault of this tool's own. Do not do it again; "
    "read it back if its outcome matters."
)


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
    quo = replace(ctx.lifespan_context, progress=ctx.session.report_progress, said=[])
    try:
        line.fingerprint = fingerprint(line.tool, params.arguments)
        if tool.effect is not Effect.READ:
            await quo.audit.ready()
        asked = await settle(parse(tool, params.arguments or {}), quo)
        line.fingerprint = fingerprint(line.tool, asked.model_dump(mode="json"))
        line.people = tuple(each[-4:] for each in people_in(asked))
        await quo.recipients.check(asked.reaches())
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
            line.outcome = "done"
            line.why = result.state.value if isinstance(result, SendRecord) else ""
        view = await warmed(quo)
        text = asked.render(result, view)
        return said("\n".join(filter(None, [*quo.said, text, view.footer()])), quo.config)
    except Refusal as refusal:
        line.outcome, line.why = "refused", type(refusal).__name__
        return said("\n".join([*quo.said, str(refusal)]), quo.config, is_error=True)
    except Exception as fault:  # noqa: BLE001 - the one place where a crash becomes an answer
        done = line.outcome == "done"
        if not done:
            line.outcome, line.why = "crashed", type(fault).__name__
        # Where it happened, but not its words: they may hold a number, a text or a secret.
        where = "".join(traceback.format_tb(fault.__traceback__))
        logger.error("%s crashed: %s\n%s", name_of(tool), type(fault).__name__, where)  # noqa: TRY400
        return said(UNSHOWN if done else CRASHED, quo.config, is_error=True)


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
    view = await warmed(quo)
    question = await asked.question(quo, view)
    if not question:
        return None
    shown = "\n".join(filter(None, [question, view.footer()]))
    answer = await approvals.ask(asked, shown, ctx, params)
    if isinstance(answer, str) and ctx.protocol_version < MODERN:
        # The call waited for the person: whatever changed meanwhile still counts.
        await quo.recipients.check(asked.reaches())
    return answer


def parse(tool: type[Tool[Any]], arguments: Mapping[str, Any]) -> Tool[Any]:
    """The call that the arguments make.

    Raises:
        Misunderstood: naming each argument that does not fit.
    """
    try:
        return tool.model_validate(arguments)
    except ValidationError as error:
        raise Misunderstood(complaints(tool, error)) from None


def complaints(tool: type[Tool[Any]], error: ValidationError) -> str:
    """What does not fit, a line each, and what the tool takes."""
    faults = error.errors(include_url=False, include_input=False)
    lines = ["The arguments do not fit:"]
    for each in faults[:COMPLAINTS]:
        where = ".".join(inline(str(part)) for part in each["loc"]) or "arguments"
        lines.append(f"- {where}: {in_words(tool, where, each['type'], each['msg'])}")
    if len(faults) > COMPLAINTS:
        lines.append(f"- and {len(faults) - COMPLAINTS} more")
    lines.append(f"{name_of(tool)} takes: {', '.join(tool.model_fields) or 'no arguments'}.")
    return "\n".join(lines)


def in_words(tool: type[Tool[Any]], where: str, kind: str, message: str) -> str:
    """The validator's message as a sentence for the model; patterns say nothing to it, descriptions do."""
    field = tool.model_fields.get(where)
    match kind:
        case "extra_forbidden":
            close = difflib.get_close_matches(where, tool.model_fields, n=1)
            return "is not an argument of this tool" + (
                f"; did you mean {close[0]}?" if close else ""
            )
        case "missing":
            return "is needed"
        case "string_pattern_mismatch":
            like = (
                field.description if field is not None and "…" in (field.description or "") else ""
            )
            return f"is not an id as Quo has them{f', {like}' * bool(like)}"
        case "string_type":
            return "takes one text, not a list or anything else"
        case "value_error":
            return message.removeprefix("Value error, ")  # our own sentence
    plain = message.partition(", unable to")[0].replace("Input should be", "should be")
    return inline(plain, 300)


def said(text: str, config: Config, *, is_error: bool = False) -> types.CallToolResult:
    """The one form of every answer: text."""
    content = types.TextContent(text=worded(text, config))
    return types.CallToolResult(content=[content], is_error=is_error)
