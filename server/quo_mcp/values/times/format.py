"""Format times and durations for people, and times for Quo's API."""

from datetime import UTC, datetime
from math import ceil
from typing import Final
from zoneinfo import ZoneInfo

_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = (
    "Jan",
    "Feb",
    "Mar",
    "Apr",
    "May",
    "Jun",
    "Jul",
    "Aug",
    "Sep",
    "Oct",
    "Nov",
    "Dec",
)


def format_iso(time: datetime) -> str:
    """Format a time as Quo's API does, in UTC with milliseconds: '2026-11-23T14:00:00.000Z'."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03d}Z"


def format_time(time: datetime, *, now: datetime, zone: ZoneInfo) -> str:
    """Format a time relative to `now`, short and unambiguous. `parse_time` reads every form back.

    'today 14:05', 'yesterday 09:12' and 'tomorrow 09:00' are near. 'Mon 09:12' is within the last six
    days, and '12 Mar 09:12' is earlier in this year. Any other past time has its date: '2024-03-12 09:12'.
    A later time also has its weekday: 'Fri 2026-11-27 09:00'. A clock time that a daylight saving change
    repeats has its offset: 'today 01:30 -05:00'.
    """
    local = time.astimezone(zone)
    is_repeated = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    offset = f" {local.isoformat()[-6:]}" if is_repeated else ""
    return f"{format_day(time, now=now, zone=zone)} {local:%H:%M}{offset}"


def format_day(time: datetime, *, now: datetime, zone: ZoneInfo) -> str:
    """Format the day of a time like `format_time`."""
    date, today = time.astimezone(zone).date(), now.astimezone(zone).date()
    days_ahead = (date - today).days
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}
    weekday = _WEEKDAYS[date.weekday()]
    if days_ahead in near:
        return near[days_ahead]
    if -6 <= days_ahead < 0:
        return weekday
    if days_ahead < 0 and date.year == today.year:
        return f"{date.day} {_MONTHS[date.month - 1]}"
    return f"{weekday} {date.isoformat()}" if days_ahead > 0 else date.isoformat()


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
