"""The clock, and time zones by name."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones


def utc_now() -> datetime:
    """Return the current time, aware, in UTC."""
    return datetime.now(UTC)


def find_zone(name: str) -> ZoneInfo:
    """Return the time zone with an IANA name; case and spaces do not matter.

    Raises:
        ValueError: no zone has this name. The message suggests similar names.
    """
    name = name.strip()
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        # Only a misspelled name needs the list: it takes a walk through the file system.
        names = {zone_name.casefold(): zone_name for zone_name in available_timezones()}
    exact_name = names.get(name.casefold().replace(" ", "_"))
    if exact_name is not None:
        return ZoneInfo(exact_name)
    raise ValueError(
        f'unknown time zone "{name[:60]}". {_suggest_zones(name, names)}'
        "Use an IANA name such as America/New_York or Europe/London."
    )


def local_zone() -> ZoneInfo:
    """Return the time zone of this machine, or UTC if it has none."""
    from tzlocal import get_localzone  # noqa: PLC0415 - slow: it reads files

    try:
        return ZoneInfo(str(get_localzone()))
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return ZoneInfo("UTC")


def _suggest_zones(name: str, names: dict[str, str]) -> str:
    """Return 'Did you mean …? ' or an empty string. A city alone is compared with the cities of zones.

    names: casefolded name → zone name.
    """
    from rapidfuzz import fuzz, process  # noqa: PLC0415 - only a misspelled name needs it

    wanted_city = name.casefold().replace(" ", "_").rsplit("/", 1)[-1]
    cities = {folded: folded.rsplit("/", 1)[-1] for folded in names if "/" in folded}
    by_city = process.extract(wanted_city, cities, scorer=fuzz.ratio, score_cutoff=75)
    suggestions = [names[folded] for _, _, folded in by_city[:3]]
    return f"Did you mean {' or '.join(suggestions)}? " if suggestions else ""
