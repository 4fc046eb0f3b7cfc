from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from quo_mcp.errors import InvalidArguments
from quo_mcp.values.times import format_time, parse_time

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 23, 14, 30, 15, tzinfo=UTC)  # a Monday, 09:30:15 in New York


def at(text, zone=NEW_YORK):
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("text", "since", "until"),
    [
        ("2026-11-22", "2026-11-22T00:00", "2026-11-23T00:00"),
        ("2026/11/2", "2026-11-02T00:00", "2026-11-03T00:00"),
        ("today", "2026-11-23T00:00", "2026-11-24T00:00"),
        ("  Yesterday ", "2026-11-22T00:00", "2026-11-23T00:00"),
        ("tomorrow", "2026-11-24T00:00", "2026-11-25T00:00"),
        ("monday", "2026-11-23T00:00", "2026-11-24T00:00"),
        ("last monday", "2026-11-16T00:00", "2026-11-17T00:00"),
        ("Tue", "2026-11-17T00:00", "2026-11-18T00:00"),
        ("on sunday", "2026-11-22T00:00", "2026-11-23T00:00"),
        ("this friday", "2026-11-27T00:00", "2026-11-28T00:00"),
        ("next monday", "2026-11-30T00:00", "2026-12-01T00:00"),
        ("last friday", "2026-11-20T00:00", "2026-11-21T00:00"),
        ("12 Mar", "2026-03-12T00:00", "2026-03-13T00:00"),
        ("december 12", "2025-12-12T00:00", "2025-12-13T00:00"),
        ("23 nov", "2026-11-23T00:00", "2026-11-24T00:00"),
        ("March 12th, 2024", "2024-03-12T00:00", "2024-03-13T00:00"),
        ("1st of may 2025", "2025-05-01T00:00", "2025-05-02T00:00"),
        ("29 feb", "2024-02-29T00:00", "2024-03-01T00:00"),
        ("2024-02-29", "2024-02-29T00:00", "2024-03-01T00:00"),
        ("Fri 2026-11-20", "2026-11-20T00:00", "2026-11-21T00:00"),
        ("this morning", "2026-11-23T00:00", "2026-11-23T12:00"),
        ("yesterday afternoon", "2026-11-22T12:00", "2026-11-22T18:00"),
        ("tonight", "2026-11-23T18:00", "2026-11-24T00:00"),
        ("this week", "2026-11-23T00:00", "2026-11-30T00:00"),
        ("last week", "2026-11-16T00:00", "2026-11-23T00:00"),
        ("this month", "2026-11-01T00:00", "2026-12-01T00:00"),
        ("last month", "2026-10-01T00:00", "2026-11-01T00:00"),
        ("next month", "2026-12-01T00:00", "2027-01-01T00:00"),
        ("last year", "2025-01-01T00:00", "2026-01-01T00:00"),
        ("2024-02", "2024-02-01T00:00", "2024-03-01T00:00"),
        ("dec 2025", "2025-12-01T00:00", "2026-01-01T00:00"),
        ("last 7 days", "2026-11-16T09:30:15", "2026-11-23T09:30:15"),
        ("the past 36 hours", "2026-11-21T21:30:15", "2026-11-23T09:30:15"),
        ("last hour", "2026-11-23T08:30:15", "2026-11-23T09:30:15"),
        ("the last two weeks", "2026-11-09T09:30:15", "2026-11-23T09:30:15"),
        ("end of yesterday", "2026-11-22T23:59", "2026-11-23T00:00"),
        ("end of last week", "2026-11-22T23:59", "2026-11-23T00:00"),
    ],
)
def test_a_named_span_begins_at_since_and_ends_at_until(text, since, until):
    assert parse_time(text, now=NOW, zone=NEW_YORK, edge="since") == at(since)
    assert parse_time(text, now=NOW, zone=NEW_YORK, edge="until") == at(until)


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("now", "2026-11-23T09:30:15"),
        ("2h", "2026-11-23T07:30:15"),
        ("30m", "2026-11-23T09:00:15"),
        ("90 sec", "2026-11-23T09:28:45"),
        ("7d", "2026-11-16T09:30:15"),
        ("2w", "2026-11-09T09:30:15"),
        ("-7d", "2026-11-16T09:30:15"),
        ("3 days ago", "2026-11-20T09:30:15"),
        ("an hour ago", "2026-11-23T08:30:15"),
        ("three days ago", "2026-11-20T09:30:15"),
        ("twelve hours", "2026-11-22T21:30:15"),
        ("1h30m", "2026-11-23T08:00:15"),
        ("2 hours and 30 minutes ago", "2026-11-23T07:00:15"),
        ("in 2h", "2026-11-23T11:30:15"),
        ("+2h", "2026-11-23T11:30:15"),
        ("14:05", "2026-11-23T14:05"),
        ("9am", "2026-11-23T09:00"),
        ("at 12 a.m.", "2026-11-23T00:00"),
        ("12:15pm", "2026-11-23T12:15"),
        ("noon", "2026-11-23T12:00"),
        ("yesterday at 9:30 pm", "2026-11-22T21:30"),
        ("Mon 09:12", "2026-11-23T09:12"),
        ("monday at 9", "2026-11-23T09:00"),
        ("yesterday at 12", "2026-11-22T12:00"),
        ("yesterday, at 14", "2026-11-22T14:00"),
        ("yesterday at 0", "2026-11-22T00:00"),
        ("yesterday at 9 utc", "2026-11-22T04:00"),
        ("start of last week", "2026-11-16T00:00"),
        ("the beginning of the month", "2026-11-01T00:00"),
        ("12 Mar, 09:12", "2026-03-12T09:12"),
        ("2026-11-23T14:00", "2026-11-23T14:00"),
        ("2026-11-23 14:00:07.25", "2026-11-23T14:00:07.250"),
        ("2026-11-23T14:00Z", "2026-11-23T09:00"),
        ("2026-11-23T14:00:00.123456789z", "2026-11-23T09:00:00.123456"),
        ("2026-11-23 14:00 UTC", "2026-11-23T09:00"),
        ("2026-11-23T14:00+01:00", "2026-11-23T08:00"),
        ("2026-11-23T14:00\N{MINUS SIGN}0800", "2026-11-23T17:00"),
        ("2026-11-23T14:00+05:30", "2026-11-23T03:30"),
        ("\uff12\uff10\uff12\uff16-11-23T14:00", "2026-11-23T14:00"),
    ],
)
def test_a_point_in_time_is_the_same_at_both_edges(text, local):
    assert parse_time(text, now=NOW, zone=NEW_YORK, edge="since") == at(local)
    assert parse_time(text, now=NOW, zone=NEW_YORK, edge="until") == at(local)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("03/04/2026", "2026-04-03 or 2026-03-04"),
        ("3/4", "2026-04-03 or 2026-03-04"),
        ("25/12/25", "Write it as 2025-12-25."),
        ("03.04.2026 9am", "2026-04-03 or 2026-03-04"),
        ("99/99", "Write it as 2026-11-23."),
        ("2026-02-29", "not a valid date or time"),
        ("31 feb", "not a valid date or time"),
        ("2026-13", "not a valid date or time"),
        ("24:00", "not a valid date or time"),
        ("13pm", "not a valid date or time"),
        ("2026-11-23T14:00+25:00", "not a valid date or time"),
        ("999999w", "not a valid date or time"),
        ("0001-01-01T00:00+14:00", "not a valid date or time"),
        ("thu 2026-11-27", "2026-11-27 is a Friday"),
        ("someday", "Could not parse time"),
        ("someday 9am", "Could not parse time"),
        ("some morning", "Could not parse time"),
        ("monday 9", "Could not parse time"),
        ("monday at 25", "not a valid date or time"),
        ("someday at 9", "Could not parse time"),
        ("midnight", "Could not parse time"),
        ("end of", "Could not parse time"),
        ("end of the line", "Could not parse time"),
        ("before monday", "Could not parse time"),
        ("until monday", "Could not parse time"),
        ("last night", "Could not parse time"),
        ("in 2h ago", "Could not parse time"),
        ("-2h ago", "Could not parse time"),
        ("1732550400", "Could not parse time"),
        ("2026", "Could not parse time"),
        ("14:00 EST", "Could not parse time"),
        ("", "Could not parse time"),
        ("1h" * 51, "too long"),
    ],
)
def test_what_names_no_one_moment_is_refused_with_a_way_to_say_it(text, said):
    with pytest.raises(InvalidArguments) as refused:
        parse_time(text, now=NOW, zone=NEW_YORK, edge="since")
    assert said in str(refused.value)
    assert "202" in str(refused.value)


@pytest.mark.parametrize("text", ["monday at 5", "yesterday at 1", "at 7"])
def test_an_hour_that_may_be_either_half_of_the_days_is_refused_with_both(text):
    with pytest.raises(InvalidArguments) as refused:
        parse_time(text, now=NOW, zone=NEW_YORK, edge="since")
    hour = text[-1]
    assert f'"at {hour}" can mean 0{hour}:00 or ' in str(refused.value)
    assert str(refused.value).endswith(f"Write {hour}am or {hour}pm.")


@pytest.mark.parametrize(
    ("edge", "text", "local"),
    [
        ("since", "since monday 9am", "2026-11-23T09:00"),
        ("since", "From yesterday", "2026-11-22T00:00"),
        ("since", "since 3 days ago", "2026-11-20T09:30:15"),
        ("until", "until monday", "2026-11-24T00:00"),
        ("until", "to 9am", "2026-11-23T09:00"),
    ],
)
def test_the_word_for_the_edge_may_stand_before_the_time(edge, text, local):
    assert parse_time(text, now=NOW, zone=NEW_YORK, edge=edge) == at(local)


@pytest.mark.parametrize(
    ("zone", "day", "since", "until"),
    [
        ("America/New_York", "2026-03-08", "2026-03-08T05:00Z", "2026-03-09T04:00Z"),
        ("America/New_York", "2026-11-01", "2026-11-01T04:00Z", "2026-11-02T05:00Z"),
        ("Europe/London", "2026-03-29", "2026-03-29T00:00Z", "2026-03-29T23:00Z"),
        ("Europe/London", "2026-10-25", "2026-10-24T23:00Z", "2026-10-26T00:00Z"),
        ("Australia/Sydney", "2026-10-04", "2026-10-03T14:00Z", "2026-10-04T13:00Z"),
        ("Australia/Sydney", "2026-04-05", "2026-04-04T13:00Z", "2026-04-05T14:00Z"),
        ("Australia/Lord_Howe", "2026-10-04", "2026-10-03T13:30Z", "2026-10-04T13:00Z"),
        ("Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00Z", "2026-04-05T13:30Z"),
        # Where the clocks change at midnight itself: skipped in Cairo, twice in Havana.
        ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00Z", "2026-04-24T21:00Z"),
        ("America/Havana", "2026-11-01", "2026-11-01T04:00Z", "2026-11-02T05:00Z"),
        ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00Z", "2011-12-30T10:00Z"),
    ],
)
def test_a_day_on_which_the_clocks_change_has_its_true_length(zone, day, since, until):
    zone = ZoneInfo(zone)
    assert parse_time(day, now=NOW, zone=zone, edge="since") == datetime.fromisoformat(since)
    assert parse_time(day, now=NOW, zone=zone, edge="until") == datetime.fromisoformat(until)


@pytest.mark.parametrize(
    ("zone", "text", "what", "first", "second"),
    [
        ("America/New_York", "2026-03-08 02:30", "does not exist", "-05:00", "-04:00"),
        ("America/New_York", "2026-11-01 01:59:59", "happens twice", "-04:00", "-05:00"),
        ("Europe/London", "2026-03-29T01:00", "does not exist", "+00:00", "+01:00"),
        ("Europe/London", "2026-10-25T01:00", "happens twice", "+01:00", "+00:00"),
        ("Australia/Sydney", "2026-10-04 2:30am", "does not exist", "+10:00", "+11:00"),
        ("Australia/Sydney", "2026-04-05 02:00", "happens twice", "+11:00", "+10:00"),
        ("Australia/Lord_Howe", "2026-10-04 02:29", "does not exist", "+10:30", "+11:00"),
        ("Australia/Lord_Howe", "2026-04-05 01:30", "happens twice", "+11:00", "+10:30"),
    ],
)
def test_a_clock_time_skipped_or_repeated_is_refused_with_both_offsets(
    zone, text, what, first, second
):
    zone = ZoneInfo(zone)
    with pytest.raises(InvalidArguments) as refused:
        parse_time(text, now=NOW, zone=zone, edge="since")
    said = str(refused.value)
    assert what in said
    assert zone.key in said
    offered = said.partition("offset: ")[2].removesuffix(".").split(" or ")
    assert [way[-6:] for way in offered] == [first, second]
    for way in offered:
        assert parse_time(way, now=NOW, zone=zone, edge="until") == datetime.fromisoformat(way)


@pytest.mark.parametrize(
    ("zone", "text", "exact"),
    [
        ("America/New_York", "2026-03-08 01:59:59", "2026-03-08T06:59:59Z"),
        ("America/New_York", "2026-03-08 03:00", "2026-03-08T07:00Z"),
        ("America/New_York", "2026-11-01 02:00", "2026-11-01T07:00Z"),
        ("Australia/Lord_Howe", "2026-10-04 02:30", "2026-10-03T15:30Z"),
        ("Australia/Lord_Howe", "2026-04-05 02:00", "2026-04-04T15:30Z"),
    ],
)
def test_the_seconds_beside_a_change_of_the_clocks_are_plain(zone, text, exact):
    found = parse_time(text, now=NOW, zone=ZoneInfo(zone), edge="since")
    assert found == datetime.fromisoformat(exact)


def test_hours_and_days_ago_are_elapsed_time_across_a_change_of_the_clocks():
    now = datetime(2026, 3, 8, 12, tzinfo=UTC)
    assert parse_time("1d", now=now, zone=NEW_YORK, edge="since") == datetime(
        2026, 3, 7, 12, tzinfo=UTC
    )


def test_today_is_that_of_the_zone_and_not_of_utc():
    late = datetime(2026, 11, 24, 3, tzinfo=UTC)
    assert parse_time("today", now=late, zone=NEW_YORK, edge="since") == at("2026-11-23T00:00")


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/London", "Australia/Lord_Howe"])
@pytest.mark.parametrize(
    "moment_",
    [
        "2026-11-23T14:05Z",
        "2026-11-22T03:12Z",
        "2026-11-19T09:12Z",
        "2026-11-01T05:30Z",
        "2026-11-01T06:30Z",
        "2026-04-04T15:10Z",
        "2026-03-12T09:12Z",
        "2024-02-29T09:12Z",
        "2026-11-24T09:12Z",
        "2026-11-27T09:12Z",
        "2026-12-12T09:12Z",
        "2027-03-12T09:12Z",
    ],
)
def test_what_is_written_is_read_back_as_the_same_moment(moment_, zone):
    zone, moment_ = ZoneInfo(zone), datetime.fromisoformat(moment_)
    written = format_time(moment_, zone=zone)
    for text in (written, f"{written} ({zone.key})"):
        assert parse_time(text, now=NOW, zone=zone, edge="since") == moment_
    elsewhere = ZoneInfo("Asia/Tokyo")
    assert parse_time(f"{written} ({zone.key})", now=NOW, zone=elsewhere, edge="since") == moment_


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("Mon 2026-11-23 14:00 (America/New_York)", "2026-11-23T14:00"),
        ("Mon 2026-11-23 11:00 (america/los_angeles)", "2026-11-23T14:00"),
        ("2026-11-23 11:00 America/Los_Angeles", "2026-11-23T14:00"),
        ("2026-11-23T19:00 (UTC)", "2026-11-23T14:00"),
    ],
)
def test_a_time_may_carry_its_zone_as_results_print_it(text, local):
    assert parse_time(text, now=NOW, zone=NEW_YORK, edge="since") == at(local)


def test_an_unknown_zone_is_named():
    with pytest.raises(InvalidArguments, match="unknown time zone"):
        parse_time("2026-11-23 14:00 (Mars/Olympus)", now=NOW, zone=NEW_YORK, edge="since")
