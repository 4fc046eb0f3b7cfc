"""What happens to a call, in order, from its arguments to its text."""

import difflib
import logging
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any, TypeAlias

import mcp_types as types
from mcp.server import ServerRequestContext
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from quo_mcp.answers import warmed, worded
from quo_mcp.config import Config
from quo_mcp.crashes import crashed
from quo_mcp.errors import Misunderstood, OutcomeUnknown, PartlyDone, Refusal
from quo_mcp.outside import inline
from quo_mcp.quo import Quo
from quo_mcp.safety.approval import MODERN, Approvals
from quo_mcp.safety.audit import Line
from quo_mcp.safety.question import Question, Showing
from quo_mcp.safety.sends import SendRecord, State
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
        recipients=quo.recipients.reading_once(),
    )
    ran = False
    try:
        if tool.effect is not Effect.READ:
            await quo.audit.ready()
        asked = await settle(parse(tool, params.arguments or {}), quo)
        line.fingerprint = quo.audit.fingerprint(line.tool, asked.model_dump(mode="json"))
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
            line.outcome, line.why = outcome_of(tool, result)
            ran = True
        view = await warmed(quo)
        text = asked.render(result, view)
        whole = "\n".join(filter(None, [*quo.said, text, view.footer()]))
        return said(whole, quo.config, meta=UNKNOWN if unsettled(result) else None)
    except Refusal as refusal:
        if not ran:
            line.outcome, line.why = outcome_after(refusal), type(refusal).__name__
        meta = UNKNOWN if isinstance(refusal, OutcomeUnknown) else None
        return said("\n".join([*quo.said, str(refusal)]), quo.config, is_error=True, meta=meta)
    except Exception as fault:  # noqa: BLE001 - the one place where a crash becomes an answer
        if not ran:
            line.outcome, line.why = "crashed", type(fault).__name__
        crashed(logger, name_of(tool), fault)
        return said(UNSHOWN if ran else CRASHED, quo.config, is_error=True)


def outcome_of(tool: type[Tool[Any]], result: object) -> tuple[str, str]:
    """The audit log's words for a call that gave a result: what became of it, and of a text if it was one."""
    if not isinstance(result, SendRecord):
        return "done", ""
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
        await ctx.lifespan_context.recipients.check(asked.reaches())
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
        lines.append(f"- {where}: {in_words(tool, where, each)}")
    if len(faults) > COMPLAINTS:
        lines.append(f"- and {len(faults) - COMPLAINTS} more")
    lines.append(f"{name_of(tool)} takes: {', '.join(tool.model_fields) or 'no arguments'}.")
    return "\n".join(lines)


def in_words(tool: type[Tool[Any]], where: str, fault: ErrorDetails) -> str:
    """The validator's complaint as a sentence for the model, with what would do."""
    bounds = fault.get("ctx", {})
    match fault["type"]:
        case "extra_forbidden":
            close = difflib.get_close_matches(where, tool.model_fields, n=1)
            return "is not an argument of this tool" + (
                f"; did you mean {close[0]}?" if close else ""
            )
        case "value_error":
            return fault["msg"].removeprefix("Value error, ")  # our own sentence
        case "string_pattern_mismatch":
            field = tool.model_fields[where]
            like = f" ({field.description})" if "…" in (field.description or "") else ""
            return f"is not such an id{like}: take it from {WHENCE[where]}"
        case kind if plain := PLAINLY.get(kind):
            return plain.format(**bounds)
    plain = fault["msg"].partition(", unable to")[0].replace("Input should be", "should be")
    return inline(plain, 300)


WHENCE = {
    "activity_id": "quo_list_messages or quo_list_calls",
    "call_id": "quo_list_calls",
    "connection_id": "quo_list_connections",
    "contact_id": "quo_find_contacts",
    "conversation_id": "quo_list_conversations",
    "message_id": "quo_list_messages",
    "send_id": "the answer of quo_send_message",
    "task_id": "quo_list_tasks",
    "webhook_id": "quo_list_webhooks",
}
"""Where to get the id that an argument takes."""

PLAINLY = {
    "missing": "is needed",
    "string_type": "takes one text, not a list or anything else",
    "string_too_short": "is empty",  # no text has to be longer than that
    "string_too_long": "is too long: {max_length} characters at most",
    "list_type": "takes a list",
    "too_short": "needs at least {min_length}",
    "too_long": "takes at most {max_length}",
    "dict_type": "takes names with their values, as a JSON object",
    "int_type": "takes a whole number",
    "int_parsing": "takes a whole number",
    "int_parsing_size": "takes a whole number",
    "int_from_float": "takes a whole number",
    "bool_type": "takes true or false",
    "bool_parsing": "takes true or false",
    "greater_than_equal": "is at least {ge}",
    "less_than_equal": "is at most {le}",
    "literal_error": "takes {expected}",
}
"""Complaints of the validator by their kind, with the bounds that it names."""


def said(
    text: str, config: Config, *, is_error: bool = False, meta: dict[str, Any] | None = None
) -> types.CallToolResult:
    """The one form of every answer: text. meta: what is for programs alone."""
    content = types.TextContent(text=worded(text, config))
    return types.CallToolResult(content=[content], is_error=is_error, meta=meta)
