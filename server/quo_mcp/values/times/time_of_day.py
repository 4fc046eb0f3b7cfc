"""Parse clock times, alone or on a day.

A bare hour ("at 9", "at 14") is on the 24-hour clock. "at 5" could also mean 5 pm, so a bare hour
before `_FIRST_CLEAR_HOUR` is rejected.
"""

import re
from datetime import UTC, datetime, time, timedelta, timezone
from typing import Final
from zoneinfo import ZoneInfo

from quo_mcp.errors import InvalidArguments
from quo_mcp.values.times.calendar_words import TimeContext, TimeSpan, parse_day

_CLOCK: Final = re.compile(
    r"(?:(?<=[0-9])t|^(?:at )?|,? (?:at )?)"
    r"(?:(?P<hour>[0-9]{1,2})(?::(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})"
    r"(?:[.,](?P<fraction>[0-9]{1,9}))?)?)? ?(?P<half>am|pm|a\.m\.|p\.m\.)?|(?P<noon>noon))"
    r" ?(?P<offset>z|utc|gmt|[+-][0-9]{2}(?::?[0-9]{2})?)?$"
)
_FIRST_CLEAR_HOUR: Final = 8  # from here on, a bare hour is surely in the morning


def parse_time_of_day(text: str, context: TimeContext) -> TimeSpan | None:
    """Parse a clock time with an optional day: 14:05, yesterday 9am, tuesday at 9, 2026-11-23t14:00z.

    Returns a span without length, or None if the text is not a clock time.

    Raises:
        InvalidArguments: the hour could be am or pm, or a daylight saving change skips or repeats the time.
        ValueError: the time does not exist.
    """
    clock = _CLOCK.search(text)
    if clock is None:
        return None
    is_bare_hour = not (clock["minute"] or clock["half"] or clock["noon"])
    if is_bare_hour and "at " not in clock.group():
        return None
    day_text = text[: clock.start()]
    day = parse_day(day_text, context) if day_text else context.today
    if day is None:
        return None
    if is_bare_hour and 0 < int(clock["hour"]) < _FIRST_CLEAR_HOUR:
        hour = int(clock["hour"])
        raise InvalidArguments(
            f'"at {hour}" can mean {hour:02d}:00 or {hour + 12}:00. Write {hour}am or {hour}pm.'
        )
    local = datetime.combine(day, _clock_time(clock))
    if clock["offset"]:
        utc = local.replace(tzinfo=_parse_offset(clock["offset"])).astimezone(UTC)
    else:
        utc = _local_to_utc(local, context.zone)
    return TimeSpan(utc, utc)


def _clock_time(clock: re.Match[str]) -> time:
    if clock["noon"]:
        return time(12)
    hour = int(clock["hour"])
    if clock["half"]:
        if not 1 <= hour <= 12:
            raise ValueError(hour)
        hour = hour % 12 + (12 if clock["half"].startswith("p") else 0)
    microseconds = (clock["fraction"] or "").ljust(6, "0")[:6]
    return time(hour, int(clock["minute"] or 0), int(clock["second"] or 0), int(microseconds))


def _parse_offset(text: str) -> timezone:
    if text in {"z", "utc", "gmt"}:
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    east = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-east if text[0] == "-" else east)


def _local_to_utc(local: datetime, zone: ZoneInfo) -> datetime:
    """Convert a local time to UTC.

    Raises:
        InvalidArguments: a daylight saving change skips or repeats this local time.
    """
    first, second = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    skipped = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local
    raise InvalidArguments(
        f"{local:%H:%M} {'does not exist' if skipped else 'happens twice'} on {local:%Y-%m-%d} "
        f"in {zone.key}, because of a daylight saving change. "
        f"Add the offset: {first.isoformat()} or {second.isoformat()}."
    )
