"""The outbox sends a text: reserve, begin, post, and reconcile if the outcome is unknown.

Cancellation of the caller does not interrupt a send after the reservation, so the journal always gets
the outcome.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import anyio
import anyio.lowlevel
import anyio.to_thread

from quo_mcp.errors import InvalidArguments, OutcomeUnknown, Refusal
from quo_mcp.gateway import ApiClient
from quo_mcp.gateway.instruments import count_event, open_span
from quo_mcp.records.messages import UNDELIVERED_STATUSES, Message
from quo_mcp.safety.journal import Duplicate, Journal, no_failpoint
from quo_mcp.safety.message_api import MessageApi, SentMessages, describes_request
from quo_mcp.safety.near_duplicates import SimilarSends
from quo_mcp.safety.recent_activity import ActivitySummary
from quo_mcp.safety.reconciliation import ABSENCE_REASON, MAX_SKEW, OutgoingMessage, proves_absence
from quo_mcp.safety.send_limits import SendLimits
from quo_mcp.safety.send_pauses import SendPause
from quo_mcp.safety.send_record import (
    ARRIVED_REASON,
    HOST_RETRY_WINDOW,
    NOT_ARRIVED_REASON,
    DuplicateMatch,
    SendOutcome,
    SendRecord,
    SendRequest,
    SendState,
)
from quo_mcp.safety.text_normalization import duplicate_key
from quo_mcp.store.loss_guard import DatabaseLoss
from quo_mcp.values.times import utc_now


@dataclass(frozen=True)
class Timeouts:
    """Times in seconds. Their sum must stay below the tool timeout of hosts, often 60.

    post: the limit for the request. It must exceed the request's own deadline, since only that one
        distinguishes a request that was never sent from one that may have arrived.
    search_delays: the pauses before each read of the conversation, while the outcome is unknown.
    read: the limit for one read.
    search: the limit for all reads and pauses together.
    pending_send: the limit for waiting on another call that is sending the same text.
    delivery_delays: the pauses before each read of the status of a sent text, until it is delivered or not.
    delivery: the limit for all of these reads and pauses together.
    poll_delay: the first pause between reads of the journal while waiting; each pause doubles.
    """

    post: float
    search_delays: tuple[float, ...] = (1, 2, 5)
    read: float = 5
    search: float = 10
    pending_send: float = 25
    delivery_delays: tuple[float, ...] = (1, 2.2, 2)
    delivery: float = 6
    poll_delay: float = 0.1


def send_not_found(send_id: str) -> str:
    """Return the error for an id that no send has, or none that the caller may see."""
    return (
        f"Send not found: {send_id}. Use the send_id from the result of a send with an unknown outcome. Sends are kept for 90 days, "
        "or for the time set in QUO_MCP_RETENTION."
    )


class Outbox:
    """The only path by which texts are sent.

    api: Quo's API, with which it posts texts and reads conversations.
    clock_skew: returns how far Quo's clock is ahead of ours.
    duplicate_window: how long a sent text blocks a duplicate to the same recipients. A send whose
        outcome is unknown always blocks it.
    now: the wall clock, aware. failpoint: as in `Journal`.
    run_blocking: runs the journal's blocking calls; the default is a worker thread.
    """

    def __init__(
        self,
        journal: Journal,
        api: ApiClient,
        *,
        clock_skew: Callable[[], timedelta],
        limits: SendLimits,
        duplicate_window: timedelta,
        timeouts: Timeouts,
        now: Callable[[], datetime] = utc_now,
        failpoint: Callable[[str], None] = no_failpoint,
        run_blocking: Callable[[Callable[[], Any]], Awaitable[Any]] | None = None,
    ) -> None:
        self._journal = journal
        self._messages = MessageApi(api, clock_skew)
        self._clock_skew = clock_skew
        self._limits = limits
        self._duplicate_window = duplicate_window
        self._timeouts = timeouts
        self._now = now
        self._failpoint = failpoint
        self._run_blocking = run_blocking or self._run_in_thread
        # The journal runs one transaction at a time, so more threads would only wait.
        self._thread_limiter = anyio.CapacityLimiter(1)

    async def send(self, request: SendRequest) -> SendOutcome:
        """Send a text, unless the same text is pending or was sent recently.

        The outcome is sent, unknown, given up, or pending if another call is still sending it. Only a
        duplicate can be rejected, because the earlier send that this call waited for was.

        Raises:
            Refusal: the text was certainly not sent.
            PolicyRefusal: a limit is reached, or the approval was used before.
            InvalidArguments: the idempotency key was used for a different text.
            DatabaseUnavailable: the journal cannot be used.
        """
        await anyio.lowlevel.checkpoint_if_cancelled()
        with open_span("quo_mcp.send") as span:
            label = "interrupted"
            try:
                outcome = await self._send_or_wait(request)
                while outcome.is_duplicate and self._has_become_free(request, outcome.record):
                    outcome = await self._send_or_wait(request)
                label = "duplicate" if outcome.is_duplicate else outcome.record.state.value
            except Refusal:
                label = "refused"
                raise
            finally:
                count_event("quo_mcp.sends", outcome=label)
                if span:
                    span.set_attribute("outcome", label)
        return outcome

    async def _send_or_wait(self, request: SendRequest) -> SendOutcome:
        """Send a text, or wait for the outcome of the send that it duplicates."""
        is_approved = request.approval is not None  # by a person who saw the similar sends
        similar = SimilarSends() if is_approved else await self.find_similar(request)
        with anyio.CancelScope(shield=True):
            reservation = await self._call_journal(
                self._journal.reserve,
                request,
                duplicate_window=self._duplicate_window,
                limits=self._limits,
            )
            if not isinstance(reservation, Duplicate):
                record = await self._send(reservation.send_id, request)
                return SendOutcome(
                    record, approved=is_approved, near_duplicate=similar.near_duplicate
                )
        return await self.await_outcome(reservation.record, request)

    @staticmethod
    def _has_become_free(request: SendRequest, earlier: SendRecord) -> bool:
        """Return whether an earlier send of nearly the same text turned out not to have been sent."""
        is_rewording = earlier.match_of(request) is DuplicateMatch.REWORDING
        return is_rewording and earlier.state is SendState.REJECTED

    async def find_previous(self, request: SendRequest) -> SendOutcome | None:
        """Return the outcome of the earlier send that this request duplicates, if any; wait while it is pending.

        Raises:
            Refusal: the same one that `send` would raise before it posts.
        """
        while record := await self.find_duplicate(request):
            outcome = await self.await_outcome(record, request)
            if not self._has_become_free(request, outcome.record):
                return outcome
        return None

    async def find_in_conversation(
        self, request: SendRequest, messages: Sequence[ActivitySummary]
    ) -> SendOutcome | None:
        """Return the text as a duplicate if we sent it within the window and the journal does not know of it.

        So a text that was sent by another machine, or before the journal was lost, is not sent again. With
        `allow_duplicate`, that is only so right after a loss, when the call may be a host's retry.

        messages: ours to the same recipients.
        """
        now, skew = self._now(), self._clock_skew()
        since, until = now - self._duplicate_window, None
        if request.allow_duplicate:
            loss = await self.find_loss()
            if loss is None or now - loss.noticed_at > HOST_RETRY_WINDOW:
                return None
            since, until = now - HOST_RETRY_WINDOW, loss.noticed_at
        key = duplicate_key(request.text)
        matches = [
            OutgoingMessage(message.id, message.text, at, request.recipients, message.status)
            for message in messages
            if message.created_at and message.id and message.status not in UNDELIVERED_STATUSES
            if since < (at := message.created_at - skew) and (until is None or at < until)
            if duplicate_key(message.text) == key
        ]
        if not matches:
            return None
        latest = max(matches, key=lambda message: message.created_at)
        record = await self._call_journal(self._journal.adopt, request, latest)
        return record and SendOutcome(record, is_duplicate=True, match=record.match_of(request))

    async def find_duplicate(self, request: SendRequest) -> SendRecord | None:
        """Return the earlier send that this request duplicates, if any. Nothing is sent or reserved.

        Raises:
            Refusal: the same one that `send` would raise before it posts.
        """
        record: SendRecord | None = await self._call_journal(
            self._journal.find_duplicate,
            request,
            duplicate_window=self._duplicate_window,
            limits=self._limits,
        )
        return record

    async def find_similar(self, request: SendRequest) -> SimilarSends:
        """Return recent similar sends to the same recipients, or none if the journal cannot be read."""
        similar: SimilarSends | None = await self._try_journal(
            self._journal.find_similar, request, duplicate_window=self._duplicate_window
        )
        return similar or SimilarSends()

    async def check_status(self, send_id: str) -> SendRecord:
        """Return a send, with what is known now: the outcome from its conversation, or the delivery status.

        Raises:
            InvalidArguments: no send has this id.
        """
        record: SendRecord | None = await self._call_journal(self._journal.get, send_id)
        if record is None:
            raise InvalidArguments(send_not_found(send_id))
        if record.state is SendState.UNKNOWN:
            return await self._reconcile(record)
        return await self.refresh_status(record)

    async def refresh_status(self, record: SendRecord) -> SendRecord:
        """Return a sent text with the delivery status that Quo reports now; unchanged if it is final or cannot be read."""
        if not record.is_delivery_open or record.message_id is None:
            return record
        try:
            with anyio.fail_after(self._timeouts.read):
                status = await self._messages.read_status(record.message_id)
        except (Refusal, TimeoutError):
            return record
        await self.record_status(record.message_id, status)
        return replace(record, status=status or record.status)

    async def record_status(self, message_id: str, status: str) -> None:
        """Record a message's delivery status in the journal, if it belongs to a send and the journal can be written."""
        if status:
            await self._try_journal(self._journal.record_status, message_id, status)

    async def await_delivery(self, record: SendRecord) -> SendRecord:
        """Wait a few seconds until a sent text is delivered or not, and return it with its last known status."""
        with anyio.move_on_after(self._timeouts.delivery):
            for pause in self._timeouts.delivery_delays:
                if not record.is_delivery_open:
                    break
                await anyio.sleep(pause)
                record = await self.refresh_status(record)
        return record

    async def find_loss(self) -> DatabaseLoss | None:
        """Return a loss of the journal that was noticed lately, or None; also if the journal cannot be read."""
        return await self._try_journal(self._journal.latest_loss)

    async def find_pause(self) -> SendPause | None:
        """Return the pause of all sends that is in force, or None; also if the journal cannot be read."""
        return await self._try_journal(self._journal.find_pause)

    async def list_recent(self, limit: int) -> list[SendRecord]:
        """Return the latest sends of all accounts, newest first.

        Raises:
            DatabaseUnavailable: the journal cannot be used.
        """
        records: list[SendRecord] = await self._call_journal(self._journal.list_recent, limit)
        return records

    async def _send(self, send_id: str, request: SendRequest) -> SendRecord:
        try:
            record: SendRecord = await self._call_journal(self._journal.begin, send_id)
        except BaseException:
            await self._try_journal(
                self._journal.finish,
                send_id,
                SendState.REJECTED,
                reason="the send could not be recorded",
            )
            raise
        try:
            reply = await self._post(request)
            if isinstance(reply, Message) and not await self._is_reply_to(request, reply):
                reply = "Quo's reply was about another message"
            if isinstance(reply, Message):
                return await self._finish(
                    record, SendState.SENT, message_id=reply.id, status=reply.status
                )
            sent = await self._search_conversation(record)
            return sent or await self._finish(record, SendState.UNKNOWN, reason=reply)
        except Refusal as refusal:
            await self._finish(record, SendState.REJECTED, reason=str(refusal))
            raise
        except BaseException:
            await self._finish(
                record, SendState.UNKNOWN, reason="the server stopped while sending it"
            )
            raise

    async def _post(self, request: SendRequest) -> Message | str:
        """Return the message, or the reason why the outcome is unknown. Raise `Refusal` if the text did not arrive."""
        try:
            with anyio.move_on_after(self._timeouts.post):
                self._failpoint("before the first byte")
                message = await self._messages.post(request)
                self._failpoint("after the reply")
                return message
        except OutcomeUnknown as error:
            # The error's own message is about writes in general, and the next step differs for texts.
            if error.status is None:
                return "the connection was lost before Quo replied"
            accepted = error.status < 300
            return (
                "Quo's reply could not be read"
                if accepted
                else f"Quo replied with HTTP {error.status}"
            )
        except Refusal:
            raise
        except Exception as error:  # noqa: BLE001 - after any failure, the text may have been sent
            return f"{type(error).__name__} while sending it"
        return f"no reply within {self._timeouts.post:g} s"

    async def _is_reply_to(self, request: SendRequest, message: Message) -> bool:
        """Return whether the reply to a POST is about its text: the same words and people, and no known message."""
        if not describes_request(message, request):
            return False
        return not await self._try_journal(self._journal.has_message, message.id)

    async def _search_conversation(self, record: SendRecord) -> SendRecord | None:
        """Return the record once the conversation shows the text. None does not prove that it was not sent."""
        with anyio.move_on_after(self._timeouts.search):
            for pause in self._timeouts.search_delays:
                await anyio.sleep(pause)
                reconciled = await self._reconcile(record)
                if reconciled.state is SendState.SENT:
                    return reconciled
        return None

    async def _reconcile(self, record: SendRecord) -> SendRecord:
        if record.is_forgotten:
            return record
        sent: SentMessages | None = None
        try:
            with anyio.move_on_after(self._timeouts.read):
                self._failpoint("before reading")
                since = (record.began_at or record.created_at) - MAX_SKEW
                sent = await self._messages.read_sent(record, since)
                self._failpoint("after reading")
        except Exception:  # noqa: BLE001 - a failed read leaves the outcome unknown
            return record
        if sent is None:
            return record
        if sent.is_complete and proves_absence(record, sent.messages, now=self._now()):
            reason = f"{record.reason}, {ABSENCE_REASON}"
            return await self._settle(record, SendState.REJECTED, reason)
        if not sent.messages:
            return record
        reconciled: SendRecord | None = await self._try_journal(
            self._journal.reconcile, record.send_id, sent.messages
        )
        return reconciled or record

    async def settle(self, send_id: str, *, has_arrived: bool) -> SendRecord:
        """Record what a person said about a send whose outcome is unknown, and return the send.

        Raises:
            DatabaseUnavailable: the journal cannot be used.
        """
        state = SendState.SENT if has_arrived else SendState.GIVEN_UP
        reason = ARRIVED_REASON if has_arrived else NOT_ARRIVED_REASON
        record: SendRecord = await self._call_journal(
            self._journal.settle, send_id, state, reason=reason
        )
        return record

    async def _settle(self, record: SendRecord, state: SendState, reason: str) -> SendRecord:
        written: SendRecord | None = await self._try_journal(
            self._journal.settle, record.send_id, state, reason=reason
        )
        return written or record

    async def await_outcome(self, record: SendRecord, request: SendRequest) -> SendOutcome:
        """Return the outcome of a duplicate of an earlier send; wait while that one is pending."""
        pause = self._timeouts.poll_delay
        with anyio.move_on_after(self._timeouts.pending_send):
            while record.state.is_pending:
                await anyio.sleep(pause)
                pause = min(2 * pause, 1)
                record = await self._call_journal(self._journal.get, record.send_id) or record
        if record.state is SendState.UNKNOWN:
            record = await self._reconcile(record)
        return SendOutcome(record, is_duplicate=True, match=record.match_of(request))

    async def _finish(self, record: SendRecord, state: SendState, **outcome: Any) -> SendRecord:
        """Return the outcome even if the journal cannot be written; the journal writes it later."""
        written: SendRecord | None = await self._try_journal(
            self._journal.finish, record.send_id, state, **outcome
        )
        return written or replace(record, state=state, **outcome)

    async def _run_in_thread(self, work: Callable[[], Any]) -> Any:
        """Run `work` in a thread, since the journal waits for the disk."""
        return await anyio.to_thread.run_sync(work, limiter=self._thread_limiter)

    async def _call_journal(
        self, work: Callable[..., Any], *arguments: Any, **keywords: Any
    ) -> Any:
        return await self._run_blocking(partial(work, *arguments, now=self._now(), **keywords))

    async def _try_journal(
        self, work: Callable[..., Any], *arguments: Any, **keywords: Any
    ) -> Any | None:
        try:
            return await self._call_journal(work, *arguments, **keywords)
        except Exception:  # noqa: BLE001 - the outcome is a fact even if it cannot be written
            return None
