"""Whether to retry a request, and after how long. Pure: the clock and the randomness are arguments.

failure         read        write
NOT_SENT        retry       retry: the request did not arrive
BLOCKED         never       never: only a person can open the way
MAYBE_SENT      retry       never: the request may have arrived
429             retry       retry: the request was rejected before it was processed
408 502 503 504 retry       never
500             retry once  never (often an expired authorization, which does not recover)
other           never       never
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum

MAX_ATTEMPTS = 3
MAX_THROTTLED_ATTEMPTS = (
    6  # the gateway did nothing with a 429, and other users of the key may leave room
)
THROTTLE_PAUSE = 1.0  # seconds after a 429 without Retry-After: the limit is per second
# Seconds; a longer Retry-After is cut to this. Retrying sooner may prolong a ban, but one wrong header
# must not stop an endpoint for a day, so it is tried every five minutes.
MAX_RETRY_AFTER = 300.0
TOO_MANY_REQUESTS = "Too many requests in a short time; this request was not carried out"
_FIRST_BACKOFF, _MAX_BACKOFF = 0.25, 4.0  # seconds


class NoReply(Enum):
    """Why there is no reply.

    NOT_SENT: no connection was established, so the request did not arrive.
    BLOCKED: the request was not sent, and the next attempt would fail as well.
    MAYBE_SENT: the request may have arrived: a time-out, a reset, or half a reply.
    """

    NOT_SENT = "not sent"
    BLOCKED = "blocked"
    MAYBE_SENT = "maybe sent"


def backoff(
    method: str,
    attempt: int,
    failure: NoReply | int,
    *,
    retry_after: float | None,
    remaining: float,
    rng: Callable[[], float],
) -> float | None:
    """Return the seconds to wait before the next attempt, or None to give up.

    attempt: number of attempts so far, including the failed one.
    failure: the HTTP status, or why there is no reply.
    retry_after: seconds from the Retry-After header, or None.
    remaining: seconds until the request's deadline.
    rng: returns a number in [0, 1).
    """
    if not _is_retryable(method, attempt, failure):
        return None
    if failure == 429:
        seconds = (THROTTLE_PAUSE if retry_after is None else retry_after) + rng() * 0.1
    else:
        jitter = rng() * min(_MAX_BACKOFF, _FIRST_BACKOFF * 2 ** (attempt - 1))
        seconds = max(jitter, retry_after or 0.0)
    return seconds if seconds < remaining else None


def _is_retryable(method: str, attempt: int, failure: NoReply | int) -> bool:
    if attempt >= (MAX_THROTTLED_ATTEMPTS if failure == 429 else MAX_ATTEMPTS):
        return False
    if failure in {NoReply.NOT_SENT, 429}:
        return True
    if method != "GET":
        return False
    return failure in {NoReply.MAYBE_SENT, 408, 502, 503, 504} or (failure == 500 and attempt == 1)


def parse_retry_after(header: str | None, now: datetime) -> float | None:
    """Return the seconds of a Retry-After header (RFC 9110 §10.2.3), at most `MAX_RETRY_AFTER`.

    Both forms are accepted: seconds and an HTTP date. An absent or unreadable header is None.
    """
    text = (header or "").strip()
    if re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{1,9})?", text):
        return min(float(text), MAX_RETRY_AFTER)
    try:
        retry_at = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if retry_at.tzinfo is None:  # "-0000" is UTC without a known local zone
        retry_at = retry_at.replace(tzinfo=UTC)
    return min(max(0.0, (retry_at - now).total_seconds()), MAX_RETRY_AFTER)
