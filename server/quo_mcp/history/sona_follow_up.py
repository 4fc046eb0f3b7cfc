"""The next steps of calls that Quo's AI agent Sona took: one request each, for calls that no person followed up."""

from collections.abc import Sequence
from dataclasses import dataclass

import anyio

from quo_mcp.errors import Refusal
from quo_mcp.gateway import ApiClient
from quo_mcp.gateway.pages import reading_time
from quo_mcp.records.calls import Call, CallSummary
from quo_mcp.records.record import Envelope

MAX_LOOKUPS = 10  # the latest calls; the others are shown without next steps
MAX_CONCURRENT_LOOKUPS = 4


@dataclass(frozen=True)
class SonaCall:
    """A call that Sona took. next_steps: of its summary; None if they are unknown."""

    call: Call
    next_steps: tuple[str, ...] | None


async def add_next_steps(api: ApiClient, calls: Sequence[Call]) -> list[SonaCall]:
    """Return the calls that may need a person: those with next steps, and those whose next steps are unknown."""
    steps: dict[str, tuple[str, ...] | None] = {}
    queue = [call.id for call in calls[-MAX_LOOKUPS:]]

    async def look_up() -> None:
        while queue:
            call_id = queue.pop(0)
            try:
                summary = (await api.get(Envelope[CallSummary], "call-summaries", call_id)).data
            except Refusal:
                continue  # a plan without summaries, or no answer: unknown
            is_known = summary.status == "completed" and not summary.unreadable
            steps[call_id] = summary.next_steps if is_known else None

    with reading_time():
        async with anyio.create_task_group() as task_group:
            for _ in range(MAX_CONCURRENT_LOOKUPS):
                task_group.start_soon(look_up)
    results = [SonaCall(call, steps.get(call.id)) for call in calls]
    return [result for result in results if result.next_steps != ()]
