"""The tool that checks the whole setup, and the table of its checks."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.rendering import Presenter, block
from quo_mcp.tools.setup_checks import account_checks, local_checks
from quo_mcp.tools.setup_checks.findings import (
    Finding,
    FindingStatus,
    render_finding,
    summarize,
)
from quo_mcp.tools.setup_checks.setup_reader import SetupReader


class Check(NamedTuple):
    """topic: names the findings. subject: names the check while it runs."""

    topic: str
    subject: str
    run: Callable[[SetupReader], Awaitable[Finding | None]]


NOTHING_CHANGED = "; nothing was changed"
_check_artifacts = account_checks.check_call_artifacts

CHECKS = (
    Check("API key", "the API key", account_checks.check_key),
    Check("Network", "the network", account_checks.check_network),
    Check("Connection", "the connection", account_checks.check_connection),
    Check("Phone numbers", "phone numbers", account_checks.check_numbers),
    Check("Call summaries", "call summaries", partial(_check_artifacts, resource="call-summaries")),
    Check(
        "Call transcripts",
        "call transcripts",
        partial(_check_artifacts, resource="call-transcripts"),
    ),
    Check("State directory", "the state directory", local_checks.check_state_dir),
    Check("Pause", "whether sends are paused", local_checks.check_pause),
    Check("US texting", "US texting", local_checks.check_us_texting),
    Check("Limits", "the sending limits", local_checks.check_send_limits),
    Check("Clock", "the clock", local_checks.check_clock),
    Check("Time zone", "the time zone", local_checks.check_time_zone),
    Check("Assumptions", "what was verified", local_checks.check_assumptions),
)


async def run_checks(context: ToolContext, key_source: str = "") -> AsyncIterator[Finding]:
    """Yield each finding as soon as it is known. key_source: see SetupReader."""
    reader = SetupReader(context, key_source)
    for step, check in enumerate(CHECKS, start=1):
        await context.progress(step, len(CHECKS), f"Checking {check.subject}")
        finding = await check.run(reader)
        if finding is not None:
            # Errors of reads end with this, but a check changes nothing anyway.
            summary = finding.summary.replace(NOTHING_CHANGED, "")
            yield replace(finding, topic=check.topic, summary=summary)


class CheckSetup(Tool[Sequence[Finding]]):
    """Check API key, connection, phone numbers, plan and sending limits, and report what needs fixing.

    Changes and sends nothing. Use it first when other tools fail.
    """

    effect = Effect.READ

    async def run(self, context: ToolContext) -> Sequence[Finding]:
        return [finding async for finding in run_checks(context)]

    def render(self, result: Sequence[Finding], _presenter: Presenter) -> str:
        needs_action = FindingStatus.PROBLEM in {finding.status for finding in result}
        return block(
            summarize(result),
            *map(render_finding, result),
            "Tell the user what to do. Only a person can open links and change settings, billing or permissions."
            if needs_action
            else None,
        )
