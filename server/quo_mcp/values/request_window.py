"""The account's limit of ten requests per second, and when the next request may be sent. Pure.

Times are seconds of one clock, which every user of a window shares. A time that lies too far ahead is
ignored, because the clock was set back since it was recorded.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

MAX_REQUESTS = 10
# A background request is sent only if three slots remain, so that a call does not wait for one.
MAX_WITH_BACKGROUND = 7
# The gateway counts arrivals, not departures. A request that arrives late, for instance over a new
# connection, counts together with those sent a second later. The extra 80 ms absorb that.
WINDOW_SECONDS = 1.08
# The longest pause of all requests: the account's limit is per second. A longer Retry-After is about
# the endpoint that sent it, so only that endpoint waits.
MAX_SHARED_PAUSE = 5.0
DEFAULT_PAUSE = 1.0
MAX_ENDPOINT_PAUSE = 300.0
_CLAIM_SECONDS = (
    0.1  # a call that waits for a slot asks again within this time after the slot is free
)


class Admission(NamedTuple):
    """Whether a request may be sent now.

    wait: seconds until the next attempt; 0 if the request may be sent, and is counted.
    is_endpoint_paused: the endpoint alone is paused; requests to others may be sent.
    """

    wait: float
    is_endpoint_paused: bool = False


@dataclass(slots=True)
class RequestWindow:
    """At most `limit` requests in any span of `seconds`.

    sent: the times of the latest requests, in order.
    paused_until: no request may be sent before this time.
    claimed_until: until this time, free slots are left to calls that wait, not to background requests.
    endpoint_pauses: the time until which each endpoint is paused.
    """

    limit: int = MAX_REQUESTS
    seconds: float = WINDOW_SECONDS
    sent: list[float] = field(default_factory=list)
    paused_until: float = 0.0
    claimed_until: float = 0.0
    endpoint_pauses: dict[str, float] = field(default_factory=dict)

    def take(self, now: float, endpoint: str = "", *, is_background: bool = False) -> Admission:
        """Count a request at `now`, or return how long it has to wait.

        is_background: whether no call waits for the request. It leaves slots to calls that wait.
        """
        self._drop_expired(now)
        if endpoint in self.endpoint_pauses:
            return Admission(self.endpoint_pauses[endpoint] - now, is_endpoint_paused=True)
        limit = min(self.limit, MAX_WITH_BACKGROUND) if is_background else self.limit
        free_at = self.sent[-limit] + self.seconds if len(self.sent) >= limit else now
        free_at = max(free_at, self.paused_until, self.claimed_until if is_background else now)
        if free_at <= now:
            self.sent.append(now)
            return Admission(0.0)
        if not is_background:
            self.claimed_until = free_at + _CLAIM_SECONDS
        return Admission(free_at - now)

    def pause(self, now: float, seconds: float, endpoint: str) -> None:
        """Send nothing to `endpoint` for `seconds`, and nothing at all for a short part of them."""
        shared_seconds = seconds if seconds <= MAX_SHARED_PAUSE else DEFAULT_PAUSE
        self.paused_until = max(self.paused_until, now + shared_seconds)
        until = now + min(seconds, MAX_ENDPOINT_PAUSE)
        self.endpoint_pauses[endpoint] = max(until, self.endpoint_pauses.get(endpoint, until))

    def _drop_expired(self, now: float) -> None:
        self.sent = [time for time in self.sent if time <= now < time + self.seconds]
        self.paused_until = min(self.paused_until, now + MAX_SHARED_PAUSE)
        self.claimed_until = min(self.claimed_until, now + MAX_SHARED_PAUSE + self.seconds)
        self.endpoint_pauses = {
            endpoint: min(until, now + MAX_ENDPOINT_PAUSE)
            for endpoint, until in self.endpoint_pauses.items()
            if until > now
        }
