"""Reading what people say for a moment.

moment   for looking back: "monday" is the latest Monday, today included; "2h" is two hours ago
due      for deadlines: "monday" is the next one; "2h" is in two hours

Both know ISO 8601 (without an offset it is local), days (today, yesterday, tomorrow, weekdays, 12 Mar,
March 12 2026), days with a clock time (yesterday 9:30am) or a part of the day (this morning,
tomorrow afternoon), spans (last week, this month, 2026-11, last 7 days), the start and the end of
each (end of week: its last minute) and distances (2h, 30m, three days ago, in 2h). A part of a day is
the morning (to noon), afternoon (to 18:00) or evening. "last" and "next" before a weekday leave today
out; "this" is the one of this week. Weeks begin on Monday. "d" and "w" are 24 hours and 7 times 24
hours. The word that an argument is named by may stand before it: since monday, by friday.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Final, Literal, TypeVar
from zoneinfo import ZoneInfo

from quo_mcp.errors import Misunderstood
from quo_mcp.values.times.calendar_words import Reader, Span, day_of, span_of
from quo_mcp.values.times.format import when
from quo_mcp.values.times.time_of_day import at_clock

Edge = Literal["since", "until"]
Named = TypeVar("Named", Span, date)

_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_UNIT: Final = r"(?:s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|wks?|weeks?)(?![a-z])"
_AMOUNT: Final = rf"(?:[0-9]{{1,6}}|an?) ?{_UNIT}"
_AMOUNTS: Final = rf"{_AMOUNT}(?:(?: and | |, ?)?{_AMOUNT})*"
_DISTANCE: Final = re.compile(
    rf"(?:(?P<ahead>in |\+)|(?P<behind>-))?(?P<amounts>{_AMOUNTS})(?P<ago> ago)?"
)
_LATELY: Final = re.compile(rf"(?:the )?(?:last|past) (?:(?P<amounts>{_AMOUNTS})|hour)")
_COUNTS: Final = {
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
_TWO_WAYS: Final = re.compile(
    r".*?\b(?P<a>[0-9]{1,2})(?P<mark>[/.-])(?P<b>[0-9]{1,2})(?:(?P=mark)(?P<year>[0-9]{4}|[0-9]{2}))?\b.*"
)
_LONGEST: Final = 100
_LEADS: Final = {"since": "since |from ", "until": "until |till |to ", "due": "by |until |till "}
_FORMS: Final = (
    "Say it like 2026-11-23, 2026-11-23T14:00 (or with an offset, 2026-11-23T14:00-05:00), today, "
    "yesterday 9:30am, monday, last week, 7d or 3 hours ago."
)
_FORMS_AHEAD: Final = (
    "Say it like 2026-11-27, 2026-11-27T14:00 (or with an offset, 2026-11-27T14:00-05:00), "
    "tomorrow 9am, friday, end of week or in 2h."
)
_FORMS_OF_A_DATE: Final = "Say it like 2026-11-27, 27 Nov 2026, today, last tuesday or next friday."


def moment(text: str, *, now: datetime, zone: ZoneInfo, edge: Edge) -> datetime:
    """The moment (UTC) that a text names, looking back from now.

    edge: of a text that names a span, "since" takes its start and "until" the first moment after it.

    Raises:
        Misunderstood: it names no moment, or more than one.
    """
    span = _span(text, Reader(now, zone, ahead=False), _FORMS, lead=_LEADS[edge])
    return span.start if edge == "since" else span.end


def due(text: str, *, now: datetime, zone: ZoneInfo) -> datetime:
    """The deadline (UTC) that a text names: of a day or a longer span its last minute (23:59).

    A weekday named on that very day is refused: it may be meant for today or for a week from now.

    Raises:
        Misunderstood: it names no moment, more than one, or one that has passed.
    """
    span = _span(text, Reader(now, zone, ahead=True), _FORMS_AHEAD, lead=_LEADS["due"])
    deadline = span.end if span.start == span.end else span.end - timedelta(minutes=1)
    if deadline <= now:
        local = when(deadline, now=now, zone=zone)
        raise Misunderstood(
            f"{_shown(text)} is {local} ({zone.key}), which has passed. {_FORMS_AHEAD}"
        )
    return deadline


def date_named(text: str, *, now: datetime, zone: ZoneInfo) -> date:
    """The one day that a text names, behind or ahead of now: for what is kept as a date.

    Raises:
        Misunderstood: it names no day, or one behind and one ahead ("friday", "12 Mar").
    """

    def named(plain: str) -> date | None:
        behind, ahead = (day_of(plain, Reader(now, zone, ahead=each)) for each in (False, True))
        if behind is None or ahead is None or behind == ahead:
            return behind
        raise Misunderstood(
            f"{_shown(text)} may be {behind.isoformat()} or {ahead.isoformat()}. Write the one that is meant."
        )

    return _read(text, named, Reader(now, zone, ahead=False), _FORMS_OF_A_DATE)


def _span(text: str, reader: Reader, forms: str, *, lead: str) -> Span:
    """The span that a text names. lead: words that may stand before it, as a pattern."""

    def named(plain: str) -> Span | None:
        plain = re.sub(f"^(?:{lead})", "", plain)
        return _distance(plain, reader) or at_clock(plain, reader) or span_of(plain, reader)

    return _read(text, named, reader, forms)


def _read(text: str, named: Callable[[str], Named | None], reader: Reader, forms: str) -> Named:
    if len(text) > _LONGEST:
        raise Misunderstood(f"{_shown(text)}… is too long for a time. {forms}")
    # NFKC makes full-width digits plain; the minus sign it leaves alone.
    plain = unicodedata.normalize("NFKC", text).replace("\N{MINUS SIGN}", "-").casefold()
    plain = " ".join(plain.split())
    try:
        found = named(plain)
    except (OverflowError, ValueError):
        raise Misunderstood(f"{_shown(text)} names no moment on the calendar. {forms}") from None
    if found is not None:
        return found
    two_ways = _TWO_WAYS.fullmatch(plain)
    if two_ways is not None:
        raise Misunderstood(_both(text, two_ways, reader))
    raise Misunderstood(f"{_shown(text)} was not understood as a time. {forms}")


def _shown(text: str) -> str:
    return f'"{" ".join(text.split())[:60]}"'


def _both(text: str, two_ways: re.Match[str], reader: Reader) -> str:
    year = two_ways["year"] or str(reader.today.year)
    year = f"20{year}" if len(year) == 2 else year
    a, b = int(two_ways["a"]), int(two_ways["b"])
    ways = [
        f"{year}-{m:02d}-{d:02d}" for d, m in ((a, b), (b, a)) if m in range(1, 13) and 0 < d < 32
    ]
    asked = " or ".join(dict.fromkeys(ways)) or "2026-11-23"
    return f"{_shown(text)} is a date that is read in different ways. Write it as {asked}."


def _distance(text: str, reader: Reader) -> Span | None:
    """now, 2h, in 2h, three days ago; and the span last 7 days."""
    now = reader.now.astimezone(UTC)
    text = re.sub(r"[a-z]+", lambda word: _COUNTS.get(word.group(), word.group()), text)
    if text == "now":
        return Span(now, now)
    lately = _LATELY.fullmatch(text)
    if lately is not None:
        return Span(now - _length(lately["amounts"] or "an hour"), now)
    match = _DISTANCE.fullmatch(text)
    if match is None or (match["ago"] and (match["ahead"] or match["behind"])):
        return None
    behind = match["ago"] or match["behind"] or not (match["ahead"] or reader.ahead)
    length = _length(match["amounts"])
    reached = now - length if behind else now + length
    return Span(reached, reached)


def _length(amounts: str) -> timedelta:
    seconds = 0
    for number, unit in re.findall(r"(?:([0-9]+)|\ban?\b) ?([smhdw])", amounts):
        seconds += int(number or 1) * _SECONDS[unit]
    return timedelta(seconds=seconds)
