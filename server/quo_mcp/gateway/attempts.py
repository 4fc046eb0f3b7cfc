"""Sends one request with its deadline, rate limit and retries, and returns its reply or raises its error."""

import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeAlias, TypeGuard

import anyio

from quo_mcp.errors import (
    AccessDenied,
    GatewayError,
    OutcomeUnknown,
    RequestRejected,
    Unavailable,
)
from quo_mcp.gateway import clock_skew, retry
from quo_mcp.gateway.endpoint import GatewayConfig
from quo_mcp.gateway.error_mapping import VERIFY_FIRST, error_for
from quo_mcp.gateway.instruments import count_event, open_span, record_seconds, route_of
from quo_mcp.gateway.network_fault import NetworkFault
from quo_mcp.gateway.rate_limit import Limiter, RequestQueue
from quo_mcp.gateway.request import ApiRequest
from quo_mcp.gateway.retry import NoReply
from quo_mcp.gateway.transport import AttemptProgress, BodyError, HttpTransport, Reply

Observer: TypeAlias = Callable[[str, str, int | None, float], None]
"""Receives each attempt: the method, the path with {id} for ids, the status or None, the seconds."""

NO_REPLY = "no reply"  # in place of a status, in counters

_log = logging.getLogger(__name__)


def log_attempt(method: str, path: str, status: int | None, seconds: float) -> None:
    _log.debug("%s %s: %s in %.3f s", method, path, status or "no reply", seconds)


class RetryingSender:
    """Sends requests under one rate limit.

    clock_skew: seconds by which the gateway's clock is ahead of ours, from its latest dated reply.
    has_reply_date: whether the latest reply was dated. throttled_replies: the number of replies with HTTP 429.
    """

    def __init__(
        self,
        config: GatewayConfig,
        transport: HttpTransport,
        *,
        clock: Callable[[], float],
        wall: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        rng: Callable[[], float],
        observer: Observer,
        limiter: Limiter | None = None,
    ) -> None:
        self._config = config
        self._transport = transport
        self._queue = RequestQueue(clock, sleep, limiter)
        self._clock, self._wall, self._sleep, self._rng = clock, wall, sleep, rng
        self._observer = observer
        self._logged_fault: NetworkFault | None = None
        self.clock_skew = 0.0
        self._dated_at: tuple[float, float] | None = None  # the gateway's time, and ours then
        self.has_reply_date = False
        self.throttled_replies = 0

    @property
    def gateway_seconds(self) -> float | None:
        """The gateway's time in Unix seconds: that of its latest dated reply, and what has passed since; or None."""
        if self._dated_at is None:
            return None
        gateway_time, at = self._dated_at
        return gateway_time + self._clock() - at

    async def send(
        self,
        request: ApiRequest,
        choose_connection: Callable[[], Awaitable[str | None]],
        is_connection_replaced: Callable[[GatewayError], bool],
    ) -> Reply:
        """Send `request` and return the successful reply; that of a read has a complete body.

        choose_connection: returns the id of the Maton connection to name, or None. Its time counts
            against the request's deadline.
        is_connection_replaced: whether the error means that `choose_connection` now returns another
            connection. The request is then sent once more.

        Raises:
            GatewayError: OutcomeUnknown for a write that may have been done, or another kind.
        """
        config = self._config
        timeout = config.write_timeout if request.is_write else config.read_timeout
        deadline = self._clock() + timeout
        progress = AttemptProgress()
        with anyio.move_on_after(timeout):
            try:
                return await self._send_with_retries(
                    request, await choose_connection(), deadline, progress
                )
            except GatewayError as error:
                if not is_connection_replaced(error):
                    raise
            progress.reset()
            return await self._send_with_retries(
                request, await choose_connection(), deadline, progress
            )
        raise self._timeout_error(request, progress, timeout)

    async def _send_with_retries(
        self,
        request: ApiRequest,
        connection_id: str | None,
        deadline: float,
        progress: AttemptProgress,
    ) -> Reply:
        headers = self._headers(request, connection_id)
        labels = {"method": request.method, "route": route_of(request.log_path)}
        attempt = 0
        while True:
            attempt += 1
            await self._wait_for_turn(request, deadline)
            started, sent_at = self._clock(), self._wall()
            with open_span("quo_mcp.request", **labels, attempt=attempt) as span:
                outcome = await self._transport.send(
                    request.method,
                    request.url,
                    headers=headers,
                    content=request.content,
                    timeout=deadline - started,
                    progress=progress,
                )
                status = outcome.status if isinstance(outcome, Reply) else None
                if span:
                    span.set_attribute("status", status or NO_REPLY)
            count_event("quo_mcp.requests", **labels, status=status or NO_REPLY)
            if isinstance(outcome, Reply):
                self.has_reply_date = "date" in outcome.headers
                skew = clock_skew.estimate_skew(
                    outcome.headers, sent_at=sent_at, received_at=self._wall()
                )
                if skew is not None:
                    self.clock_skew = skew
                    self._dated_at = (self._wall() + skew, self._clock())
            self._observer(request.method, request.log_path, status, self._clock() - started)
            self._log_fault(progress.network_fault)
            if _is_complete(outcome, request):
                return outcome
            retry_after = self._retry_after(outcome)
            if status == 429:
                self.throttled_replies += 1
                pause = retry.THROTTLE_PAUSE if retry_after is None else retry_after
                await self._queue.pause(request.endpoint, pause)
            wait = retry.backoff(
                request.method,
                attempt,
                _failure_of(outcome),
                retry_after=retry_after,
                remaining=deadline - self._clock(),
                rng=self._rng,
            )
            if wait is None:
                raise self._error_for(request, outcome, progress)
            progress.reset()
            count_event("quo_mcp.retries", **labels, reason=status or NO_REPLY)
            await self._sleep(wait)

    async def _wait_for_turn(self, request: ApiRequest, deadline: float) -> None:
        """Wait for the rate limit; raise as `RequestQueue.acquire`."""
        began = self._clock()
        try:
            await self._queue.acquire(deadline, request.endpoint)
        finally:
            record_seconds("quo_mcp.rate_limit.wait", self._clock() - began)

    def _headers(self, request: ApiRequest, connection_id: str | None) -> dict[str, str]:
        headers = {
            "Authorization": self._config.authorization,
            "User-Agent": self._config.user_agent,
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
        }
        if request.content is not None:
            headers["Content-Type"] = "application/json"
        if connection_id is not None:
            headers["Maton-Connection"] = connection_id
        return headers

    def _retry_after(self, outcome: Reply | NoReply) -> float | None:
        if isinstance(outcome, NoReply):
            return None
        now = datetime.fromtimestamp(self._wall(), UTC)
        return retry.parse_retry_after(outcome.headers.get("retry-after"), now)

    def _log_fault(self, network_fault: NetworkFault | None) -> None:
        """Log a fault once, until a request connects or another fault occurs."""
        if network_fault is not None and network_fault != self._logged_fault:
            _log.warning("%s. %s.", network_fault.problem, network_fault.next_step)
        self._logged_fault = network_fault

    def _error_for(
        self, request: ApiRequest, outcome: Reply | NoReply, progress: AttemptProgress
    ) -> GatewayError:
        if isinstance(outcome, Reply) and not outcome.is_success:
            return error_for(
                outcome.status,
                outcome.body,
                request.method,
                is_control=request.is_control,
                peer=self._config.peer,
                retry_after=self._retry_after(outcome),
                secrets=(self._config.api_key,),
                argument_names=self._config.argument_names,
            )
        if isinstance(outcome, Reply) and outcome.body_error is BodyError.TOO_LARGE:
            return RequestRejected(
                "The reply exceeds this server's size limit. Use a smaller limit or a shorter time range.",
                status=outcome.status,
                source="gateway",
            )
        if progress.network_fault is not None:
            return _connection_error(request, progress.network_fault)
        if not request.is_write:
            return Unavailable(
                f"The connection to {self._config.peer.name} failed before the reply was complete; nothing was changed. "
                "Try again in a minute. If this continues, check the network.",
                source="network",
            )
        return OutcomeUnknown(
            f"Outcome unknown: the request was sent, but the connection failed before a reply arrived. {VERIFY_FIRST}.",
            source="network",
        )

    def _timeout_error(
        self, request: ApiRequest, progress: AttemptProgress, timeout: float
    ) -> GatewayError:
        """Return the error for a passed deadline, from what is known of the attempt it ended."""
        if progress.head is not None and not progress.head.is_success:
            return self._error_for(request, progress.head, progress)
        if progress.network_fault is not None and not progress.maybe_sent:
            return _connection_error(request, progress.network_fault)
        if not request.is_write:
            return Unavailable(
                f"No complete reply arrived within {timeout:g} s; nothing was changed. Use a smaller limit or a "
                "shorter time range, or try again in a minute.",
                source="network",
            )
        if progress.head is not None:
            return unreadable_success(progress.head, "it did not arrive in time")
        if progress.maybe_sent:
            return OutcomeUnknown(
                f"Outcome unknown: the request was sent, but no reply arrived within {timeout:g} s. {VERIFY_FIRST}.",
                source="network",
            )
        return Unavailable(
            f"{self._config.peer.title} could not be reached within {timeout:g} s; nothing was sent. Try again in a minute.",
            source="network",
        )


def _connection_error(request: ApiRequest, network_fault: NetworkFault) -> GatewayError:
    error_type = AccessDenied if network_fault.is_permanent else Unavailable
    undone = "sent" if request.is_write else "changed"
    retry_hint = "" if network_fault.is_permanent else " Otherwise, try again in a minute."
    return error_type(
        f"{network_fault.problem}; nothing was {undone}. {network_fault.next_step}.{retry_hint}",
        source="network",
    )


def unreadable_success(reply: Reply, reason: str) -> OutcomeUnknown:
    """Return the error for an accepted write whose result, such as an id, is unknown.

    reason: why the reply is unreadable, as the end of a sentence.
    """
    return OutcomeUnknown(
        f"The request was accepted (HTTP {reply.status}), but its reply could not be read: "
        f"{reason}. {VERIFY_FIRST}.",
        status=reply.status,
        source="gateway",
    )


def _is_complete(outcome: Reply | NoReply, request: ApiRequest) -> TypeGuard[Reply]:
    """Whether the request is done. A write needs a success status; a read needs its body as well."""
    return (
        isinstance(outcome, Reply)
        and outcome.is_success
        and (request.is_write or outcome.body_error is None)
    )


def _failure_of(outcome: Reply | NoReply) -> NoReply | int:
    """Return the failure for `retry.backoff`. A truncated body is retried like a lost reply."""
    if isinstance(outcome, NoReply):
        return outcome
    is_truncated = outcome.is_success and outcome.body_error is not BodyError.TOO_LARGE
    return NoReply.MAYBE_SENT if is_truncated else outcome.status
