"""What Quo's AI wrote about a call."""

from quo_mcp.fields import CallId
from quo_mcp.quo import Quo
from quo_mcp.records import Id, One, Record
from quo_mcp.rendering import View, block, written
from quo_mcp.tool import Effect, Tool
from quo_mcp.tools.call import Call, not_made, nothing
from quo_mcp.tools.calls import made_of


class Fact(Record):
    name: str = ""
    value: str | int | float | bool | None = None


class Facts(Record):
    data: tuple[Fact, ...] = ()


class Job(Record):
    """Something Sona, Quo's agent, did on the call."""

    name: str = ""
    result: Facts = Facts()


class Summary(Record):
    call_id: Id | None = None
    status: str = ""
    summary: tuple[str, ...] = ()
    next_steps: tuple[str, ...] = ()
    jobs: tuple[Job, ...] = ()


class GetCallSummary(Tool[One[Summary] | Call]):
    """Get a call's summary and next steps: far shorter than its transcript."""

    effect = Effect.READ

    call_id: CallId

    async def run(self, quo: Quo) -> One[Summary] | Call:
        return await made_of(quo, One[Summary], "call-summaries", self.call_id)

    def render(self, result: One[Summary] | Call, view: View) -> str:
        if isinstance(result, Call):
            return nothing("summary", result, view)
        if why := not_made("summary", result.data.status):
            return why
        found = result.data
        jobs = [
            f"{job.name}: " + ", ".join(f"{fact.name} {fact.value}" for fact in job.result.data)
            for job in found.jobs
        ]
        return block(
            f"Summary of call {self.call_id}, written by Quo's AI from what was said:",
            written("\n".join(f"- {line}" for line in found.summary)) if found.summary else None,
            "Next steps:" if found.next_steps else "No next steps.",
            written("\n".join(f"- {line}" for line in found.next_steps))
            if found.next_steps
            else None,
            "Done by Sona:" if jobs else None,
            written("\n".join(f"- {line}" for line in jobs)) if jobs else None,
        )
