"""Which days, parts of a day and longer spans words name: today, 12 Mar, this morning, last week."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from quo_mcp.errors import Misunderstood

_WEEKDAYS: Final = {
    name: number
    for number, names in enumerate(
        (
            "monday mon",
            "tuesday tues tue",
            "wednesday wed",
            "thursday thurs thur thu",
            "friday fri",
            "saturday sat",
            "sunday sun",
        )
    )
    for name in names.split()
}
_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "january jan",
            "february feb",
            "march mar",
            "april apr",
            "may",
            "june jun",
            "july jul",
            "august aug",
            "september sept sep",
            "october oct",
            "november nov",
            "december dec",
        ),
        start=1,
    )
    for name in names.split()
}
_PARTS: Final = {"morning": (0, 12), "afternoon": (12, 18), "evening": (18, 24)}
_WEEKDAY_NAME: Final = "|".join(_WEEKDAYS)
_MONTH_NAME: Final = "|".join(_MONTHS)
_DATE: Final = re.compile(
    rf"(?:(?P<weekday>{_WEEKDAY_NAME}),? )?(?:"
    r"(?P<y>[0-9]{4})(?P<mark>[-/])(?P<m>[0-9]{1,2})(?P=mark)(?P<d>[0-9]{1,2})"
    rf"|(?P<day>[0-9]{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<month>{_MONTH_NAME})\.?(?:,? (?P<year>[0-9]{{4}}))?"
    rf"|(?P<month_1>{_MONTH_NAME})\.? (?P<day_2>[0-9]{{1,2}})(?:st|nd|rd|th)?(?:,? (?P<year_3>[0-9]{{4}}))?"
    r")"
)
_WEEKDAY: Final = re.compile(rf"(?:(?P<which>last|next|this) )?(?P<weekday>{_WEEKDAY_NAME})")
_MONTH: Final = re.compile(
    rf"(?P<year>[0-9]{{4}})-(?P<number>[0-9]{{2}})|(?P<name>{_MONTH_NAME}) (?P<of>[0-9]{{4}})"
)
_PERIOD: Final = re.compile(r"(?P<which>this|last|next) (?P<unit>week|month|year)")
_PART: Final = re.compile(r"(?:this |(?P<day>.+) )(?P<part>morning|afternoon|evening)|tonight")
_EDGE: Final = re.compile(
    r"(?:eod|(?:the )?(?P<which>start|beginning|end) of(?: the)?(?: day(?= ))?)(?: (?P<of>.+))?"
)
_LEAP_YEARS_APART: Final = 8


class Span(NamedTuple):
    """start: its first moment. end: the first moment after it; the same for what has no length. UTC."""

    start: datetime
    end: datetime


class Reader(NamedTuple):
    """What words are relative to. ahead: whether a name without a direction lies in the future."""

    now: datetime
    zone: ZoneInfo
    ahead: bool

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()


def span_of(text: str, reader: Reader) -> Span | None:
    """The span of a day, a part of one, a week, month or year, or the edge of one; None where there is none.

    Raises:
        Misunderstood: the words contradict themselves, or fit two days.
        ValueError, OverflowError: there is no such day.
    """
    on = day_of(text, reader)
    if on is not None:
        return _days(on, on + timedelta(days=1), reader)
    part = _PART.fullmatch(text)
    if part is not None:
        on = day_of(part["day"], reader) if part["day"] else reader.today
        return _part(on, part["part"] or "evening", reader) if on else None
    month = _MONTH.fullmatch(text)
    if month is not None:
        number = int(month["number"]) if month["number"] else _MONTHS[month["name"]]
        return _month(date(int(month["year"] or month["of"]), number, 1), reader)
    period = _PERIOD.fullmatch(text)
    if period is not None:
        return _period(period["unit"], {"last": -1, "this": 0, "next": 1}[period["which"]], reader)
    edge = _EDGE.fullmatch(text)
    return _edge_of(edge, reader) if edge else None


def day_of(text: str, reader: Reader) -> date | None:
    """The day that these words name, None where they name none. Raises as span_of."""
    text = text.removeprefix("on ")
    ahead = {"yesterday": -1, "today": 0, "tomorrow": 1}.get(text)
    if ahead is not None:
        return reader.today + timedelta(days=ahead)
    named = _WEEKDAY.fullmatch(text)
    if named is not None:
        return _weekday(_WEEKDAYS[named["weekday"]], named["which"], reader)
    written = _DATE.fullmatch(text)
    if written is None:
        return None
    found = _date(written, reader)
    if written["weekday"] and _WEEKDAYS[written["weekday"]] != found.weekday():
        raise Misunderstood(
            f'"{text}" contradicts itself: {found.isoformat()} is a {found:%A}. Give the date alone.'
        )
    return found


def _weekday(number: int, which: str | None, reader: Reader) -> date:
    today = reader.today
    ahead = (number - today.weekday()) % 7
    if which == "this":
        return today + timedelta(days=number - today.weekday())
    if which == "next":
        return today + timedelta(days=ahead or 7)
    if which == "last" or (ahead and not reader.ahead):
        return today + timedelta(days=ahead - 7)
    if not ahead and reader.ahead:
        raise Misunderstood(
            f"Today is a {today:%A}: say today, next {today:%A}, or the date ({today.isoformat()})."
        )
    return today + timedelta(days=ahead)


def _date(written: re.Match[str], reader: Reader) -> date:
    if written["y"]:
        return date(int(written["y"]), int(written["m"]), int(written["d"]))
    day = int(written["day"] or written["day_2"])
    month = _MONTHS[written["month"] or written["month_1"]]
    year = written["year"] or written["year_3"]
    if year:
        return date(int(year), month, day)
    # Without its year the nearest is meant, in the direction one looks.
    today, step = reader.today, 1 if reader.ahead else -1
    for distance in range(_LEAP_YEARS_APART + 1):
        try:
            found = date(today.year + step * distance, month, day)
        except ValueError:
            continue
        if found == today or (found > today) == reader.ahead:
            return found
    raise ValueError(written.group())


def _period(unit: str, ahead: int, reader: Reader) -> Span:
    today = reader.today
    if unit == "week":
        monday = today - timedelta(days=today.weekday()) + timedelta(weeks=ahead)
        return _days(monday, monday + timedelta(weeks=1), reader)
    if unit == "month":
        months = today.year * 12 + today.month - 1 + ahead
        return _month(date(months // 12, months % 12 + 1, 1), reader)
    year = today.year + ahead
    return _days(date(year, 1, 1), date(year + 1, 1, 1), reader)


def _edge_of(edge: re.Match[str], reader: Reader) -> Span | None:
    """`end of week`: its last minute; `start of next month`: the moment at which it begins."""
    of = edge["of"] or ("" if edge["which"] else "day")
    of = {"day": "today"}.get(of, f"this {of}" if of in {"week", "month", "year"} else of)
    whole = span_of(of, reader)
    if whole is None:
        return None
    if edge["which"] in {"start", "beginning"}:
        return Span(whole.start, whole.start)
    return Span(max(whole.start, whole.end - timedelta(minutes=1)), whole.end)


def _month(first: date, reader: Reader) -> Span:
    return _days(first, (first + timedelta(days=31)).replace(day=1), reader)


def _days(first: date, after: date, reader: Reader) -> Span:
    return Span(_edge(first, 0, reader.zone), _edge(after, 0, reader.zone))


def _part(on: date, part: str, reader: Reader) -> Span:
    start, end = _PARTS[part]
    after = on + timedelta(days=end // 24)
    return Span(_edge(on, start, reader.zone), _edge(after, end % 24, reader.zone))


def _edge(on: date, hour: int, zone: ZoneInfo) -> datetime:
    """Where a day or a part of it begins.

    Where the clocks change at midnight: at the first of two midnights, or at the change that skips it.
    """
    return datetime.combine(on, time(hour), zone).astimezone(UTC)
