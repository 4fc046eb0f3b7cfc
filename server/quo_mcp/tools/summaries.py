"""The tool that shows the AI summaries, next steps and Sona's jobs of calls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, TypeAlias

import anyio
from pydantic import Field

from quo_mcp.errors import Refusal
from quo_mcp.history.artifact_lookup import FetchedArtifact, fetch_artifact
from quo_mcp.records.calls import Call, CallSummary
from quo_mcp.records.record import Envelope
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.fields import CallId
from quo_mcp.tools.rendering import (
    END_OF_READABLE_RESULTS,
    END_OF_RESULTS,
    Presenter,
    block,
    not_included,
    unreadable_note,
)
from quo_mcp.tools.rendering.calls import artifact_heading, artifact_status, no_artifact
from quo_mcp.values.untrusted import blockquote

MAX_CALLS = 20  # in one tool call: two requests each
SummaryOrCall: TypeAlias = FetchedArtifact[Envelope[CallSummary]] | Call
"""The summary of a call, or the call alone if it has no summary."""


@dataclass(frozen=True)
class CallSummaries:
    """The summaries of several calls.

    summaries: by call id, in the order of the request. failures: why a summary could not be read, by call id.
    """

    summaries: Mapping[str, SummaryOrCall]
    failures: Mapping[str, Refusal] = field(default_factory=dict)


class GetCallSummary(Tool[CallSummaries]):
    """Get the AI summaries of up to 20 calls: next steps, and what Quo's AI agent Sona did.

    Much shorter than quo_get_call_transcript. Quo creates summaries only on some plans.
    """

    effect = Effect.READ

    call_id: Annotated[
        list[CallId],
        Field(min_length=1, max_length=MAX_CALLS, description=f"Ids of 1 to {MAX_CALLS} calls."),
    ]

    async def run(self, context: ToolContext) -> CallSummaries:
        results: dict[str, SummaryOrCall | Refusal] = {}

        async def read(call_id: str) -> None:
            try:
                results[call_id] = await fetch_artifact(
                    context.account.api, Envelope[CallSummary], "call-summaries", call_id
                )
            except Refusal as error:
                results[call_id] = error

        call_ids = list(dict.fromkeys(self.call_id))
        async with anyio.create_task_group() as task_group:
            for call_id in call_ids:
                task_group.start_soon(read, call_id)
        summaries, failures = {}, {}
        for call_id in call_ids:
            result = results[call_id]
            if isinstance(result, Refusal):
                failures[call_id] = result
            else:
                summaries[call_id] = result
        if not summaries:
            raise failures[call_ids[0]]
        return CallSummaries(summaries, failures)

    def render(self, result: CallSummaries, presenter: Presenter) -> str:
        count = len(result.summaries) + len(result.failures)
        if count == 1:
            [(call_id, summary)] = result.summaries.items()
            if isinstance(summary, Call):
                return no_artifact("summary", summary, presenter)
            return render_summary(call_id, summary, presenter)
        return block(
            f"AI summaries of {count} calls, in the order of call_id:",
            *(
                render_summary(call_id, summary, presenter)
                for call_id, summary in result.summaries.items()
            ),
            *not_included(result.failures.items(), max_named=MAX_CALLS),
            END_OF_READABLE_RESULTS if result.failures else END_OF_RESULTS,
        )


def render_summary(call_id: str, result: SummaryOrCall, presenter: Presenter) -> str:
    """Render the summary of one call, or say that it has none."""
    call = result if isinstance(result, Call) else result.call
    title = artifact_heading("AI summary", call_id, call, presenter)
    if isinstance(result, Call):
        return block(title, f"  {no_artifact('summary', result, presenter)}")
    summary = result.artifact.data
    if status_line := artifact_status(summary, "summary", call, presenter):
        return block(title, status_line)
    job_lines = [
        f"{job.name}: " + ", ".join(f"{value.name} {value.value}" for value in job.result.data)
        for job in summary.jobs
    ]
    return block(
        title,
        f"  {unreadable_note(summary)}" if summary.unreadable else None,
        quoted_list(summary.summary),
        "Next steps:" if summary.next_steps else "No next steps.",
        quoted_list(summary.next_steps),
        "Completed by Sona:" if job_lines else None,
        quoted_list(job_lines),
    )


def quoted_list(lines: Sequence[str]) -> str | None:
    """Quote lines that others wrote, one item each; None if there are none."""
    return blockquote("\n".join(f"- {line}" for line in lines)) if lines else None
