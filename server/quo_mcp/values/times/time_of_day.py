"""Clock times, on a day or by themselves.

An hour alone ("at 9", "at 14") is on the 24-hour clock; but "at 5" may be either half of the day's,
so what lies before a working morning has to say which it is.
"""

import re
from datetime import UTC, datetime, time, timedelta, timezone
from typing import Final
from zoneinfo import ZoneInfo

from quo_mcp.errors import Misunderstood
from quo_mcp.values.times.calendar_words import Reader, Span, day_of

_CLOCK: Final = re.compile(
    r"(?:(?<=[0-9])t|^(?:at )?|,? (?:at )?)"
    r"(?:(?P<hour>[0-9]{1,2})(?::(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})"
    r"(?:[.,](?P<part>[0-9]{1,9}))?)?)? ?(?P<half>am|pm|a\.m\.|p\.m\.)?|(?P<noon>noon))"
    r" ?(?P<offset>z|utc|gmt|[+-][0-9]{2}(?::?[0-9]{2})?)?$"
)
_MORNING: Final = 8  # the hour from which on an hour alone is no doubt the morning's


def at_clock(text: str, reader: Reader) -> Span | None:
    """A clock time, on a day if one is named: 14:05, yesterday 9am, tuesday at 9, 2026-11-23t14:00z.

    Raises:
        Misunderstood: the hour may be either half of the day's, or the clocks change at that time.
        ValueError: there is no such time.
    """
    clock = _CLOCK.search(text)
    if clock is None:
        return None
    alone = not (clock["minute"] or clock["half"] or clock["noon"])
    if alone and "at " not in clock.group():
        return None
    named = text[: clock.start()]
    on = day_of(named, reader) if named else reader.today
    if on is None:
        return None
    if alone and 0 < int(clock["hour"]) < _MORNING:
        hour = int(clock["hour"])
        raise Misunderstood(
            f'"at {hour}" may be {hour:02d}:00 or {hour + 12}:00. Say {hour}am or {hour}pm.'
        )
    local = datetime.combine(on, _time(clock))
    if clock["offset"]:
        reached = local.replace(tzinfo=_offset(clock["offset"])).astimezone(UTC)
    else:
        reached = _exact(local, reader.zone)
    return Span(reached, reached)


def _time(clock: re.Match[str]) -> time:
    if clock["noon"]:
        return time(12)
    hour = int(clock["hour"])
    if clock["half"]:
        if not 1 <= hour <= 12:
            raise ValueError(hour)
        hour = hour % 12 + (12 if clock["half"].startswith("p") else 0)
    part = (clock["part"] or "").ljust(6, "0")[:6]
    return time(hour, int(clock["minute"] or 0), int(clock["second"] or 0), int(part))


def _offset(text: str) -> timezone:
    if text in {"z", "utc", "gmt"}:
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    east = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-east if text[0] == "-" else east)


def _exact(local: datetime, zone: ZoneInfo) -> datetime:
    """A clock time that there is just once on its day.

    Raises:
        Misunderstood: the change of the clocks skips it, or makes it twice.
    """
    first, second = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    skipped = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local
    raise Misunderstood(
        f"{local:%H:%M} {'does not exist' if skipped else 'happens twice'} on {local:%Y-%m-%d} "
        f"in {zone.key}, where the clocks change. "
        f"Give it with its offset: {first.isoformat()} or {second.isoformat()}."
    )
