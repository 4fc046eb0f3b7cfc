"""Parse the times that people write.

    parse_time   looking back: "monday" is the latest Monday, today included; "2h" is two hours ago
    parse_due    deadlines: "monday" is the next Monday; "2h" is in two hours
    parse_date   one calendar day, past or future

Accepted forms:

- ISO 8601. Without an offset it is local time.
- Days: today, yesterday, tomorrow, weekdays, 12 Mar, March 12 2026. A clock time or a part of the day may
  follow: yesterday 9:30am, tomorrow afternoon.
- Spans: this morning, last week, this month, 2026-11, last 7 days. Also their start or end: "end of week"
  is its last minute.
- Distances: 2h, 30m, three days ago, in 2h. "d" is 24 hours, and "w" is 7 times 24 hours.
- The word for the argument may come first: since monday, by friday.
- A time zone may follow, as results print it: Wed 2026-11-25 14:30 (America/Los_Angeles).

Mornings end at noon, afternoons at 18:00. Weeks begin on Monday. "last" and "next" before a weekday
exclude today, and "this" means the current week. "next friday" is ambiguous from Monday to Thursday, and
is rejected then.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal, TypeVar
from zoneinfo import ZoneInfo

from quo_mcp.errors import InvalidArguments
from quo_mcp.values.times.calendar_words import TimeContext, TimeSpan, parse_day, parse_span
from quo_mcp.values.times.format import format_time
from quo_mcp.values.times.time_of_day import parse_time_of_day
from quo_mcp.values.times.zones import find_zone

Edge = Literal["since", "until"]
Parsed = TypeVar("Parsed", TimeSpan, date)

_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_UNIT: Final = r"(?:s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|wks?|weeks?)(?![a-z])"
_AMOUNT: Final = rf"(?:[0-9]{{1,6}}|an?) ?{_UNIT}"
_AMOUNTS: Final = rf"{_AMOUNT}(?:(?: and | |, ?)?{_AMOUNT})*"
_DISTANCE: Final = re.compile(
    rf"(?:(?P<ahead>in |\+)|(?P<behind>-))?(?P<amounts>{_AMOUNTS})(?P<ago> ago)?"
)
_RECENT_SPAN: Final = re.compile(rf"(?:the )?(?:last|past) (?:(?P<amounts>{_AMOUNTS})|hour)")
_NUMBER_WORDS: Final = {
    word: str(number)
    for number, word in enumerate(
        (
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        ),
        1,
    )
}
_NUMERIC_DATE: Final = re.compile(
    r".*?\b(?P<a>[0-9]{1,2})(?P<mark>[/.-])(?P<b>[0-9]{1,2})(?:(?P=mark)(?P<year>[0-9]{4}|[0-9]{2}))?\b.*"
)
_MAX_LENGTH: Final = 100
_PREFIXES: Final = {"since": "since |from ", "until": "until |till |to ", "due": "by |until |till "}
_TIME_HINT: Final = (
    "Examples: 2026-11-23, 2026-11-23T14:00, 2026-11-23T14:00-05:00 (with an offset), today, "
    "yesterday 9:30am, monday, last week, 7d, 3 hours ago."
)
_DUE_HINT: Final = (
    "Examples: 2026-11-27, 2026-11-27T14:00, 2026-11-27T14:00-05:00 (with an offset), "
    "tomorrow 9am, friday, end of week, in 2h."
)
_DATE_HINT: Final = "Examples: 2026-11-27, 27 Nov 2026, today, last tuesday, next monday."
_ZONE_SUFFIX: Final = re.compile(
    r"(?P<time>.+?) ?(?:\((?P<in_parentheses>[^()]+)\)|(?<= )(?P<bare>[a-z_]+(?:/[a-z0-9_+-]+)+))"
)


def parse_time(text: str, *, now: datetime, zone: ZoneInfo, edge: Edge) -> datetime:
    """Parse a time looking back from `now`, and return it in UTC.

    edge: for a span, "since" returns its start, and "until" the first moment after it.

    Raises:
        InvalidArguments: the text is not a time, or is ambiguous.
    """
    context = TimeContext(now, zone, future=False)
    span = _parse_span(text, context, _TIME_HINT, prefix=_PREFIXES[edge])
    return span.start if edge == "since" else span.end


def parse_due(text: str, *, now: datetime, zone: ZoneInfo) -> datetime:
    """Parse a deadline, and return it in UTC. For a day or a longer span, it is the last minute (23:59).

    The name of today's weekday is rejected, because it could mean today or a week from now.

    Raises:
        InvalidArguments: the text is not a time, is ambiguous, or is in the past.
    """
    context = TimeContext(now, zone, future=True)
    span = _parse_span(text, context, _DUE_HINT, prefix=_PREFIXES["due"])
    deadline = span.end if span.start == span.end else span.end - timedelta(minutes=1)
    if deadline <= now:
        local = format_time(deadline, zone=zone)
        raise InvalidArguments(f"{_quote(text)} is in the past: {local} ({zone.key}). {_DUE_HINT}")
    return deadline


def parse_date(text: str, *, now: datetime, zone: ZoneInfo) -> date:
    """Parse a single calendar day, past or future.

    Raises:
        InvalidArguments: the text is not a day, or matches a past and a future one ("friday", "12 Mar").
    """

    def parse(normalized: str, context: TimeContext) -> date | None:
        past, future = (
            parse_day(normalized, context._replace(future=is_future)) for is_future in (False, True)
        )
        if past is None or future is None or past == future:
            return past
        raise InvalidArguments(
            f"{_quote(text)} can mean {past.isoformat()} or {future.isoformat()}. Write one of these dates."
        )

    return _parse_normalized(text, parse, TimeContext(now, zone, future=False), _DATE_HINT)


def _parse_span(text: str, context: TimeContext, hint: str, *, prefix: str) -> TimeSpan:
    """Parse any accepted form of a time. prefix: a pattern for words that may come before it."""

    def parse(normalized: str, context: TimeContext) -> TimeSpan | None:
        time_text = re.sub(f"^(?:{prefix})", "", normalized)
        return (
            _parse_distance(time_text, context)
            or parse_time_of_day(time_text, context)
            or parse_span(time_text, context)
        )

    return _parse_normalized(text, parse, context, hint)


def _parse_normalized(
    text: str,
    parse: Callable[[str, TimeContext], Parsed | None],
    context: TimeContext,
    hint: str,
) -> Parsed:
    """Call `parse` with the normalized text, and with the context in the text's own time zone if it names one.

    Raises:
        InvalidArguments: the text is too long, or `parse` returned None or raised ValueError or OverflowError.
    """
    if len(text) > _MAX_LENGTH:
        raise InvalidArguments(f"Could not parse {_quote(text)} as a time: it is too long. {hint}")
    # NFKC replaces full-width digits, but not the minus sign.
    normalized = unicodedata.normalize("NFKC", text).replace("\N{MINUS SIGN}", "-").casefold()
    normalized, context = _split_zone(" ".join(normalized.split()), context)
    try:
        parsed = parse(normalized, context)
    except (OverflowError, ValueError):
        raise InvalidArguments(f"{_quote(text)} is not a valid date or time. {hint}") from None
    if parsed is not None:
        return parsed
    numeric_date = _NUMERIC_DATE.fullmatch(normalized)
    clear_text = _with_clear_date(normalized, numeric_date) if numeric_date else None
    if clear_text is not None:
        return _parse_normalized(clear_text, parse, context, hint)
    if numeric_date is not None:
        raise InvalidArguments(_explain_numeric_date(text, numeric_date, context))
    raise InvalidArguments(f"Could not parse time {_quote(text)}. {hint}")


def _split_zone(normalized: str, context: TimeContext) -> tuple[str, TimeContext]:
    """Split off the time zone after a time, and return the context in that zone.

    Raises:
        InvalidArguments: the zone is unknown.
    """
    match = _ZONE_SUFFIX.fullmatch(normalized)
    if match is None:
        return normalized, context
    try:
        zone = find_zone(match["in_parentheses"] or match["bare"])
    except ValueError as error:
        raise InvalidArguments(f"{_quote(normalized)}: {error}") from None
    return match["time"], context._replace(zone=zone)


def _quote(text: str) -> str:
    return f'"{" ".join(text.split())[:60]}"'


def _with_clear_date(text: str, match: re.Match[str]) -> str | None:
    """Return the text with its numeric date in ISO 8601 if only one order is possible: 11/18/2026.

    None if both are possible, none is, or the year does not have four digits.
    """
    a, b, year = int(match["a"]), int(match["b"]), match["year"] or ""
    orders = {(month, day) for month, day in ((a, b), (b, a)) if 0 < month < 13 and 0 < day < 32}
    if len(orders) != 1 or len(year) != 4:
        return None
    [(month, day)] = orders
    return f"{text[: match.start('a')]}{year}-{month:02d}-{day:02d}{text[match.end('year') :]}"


def _explain_numeric_date(text: str, match: re.Match[str], context: TimeContext) -> str:
    """Return the error message for a date such as 03/04, with the days it could be."""
    year = match["year"] or str(context.today.year)
    year = f"20{year}" if len(year) == 2 else year
    a, b = int(match["a"]), int(match["b"])
    readings = [
        f"{year}-{month:02d}-{day:02d}"
        for day, month in ((a, b), (b, a))
        if month in range(1, 13) and 0 < day < 32
    ]
    examples = " or ".join(dict.fromkeys(readings)) or "2026-11-23"
    return f"{_quote(text)} is an ambiguous date. Write it as {examples}."


def _parse_distance(text: str, context: TimeContext) -> TimeSpan | None:
    """Parse "now", a distance from now (2h, in 2h, three days ago), or a span up to now (last 7 days)."""
    now = context.now.astimezone(UTC)
    text = re.sub(r"[a-z]+", lambda word: _NUMBER_WORDS.get(word.group(), word.group()), text)
    if text == "now":
        return TimeSpan(now, now)
    recent_span = _RECENT_SPAN.fullmatch(text)
    if recent_span is not None:
        return TimeSpan(now - _parse_amounts(recent_span["amounts"] or "an hour"), now)
    match = _DISTANCE.fullmatch(text)
    if match is None or (match["ago"] and (match["ahead"] or match["behind"])):
        return None
    is_past = match["ago"] or match["behind"] or not (match["ahead"] or context.future)
    distance = _parse_amounts(match["amounts"])
    time = now - distance if is_past else now + distance
    return TimeSpan(time, time)


def _parse_amounts(amounts: str) -> timedelta:
    """Add up amounts such as "1h 30m". Weeks are 7 times 24 hours."""
    seconds = 0
    for number, unit in re.findall(r"(?:([0-9]+)|\ban?\b) ?([smhdw])", amounts):
        seconds += int(number or 1) * _SECONDS[unit]
    return timedelta(seconds=seconds)
