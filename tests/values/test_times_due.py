"""Deadlines, which lie ahead, and dates, which may lie on either side."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from quo_mcp.errors import InvalidArguments
from quo_mcp.values.times import parse_date, parse_due

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 23, 14, 30, 15, tzinfo=UTC)  # a Monday, 09:30:15 in New York


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK).astimezone(UTC)


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("today", "2026-11-23T23:59"),
        ("tomorrow", "2026-11-24T23:59"),
        ("tomorrow 9am", "2026-11-24T09:00"),
        ("tomorrow morning", "2026-11-24T11:59"),
        ("14:05", "2026-11-23T14:05"),
        ("2h", "2026-11-23T11:30:15"),
        ("in 3 days", "2026-11-26T09:30:15"),
        ("friday", "2026-11-27T23:59"),
        ("Friday 5pm", "2026-11-27T17:00"),
        ("next monday", "2026-11-30T23:59"),
        ("next week", "2026-12-06T23:59"),
        ("next monday at 9", "2026-11-30T09:00"),
        ("friday at 17", "2026-11-27T17:00"),
        ("by friday 5pm", "2026-11-27T17:00"),
        ("end of day", "2026-11-23T23:59"),
        ("EOD", "2026-11-23T23:59"),
        ("eod friday", "2026-11-27T23:59"),
        ("by the end of the day tomorrow", "2026-11-24T23:59"),
        ("end of week", "2026-11-29T23:59"),
        ("end of next week", "2026-12-06T23:59"),
        ("the end of the month", "2026-11-30T23:59"),
        ("end of year", "2026-12-31T23:59"),
        ("start of next week", "2026-11-30T00:00"),
        ("in two weeks", "2026-12-07T09:30:15"),
        ("this month", "2026-11-30T23:59"),
        ("12 mar", "2027-03-12T23:59"),
        ("dec 12", "2026-12-12T23:59"),
        ("29 feb", "2028-02-29T23:59"),
        ("2026-11-27T14:00Z", "2026-11-27T09:00"),
    ],
)
def test_a_deadline_lies_ahead_and_lasts_to_the_end_of_its_day(text, local):
    assert parse_due(text, now=NOW, zone=NEW_YORK) == at(local)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("yesterday", "is in the past"),
        ("3 days ago", "is in the past"),
        ("9am", "is in the past: Mon 2026-11-23 09:00 (America/New_York)."),
        ("2026-10-15", "is in the past: Thu 2026-10-15 23:59 (America/New_York)."),
        ("friday at 5", "Write 5am or 5pm."),
        ("now", "is in the past"),
        ("monday", "Write today, next Monday, or the date (2026-11-23)"),
        (
            "next tuesday at 9",
            '"next Tuesday" can mean Tue 2026-11-24 or Tue 2026-12-01. Write one of these dates.',
        ),
        ("asap", "Could not parse time"),
    ],
)
def test_a_deadline_that_has_passed_or_is_unclear_is_refused(text, said):
    with pytest.raises(InvalidArguments) as refused:
        parse_due(text, now=NOW, zone=NEW_YORK)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("today", "2026-11-23"),
        (" Yesterday", "2026-11-22"),
        ("last Tuesday", "2026-11-17"),
        ("next monday", "2026-11-30"),
        ("this friday", "2026-11-27"),
        ("2026-03-31", "2026-03-31"),
        ("31 March 2024", "2024-03-31"),
        ("23 nov", "2026-11-23"),
    ],
)
def test_a_date_is_named_behind_or_ahead(text, day):
    assert parse_date(text, now=NOW, zone=NEW_YORK).isoformat() == day


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("friday", '"friday" can mean 2026-11-20 or 2026-11-27. Write one of these dates.'),
        ("12 Mar", "can mean 2026-03-12 or 2027-03-12"),
        ("monday", "Write today, next Monday, or the date (2026-11-23)"),
        ("03/04/2026", "2026-04-03 or 2026-03-04"),
        ("31 feb", "not a valid date or time"),
        ("last week", "Could not parse time"),
        ("9am", "Could not parse time"),
        ("", "Could not parse time"),
    ],
)
def test_what_names_no_one_date_is_refused_with_a_way_to_say_it(text, said):
    with pytest.raises(InvalidArguments, match="202") as refused:
        parse_date(text, now=NOW, zone=NEW_YORK)
    assert said in str(refused.value)


WEDNESDAY = datetime(2026, 11, 25, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["next friday", "Next Fri", "by next friday 5pm", "next fri morning"]
)
def test_next_before_a_later_day_of_this_week_is_asked_back(text):
    with pytest.raises(InvalidArguments) as refused:
        parse_due(text, now=WEDNESDAY, zone=NEW_YORK)
    assert '"next Friday" can mean Fri 2026-11-27 or Fri 2026-12-04.' in str(refused.value)
    for day in ("Fri 2026-11-27", "Fri 2026-12-04"):
        due = parse_due(day, now=WEDNESDAY, zone=NEW_YORK)
        assert due == at(f"{day.split()[1]}T23:59")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("next monday", "2026-11-30"),
        ("next tuesday", "2026-12-01"),
        ("next wednesday", "2026-12-02"),
        ("this friday", "2026-11-27"),
    ],
)
def test_next_before_a_day_that_has_passed_this_week_is_clear(text, day):
    assert parse_date(text, now=WEDNESDAY, zone=NEW_YORK).isoformat() == day
