"""Read the times in Quo's replies, extreme ones included, so that everything after can calculate with them."""

import re
from datetime import UTC, datetime
from typing import Any, Final

_LEAP_SECOND: Final = re.compile(r"(?<=:[0-9]{2}):60(?:[.,][0-9]+)?")

EARLIEST: Final = datetime.min.replace(tzinfo=UTC)
LATEST: Final = datetime.max.replace(microsecond=0, tzinfo=UTC)  # a float cannot hold a later time


def parse_timestamp(value: Any) -> datetime:
    """Parse an ISO 8601 time, and return it in UTC. Without an offset, it is UTC.

    A leap second is the second before it. A time whose UTC is outside the years 1 to 9999 is the
    first or last moment of these years.

    Raises:
        ValueError: the value is not such a time.
    """
    if isinstance(value, datetime):
        return to_utc(value)
    if not isinstance(value, str):
        raise ValueError("not a time")  # noqa: TRY004 - pydantic reports a ValueError only
    return to_utc(datetime.fromisoformat(_LEAP_SECOND.sub(":59", value.strip().upper())))


def to_utc(moment: datetime) -> datetime:
    """Return the moment in UTC, within the years 1 to 9999."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    try:
        return min(moment.astimezone(UTC), LATEST)
    except OverflowError:
        return EARLIEST if moment.year == 1 else LATEST
