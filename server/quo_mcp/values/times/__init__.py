"""Parse the times that people write, and format times for people and for Quo.

The name of a day is a span, and its value depends on the edge: "since yesterday" is the first moment of
that day, and "until yesterday" is the first moment after it. An ambiguous time is rejected with a hint
how to write it: 03/04, or a clock time that a daylight saving change skips or repeats.

    timestamps       parse the times in Quo's replies
    zones            the clock, and time zones by name
    format           format times and durations
    parse            parse times, due dates and dates
    time_of_day      clock times, alone or on a day
    calendar_words   days, parts of a day and longer spans
"""

from quo_mcp.values.times.format import (
    format_day,
    format_duration,
    format_iso,
    format_position,
    format_time,
    format_wait,
    format_zoned_time,
    to_local,
)
from quo_mcp.values.times.parse import parse_date, parse_due, parse_time
from quo_mcp.values.times.timestamps import parse_timestamp, to_utc
from quo_mcp.values.times.zones import find_zone, local_zone, utc_now

__all__ = [
    "find_zone",
    "format_day",
    "format_duration",
    "format_iso",
    "format_position",
    "format_time",
    "format_wait",
    "format_zoned_time",
    "local_zone",
    "parse_date",
    "parse_due",
    "parse_time",
    "parse_timestamp",
    "to_local",
    "to_utc",
    "utc_now",
]
