"""Moments: read as people say them, written as people read them.

A day's name is a span, and what it comes to depends on the edge that is asked for: "since yesterday"
is its first second, "until yesterday" the first second after it. What is not one clear thing (03/04,
a clock time that a change of the clocks skips or repeats) is refused with the way to say it.

times       zones by name
├── write   writing: when, day, wire, duration, clock
├── read    reading: moment, due, date_named
├── clocks  clock times, on a day or by themselves
└── days    which days, parts of a day and longer spans words name
"""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from quo_mcp.values.times.format import clock, day, duration, when, wire
from quo_mcp.values.times.parse import date_named, due, moment

__all__ = [
    "clock",
    "date_named",
    "day",
    "due",
    "duration",
    "local_zone",
    "moment",
    "when",
    "wire",
    "zone_named",
]


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
