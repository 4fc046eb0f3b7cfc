"""One call from its first attempt to its reply or error: the deadline, the turns, the retries."""

import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeAlias, TypeGuard

import anyio

from quo_mcp.errors import GatewayError, OutcomeUnknown, RequestRefused, Unavailable
from quo_mcp.gateway import clock_skew, retry
from quo_mcp.gateway.endpoint import Settings
from quo_mcp.gateway.error_mapping import LOOK, fault
from quo_mcp.gateway.rate_limit import Limiter
from quo_mcp.gateway.request import Call
from quo_mcp.gateway.retry import Loss
from quo_mcp.gateway.transport import Course, Flaw, Reply, Wire

Observer: TypeAlias = Callable[[str, str, int | None, float], None]
"""Told of each attempt: the method, the path with {id} for ids, the status or None, the seconds."""

_log = logging.getLogger(__name__)


def log(method: str, where: str, status: int | None, seconds: float) -> None:
    _log.debug("%s %s: %s in %.3f s", method, where, status or "no reply", seconds)


class Line:
    """Makes calls, all under one rate limit.

    ahead: seconds that the other side's clock is ahead of ours, by its latest reply that told the time.
    """

    def __init__(
        self,
        settings: Settings,
        wire: Wire,
        *,
        clock: Callable[[], float],
        wall: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
        rng: Callable[[], float],
        observer: Observer,
    ) -> None:
        self._settings = settings
        self._wire = wire
        self._limiter = Limiter(clock, sleep)
        self._clock, self._wall, self._sleep, self._rng = clock, wall, sleep, rng
        self._observer = observer
        self.ahead = 0.0

    async def ask(
        self,
        call: Call,
        link: Callable[[], Awaitable[str | None]],
        replaced: Callable[[GatewayError], bool],
    ) -> Reply:
        """The accepted reply; that of a read is whole.

        link: finds the connection to name, within the deadline of the call.
        replaced: whether a failure means that `link` finds another one now; then it is asked once more.
        """
        settings = self._settings
        seconds = settings.write_deadline if call.writes else settings.read_deadline
        until = self._clock() + seconds
        course = Course()
        with anyio.move_on_after(seconds):
            try:
                return await self._attempts(call, await link(), until, course)
            except GatewayError as error:
                if not replaced(error):
                    raise
            course.sent, course.head = False, None
            return await self._attempts(call, await link(), until, course)
        raise self._late(call, course, seconds)

    async def _attempts(
        self, call: Call, connection: str | None, until: float, course: Course
    ) -> Reply:
        headers = self._headers(call, connection)
        attempt = 0
        while True:
            attempt += 1
            await self._limiter.turn(until)
            began, asked_at = self._clock(), self._wall()
            outcome = await self._wire.send(
                call.method,
                call.url,
                headers=headers,
                content=call.content,
                seconds=until - began,
                course=course,
            )
            status = outcome.status if isinstance(outcome, Reply) else None
            if isinstance(outcome, Reply):
                told = clock_skew.ahead(outcome.headers, asked=asked_at, heard=self._wall())
                self.ahead = self.ahead if told is None else told
            self._observer(call.method, call.where, status, self._clock() - began)
            if _done(outcome, call):
                return outcome
            asked = self._retry_after(outcome)
            if status == 429:
                self._limiter.pause(retry.THROTTLED if asked is None else asked)
            wait = retry.wait(
                call.method,
                attempt,
                _failure(outcome),
                asked=asked,
                remaining=until - self._clock(),
                rng=self._rng,
            )
            if wait is None:
                raise self._error(call, outcome)
            course.sent, course.head = False, None
            await self._sleep(wait)

    def _headers(self, call: Call, connection: str | None) -> dict[str, str]:
        headers = {
            "Authorization": f"Bearer {self._settings.key}",
            "User-Agent": self._settings.user_agent,
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
        }
        if call.content is not None:
            headers["Content-Type"] = "application/json"
        if connection is not None:
            headers["Maton-Connection"] = connection
        return headers

    def _retry_after(self, outcome: Reply | Loss) -> float | None:
        if isinstance(outcome, Loss):
            return None
        now = datetime.fromtimestamp(self._wall(), UTC)
        return retry.retry_after(outcome.headers.get("retry-after"), now)

    def _error(self, call: Call, outcome: Reply | Loss) -> GatewayError:
        if isinstance(outcome, Reply) and not outcome.accepted:
            return fault(
                outcome.status,
                outcome.body,
                call.method,
                control=call.control,
                retry_after=self._retry_after(outcome),
                secrets=(self._settings.key,),
            )
        if isinstance(outcome, Reply) and outcome.flaw is Flaw.LARGE:
            return RequestRefused(
                "The reply is larger than this server reads. Ask for less at once (a smaller "
                "page, a shorter time).",
                status=outcome.status,
                source="gateway",
            )
        if outcome is Loss.UNSENT or not call.writes:
            undone = "sent" if call.writes else "changed"
            return Unavailable(
                f"The connection to the gateway failed or broke off; nothing was {undone}. "
                "Check the network, or try again in a minute.",
                source="network",
            )
        return OutcomeUnknown(
            f"The request was sent and the connection broke before a reply came. {LOOK}.",
            source="network",
        )

    def _late(self, call: Call, course: Course, seconds: float) -> GatewayError:
        """The deadline has passed: say what is known of the attempt that it ended."""
        if course.head is not None and not course.head.accepted:
            return self._error(call, course.head)
        if not call.writes:
            return Unavailable(
                f"No whole reply came within {seconds:g} s; nothing was changed. Ask for less at "
                "once, or try again in a minute.",
                source="network",
            )
        if course.head is not None:
            return accepted_but(course.head, "it did not arrive in time")
        if course.sent:
            return OutcomeUnknown(
                f"The request was sent and no reply came within {seconds:g} s. {LOOK}.",
                source="network",
            )
        return Unavailable(
            f"There was no way through to the gateway within {seconds:g} s; nothing was sent. "
            "Try again in a minute.",
            source="network",
        )


def accepted_but(reply: Reply, flaw: str) -> OutcomeUnknown:
    """A write was taken, and what came of it (an id, say) is not known."""
    return OutcomeUnknown(
        f"The request was accepted (HTTP {reply.status}), but the reply could not be read: "
        f"{flaw}. {LOOK}.",
        status=reply.status,
        source="gateway",
    )


def _done(outcome: Reply | Loss, call: Call) -> TypeGuard[Reply]:
    """A write is done once it is accepted; a read, once its reply is whole."""
    return isinstance(outcome, Reply) and outcome.accepted and (call.writes or outcome.flaw is None)


def _failure(outcome: Reply | Loss) -> Loss | int:
    if isinstance(outcome, Loss):
        return outcome
    broken = outcome.accepted and outcome.flaw is not Flaw.LARGE
    return Loss.CUT if broken else outcome.status
