"""How far the other side's clock is ahead of ours. Pure: both clocks' times come in as arguments."""

from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime


def ahead(headers: Mapping[str, str], *, asked: float, heard: float) -> float | None:
    """Seconds by which the other side's clock is ahead of ours, as far as one reply is sure of it.

    Negative where it is behind, 0 where the two may agree, None where the reply does not say.

    headers: its own, in lower case; `date` is in whole seconds, and from between the two moments.
    asked, heard: when the request left and its reply came by our clock, in seconds since 1970.
    """
    if "age" in headers:  # out of somebody's store, with the date of then
        return None
    try:
        moment = parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, OverflowError):
        return None
    theirs = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    least, most = theirs - heard, theirs + 1 - asked
    return max(least, min(0.0, most))
