"""The difference between the gateway's clock and ours. Pure: times are arguments."""

from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime


def estimate_skew(
    headers: Mapping[str, str], *, sent_at: float, received_at: float
) -> float | None:
    """Return the seconds by which the gateway's clock is certainly ahead of ours.

    Negative if it is behind, 0 if the clocks may agree, None if the reply has no usable date.

    headers: the reply's, with lower-case names. `date` has whole seconds (RFC 9110 §6.6.1).
    sent_at, received_at: our clock in Unix seconds when the request left and the reply arrived.
    """
    if "age" in headers:  # a cached reply has the date at which it was cached
        return None
    try:
        date = parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, OverflowError):
        return None
    gateway_time = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    min_skew, max_skew = gateway_time - received_at, gateway_time + 1 - sent_at
    return max(min_skew, min(0.0, max_skew))
