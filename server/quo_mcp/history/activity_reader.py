"""The one reader of a span: all messages and calls on some inboxes, and what was and was not seen.

Quo lists messages and calls only by inbox and participants. So the conversations that changed in the span
are listed, and each is opened: one request for its messages and one for its calls, if all fit on a page.
A group has no calls. These are the fewest requests that Quo's API allows.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import anyio

from quo_mcp.directory.cache import ProgressCallback
from quo_mcp.directory.conversation_scan import EARLIEST_TIME, last_activity_time
from quo_mcp.directory.directory import Directory
from quo_mcp.errors import Refusal, Unavailable
from quo_mcp.gateway import ApiClient
from quo_mcp.gateway.pages import RESERVE
from quo_mcp.history.coverage import SpanCoverage
from quo_mcp.history.cursor import Cursor
from quo_mcp.history.reading_pass import OpenedConversation, PassCache, ReadingPass
from quo_mcp.history.span import Collected, ConversationActivity, SpanQuery, activity_time
from quo_mcp.records.conversations import Conversation
from quo_mcp.values.phone_numbers import is_e164

MAX_CONCURRENT_READS = 4  # conversations; more requests would only wait for the rate limit
FIRST_ANSWER_SECONDS = 15.0
ONE_MILLISECOND = timedelta(milliseconds=1)  # Quo's times have no finer parts

LIST_TIMEOUT = (
    "Quo did not list the conversations in time; nothing was changed. Call again in a minute."
)

SkipRule = Callable[[Conversation], str | None]
"""Returns why a conversation need not be opened for a question ("done"), or None to open it."""


def open_every(_conversation: Conversation) -> None:
    """The skip rule that opens every conversation."""


@dataclass(frozen=True)
class ActivityReader:
    """Collects spans.

    passes: what earlier calls read. It belongs to the account, see `Account.passes`.
    """

    api: ApiClient
    directory: Directory
    passes: PassCache

    async def collect(
        self,
        query: SpanQuery,
        cursor: Cursor,
        progress: ProgressCallback,
        *,
        skip: SkipRule = open_every,
        cumulative: bool = False,
    ) -> Collected:
        """Read the conversations of a span, latest activity first, for about 15 seconds.

        `Collected.next` is where a later call continues: it passes `next` as `cursor` and repeats the
        query, with the same `since`. Nothing is read twice while the pass is cached.

        cursor: `Cursor()` starts from the newest activity. `conversations_before` and `conversations_from` select the
            conversations by their latest activity; with both, the call may take all its time.
        skip: which conversations need not be opened, and why; counted in the coverage.
        cumulative: return everything read since the first page (for sums), not only what is new.
            If the pass is no longer cached, the reading starts again.

        Raises:
            Refusal: the conversations could not be listed at all.
        """
        reading_pass = self.passes.find(query) if cursor.is_continued else None
        if reading_pass is None:
            reading_pass = ReadingPass(self.api, self.directory, query)
        elif cumulative:
            reading_pass.retry_failures()
        window = Cursor() if cumulative else cursor
        deadline = anyio.current_effective_deadline() - RESERVE
        if window.conversations_from is None:
            deadline = min(deadline, anyio.current_time() + FIRST_ANSWER_SECONDS)
        with anyio.CancelScope(deadline=deadline):
            async with reading_pass.lock:
                await _Reading(reading_pass, window, progress, skip).run()
        self.passes.put(reading_pass)
        if not (reading_pass.conversations or reading_pass.is_list_complete):
            raise reading_pass.list_failure or Unavailable(LIST_TIMEOUT, source="network")
        return summarize(reading_pass, window, skip)


class _Reading:
    """One call's reading of a pass: several workers take the next conversation each."""

    def __init__(
        self,
        reading_pass: ReadingPass,
        window: Cursor,
        progress: ProgressCallback,
        skip: SkipRule,
    ) -> None:
        self._pass = reading_pass
        self._window = window
        self._progress = progress
        self._skip = skip
        self._queue = list(reading_pass.conversations.values())
        self._lister = anyio.Lock()
        self._count = 0

    async def run(self) -> None:
        self._pass.list_failure = None
        async with anyio.create_task_group() as task_group:
            for _ in range(MAX_CONCURRENT_READS):
                task_group.start_soon(self._work)

    async def _work(self) -> None:
        while (conversation := await self._next()) is not None:
            await read_conversation(self._pass.open(conversation))
            self._count += 1
            total = len(self._pass.conversations) if self._pass.is_list_complete else None
            await self._progress(self._count, total, f"Read {self._count} conversations.")

    async def _next(self) -> Conversation | None:
        """Return the next conversation to read. It lists more conversations on demand."""
        async with self._lister:
            while True:
                while self._queue:
                    conversation = self._queue.pop(0)
                    if self._must_read(conversation):
                        return conversation
                if (
                    self._pass.is_list_complete
                    or self._pass.list_failure
                    or is_window_listed(self._pass, self._window)
                ):
                    return None
                try:
                    self._queue += await self._pass.list_more()
                except Refusal as refusal:
                    self._pass.list_failure = refusal

    def _must_read(self, conversation: Conversation) -> bool:
        opened = self._pass.opened.get(conversation.id)
        if opened is not None and opened.is_over:
            return False
        return not classify(conversation, self._pass.query, self._window, self._skip)


async def read_conversation(opened: OpenedConversation) -> None:
    """Read a conversation's messages and calls to their end; keep the failure if one cannot be read."""

    async def read_list(index: int) -> None:
        try:
            await opened.lists[index].read_all()
        except Refusal as refusal:
            opened.failure = refusal

    async with anyio.create_task_group() as task_group:
        for index in range(len(opened.lists)):
            task_group.start_soon(read_list, index)


OUTSIDE = "outside"
UNLISTED = "unlisted"


def classify(conversation: Conversation, query: SpanQuery, window: Cursor, skip: SkipRule) -> str:
    """Return "" for a conversation to read, or why it is not: `OUTSIDE`, `UNLISTED`, or a reason of the rule.

    Quo's filter also passes conversations that were only marked done or assigned since: they have no
    activity in the span.
    """
    latest = last_activity_time(conversation)
    if latest < query.since:
        return OUTSIDE
    if query.resources == ("calls",) and len(conversation.participants) > 1:
        return OUTSIDE
    if window.conversations_before and latest >= window.conversations_before:
        return OUTSIDE
    if window.conversations_from and latest < window.conversations_from:
        return OUTSIDE
    if reason := skip(conversation):
        return reason
    is_listed = conversation.participants and all(map(is_e164, conversation.participants))
    return "" if is_listed else UNLISTED


def summarize(reading_pass: ReadingPass, window: Cursor, skip: SkipRule) -> Collected:
    """Return what was read in a window of a pass, and its coverage.

    Only conversations above the boundary count: the latest activity of those that are left to read. A
    conversation that ties with it is left for the next page as well.
    """
    query = reading_pass.query
    conversations = reading_pass.conversations.values()
    reasons = {
        conversation.id: classify(conversation, query, window, skip)
        for conversation in conversations
    }
    boundary = _boundary(
        reading_pass,
        window,
        [conversation for conversation in conversations if not reasons[conversation.id]],
    )
    covered = [
        conversation
        for conversation in conversations
        if last_activity_time(conversation) > boundary
    ]
    opened = [
        reading_pass.opened[conversation.id]
        for conversation in covered
        if not reasons[conversation.id]
    ]
    activities = [_activity(item) for item in opened if item.failure is None]
    activities.sort(key=lambda activity: last_activity_time(activity.conversation), reverse=True)
    is_list_complete = reading_pass.is_list_complete or is_window_listed(reading_pass, window)
    to_read = [conversation for conversation in conversations if not reasons[conversation.id]]
    skipped = Counter(reasons[conversation.id] for conversation in covered)
    coverage = SpanCoverage(
        query.since,
        query.until,
        query.inboxes,
        read=len(activities),
        skipped={
            reason: count
            for reason, count in skipped.items()
            if reason not in {"", OUTSIDE, UNLISTED}
        },
        unlisted=[conversation for conversation in covered if reasons[conversation.id] == UNLISTED],
        failures={item.conversation: item.failure for item in opened if item.failure is not None},
        unread=len(to_read) - len(opened),
        is_list_complete=is_list_complete,
        list_failure=None if is_list_complete else reading_pass.list_failure,
        is_continued=window.is_continued,
    )
    is_over = boundary == EARLIEST_TIME
    return Collected(
        activities,
        coverage,
        None if is_over else Cursor(conversations_before=boundary + ONE_MILLISECOND),
    )


def _boundary(
    reading_pass: ReadingPass, window: Cursor, to_read: Sequence[Conversation]
) -> datetime:
    """Return the latest activity that may be left to read in a window; the earliest time if nothing is."""
    unread = (
        last_activity_time(conversation)
        for conversation in to_read
        if (opened := reading_pass.opened.get(conversation.id)) is None or not opened.is_over
    )
    boundary = max(unread, default=EARLIEST_TIME)
    if reading_pass.list_repeats or is_window_listed(reading_pass, window):
        return boundary
    return max(boundary, reading_pass.list_horizon)


def is_window_listed(reading_pass: ReadingPass, window: Cursor) -> bool:
    """Whether no conversation that is not listed yet can be in the window."""
    lowest = window.conversations_from
    return lowest is not None and EARLIEST_TIME < reading_pass.list_horizon < lowest


def _activity(opened: OpenedConversation) -> ConversationActivity:
    """Return a conversation's messages and calls without repeats, newest first."""
    messages = {message.id: message for message in opened.messages.items} if opened.messages else {}
    calls = {call.id: call for call in opened.calls.items} if opened.calls else {}
    return ConversationActivity(
        opened.conversation,
        sorted(messages.values(), key=activity_time, reverse=True),
        sorted(calls.values(), key=activity_time, reverse=True),
    )
