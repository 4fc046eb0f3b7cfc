"""The tools that list and show calls."""

from typing import Annotated, Literal

from pydantic import Field

from quo_mcp.errors import InvalidArguments
from quo_mcp.history.activity_lookup import fetch_activity
from quo_mcp.history.feed import FeedPage
from quo_mcp.history.voicemails import look_up_voicemails
from quo_mcp.records.calls import Call
from quo_mcp.records.record import Envelope
from quo_mcp.records.workspace import SONA_PREFIX, is_teammate
from quo_mcp.tools.activity_list import CallList
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.fields import CallId, TeammateFilter
from quo_mcp.tools.rendering import Presenter, block, time_range
from quo_mcp.tools.rendering.calls import (
    call_back_note,
    call_block,
    missed_count,
    render_calls_with,
)
from quo_mcp.tools.rendering.coverage_notes import coverage_notes
from quo_mcp.tools.rendering.feeds import title_line


class ListCalls(CallList):
    """List calls, newest first: with one person, or with everyone in the last 7 days.

    Each entry has the time, direction, outcome, duration and call id. Missed calls show whether a voicemail
    was left, and when and by whom they were called back. For what was said, call quo_get_call_summary or
    quo_get_call_transcript.
    """

    missed: Annotated[bool, Field(description="true: only missed calls.")] = False
    direction: Annotated[
        Literal["incoming", "outgoing"] | None,
        Field(description="Only calls in this direction. Default: both."),
    ] = None
    handled_by: Annotated[
        TeammateFilter,
        Field(
            description="Only calls that this teammate made or answered: name, email address or id."
        ),
    ] = None

    async def run(self, context: ToolContext) -> FeedPage[Call]:
        if self.missed and self.handled_by:
            raise InvalidArguments(
                "missed and handled_by cannot be combined: no teammate handles a missed call. Omit one of them."
            )
        if self.missed and self.direction == "outgoing":
            raise InvalidArguments(
                'missed and direction="outgoing" cannot be combined: only incoming calls are missed. Omit one of them.'
            )
        has_filter = self.missed or self.handled_by or self.direction
        predicate = self._matches_filters if has_filter else None
        return await self.collect_calls(context, predicate)

    def _matches_filters(self, call: Call) -> bool:
        direction = "outgoing" if call.direction == "outgoing" else "incoming"
        is_sonas = bool(call.ai_handled) and self.handled_by == SONA_PREFIX
        return (
            (call.is_missed or not self.missed)
            and self.direction in {None, direction}
            and (is_sonas or is_teammate(call.handler_id, self.handled_by))
        )

    def render(self, result: FeedPage[Call], presenter: Presenter) -> str:
        label = "Missed calls" if self.missed else "Calls"
        if self.direction and not self.missed:
            label = f"{self.direction.capitalize()} calls"
        if self.handled_by:
            label += f" handled by {presenter.teammate(self.handled_by)}"
        page_token = self.next_page_token(result)
        if self.person:
            return render_calls_with(
                self.person,
                result,
                presenter,
                label=label,
                only_missed=self.missed,
                page_token=page_token,
            )
        query = result.coverage.query
        subject = label + (f" on {presenter.inbox(self.inbox)}" if self.inbox else "")
        subject += time_range(presenter, query.since, query.until)
        return block(
            title_line(
                subject,
                has_items=bool(result.items),
                may_have_more=result.coverage.is_partial(result.next),
            ),
            *(
                call_block(
                    call,
                    presenter,
                    inbox_id=None if self.inbox else source.inbox,
                    call_back=call_back_note(
                        call, result, presenter, is_one_inbox=bool(self.inbox)
                    ),
                )
                for source, call in result.items
            ),
            missed_count(result, only_missed=self.missed),
            *coverage_notes(result.coverage, presenter, "calls", page_token),
        )


class GetCall(Tool[Envelope[Call]]):
    """Show one call: who called whom, when it was answered and ended, and which teammate took it.

    For what was said, call quo_get_call_summary, quo_get_call_transcript or quo_get_call_voicemail.
    """

    effect = Effect.READ

    call_id: CallId

    async def run(self, context: ToolContext) -> Envelope[Call]:
        call = await fetch_activity(context.account.api, Envelope[Call], "calls", self.call_id)
        [with_voicemail], _ = await look_up_voicemails(context.account.api, [call.data])
        return Envelope(data=with_voicemail)

    def render(self, result: Envelope[Call], presenter: Presenter) -> str:
        call = result.data
        return block(
            call_block(call, presenter, title="Call"),
            f"  On {presenter.inbox(call.phone_number_id)}" if call.phone_number_id else None,
            f"  Answered {presenter.time(call.answered_at)}" if call.answered_at else None,
            f"  Ended {presenter.time(call.completed_at)}" if call.completed_at else None,
        )
