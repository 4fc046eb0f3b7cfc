"""The tool that counts calls or messages of a period, in total and by group."""

from collections.abc import MutableMapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from quo_mcp.errors import InvalidArguments
from quo_mcp.history.automatic_replies import find_automatic_replies
from quo_mcp.history.coverage import SpanCoverage, VoicemailCoverage
from quo_mcp.history.cursor import Cursor
from quo_mcp.history.first_answers import FirstAnswer
from quo_mcp.history.span import BOTH_RESOURCES, ActivityItem, Collected, SpanQuery
from quo_mcp.history.statistics import (
    CallCounts,
    ElapsedSeconds,
    GroupKey,
    MessageCounts,
    Span,
    Statistics,
    count_calls,
    count_messages,
)
from quo_mcp.history.voicemails import look_up_voicemails
from quo_mcp.records.calls import Voicemail
from quo_mcp.records.conversations import Conversation
from quo_mcp.tools import page_tokens
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.fields import InboxFilter, PageToken, Since, Until
from quo_mcp.tools.rendering import (
    END_OF_READABLE_RESULTS,
    END_OF_RESULTS,
    Presenter,
    block,
    list_end,
)
from quo_mcp.tools.rendering.coverage_notes import span_coverage, voicemail_notes
from quo_mcp.tools.rendering.statistics_tables import (
    Rows,
    render_call_statistics,
    render_message_statistics,
)
from quo_mcp.tools.resolve.inboxes import inbox_scope
from quo_mcp.tools.stats_groups import ONE_MILLISECOND, GroupName, days_of, grouping
from quo_mcp.values import times
from quo_mcp.values.business_hours import BusinessHours, parse_business_hours

DEFAULT_DAYS = 7
MAX_DAYS = 92  # rows by day


@dataclass(frozen=True)
class StatsResult:
    """The counts of a span.

    voicemails: which missed calls were looked up for one.
    next: where to continue, if the time of the call ended before all was read.
    """

    span: Span
    statistics: Statistics[CallCounts] | Statistics[MessageCounts]
    coverage: SpanCoverage
    voicemails: VoicemailCoverage
    next: Cursor | None


class GetStats(Tool[StatsResult]):
    """Count calls (answered, missed, called back, talk time) or messages (in, out, time to the first answer).

    Returns totals, one row per group, and the definitions. For the items themselves, call quo_list_calls or
    quo_list_messages.
    """

    effect = Effect.READ

    kind: Annotated[Literal["calls", "messages"], Field(description="What to count.")]
    by: Annotated[
        GroupName,
        Field(description="How to group the rows; hour is the hour of the day. Default: day."),
    ] = "day"
    since: Annotated[
        Since,
        Field(
            description='Start of the period, e.g. "30d", "yesterday" or "2026-11-25". Default: the start of the day 7 days ago.'
        ),
    ] = None
    until: Until = None
    inbox: InboxFilter = None
    business_hours: Annotated[
        str | None,
        Field(
            max_length=200,
            description='Count only these hours in times to an answer, e.g. "Mon-Fri 9:00-17:30". Default: around the clock.',
        ),
    ] = None
    page_token: PageToken = None

    async def run(self, context: ToolContext) -> StatsResult:
        account = context.account
        hours = parse_business_hours(self.business_hours) if self.business_hours else None
        span = self._span(account.now(), account.zone)
        query = SpanQuery(
            account.id,
            span.start - ONE_MILLISECOND,  # Quo lists what is later than this time
            inboxes=await inbox_scope(self.inbox, account),
            resources=("calls",) if self.kind == "calls" else BOTH_RESOURCES,
        )
        collected = await account.activity_reader.collect(
            query, Cursor.parse(self.page_token), context.progress, cumulative=True
        )
        voicemails = VoicemailCoverage()
        if self.kind == "calls":
            reading_pass = account.passes.find(query)
            known = reading_pass.voicemails if reading_pass else None
            collected, voicemails = await add_all_voicemails(collected, span, context, known)
        return StatsResult(
            span,
            self._count(collected, span, account.zone, hours),
            replace(collected.coverage, since=span.start, until=span.end, is_continued=False),
            voicemails,
            collected.next,
        )

    def _span(self, now: datetime, zone: ZoneInfo) -> Span:
        """Return the period, until now by default.

        Raises:
            InvalidArguments: it has too many days for rows by day.
        """
        today = now.astimezone(zone).date()
        first = datetime.combine(today - timedelta(days=DEFAULT_DAYS), time(), zone)
        start = datetime.fromisoformat(self.since) if self.since else first
        end = datetime.fromisoformat(self.until) if self.until else now
        days = (end - start).days + 1
        if self.by == "day" and days > MAX_DAYS:
            raise InvalidArguments(
                f'by: "day" covers at most {MAX_DAYS} days, and this period has {days}. Use a shorter period, or another by.'
            )
        return Span(start, min(end, now))

    def _count(
        self, collected: Collected, span: Span, zone: ZoneInfo, hours: BusinessHours | None
    ) -> Statistics[CallCounts] | Statistics[MessageCounts]:
        elapsed: ElapsedSeconds = (
            (lambda start, end: hours.seconds_between(start, end, zone))
            if hours
            else (lambda start, end: (end - start).total_seconds())
        )
        group_of = grouping(self.by, zone)
        if self.kind == "calls":
            return count_calls(collected.conversations, span, group_of=group_of, elapsed=elapsed)
        automatic = find_automatic_replies(collected.conversations)

        def group_of_message(conversation: Conversation, item: ActivityItem) -> GroupKey:
            if self.by == "teammate" and item.id in automatic:
                return None
            return group_of(conversation, item)

        def group_of_answer(first_answer: FirstAnswer) -> GroupKey:
            if self.by == "teammate":
                return first_answer.answered_by
            return group_of(first_answer.conversation, first_answer.first)

        return count_messages(
            collected.conversations,
            span,
            automatic,
            group_of=group_of_message,
            group_of_answer=group_of_answer,
            elapsed=elapsed,
        )

    def render(self, result: StatsResult, presenter: Presenter) -> str:
        where = presenter.inbox(self.inbox) if self.inbox else "all inboxes"
        title = (
            f"{self.kind.capitalize()} by {self.by} on {where} from {presenter.time(result.span.start)} to "
            f"{presenter.time(result.span.end)}{' so far' * bool(result.next)}:"
        )
        rows = Rows(self.by, days_of(result.span, presenter.zone) if self.by == "day" else ())
        statistics = result.statistics
        lines = (
            render_call_statistics(statistics, rows, presenter, self.business_hours)
            if isinstance(statistics.total, CallCounts)
            else render_message_statistics(statistics, rows, presenter, self.business_hours)
        )
        since = times.format_iso(result.span.start)
        token = page_tokens.next_page_token(
            self if self.since else self.model_copy(update={"since": since}), result.next
        )
        end = END_OF_RESULTS if result.coverage.is_complete else END_OF_READABLE_RESULTS
        return block(
            title,
            *lines,
            *span_coverage(result.coverage, presenter),
            *voicemail_notes(result.voicemails),
            list_end(token) if token else end,
        )


async def add_all_voicemails(
    collected: Collected,
    span: Span,
    context: ToolContext,
    known: MutableMapping[str, Voicemail | None] | None,
) -> tuple[Collected, VoicemailCoverage]:
    """Return what was collected, with the voicemails of the missed calls in the span. known: from earlier pages."""
    calls = [
        call
        for activity in collected.conversations
        for call in activity.calls
        if call.is_missed and span.holds(call)
    ]
    looked_up, coverage = await look_up_voicemails(context.account.api, calls, known)
    by_id = {call.id: call for call in looked_up}
    return replace(
        collected,
        conversations=[
            replace(activity, calls=[by_id.get(call.id, call) for call in activity.calls])
            for activity in collected.conversations
        ],
    ), coverage
