"""The one reader of a span: all messages and calls on some inboxes, and what was and was not seen.

Quo lists messages and calls only by inbox and participants. So the conversations that changed in the span
are listed, and each is opened: one request for its messages and one for its calls, if all fit on a page.
A group has no calls. These are the fewest requests that Quo's API allows.
"""

from dataclasses import dataclass

import anyio

from quo_mcp.directory.cache import ProgressCallback
from quo_mcp.directory.directory import Directory
from quo_mcp.errors import Refusal, Unavailable
from quo_mcp.gateway import ApiClient
from quo_mcp.gateway.pages import RESERVE
from quo_mcp.history.cursor import Cursor
from quo_mcp.history.reading_pass import OpenedConversation, PassCache, ReadingPass
from quo_mcp.history.reading_window import (
    SkipRule,
    classify,
    is_window_listed,
    open_every,
    summarize,
)
from quo_mcp.history.span import Collected, SpanQuery
from quo_mcp.records.conversations import Conversation

MAX_CONCURRENT_READS = 4  # conversations; more requests would only wait for the rate limit
FIRST_ANSWER_SECONDS = 15.0

LIST_TIMEOUT = (
    "Quo did not list the conversations in time; nothing was changed. Call again in a minute."
)


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
        with anyio.CancelScope(deadline=reading_deadline(window)):
            async with reading_pass.lock:
                await _Reading(reading_pass, window, progress, skip).run()
        self.passes.put(reading_pass)
        if not (reading_pass.conversations or reading_pass.is_list_complete):
            raise reading_pass.list_failure or Unavailable(LIST_TIMEOUT, source="network")
        return summarize(reading_pass, window, skip)


def reading_deadline(window: Cursor) -> float:
    """Return when a call stops reading: after about 15 seconds, or shortly before its time ends.

    A window with both ends was read before, in time, and takes all the time there is.
    """
    deadline = anyio.current_effective_deadline() - RESERVE
    if window.conversations_from is not None:
        return deadline
    return min(deadline, anyio.current_time() + FIRST_ANSWER_SECONDS)


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
