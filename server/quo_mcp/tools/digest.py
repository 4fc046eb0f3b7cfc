"""The tool that shows what waits for us: unanswered messages, missed calls, due tasks and failed sends."""

from collections import Counter
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from quo_mcp.errors import Refusal
from quo_mcp.history.answers import (
    Waiting,
    find_all_waiting,
    find_sona_calls,
    find_undelivered,
)
from quo_mcp.history.automatic_replies import find_automatic_replies
from quo_mcp.history.coverage import SpanCoverage, VoicemailCoverage
from quo_mcp.history.cursor import Cursor
from quo_mcp.history.reading_window import SkipRule
from quo_mcp.history.sona_follow_up import SonaCall, add_next_steps
from quo_mcp.history.span import SpanQuery
from quo_mcp.history.task_activity import all_tasks
from quo_mcp.history.voicemails import look_up_voicemails
from quo_mcp.history.waiting_pages import cut_page
from quo_mcp.records.calls import Call, Voicemail
from quo_mcp.records.conversations import Conversation
from quo_mcp.records.messages import Message
from quo_mcp.records.tasks import Task
from quo_mcp.records.workspace import is_teammate
from quo_mcp.safety.send_record import SendRecord, SendState
from quo_mcp.tools import page_tokens
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.fields import (
    DEFAULT_LIMIT,
    InboxFilter,
    Limit,
    PageToken,
    Resolves,
    TeammateRef,
)
from quo_mcp.tools.rendering import (
    Presenter,
    block,
    list_end,
    not_included,
    pluralize,
)
from quo_mcp.tools.rendering.coverage_notes import span_coverage, voicemail_notes
from quo_mcp.tools.rendering.digest_sections import (
    closing_line,
    ongoing_line,
    section,
    sona_block,
    task_line,
    undelivered_block,
)
from quo_mcp.tools.rendering.sends import describe_send
from quo_mcp.tools.rendering.waiting import waiting_block
from quo_mcp.tools.resolve.inboxes import inbox_scope
from quo_mcp.values import times

DEFAULT_PERIOD = timedelta(days=7)
DONE_NOTE = "Missed calls in done conversations: quo_list_calls, missed=true."
MAX_SENDS = 100  # of the journal, the latest
MIN_INBOX_COUNT = 2  # an inbox of more entries is named once, in the title


@dataclass
class Digest:
    """What waits for us.

    waiting: the conversations of this page. closing: those with closing words only.
    total: how many conversations wait in all that was read for this page.
    sona_calls: calls that Sona took and no person followed up. ongoing: calls that are ringing or in progress.
    tasks, undelivered, sends: only on the first page. conversations: by id, for the tasks' people.
    failures: why a part could not be read, by its name.
    """

    waiting: Sequence[Waiting]
    closing: Sequence[Waiting]
    total: int
    coverage: SpanCoverage
    voicemails: VoicemailCoverage
    sona_calls: Sequence[SonaCall] = ()
    ongoing: Sequence[Call] = ()
    tasks: Sequence[Task] = ()
    undelivered: Sequence[Message] = ()
    sends: Sequence[SendRecord] = ()
    conversations: Mapping[str, Conversation] = field(default_factory=dict)
    failures: dict[str, Refusal] = field(default_factory=dict)
    next: Cursor | None = None


class GetDigest(Tool[Digest]):
    """Show what needs us: messages without an answer, missed calls, tasks due, and texts that failed.

    Longest waiting first, with their words. Done and snoozed conversations are left out. Automatic replies
    are not answers; an answered call is. Use it for "what needs me?" or a morning brief.
    """

    effect = Effect.READ
    includes = ("quo_list_messages", "quo_list_calls", "quo_list_tasks", "quo_get_call_voicemail")

    since: Annotated[
        str,
        Resolves("since"),
        Field(
            description='Start of the period, e.g. "14d". Older items are not checked. Default: 7d.'
        ),
    ] = "7d"
    inbox: InboxFilter = None
    assignee: Annotated[
        TeammateRef,
        Field(description="Only conversations and tasks assigned to this teammate. Default: all."),
    ] = None
    limit: Limit = DEFAULT_LIMIT
    page_token: PageToken = None

    async def run(self, context: ToolContext) -> Digest:
        account, cursor = context.account, Cursor.parse(self.page_token)
        query = SpanQuery(
            account.id,
            datetime.fromisoformat(self.since),
            inboxes=await inbox_scope(self.inbox, account),
        )
        collected = await account.activity_reader.collect(
            query, cursor, context.progress, skip=self._skip_rule(account.now())
        )
        automatic = find_automatic_replies(collected.conversations)
        entries = find_all_waiting(collected.conversations, automatic)
        ongoing = [
            call
            for activity in collected.conversations
            for call in activity.calls
            if call.is_ongoing
        ]
        in_call = {person for call in ongoing for person in call.participants}
        closing = [
            entry
            for entry in entries
            if entry.is_closing and not in_call.intersection(entry.conversation.participants)
        ]
        waiting = [entry for entry in entries if not entry.is_closing]
        page, next_cursor = cut_page(waiting, self.limit, cursor, collected)
        reading_pass = account.passes.find(query)
        known = reading_pass.voicemails if reading_pass else None
        page, voicemails = await add_voicemail_words(context, page, known)
        digest = Digest(
            page,
            () if cursor.after else closing,
            len(waiting),
            collected.coverage,
            voicemails,
            conversations=reading_pass.conversations if reading_pass else {},
            next=next_cursor,
        )
        if not cursor.after:
            digest.ongoing = ongoing
            sona_calls = find_sona_calls(collected.conversations, automatic)
            digest.sona_calls = await add_next_steps(account.api, sona_calls)
        if not cursor.is_continued:
            digest.undelivered = find_undelivered(collected.conversations)
            await self._add_tasks(digest, context)
            await self._add_sends(digest, context, query)
        return digest

    def _skip_rule(self, now: datetime) -> SkipRule:
        def skip(conversation: Conversation) -> str | None:
            if not is_teammate(conversation.assigned_to, self.assignee):
                return "assigned to others"
            state = conversation.state(now)
            return None if state == "open" else state

        return skip

    async def _add_tasks(self, digest: Digest, context: ToolContext) -> None:
        """Add the open tasks that are overdue or due today."""
        now = context.account.now()
        zone = context.account.zone
        today = now.astimezone(zone).date()
        try:
            tasks, next_page, repeats, unreadable_count = await all_tasks(
                context.account.api, None, context.progress
            )
        except Refusal as refusal:
            digest.failures["tasks"] = refusal
            return
        if next_page or repeats or unreadable_count:
            digest.failures["some tasks"] = Refusal("Not all tasks were read.")
        digest.tasks = sorted(
            (
                task
                for task in tasks
                if not (task.completed or task.is_deleted)
                and task.due_date is not None
                and times.to_local(task.due_date, zone).date() <= today
                and is_teammate(task.assigned_to, self.assignee)
                and self.inbox in (None, task.phone_number_id)
            ),
            key=lambda task: task.due_date or now,
        )

    async def _add_sends(self, digest: Digest, context: ToolContext, query: SpanQuery) -> None:
        """Add the sends of this server in the period that failed or whose outcome is unknown."""
        account = context.account
        try:
            records = await account.outbox.list_recent(MAX_SENDS)
        except Refusal as refusal:
            digest.failures["sends of this server"] = refusal
            return
        digest.sends = [
            record
            for record in reversed(records)
            if record.account == account.id
            and record.state in {SendState.UNKNOWN, SendState.REJECTED}
            and record.created_at > query.since
            and (query.inboxes is None or record.inbox in query.inboxes)
        ]

    def render(self, result: Digest, presenter: Presenter) -> str:
        usual_inbox = self.inbox or most_frequent_inbox(result.waiting)
        return block(
            self._title(result, presenter, usual_inbox),
            *(waiting_block(entry, presenter, usual_inbox=usual_inbox) for entry in result.waiting),
            *section(
                "In a call now",
                [ongoing_line(call, presenter) for call in result.ongoing],
                "quo_list_calls",
            ),
            *section(
                "Calls by Sona, not followed up",
                [sona_block(sona_call, presenter) for sona_call in result.sona_calls],
                'quo_list_calls with handled_by="Sona"',
            ),
            *section(
                "Tasks due or overdue",
                [task_line(task, presenter, result.conversations) for task in result.tasks],
                "quo_list_tasks",
            ),
            *section(
                "Messages not delivered",
                [undelivered_block(message, presenter) for message in result.undelivered],
                "quo_list_messages",
            ),
            *section(
                "Sends that failed or are unknown",
                [f"- {describe_send(record, presenter)}" for record in result.sends],
                "quo_get_send_status",
            ),
            *section(
                "Probably no answer needed",
                [closing_line(entry, presenter) for entry in result.closing],
                'quo_list_conversations with state="open"',
            ),
            *not_included(result.failures.items()),
            *voicemail_notes(result.voicemails),
            *span_coverage(result.coverage, presenter),
            DONE_NOTE if result.coverage.skipped.get("done") else None,
            list_end(page_tokens.next_page_token(self, result.next)) if result.next else None,
        )

    def _title(self, result: Digest, presenter: Presenter, usual_inbox: str | None) -> str:
        about = f" assigned to {presenter.teammate(self.assignee)}" if self.assignee else ""
        about += f" on {presenter.inbox(self.inbox)}" if self.inbox else ""
        since = result.coverage.since
        is_short = presenter.now - since < DEFAULT_PERIOD - timedelta(minutes=1)
        older = (
            f"Older than {presenter.time(since)}: not checked; omit since for the last 7 days."
            if is_short
            else ""
        )
        if not result.waiting:
            page_note = " on this page" if self.page_token or result.next else ""
            checked = "" if result.coverage.is_complete else " that was read"
            return (
                f"No conversation{about}{checked} waits for an answer{page_note}. {older}".rstrip()
            )
        verb = "waits" if result.total == 1 else "wait"
        limit_note = f", {len(result.waiting)} shown" if len(result.waiting) < result.total else ""
        from_note = " from this inbox" if self.inbox else ""  # the others were not read
        inbox_note = ""
        if usual_inbox and not self.inbox:
            inbox_note = f" (on {presenter.inbox_name(usual_inbox)} unless stated)"
        return (
            f"{pluralize(result.total, 'conversation')}{about} {verb} for an answer{from_note}{limit_note}, "
            f"longest waiting first{inbox_note}{'. ' * is_short}{older or ':'}"
        )


def most_frequent_inbox(waiting: Sequence[Waiting]) -> str | None:
    """Return the id of the inbox that most entries are on; None if there are fewer than three."""
    inboxes = Counter(entry.conversation.phone_number_id for entry in waiting)
    inbox, count = inboxes.most_common(1)[0] if inboxes else ("", 0)
    return inbox if count > MIN_INBOX_COUNT else None


async def add_voicemail_words(
    context: ToolContext,
    page: Sequence[Waiting],
    known: MutableMapping[str, Voicemail | None] | None,
) -> tuple[list[Waiting], VoicemailCoverage]:
    """Return the entries with the voicemails of their missed calls."""
    calls = [item for entry in page for item in entry.items if isinstance(item, Call)]
    with_voicemails, coverage = await look_up_voicemails(context.account.api, calls, known)
    by_id: dict[str, Message | Call] = {call.id: call for call in with_voicemails}
    return [
        replace(entry, items=[by_id.get(item.id, item) for item in entry.items]) for entry in page
    ], coverage
