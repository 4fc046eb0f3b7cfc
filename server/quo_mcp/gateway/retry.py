"""Whether to try again, and after how long. Pure: the clock and the dice come in as arguments.

failure         read                  write
UNSENT          again                 again: it surely did not arrive
CUT             again                 never: it may have arrived
429             again                 again: it was turned away at the door
408 502 503 504 again                 never
500             again, once           never (often an expired authorization, which stays expired)
other           never                 never
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from math import ceil

ATTEMPTS = 3
THROTTLED = 1.0  # seconds to stand back after a 429 that names none: the limit is per second
LONGEST = 86_400.0  # seconds; who asks for more than a day is not taken at their word
_SHORT, _LONG = 0.25, 4.0  # seconds: the first back-off at most, and the longest


class Loss(Enum):
    """Why there is no reply.

    UNSENT: no connection came about, so the request surely did not arrive.
    CUT: it may have arrived: a time-out, a reset, half a reply.
    """

    UNSENT = "unsent"
    CUT = "cut"


def wait(
    method: str,
    attempt: int,
    failure: Loss | int,
    *,
    asked: float | None,
    remaining: float,
    rng: Callable[[], float],
) -> float | None:
    """Seconds to wait before the next attempt, or None where there shall be none.

    attempt: how many were made, this one included.
    failure: the HTTP status, or why there is none.
    asked: the seconds of the reply's Retry-After.
    remaining: seconds left for the whole call; there is no use in waiting longer.
    rng: a number in [0, 1).
    """
    if not _may_repeat(method, attempt, failure):
        return None
    if failure == 429:
        seconds = (THROTTLED if asked is None else asked) + rng() * 0.1
    else:
        seconds = max(rng() * min(_LONG, _SHORT * 2 ** (attempt - 1)), asked or 0.0)
    return seconds if seconds < remaining else None


def _may_repeat(method: str, attempt: int, failure: Loss | int) -> bool:
    if attempt >= ATTEMPTS:
        return False
    if failure in {Loss.UNSENT, 429}:
        return True
    if method != "GET":
        return False
    return failure in {Loss.CUT, 408, 502, 503, 504} or (failure == 500 and attempt == 1)


def retry_after(header: str | None, now: datetime) -> float | None:
    """The seconds of a Retry-After header in either form, a day at most; None where it says nothing readable."""
    text = (header or "").strip()
    if re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{1,9})?", text):
        return min(float(text), LONGEST)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:  # "-0000" means UTC of unknown origin
        moment = moment.replace(tzinfo=UTC)
    return min(max(0.0, (moment - now).total_seconds()), LONGEST)


def span(seconds: float) -> str:
    """How long to wait, as one says it: `12 s`, `5 minutes`, `3 hours`, `a day`."""
    if seconds <= 90:
        return f"{ceil(seconds)} s"
    minutes, hours = ceil(seconds / 60), ceil(seconds / 3600)
    if minutes <= 90:
        return f"{minutes} minutes"
    return f"{hours} hours" if hours < 24 else "a day"
