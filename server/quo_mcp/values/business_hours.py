"""Business hours as people write them ("Mon-Fri 9:00-17:30"), and the business time between two moments."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from quo_mcp.errors import InvalidArguments
from quo_mcp.values.untrusted import quote_inline

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY: Final = "(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*"
_PART: Final = re.compile(
    rf"(?:(?P<days>{_DAY}(?: ?[-,] ?{_DAY})*) )?"
    r"(?P<start>[0-9]{1,2}(?::[0-9]{2})?)\s*(?:-|to)\s*(?P<end>[0-9]{1,2}(?::[0-9]{2})?)"
)
_MINUTES_PER_DAY: Final = 24 * 60
EXAMPLE: Final = '"Mon-Fri 9:00-17:30" or "Mon-Fri 8:00-18:00; Sat 9:00-13:00"'


@dataclass(frozen=True)
class BusinessHours:
    """The minutes of the day at which business opens and closes, by weekday (0 is Monday).

    text: as the user wrote it.
    """

    text: str
    openings: tuple[tuple[int, int, int], ...]

    def contains(self, moment: datetime, zone: ZoneInfo) -> bool:
        """Whether a moment is within business hours."""
        day = moment.astimezone(zone).date()
        return any(start <= moment < end for start, end in self._intervals(day, day, zone))

    def seconds_between(self, start: datetime, end: datetime, zone: ZoneInfo) -> float:
        """Return the business time between two moments."""
        first, last = (moment.astimezone(zone).date() for moment in (start, end))
        return sum(
            max(0.0, (min(end, closes) - max(start, opens)).total_seconds())
            for opens, closes in self._intervals(first, last, zone)
        )

    def _intervals(
        self, first: date, last: date, zone: ZoneInfo
    ) -> Iterator[tuple[datetime, datetime]]:
        """Yield the opening times from the first to the last day, in UTC."""
        for offset in range((last - first).days + 1):
            day = first + timedelta(days=offset)
            for weekday, opens, closes in self.openings:
                if weekday == day.weekday():
                    yield _moment(day, opens, zone), _moment(day, closes, zone)


def _moment(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """Return a minute of a local day in UTC; minute 1440 is the start of the next day."""
    local = datetime.combine(day, time(), zone) + timedelta(minutes=minute)  # by the local clock
    return local.astimezone(UTC)


def parse_business_hours(text: str) -> BusinessHours:
    """Parse business hours. Without days, they apply to every day.

    Raises:
        InvalidArguments: the text cannot be parsed, or a part does not open before it closes.
    """
    openings: list[tuple[int, int, int]] = []
    for part in text.replace("\u2013", "-").casefold().split(";"):
        match = _PART.fullmatch(" ".join(part.split()))
        if match is None:
            raise _invalid(text)
        start, end = (_minute_of_day(match[name], text) for name in ("start", "end"))
        if start >= end:
            raise _invalid(text)
        openings += [(day, start, end) for day in _parse_days(match["days"])]
    if len({day for day, _, _ in openings}) != len(openings):
        openings = _merge(openings)
    return BusinessHours(" ".join(text.split()), tuple(sorted(openings)))


def _invalid(text: str) -> InvalidArguments:
    return InvalidArguments(
        f"business_hours: could not parse {quote_inline(text)}. Use days and 24-hour times, such as {EXAMPLE}."
    )


def _minute_of_day(clock: str, text: str) -> int:
    hour, _, minute = clock.partition(":")
    total = int(hour) * 60 + int(minute or 0)
    if total > _MINUTES_PER_DAY or int(minute or 0) >= 60:
        raise _invalid(text)
    return total


def _parse_days(text: str | None) -> list[int]:
    """Return the weekdays of "mon-fri" or "mon, wed"; all without a text. "sat-mon" wraps around."""
    if text is None:
        return list(range(7))
    days: list[int] = []
    for part in re.split(" ?, ?", text):
        first, *last = (_DAYS.index(name[:3]) for name in re.split(" ?- ?", part))
        count = (last[-1] - first) % 7 + 1 if last else 1
        days += [(first + offset) % 7 for offset in range(count)]
    return list(dict.fromkeys(days))


def _merge(openings: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Join the openings of a day that overlap, so that no time counts twice."""
    merged: list[tuple[int, int, int]] = []
    for day, start, end in sorted(openings):
        if merged and merged[-1][0] == day and start <= merged[-1][2]:
            merged[-1] = (day, merged[-1][1], max(end, merged[-1][2]))
        else:
            merged.append((day, start, end))
    return merged
