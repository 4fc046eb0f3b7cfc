"""What Quo's AI wrote about a call."""

from quo_mcp.records.base import One
from quo_mcp.records.calls import Call, Summary
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.call_rendering import Told, not_made, nothing, of_call
from quo_mcp.tools.calls import made_of
from quo_mcp.tools.context import Quo
from quo_mcp.tools.fields import CallId
from quo_mcp.tools.rendering import View, block, written


class GetCallSummary(Tool[Told[One[Summary]] | Call]):
    """Get a call's summary and next steps: far shorter than its transcript."""

    effect = Effect.READ

    call_id: CallId

    async def run(self, quo: Quo) -> Told[One[Summary]] | Call:
        return await made_of(quo, One[Summary], "call-summaries", self.call_id)

    def render(self, result: Told[One[Summary]] | Call, view: View) -> str:
        if isinstance(result, Call):
            return nothing("summary", result, view)
        found = result.made.data
        if why := not_made("summary", found.status):
            return block(of_call("Summary", self.call_id, result.call, view), why)
        jobs = [
            f"{job.name}: " + ", ".join(f"{fact.name} {fact.value}" for fact in job.result.data)
            for job in found.jobs
        ]
        return block(
            of_call("Summary by Quo's AI", self.call_id, result.call, view),
            written("\n".join(f"- {line}" for line in found.summary)) if found.summary else None,
            "Next steps:" if found.next_steps else "No next steps.",
            written("\n".join(f"- {line}" for line in found.next_steps))
            if found.next_steps
            else None,
            "Done by Sona:" if jobs else None,
            written("\n".join(f"- {line}" for line in jobs)) if jobs else None,
        )
