"""Reading what people say for a moment.

moment   for looking back: "monday" is the latest Monday, today included; "2h" is two hours ago
due      for deadlines: "monday" is the next one; "2h" is in two hours

Both know ISO 8601 (without an offset it is local), days (today, yesterday, tomorrow, weekdays, 12 Mar,
March 12 2026), days with a clock time (yesterday 9:30am) or a part of the day (this morning,
tomorrow afternoon), spans (last week, this month, 2026-11, last 7 days) and distances (2h, 30m,
3 days ago, in 2h). A part of a day is the morning (to noon), afternoon (to 18:00) or evening.
"last" and "next" before a weekday leave today out; "this" is the one of this week. Weeks begin on
Monday. "d" and "w" are 24 hours and 7 times 24 hours.
"""

import re
import unicodedata
from datetime import UTC, datetime, time, timedelta, timezone
from typing import Final, Literal
from zoneinfo import ZoneInfo

from quo_mcp.errors import Misunderstood
from quo_mcp.times.days import Reader, Span, day_of, span_of

Edge = Literal["since", "until"]

_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_UNIT: Final = r"(?:s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|wks?|weeks?)(?![a-z])"
_AMOUNT: Final = rf"(?:[0-9]{{1,6}}|an?) ?{_UNIT}"
_AMOUNTS: Final = rf"{_AMOUNT}(?:(?: and | |, ?)?{_AMOUNT})*"
_DISTANCE: Final = re.compile(
    rf"(?:(?P<ahead>in |\+)|(?P<behind>-))?(?P<amounts>{_AMOUNTS})(?P<ago> ago)?"
)
_LATELY: Final = re.compile(rf"(?:the )?(?:last|past) (?:(?P<amounts>{_AMOUNTS})|hour)")
_CLOCK: Final = re.compile(
    r"(?:(?<=[0-9])t|^(?:at )?|,? (?:at )?)"
    r"(?:(?P<hour>[0-9]{1,2})(?::(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})"
    r"(?:[.,](?P<part>[0-9]{1,9}))?)?)? ?(?P<half>am|pm|a\.m\.|p\.m\.)?|(?P<noon>noon))"
    r" ?(?P<offset>z|utc|gmt|[+-][0-9]{2}(?::?[0-9]{2})?)?$"
)
_TWO_WAYS: Final = re.compile(
    r".*?\b(?P<a>[0-9]{1,2})(?P<mark>[/.-])(?P<b>[0-9]{1,2})(?:(?P=mark)(?P<year>[0-9]{4}|[0-9]{2}))?\b.*"
)
_LONGEST: Final = 100
_FORMS: Final = (
    "Say it like 2026-11-23, 2026-11-23T14:00 (or with an offset, 2026-11-23T14:00-05:00), today, "
    "yesterday 9:30am, monday, last week, 7d or 3 hours ago."
)
_FORMS_AHEAD: Final = (
    "Say it like 2026-11-27, 2026-11-27T14:00 (or with an offset, 2026-11-27T14:00-05:00), "
    "tomorrow 9am, friday, next week or in 2h."
)


def moment(text: str, *, now: datetime, zone: ZoneInfo, edge: Edge) -> datetime:
    """The moment (UTC) that a text names, looking back from now.

    edge: of a text that names a span, "since" takes its start and "until" the first moment after it.

    Raises:
        Misunderstood: it names no moment, or more than one.
    """
    span = _span(text, Reader(now, zone, ahead=False), _FORMS)
    return span.start if edge == "since" else span.end


def due(text: str, *, now: datetime, zone: ZoneInfo) -> datetime:
    """The deadline (UTC) that a text names: of a day or a longer span its last minute (23:59).

    A weekday named on that very day is refused: it may be meant for today or for a week from now.

    Raises:
        Misunderstood: it names no moment, more than one, or one that has passed.
    """
    span = _span(text, Reader(now, zone, ahead=True), _FORMS_AHEAD)
    deadline = span.end if span.start == span.end else span.end - timedelta(minutes=1)
    if deadline <= now:
        local = deadline.astimezone(zone)
        raise Misunderstood(
            f"{_shown(text)} is {local:%Y-%m-%d %H:%M} ({zone.key}), which has passed. {_FORMS_AHEAD}"
        )
    return deadline


def _span(text: str, reader: Reader, forms: str) -> Span:
    if len(text) > _LONGEST:
        raise Misunderstood(f"{_shown(text)}… is too long for a time. {forms}")
    # NFKC makes full-width digits plain; the minus sign it leaves alone.
    plain = unicodedata.normalize("NFKC", text).replace("\N{MINUS SIGN}", "-").casefold()
    plain = " ".join(plain.split())
    try:
        span = _distance(plain, reader) or _at_clock(plain, reader) or span_of(plain, reader)
    except (OverflowError, ValueError):
        raise Misunderstood(f"{_shown(text)} names no moment on the calendar. {forms}") from None
    if span is not None:
        return span
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
    """now, 2h, in 2h, 3 days ago; and the span last 7 days."""
    now = reader.now.astimezone(UTC)
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


def _at_clock(text: str, reader: Reader) -> Span | None:
    """A clock time, on a day if one is named: 14:05, yesterday 9am, 2026-11-23t14:00z."""
    clock = _CLOCK.search(text)
    if clock is None or not (clock["minute"] or clock["half"] or clock["noon"]):
        return None
    named = text[: clock.start()]
    on = day_of(named, reader) if named else reader.today
    if on is None:
        return None
    local = datetime.combine(on, _time(clock))
    if clock["offset"]:
        reached = local.replace(tzinfo=_offset(clock["offset"])).astimezone(UTC)
    else:
        reached = _exact(local, reader.zone)
    return Span(reached, reached)


def _time(clock: re.Match[str]) -> time:
    if clock["noon"]:
        return time(12)
    hour = int(clock["hour"])
    if clock["half"]:
        if not 1 <= hour <= 12:
            raise ValueError(hour)
        hour = hour % 12 + (12 if clock["half"].startswith("p") else 0)
    part = (clock["part"] or "").ljust(6, "0")[:6]
    return time(hour, int(clock["minute"] or 0), int(clock["second"] or 0), int(part))


def _offset(text: str) -> timezone:
    if text in {"z", "utc", "gmt"}:
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    east = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-east if text[0] == "-" else east)


def _exact(local: datetime, zone: ZoneInfo) -> datetime:
    """A clock time that there is just once on its day.

    Raises:
        Misunderstood: the change of the clocks skips it, or makes it twice.
    """
    first, second = (local.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    skipped = first.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != local
    raise Misunderstood(
        f"{local:%H:%M} {'does not exist' if skipped else 'happens twice'} on {local:%Y-%m-%d} "
        f"in {zone.key}, where the clocks change. "
        f"Give it with its offset: {first.isoformat()} or {second.isoformat()}."
    )
