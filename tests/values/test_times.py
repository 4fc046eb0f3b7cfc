from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest
import tzlocal

from quo_mcp.values.times import (
    find_zone,
    format_day,
    format_duration,
    format_iso,
    format_position,
    format_time,
    format_wait,
    local_zone,
)

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 23, 14, 30, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 11, 23, 14, tzinfo=UTC), "2026-11-23T14:00:00.000Z"),
        (datetime(2026, 11, 23, 14, 0, 7, 250_999, tzinfo=UTC), "2026-11-23T14:00:07.250Z"),
        (datetime(2026, 11, 23, 14, tzinfo=NEW_YORK), "2026-11-23T19:00:00.000Z"),
    ],
)
def test_a_moment_goes_out_in_utc_with_milliseconds(moment, text):
    assert format_iso(moment) == text


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        ("2026-11-23T14:05-05:00", "Mon 2026-11-23 14:05"),
        ("2026-11-22T09:12-05:00", "Sun 2026-11-22 09:12"),
        ("2026-11-24T09:00-05:00", "Tue 2026-11-24 09:00"),
        ("2026-11-21T09:12-05:00", "Sat 2026-11-21 09:12"),
        ("2026-11-17T09:12-05:00", "Tue 2026-11-17 09:12"),
        ("2026-11-16T09:12-05:00", "Mon 2026-11-16 09:12"),
        ("2026-03-12T09:12-04:00", "Thu 2026-03-12 09:12"),
        ("2026-01-01T00:00-05:00", "Thu 2026-01-01 00:00"),
        ("2025-12-31T23:59-05:00", "Wed 2025-12-31 23:59"),
        ("2024-03-12T09:12-04:00", "Tue 2024-03-12 09:12"),
        ("2026-11-25T09:00-05:00", "Wed 2026-11-25 09:00"),
        ("2026-11-29T09:00-05:00", "Sun 2026-11-29 09:00"),
        ("2026-11-30T09:00-05:00", "Mon 2026-11-30 09:00"),
        ("2027-03-12T09:00-05:00", "Fri 2027-03-12 09:00"),
        ("2026-11-01T01:30-04:00", "Sun 2026-11-01 01:30 -04:00"),
        ("2026-11-01T01:30-05:00", "Sun 2026-11-01 01:30 -05:00"),
        ("2026-11-24T03:00+00:00", "Mon 2026-11-23 22:00"),
    ],
)
def test_a_moment_is_written_with_its_weekday_date_and_clock(moment, text):
    assert format_time(datetime.fromisoformat(moment), zone=NEW_YORK) == text


def test_a_day_is_the_day_of_the_zone():
    assert format_day(datetime(2027, 1, 2, 3, tzinfo=UTC), zone=NEW_YORK) == "Fri 2027-01-01"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-3, "0 s"),
        (0, "0 s"),
        (33.4, "33 s"),
        (59.6, "1 min"),
        (2478, "41 min 18 s"),
        (3600, "1 h"),
        (3605, "1 h 5 s"),
        (3725, "1 h 2 min 5 s"),
        (90_000, "25 h"),
    ],
)
def test_a_duration_is_written_to_the_second(seconds, text):
    assert format_duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.2, "about 1 s"),
        (49.1, "about 50 s"),
        (60, "about 1 min"),
        (60.1, "about 2 min"),
        (300, "about 5 min"),
        (301, "about 6 min"),
        (5400, "about 1 h 30 min"),
        (7199, "about 2 h"),
        (7201, "about 3 h"),
        (86_400, "about 24 h"),
    ],
)
def test_a_wait_is_never_shorter_than_it_takes(seconds, text):
    assert format_wait(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (42.9, "0:42"), (65, "1:05"), (3599, "59:59"), (3723, "1:02:03"), (-1, "0:00")],
)
def test_a_place_in_a_recording_is_written_like_a_clock(seconds, text):
    assert format_position(seconds) == text


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Europe/London", "Europe/London"),
        (" america/new york ", "America/New_York"),
        ("utc", "UTC"),
    ],
)
def test_a_zone_is_found_by_its_name_in_any_case(name, key):
    assert find_zone(name).key == key


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("New York", "Did you mean America/New_York"),
        ("Europe/Londen", "Did you mean Europe/London"),
        ("nowhere at all", 'unknown time zone "nowhere at all". Use an IANA name'),
        ("../../etc/passwd", "unknown time zone"),
        ("Europe", "unknown time zone"),
        ("", "unknown time zone"),
    ],
)
def test_a_wrong_zone_is_refused_with_the_closest(name, said):
    with pytest.raises(ValueError, match="IANA") as refused:
        find_zone(name)
    assert said in str(refused.value)


def test_the_zone_of_this_machine_is_what_it_says(monkeypatch):
    monkeypatch.setattr(tzlocal, "get_localzone", lambda: ZoneInfo("Australia/Sydney"))
    assert local_zone().key == "Australia/Sydney"


@pytest.mark.parametrize("failure", [ZoneInfoNotFoundError("local"), OSError(), ValueError()])
def test_a_machine_that_does_not_say_its_zone_is_in_utc(monkeypatch, failure):
    def fail():
        raise failure

    monkeypatch.setattr(tzlocal, "get_localzone", fail)
    assert local_zone().key == "UTC"
