"""Parse words for days, parts of a day and longer spans: today, 12 Mar, this morning, last week."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from quo_mcp.errors import InvalidArguments

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
_DAY_PARTS: Final = {"morning": (0, 12), "afternoon": (12, 18), "evening": (18, 24)}
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
_DAY_PART: Final = re.compile(r"(?:this |(?P<day>.+) )(?P<part>morning|afternoon|evening)|tonight")
_EDGE: Final = re.compile(
    r"(?:eod|(?:the )?(?P<which>start|beginning|end) of(?: the)?(?: day(?= ))?)(?: (?P<of>.+))?"
)
_LEAP_YEARS_APART: Final = 8


class TimeSpan(NamedTuple):
    """A half-open span in UTC. `start` and `end` are equal for a single moment."""

    start: datetime
    end: datetime


class TimeContext(NamedTuple):
    """What relative words refer to. future: whether a bare "friday" is the next one, not the last one."""

    now: datetime
    zone: ZoneInfo
    future: bool

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()


def parse_span(text: str, context: TimeContext) -> TimeSpan | None:
    """Parse a day, a part of a day, a week, month or year, or the start or end of one.

    Return None for any other text.

    Raises:
        InvalidArguments: the words contradict themselves, or match two days.
        ValueError, OverflowError: the day does not exist.
    """
    day = parse_day(text, context)
    if day is not None:
        return _span_of_days(day, day + timedelta(days=1), context)
    day_part = _DAY_PART.fullmatch(text)
    if day_part is not None:
        day = parse_day(day_part["day"], context) if day_part["day"] else context.today
        return _span_of_day_part(day, day_part["part"] or "evening", context) if day else None
    month = _MONTH.fullmatch(text)
    if month is not None:
        number = int(month["number"]) if month["number"] else _MONTHS[month["name"]]
        return _span_of_month(date(int(month["year"] or month["of"]), number, 1), context)
    period = _PERIOD.fullmatch(text)
    if period is not None:
        offset = {"last": -1, "this": 0, "next": 1}[period["which"]]
        return _span_of_period(period["unit"], offset, context)
    edge = _EDGE.fullmatch(text)
    return _span_of_edge(edge, context) if edge else None


def parse_day(text: str, context: TimeContext) -> date | None:
    """Parse a single day, or return None. Raises the same errors as `parse_span`."""
    text = text.removeprefix("on ")
    days_ahead = {"yesterday": -1, "today": 0, "tomorrow": 1}.get(text)
    if days_ahead is not None:
        return context.today + timedelta(days=days_ahead)
    weekday = _WEEKDAY.fullmatch(text)
    if weekday is not None:
        return _resolve_weekday(_WEEKDAYS[weekday["weekday"]], weekday["which"], context)
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    day = _resolve_date(match, context)
    if match["weekday"] and _WEEKDAYS[match["weekday"]] != day.weekday():
        raise InvalidArguments(
            f'"{text}" is contradictory: {day.isoformat()} is a {day:%A}. Leave out the weekday.'
        )
    return day


def _resolve_weekday(weekday: int, which: str | None, context: TimeContext) -> date:
    """Return the day that a weekday (Monday is 0) means. which: "last", "next", "this" or None."""
    today = context.today
    days_ahead = (weekday - today.weekday()) % 7
    if which == "this":
        return today + timedelta(days=weekday - today.weekday())
    if which == "next":
        return _resolve_next_weekday(today + timedelta(days=days_ahead or 7), today)
    if which == "last" or (days_ahead and not context.future):
        return today + timedelta(days=days_ahead - 7)
    if not days_ahead and context.future:
        raise InvalidArguments(
            f"Today is {today:%A}. Write today, next {today:%A}, or the date ({today.isoformat()})."
        )
    return today + timedelta(days=days_ahead)


def _resolve_next_weekday(following: date, today: date) -> date:
    """Return the day that "next" before a weekday means. following: the first one after today.

    Raises:
        InvalidArguments: it is in this week, so some people mean it and others the one a week later.
    """
    if following.weekday() <= today.weekday():
        return following
    dates = [f"{day:%a} {day.isoformat()}" for day in (following, following + timedelta(weeks=1))]
    raise InvalidArguments(
        f'"next {following:%A}" can mean {dates[0]} or {dates[1]}. Write one of these dates.'
    )


def _resolve_date(match: re.Match[str], context: TimeContext) -> date:
    if match["y"]:
        return date(int(match["y"]), int(match["m"]), int(match["d"]))
    day = int(match["day"] or match["day_2"])
    month = _MONTHS[match["month"] or match["month_1"]]
    year = match["year"] or match["year_3"]
    if year:
        return date(int(year), month, day)
    # Without a year, the date is the nearest one in the direction of the context.
    today, step = context.today, 1 if context.future else -1
    for distance in range(_LEAP_YEARS_APART + 1):
        try:
            candidate = date(today.year + step * distance, month, day)
        except ValueError:
            continue
        if candidate == today or (candidate > today) == context.future:
            return candidate
    raise ValueError(match.group())


def _span_of_period(unit: str, offset: int, context: TimeContext) -> TimeSpan:
    """Return the span of the week, month or year that is `offset` units from the current one."""
    today = context.today
    if unit == "week":
        monday = today - timedelta(days=today.weekday()) + timedelta(weeks=offset)
        return _span_of_days(monday, monday + timedelta(weeks=1), context)
    if unit == "month":
        months = today.year * 12 + today.month - 1 + offset
        return _span_of_month(date(months // 12, months % 12 + 1, 1), context)
    year = today.year + offset
    return _span_of_days(date(year, 1, 1), date(year + 1, 1, 1), context)


def _span_of_edge(edge: re.Match[str], context: TimeContext) -> TimeSpan | None:
    """Return the last minute of a span ("end of week"), or its first moment ("start of next month")."""
    span_text = edge["of"] or ("" if edge["which"] else "day")
    if span_text == "day":
        span_text = "today"
    elif span_text in {"week", "month", "year"}:
        span_text = f"this {span_text}"
    span = parse_span(span_text, context)
    if span is None:
        return None
    if edge["which"] in {"start", "beginning"}:
        return TimeSpan(span.start, span.start)
    return TimeSpan(max(span.start, span.end - timedelta(minutes=1)), span.end)


def _span_of_month(first: date, context: TimeContext) -> TimeSpan:
    return _span_of_days(first, (first + timedelta(days=31)).replace(day=1), context)


def _span_of_days(first: date, after: date, context: TimeContext) -> TimeSpan:
    """Return the span from the start of `first` to the start of `after`, which is excluded."""
    return TimeSpan(_start_of(first, 0, context.zone), _start_of(after, 0, context.zone))


def _span_of_day_part(day: date, part: str, context: TimeContext) -> TimeSpan:
    start_hour, end_hour = _DAY_PARTS[part]
    end_day = day + timedelta(days=end_hour // 24)
    return TimeSpan(
        _start_of(day, start_hour, context.zone), _start_of(end_day, end_hour % 24, context.zone)
    )


def _start_of(day: date, hour: int, zone: ZoneInfo) -> datetime:
    """Return the start of an hour of a day, in UTC.

    If a daylight saving change repeats that hour, this is the first one. If the change skips it, this is
    the moment of the change.
    """
    return datetime.combine(day, time(hour), zone).astimezone(UTC)
