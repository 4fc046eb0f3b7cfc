"""The clock, and time zones by name."""

import re
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

_FIXED_ABBREVIATIONS: Final = {
    "EST": "America/New_York",
    "MST": "America/Denver or America/Phoenix",
    "HST": "Pacific/Honolulu",
}
_FIXED_OFFSETS: Final = {"EST": "Etc/GMT+5", "MST": "Etc/GMT+7", "HST": "Etc/GMT+10"}
_OFFSET: Final = re.compile(
    r"(?:GMT|UTC)? ?(?P<sign>[+-])0?(?P<hours>[0-9]{1,2})(?::?00)?", re.IGNORECASE
)


def utc_now() -> datetime:
    """Return the current time, aware, in UTC."""
    return datetime.now(UTC)


def find_zone(name: str) -> ZoneInfo:
    """Return the time zone with an IANA name; case and spaces do not matter.

    Raises:
        ValueError: no zone has this name. The message suggests similar names.
    """
    name = name.strip()
    explain_misleading_name(name)
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


def explain_misleading_name(name: str) -> None:
    """Reject a name that people understand in another way than the zone database.

    Raises:
        ValueError: the name is an abbreviation without summer time, or an offset. The message suggests a zone.
    """
    place = _FIXED_ABBREVIATIONS.get(name.upper())
    if place:
        raise ValueError(
            f'the time zone "{name}" has no daylight saving time. For local time, use {place}; for a fixed offset, '
            f"use {_FIXED_OFFSETS[name.upper()]}."
        )
    match = _OFFSET.fullmatch(name)
    if match:
        sign, hours = match["sign"], int(match["hours"])
        reverse = "-" if sign == "+" else "+"
        raise ValueError(
            f'"{name[:60]}" is an offset, not a time zone. Use the name of a place, such as America/New_York, which follows '
            f"daylight saving time. The fixed offset UTC{sign}{hours} is named Etc/GMT{reverse}{hours}: its sign is reversed."
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
