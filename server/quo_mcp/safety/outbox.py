"""How a text goes out: reserve, begin, post, and find out what became of it.

From the reservation on, nothing that happens to the caller stops it: a call that its host cancels
in the middle still has its outcome written down.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import anyio
import anyio.lowlevel
import anyio.to_thread

from quo_mcp.errors import Misunderstood, OutcomeUnknown, Refusal
from quo_mcp.safety.journal import Earlier, Journal, nowhere
from quo_mcp.safety.near_duplicates import Lately
from quo_mcp.safety.reconciliation import SKEW, Seen
from quo_mcp.safety.send_limits import Limits
from quo_mcp.safety.send_record import Intent, SendRecord, State, in_words


@dataclass(frozen=True)
class Posted:
    """The other side took it. message_id: None where the reply could not be read."""

    message_id: str | None
    status: str | None = None


Post = Callable[[], Awaitable[Posted]]
Look = Callable[[datetime], Awaitable[Sequence[Seen]]]


@dataclass(frozen=True)
class Patience:
    """Seconds. Their sum has to undercut the time after which hosts give up on a tool, often 60.

    post: for the request itself. Longer than its own deadline, which tells a request that was never
        sent from one that may have arrived; this one cannot.
    looks: pauses before each look for a text whose outcome is not clear.
    look: for one look.
    all_looks: for all of them, pauses included.
    wait: for the outcome of the same text that another call is sending.
    poll: before the first glance at the journal while waiting; each pause is twice the last.
    """

    post: float
    looks: tuple[float, ...] = (1, 2, 5)
    look: float = 5
    all_looks: float = 10
    wait: float = 25
    poll: float = 0.1


def wall_clock() -> datetime:
    return datetime.now(UTC)


class Outbox:
    """The one way out for texts.

    window: how long the same text to the same people is not sent again; while its outcome is unknown
        it never is.
    now: the wall clock, aware. hook: as in Journal. run: where the journal's work is done, unless in
        a thread.
    """

    def __init__(
        self,
        journal: Journal,
        *,
        limits: Limits,
        window: timedelta,
        patience: Patience,
        now: Callable[[], datetime] = wall_clock,
        hook: Callable[[str], None] = nowhere,
        run: Callable[[Callable[[], Any]], Awaitable[Any]] | None = None,
    ) -> None:
        self._journal = journal
        self._limits = limits
        self._window = window
        self._patience = patience
        self._now = now
        self._hook = hook
        self._run = run or self._in_thread
        # The journal does one thing at a time, so more threads would only wait for one another.
        self._turn = anyio.CapacityLimiter(1)

    async def send(self, intent: Intent, *, post: Post, look: Look) -> SendRecord:
        """Sends a text unless the same one is on its way or went out a moment ago.

        post: makes the request, once. What it raises is believed: OutcomeUnknown may have arrived,
            any other Refusal surely did not, and anything else may have.
        look: the texts in that thread which went out from us since then, as it knows them.

        The record is sent, unknown, given up or, where another call is still busy with it, open;
        `in_words` says it. Raises Refusal where the text surely did not go out: post's own, or one
        that tells what became of the earlier call; Forbidden for limits and used approvals,
        Misunderstood for a key of another text, Unwritable where the journal fails.
        """
        await anyio.lowlevel.checkpoint_if_cancelled()
        with anyio.CancelScope(shield=True):
            place = await self._do(
                self._journal.reserve, intent, window=self._window, limits=self._limits
            )
            if not isinstance(place, Earlier):
                return await self._deliver(place.send_id, post, look)
        return await self.became(place.record, look)

    async def foresee(self, intent: Intent) -> SendRecord | None:
        """The earlier send that would be the answer in place of this one, if any; nothing is sent or reserved.

        Raises what `send` would before anything leaves.
        """
        record: SendRecord | None = await self._do(
            self._journal.foresee, intent, window=self._window, limits=self._limits
        )
        return record

    async def lately(self, intent: Intent) -> Lately:
        """What went to the same people a moment ago and is worth a word. It never fails: it knows nothing then."""
        known: Lately | None = await self._do_if_possible(
            self._journal.lately, intent, window=self._window
        )
        return known or Lately()

    async def status(self, send_id: str, look: Look) -> SendRecord:
        """What is known of a send; one of unknown outcome is looked for in its thread.

        Raises Misunderstood where there is no such send.
        """
        record = await self.record(send_id)
        if record.state is State.UNKNOWN:
            return await self._look_once(record, look)
        return record

    async def record(self, send_id: str) -> SendRecord:
        """What the journal knows of a send. Raises Misunderstood where there is no such send."""
        record: SendRecord | None = await self._do(self._journal.get, send_id)
        if record is None:
            raise Misunderstood(
                f"There is no send {send_id} in the journal. The id is in the answer to a send whose outcome was "
                "not known; sends are kept for 90 days."
            )
        return record

    async def recent(self, limit: int) -> list[SendRecord]:
        """The latest sends of any account, newest first. Raises Unwritable where the journal fails."""
        recent: list[SendRecord] = await self._do(self._journal.recent, limit)
        return recent

    async def _deliver(self, send_id: str, post: Post, look: Look) -> SendRecord:
        try:
            record: SendRecord = await self._do(self._journal.begin, send_id)
        except BaseException:
            await self._do_if_possible(
                self._journal.finish, send_id, State.REJECTED, reason="it could not be written down"
            )
            raise
        try:
            reply = await self._attempt(post)
            if isinstance(reply, Posted):
                return await self._finish(
                    record, State.SENT, message_id=reply.message_id, status=reply.status
                )
            found = await self._search(record, look)
            return found or await self._finish(record, State.UNKNOWN, reason=reply)
        except Refusal as refusal:
            await self._finish(record, State.REJECTED, reason=str(refusal))
            raise
        except BaseException:
            await self._finish(record, State.UNKNOWN, reason="the server stopped while sending it")
            raise

    async def _attempt(self, post: Post) -> Posted | str:
        """The reply, or why it is not clear whether the text arrived. Raises Refusal if it did not."""
        try:
            with anyio.move_on_after(self._patience.post):
                self._hook("before the first byte")
                posted = await post()
                self._hook("after the reply")
                return posted
        except OutcomeUnknown as fault:
            # Its own words tell what to do about writes in general; for texts `in_words` does.
            if fault.status is None:
                return "the reply was lost"
            taken = fault.status < 300
            return "its reply could not be read" if taken else f"the answer was HTTP {fault.status}"
        except Refusal:
            raise
        except Exception as fault:  # noqa: BLE001 - whatever broke, the text may have gone out
            return f"{type(fault).__name__} while it was being sent"
        return f"no answer within {self._patience.post:g} seconds"

    async def _search(self, record: SendRecord, look: Look) -> SendRecord | None:
        """The record once it is found in the thread. Not finding it proves nothing."""
        with anyio.move_on_after(self._patience.all_looks):
            for pause in self._patience.looks:
                await anyio.sleep(pause)
                after = await self._look_once(record, look)
                if after.state is State.SENT:
                    return after
        return None

    async def _look_once(self, record: SendRecord, look: Look) -> SendRecord:
        thread: Sequence[Seen] = ()
        try:
            with anyio.move_on_after(self._patience.look):
                self._hook("before looking")
                thread = await look((record.began_at or record.created_at) - SKEW)
                self._hook("after looking")
        except Exception:  # noqa: BLE001 - a look that fails leaves things as unknown as they were
            return record
        if not thread:
            return record
        after: SendRecord | None = await self._do_if_possible(
            self._journal.claim, record.send_id, thread
        )
        return after or record

    async def became(self, record: SendRecord, look: Look) -> SendRecord:
        """What became of an earlier send; one that is under way is waited for.

        Raises Refusal where it surely did not go out.
        """
        pause = self._patience.poll
        with anyio.move_on_after(self._patience.wait):
            while record.state.is_open:
                await anyio.sleep(pause)
                pause = min(2 * pause, 1)
                record = await self._do(self._journal.get, record.send_id) or record
        if record.state is State.UNKNOWN:
            record = await self._look_once(record, look)
        if record.state is State.REJECTED:
            raise Refusal(in_words(record))
        return replace(record, repeated=True)

    async def _finish(self, record: SendRecord, state: State, **outcome: Any) -> SendRecord:
        """The truth is told even where it cannot be written; the journal writes it when it can."""
        written: SendRecord | None = await self._do_if_possible(
            self._journal.finish, record.send_id, state, **outcome
        )
        return written or replace(record, state=state, **outcome)

    async def _in_thread(self, work: Callable[[], Any]) -> Any:
        """The journal waits for the disk, which the event loop must not."""
        return await anyio.to_thread.run_sync(work, limiter=self._turn)

    async def _do(self, work: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
        return await self._run(partial(work, *arguments, now=self._now(), **named))

    async def _do_if_possible(
        self, work: Callable[..., Any], *arguments: Any, **named: Any
    ) -> Any | None:
        try:
            return await self._do(work, *arguments, **named)
        except Exception:  # noqa: BLE001 - what has happened has happened, written down or not
            return None
