"""The tool that checks the whole setup, by requests that only read."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from itertools import count
from typing import TypeVar

from quo_mcp.errors import AccessDenied, NotFound, Refusal
from quo_mcp.gateway.connection_choice import QUO_APP, ConnectionList
from quo_mcp.records.calls import Call
from quo_mcp.records.conversations import Conversation
from quo_mcp.records.record import Envelope, Page, Record
from quo_mcp.records.workspace import PhoneNumber
from quo_mcp.safety.send_record import SendRecord
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.rendering import Presenter, block
from quo_mcp.tools.setup_connection import check_connection, check_key, check_numbers
from quo_mcp.tools.setup_findings import (
    Finding,
    FindingStatus,
    check_call_artifacts,
    check_clock,
    check_send_limits,
    check_state_dir,
    check_time_zone,
    check_us_texting,
    render_finding,
)

Result = TypeVar("Result")

STEP_COUNT = 8  # progress reports of one check
MAX_CONVERSATIONS = 10  # conversations searched for calls
MAX_CALLS = 3  # calls whose summary and transcript are requested
# What only some plans include: its name, and the resource to request for a call.
PLAN_FEATURES = (("Call summaries", "call-summaries"), ("Call transcripts", "call-transcripts"))
MAX_SENDS = 2000  # sends read from the journal: more than a daily limit is likely to be
MIN_CALL_SECONDS = 20  # Quo often makes no summary or transcript of shorter calls


class CallArtifact(Record):
    """The status of a call's summary or transcript."""

    status: str = ""


async def run_checks(context: ToolContext) -> AsyncIterator[Finding]:
    """Yield each finding as soon as it is known. All requests only read."""
    errors: list[Refusal] = []
    steps = count(1)

    async def report(subject: str) -> None:
        await context.progress(next(steps), STEP_COUNT, f"Checking {subject}")

    await report("the key")
    connections = await try_request(
        lambda: context.control.get(ConnectionList, "connections", query={"app": QUO_APP}), errors
    )
    yield check_key(context.config, connections if isinstance(connections, Refusal) else None)
    # Quo rejects a key that the control plane rejects. Any other failure there says nothing about Quo.
    if not isinstance(connections, AccessDenied):
        async for finding in check_account(context, connections, report, errors):
            yield finding
    await report("the journal")
    sends, journal_error = await recent_sends(context)
    yield check_state_dir(context.config, journal_error)
    if journal_error is None:
        yield check_us_texting(sends)
        yield check_send_limits(sends, context.config, context.now(), errors)
    await report("the time zone")
    if not context.config.is_sandbox:
        yield check_clock(context.gateway.clock_skew)
    yield check_time_zone(context.config, context.zone.key)


async def check_account(
    context: ToolContext,
    connections: ConnectionList | Refusal,
    report: Callable[[str], Awaitable[None]],
    errors: list[Refusal],
) -> AsyncIterator[Finding]:
    """Yield findings about the connection, and about what the account can read over it."""
    await report("the connection")
    numbers = await try_request(lambda: context.api.get(Page[PhoneNumber], "phone-numbers"), errors)
    is_connected = True
    if not isinstance(connections, Refusal):
        finding = check_connection(
            connections.connections,
            context.config,
            numbers if isinstance(numbers, Refusal) else None,
        )
        is_connected = finding.status is not FindingStatus.PROBLEM
        yield finding
    await report("the numbers")
    yield check_numbers(
        numbers if isinstance(numbers, Refusal) else numbers.data, is_connected=is_connected
    )
    if isinstance(numbers, Refusal):
        return
    await report("what is made of calls")
    calls = await try_request(lambda: recent_calls(context), errors)
    for name, resource in PLAN_FEATURES:
        await report(name.lower())
        status = await artifact_status(context, calls, resource, errors)
        yield check_call_artifacts(name, status)


async def try_request(
    request: Callable[[], Awaitable[Result]], errors: list[Refusal]
) -> Result | Refusal:
    """Return the reply, or the error, which is also added to `errors`."""
    try:
        return await request()
    except Refusal as error:
        errors.append(error)
        return error


async def recent_calls(context: ToolContext) -> list[Call]:
    """Return a few completed calls from the latest conversations."""
    conversations = await context.api.get(
        Page[Conversation], "conversations", query={"maxResults": MAX_CONVERSATIONS}
    )
    calls: list[Call] = []
    for conversation in conversations.data:
        if len(conversation.participants) == 1:  # Quo lists calls with one person at a time
            page = await context.api.get(
                Page[Call],
                "calls",
                query={
                    "phoneNumberId": conversation.phone_number_id,
                    "participants": conversation.participants,
                    "maxResults": 10,
                },
            )
            calls += [
                call
                for call in page.data
                if call.status == "completed" and (call.duration or 0) >= MIN_CALL_SECONDS
            ]
        if len(calls) >= MAX_CALLS:
            break
    return calls[:MAX_CALLS]


async def artifact_status(
    context: ToolContext, calls: Sequence[Call] | Refusal, resource: str, errors: list[Refusal]
) -> str | Refusal | None:
    """Return the first status other than "absent" of the calls' summaries or transcripts.

    Returns "absent" if no call has one, None if there are no calls, and an error if one occurred.
    """
    if isinstance(calls, Refusal):
        return calls
    status: str | None = None
    for call in calls:
        try:
            status = (await context.api.get(Envelope[CallArtifact], resource, call.id)).data.status
        except NotFound:
            status = "absent"
        except Refusal as error:
            errors.append(error)
            return error
        if status != "absent":
            break
    return status


async def recent_sends(context: ToolContext) -> tuple[list[SendRecord], Refusal | None]:
    """Return this account's latest sends, newest first, and the error if the journal is unusable."""
    try:
        sends = await context.outbox.list_recent(MAX_SENDS)
    except Refusal as error:
        return [], error
    return [send for send in sends if send.account == context.account_id], None


class CheckSetup(Tool[Sequence[Finding]]):
    """Check key, connection, plan and limits; say what to mend."""

    effect = Effect.READ

    async def run(self, context: ToolContext) -> Sequence[Finding]:
        return [finding async for finding in run_checks(context)]

    def render(self, result: Sequence[Finding], _presenter: Presenter) -> str:
        problems = [finding.topic for finding in result if finding.status is FindingStatus.PROBLEM]
        title = f"To do: {', '.join(problems)}." if problems else "Nothing has to be done."
        return block(title, *map(render_finding, result))
