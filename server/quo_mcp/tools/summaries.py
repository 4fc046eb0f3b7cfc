"""The tool that shows a call's AI summary, next steps and Sona's jobs."""

from quo_mcp.history.artifact_lookup import FetchedArtifact, fetch_artifact
from quo_mcp.records.calls import Call, CallSummary
from quo_mcp.records.record import Envelope
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.fields import CallId
from quo_mcp.tools.rendering import Presenter, block
from quo_mcp.tools.rendering.calls import artifact_heading, artifact_status, no_artifact
from quo_mcp.values.untrusted import blockquote


class GetCallSummary(Tool[FetchedArtifact[Envelope[CallSummary]] | Call]):
    """Get the AI summary of a call, its next steps, and what Quo's AI agent Sona did.

    Much shorter than quo_get_call_transcript. Quo creates summaries only on some plans.
    """

    effect = Effect.READ

    call_id: CallId

    async def run(self, context: ToolContext) -> FetchedArtifact[Envelope[CallSummary]] | Call:
        return await fetch_artifact(
            context.account.api, Envelope[CallSummary], "call-summaries", self.call_id
        )

    def render(
        self, result: FetchedArtifact[Envelope[CallSummary]] | Call, presenter: Presenter
    ) -> str:
        if isinstance(result, Call):
            return no_artifact("summary", result, presenter)
        summary = result.artifact.data
        if status_line := artifact_status("summary", summary.status):
            return block(
                artifact_heading("AI summary", self.call_id, result.call, presenter), status_line
            )
        job_lines = [
            f"{job.name}: " + ", ".join(f"{field.name} {field.value}" for field in job.result.data)
            for job in summary.jobs
        ]
        return block(
            artifact_heading("AI summary", self.call_id, result.call, presenter),
            blockquote("\n".join(f"- {line}" for line in summary.summary))
            if summary.summary
            else None,
            "Next steps:" if summary.next_steps else "No next steps.",
            blockquote("\n".join(f"- {line}" for line in summary.next_steps))
            if summary.next_steps
            else None,
            "Completed by Sona:" if job_lines else None,
            blockquote("\n".join(f"- {line}" for line in job_lines)) if job_lines else None,
        )
