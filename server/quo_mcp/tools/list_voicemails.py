"""The tool that lists voicemails with their words, and whether they were returned."""

from dataclasses import replace
from typing import Annotated

import anyio
from pydantic import Field

from quo_mcp.errors import Refusal
from quo_mcp.history.activity_reader import reading_deadline
from quo_mcp.history.coverage import VoicemailCoverage
from quo_mcp.history.cursor import Cursor
from quo_mcp.history.feed import FeedPage
from quo_mcp.records.calls import Call
from quo_mcp.tools.activity_list import CallList
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.fields import DEFAULT_LIMIT
from quo_mcp.tools.rendering import Presenter, block, failure_reason, pluralize, time_range
from quo_mcp.tools.rendering.calls import call_back_note, call_block
from quo_mcp.tools.rendering.coverage_notes import coverage_notes
from quo_mcp.tools.rendering.feeds import render_person_feed, title_line
from quo_mcp.values import times
from quo_mcp.values.untrusted import blockquote

MAX_PAGES = 10  # of missed calls, read by one call
RETURNED_NOTE = "Returned means called back, or called again and answered. Texts are not counted; for these, see quo_list_messages."


class ListVoicemails(CallList):
    """List voicemails, newest first: transcript, duration, and when and by whom the caller was called back.

    From everyone in the last 7 days, or from one person. For links to the recordings, call
    quo_get_call_voicemail.
    """

    includes = ("quo_list_calls", "quo_get_call_voicemail")

    not_returned: Annotated[
        bool, Field(description="true: only voicemails of callers who were not called back.")
    ] = False

    async def run(self, context: ToolContext) -> FeedPage[Call]:
        """Read missed calls until `limit` voicemails are found, all calls are read, or the time for reading is over."""
        deadline, position = reading_deadline(Cursor()), Cursor.parse(self.page_token)
        result = await self.read_page(context, position, self.limit)
        for _ in range(MAX_PAGES - 1):
            found_count = len(self.select_voicemails(result).items)
            if found_count >= self.limit or not result.next or anyio.current_time() >= deadline:
                break
            since = result.coverage.query.since
            later = self.model_copy(
                update={
                    "page_token": str(result.next),
                    "limit": max(self.limit, DEFAULT_LIMIT),
                    "since": times.format_iso(since) if since else None,
                }
            )
            try:
                page = await later.read_page(context, result.next, self.limit - found_count)
            except Refusal:
                break  # the next call starts where this one stopped, and names the failure
            result = joined(result, page)
        return result

    async def read_page(self, context: ToolContext, position: Cursor, count: int) -> FeedPage[Call]:
        """Read a page of missed calls, up to its voicemail number `count`."""
        page = await self.collect_calls(context, lambda call: call.is_missed)
        return self._first_voicemails(page, count, position)

    def _first_voicemails(
        self, page: FeedPage[Call], count: int, position: Cursor
    ) -> FeedPage[Call]:
        """Return the page up to its voicemail number `count`; the whole page if it cannot be divided there."""
        wanted = [
            index for index, (_, call) in enumerate(page.items) if self._is_wanted(call, page)
        ]
        shortened = page.first(wanted[count - 1] + 1, position) if len(wanted) > count else None
        if shortened is None:
            return page
        ids = {call.id for _, call in shortened.items}
        lookups = page.coverage.voicemails or VoicemailCoverage()
        voicemails = VoicemailCoverage(
            {call_id: error for call_id, error in lookups.failures.items() if call_id in ids},
            [call_id for call_id in lookups.skipped if call_id in ids],
        )
        return replace(shortened, coverage=replace(shortened.coverage, voicemails=voicemails))

    def render(self, result: FeedPage[Call], presenter: Presenter) -> str:
        lookups = result.coverage.voicemails or VoicemailCoverage()
        with_voicemail = self.select_voicemails(result)
        label = "Unreturned voicemails" if self.not_returned else "Voicemails"
        page_token = self.next_page_token(result)
        notes = [
            *lookup_notes(lookups),
            f"Missed calls checked: {len(result.items) - len(lookups.unknown)}.",
            RETURNED_NOTE if with_voicemail.items else None,
        ]
        if self.person:
            return render_person_feed(
                with_voicemail,
                presenter,
                lambda call, inbox_id: self._block(call, result, presenter, inbox_id),
                label=label,
                relation="from",
                names=presenter.person(self.person),
                page_token=page_token,
                notes=notes,
                is_uncertain=bool(lookups.unknown),
            )
        query, coverage = result.coverage.query, result.coverage
        subject = label + (f" on {presenter.inbox(self.inbox)}" if self.inbox else "")
        subject += time_range(presenter, query.since, query.until)
        return block(
            title_line(
                subject,
                has_items=bool(with_voicemail.items),
                may_have_more=bool(coverage.is_partial(result.next) or lookups.unknown),
            ),
            *(
                self._block(call, result, presenter, None if self.inbox else source.inbox)
                for source, call in with_voicemail.items
            ),
            *notes,
            *coverage_notes(
                coverage, presenter, "voicemails", page_token, is_uncertain=bool(lookups.unknown)
            ),
        )

    def select_voicemails(self, result: FeedPage[Call]) -> FeedPage[Call]:
        """Return the result without the missed calls that have no voicemail or do not match the filter."""
        items = [(source, call) for source, call in result.items if self._is_wanted(call, result)]
        return replace(result, items=items)

    def _is_wanted(self, call: Call, feed: FeedPage[Call]) -> bool:
        call_back = feed.call_backs.get(call.id)
        is_returned = call_back is not None and call_back.reached is not None
        return call.voicemail is not None and not (self.not_returned and is_returned)

    def _block(
        self, call: Call, feed: FeedPage[Call], presenter: Presenter, inbox_id: str | None
    ) -> str:
        words = call.voicemail.transcript if call.voicemail else None
        return block(
            call_block(
                call,
                presenter,
                show_parties=self.person is None,
                inbox_id=inbox_id,
                call_back=call_back_note(call, feed, presenter, is_one_inbox=bool(self.inbox)),
            ),
            blockquote(words) if words else "  The transcript is not ready yet.",
        )


def joined(earlier: FeedPage[Call], later: FeedPage[Call]) -> FeedPage[Call]:
    """Return two pages, one after the other, as one."""
    first, last = earlier.coverage, later.coverage
    lookups = [coverage.voicemails or VoicemailCoverage() for coverage in (first, last)]
    coverage = replace(
        last,
        failures={**first.failures, **last.failures},
        is_continued=first.is_continued,
        voicemails=VoicemailCoverage(
            {**lookups[0].failures, **lookups[1].failures},
            [*lookups[0].skipped, *lookups[1].skipped],
        ),
        unreadable_count=max(first.unreadable_count, last.unreadable_count),
        has_unknown_end=first.has_unknown_end or last.has_unknown_end,
        is_out_of_order=first.is_out_of_order or last.is_out_of_order,
    )
    return FeedPage(
        [*earlier.items, *later.items],
        coverage,
        later.next,
        {**earlier.call_backs, **later.call_backs},
    )


def lookup_notes(lookups: VoicemailCoverage) -> list[str]:
    """Return lines for the missed calls of which it is unknown whether they have a voicemail."""
    reasons = ", ".join(dict.fromkeys(map(failure_reason, lookups.failures.values())))
    lines = []
    if lookups.failures:
        lines.append(
            f"Not included ({reasons}): the voicemails of {pluralize(len(lookups.failures), 'missed call')}."
        )
    if lookups.skipped:
        lines.append(
            f"Not checked within the time of this call: {pluralize(len(lookups.skipped), 'missed call')}. "
            "Call again with a smaller limit."
        )
    return lines
