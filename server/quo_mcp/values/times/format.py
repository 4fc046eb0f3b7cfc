"""Moments and lengths of time as people read them, and as Quo does."""

from datetime import UTC, datetime
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


def wire(moment: datetime) -> str:
    """As Quo writes moments: '2026-11-23T14:00:00.000Z'."""
    return (
        moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
    )


def when(moment: datetime, *, now: datetime, zone: ZoneInfo) -> str:
    """A moment as seen at another, short and without a doubt; `read` reads each form back.

    'today 14:05', 'yesterday 09:12', 'tomorrow 09:00'; 'Mon 09:12' is one of the last six days,
    '12 Mar 09:12' lies behind in this year; all else has its date, with the weekday where it is to
    come: 'Fri 2026-11-27 09:00', '2024-03-12 09:12'. A clock time that the change of the clocks
    makes twice has its offset: 'today 01:30 -05:00'.
    """
    local = moment.astimezone(zone)
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    offset = f" {local.isoformat()[-6:]}" if twice else ""
    return f"{day(moment, now=now, zone=zone)} {local:%H:%M}{offset}"


def day(moment: datetime, *, now: datetime, zone: ZoneInfo) -> str:
    """The day of a moment, in the words of `when`."""
    date, today = moment.astimezone(zone).date(), now.astimezone(zone).date()
    ahead = (date - today).days
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}
    weekday = _WEEKDAYS[date.weekday()]
    if ahead in near:
        return near[ahead]
    if -6 <= ahead < 0:
        return weekday
    if ahead < 0 and date.year == today.year:
        return f"{date.day} {_MONTHS[date.month - 1]}"
    return f"{weekday} {date.isoformat()}" if ahead > 0 else date.isoformat()


def duration(seconds: float) -> str:
    """'42 sec', '12 min', '1 h 05 min': rounded to the nearest second below a minute, minute above."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} sec"
    minutes = (whole + 30) // 60
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"


def clock(seconds: float) -> str:
    """'0:42', '1:02:03': a place in a recording; part seconds are cut."""
    minutes, second = divmod(max(0, int(seconds)), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02d}:{second:02d}" if hours else f"{minute}:{second:02d}"
