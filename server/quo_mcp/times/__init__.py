"""Moments: read as people say them, written as people read them.

A day's name is a span, and what it comes to depends on the edge that is asked for: "since yesterday"
is its first second, "until yesterday" the first second after it. What is not one clear thing (03/04,
a clock time that a change of the clocks skips or repeats) is refused with the way to say it.

times       writing: when, day, wire, duration, clock; and zones by name
├── read    reading: moment, due
└── days    which days, parts of a day and longer spans words name
"""

from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from quo_mcp.times.read import due, moment

__all__ = [
    "clock",
    "day",
    "due",
    "duration",
    "local_zone",
    "moment",
    "when",
    "wire",
    "zone_named",
]

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
    come within six days: 'Fri 2026-11-27 09:00', '2024-03-12 09:12'. A clock time that the change
    of the clocks makes twice has its offset: 'today 01:30 -05:00'.
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
    return f"{weekday} {date.isoformat()}" if 0 < ahead <= 6 else date.isoformat()


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


def zone_named(name: str) -> ZoneInfo:
    """The time zone of an IANA name, whatever its case.

    Raises:
        ValueError: there is none; the message names the closest.
    """
    name = name.strip()
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        # Listing all zones takes a walk through the disk: only for a name that is not quite one.
        known = {each.casefold(): each for each in available_timezones()}
    found = known.get(name.casefold().replace(" ", "_"))
    if found is not None:
        return ZoneInfo(found)
    raise ValueError(
        f"{name[:60]!r} is no time zone that is known here. {_closest_zones(name, known)}"
        "Use an IANA name such as America/New_York or Europe/London."
    )


def local_zone() -> ZoneInfo:
    """The zone this machine is set to; UTC where it does not say."""
    from tzlocal import get_localzone  # noqa: PLC0415 - reads files; not every launch needs it

    try:
        return ZoneInfo(str(get_localzone()))
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return ZoneInfo("UTC")


def _closest_zones(name: str, known: dict[str, str]) -> str:
    """'Did you mean …? ', or nothing. A city alone is as good as a name."""
    from rapidfuzz import fuzz, process  # noqa: PLC0415 - only for a name that is wrong

    wanted = name.casefold().replace(" ", "_")
    cities = {full: full.rsplit("/", 1)[-1] for full in known if "/" in full}
    by_city = process.extract(wanted.rsplit("/", 1)[-1], cities, scorer=fuzz.ratio, score_cutoff=75)
    names = [known[full] for _, _, full in by_city[:3]]
    return f"Did you mean {' or '.join(names)}? " if names else ""
