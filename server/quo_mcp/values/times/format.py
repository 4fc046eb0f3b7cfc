"""Format times and durations for people, and times for Quo's API."""

from datetime import datetime
from math import ceil
from typing import Final
from zoneinfo import ZoneInfo

from quo_mcp.values.times.timestamps import to_utc

_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def format_iso(time: datetime) -> str:
    """Format a time as Quo's API does, in UTC with milliseconds: '2026-11-23T14:00:00.000Z'."""
    return f"{to_utc(time).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def format_time(time: datetime, *, zone: ZoneInfo) -> str:
    """Format a time as 'Wed 2026-11-25 14:30'. `parse_time` reads it back.

    A clock time that a daylight saving change repeats has its offset: 'Sun 2026-11-01 01:30 -05:00'. A time
    that the zone's calendar does not reach is in UTC: 'Mon 0001-01-01 00:00 UTC'.
    """
    local = to_local(time, zone)
    is_repeated = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    offset = f" {local.isoformat()[-6:]}" if is_repeated else "" if local.tzinfo is zone else " UTC"
    return f"{format_day(time, zone=zone)} {local:%H:%M}{offset}"


def format_zoned_time(time: datetime, *, zone: ZoneInfo) -> str:
    """Format a time as 'Wed 2026-11-25 14:30 (America/Los_Angeles)', for text without a line about the zone."""
    return f"{format_time(time, zone=zone)} ({zone.key})"


def format_day(time: datetime, *, zone: ZoneInfo) -> str:
    """Format the day of a time as 'Wed 2026-11-25'."""
    day = to_local(time, zone).date()
    return f"{_WEEKDAYS[day.weekday()]} {day.isoformat()}"


def to_local(time: datetime, zone: ZoneInfo) -> datetime:
    """Return the time in a zone; in UTC if the zone's calendar does not reach it, in the years 1 and 9999."""
    try:
        return time.astimezone(zone)
    except OverflowError:
        return to_utc(time)


def format_duration(seconds: float) -> str:
    """Format as '33 s', '41 min 18 s' or '1 h 2 min 5 s', rounded to whole seconds."""
    minutes, second = divmod(max(0, round(seconds)), 60)
    hours, minute = divmod(minutes, 60)
    units = ((hours, "h"), (minute, "min"), (second, "s"))
    return " ".join(f"{count} {unit}" for count, unit in units if count) or "0 s"


def format_wait(seconds: float) -> str:
    """Format a waiting time, rounded up: 'about 50 s', 'about 5 min', 'about 1 h 30 min', 'about 3 h'."""
    unit = 1 if seconds <= 60 else 60 if seconds < 7200 else 3600
    return f"about {format_duration(ceil(seconds / unit) * unit)}"


def format_position(seconds: float) -> str:
    """Format a position in a recording, truncated to whole seconds: '0:42', '1:02:03'."""
    minutes, second = divmod(max(0, int(seconds)), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"
