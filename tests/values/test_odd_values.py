"""Dates, zones and names that could be taken for something else."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from quo_mcp.errors import InvalidArguments
from quo_mcp.values import times
from quo_mcp.values.untrusted import inline

PACIFIC = ZoneInfo("America/Los_Angeles")
NOW = datetime(2026, 11, 25, 18, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "day"),
    [("11/18/2026", "2026-11-18"), ("18/11/2026", "2026-11-18"), ("31.12.2025", "2025-12-31"), ("since 11/18/2026", "2026-11-18"), ("05/05/2026", "2026-05-05")],
)  # fmt: skip
def test_a_numeric_date_with_one_possible_order_is_read(text, day):
    moment = times.parse_time(text, now=NOW, zone=PACIFIC, edge="since")
    assert moment.astimezone(PACIFIC).strftime("%Y-%m-%d %H:%M") == f"{day} 00:00"


@pytest.mark.parametrize("text", ["03/04/2026", "3/4", "11/18", "11/18/26", "13/13/2026"])
def test_a_numeric_date_with_two_orders_or_none_is_rejected(text):
    with pytest.raises(InvalidArguments):
        times.parse_time(text, now=NOW, zone=PACIFIC, edge="since")


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [("EST", "America/New_York"), ("mst", "America/Denver"), ("HST", "Pacific/Honolulu"), ("GMT+5", "Etc/GMT-5"), ("UTC-8", "Etc/GMT+8"), ("+05:00", "Etc/GMT-5")],
)  # fmt: skip
def test_a_misleading_zone_is_rejected_with_the_zone_that_is_meant(name, suggestion):
    with pytest.raises(ValueError, match="time zone") as error:
        times.find_zone(name)
    assert suggestion in str(error.value)


@pytest.mark.parametrize("name", ["Etc/GMT+5", "UTC", "EST5EDT", "America/New_York", "GMT"])
def test_other_zones_are_found(name):
    assert times.find_zone(name).key == name


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        ("0001-01-01T00:00:00Z", "Mon 0001-01-01 00:00 UTC"),
        ("9999-12-31T23:59:59-12:00", "Fri 9999-12-31 15:59"),
        ("2016-12-31T23:59:60Z", "Sat 2016-12-31 15:59"),
    ],
)
def test_extreme_times_are_shown(moment, shown):
    assert times.format_time(times.parse_timestamp(moment), zone=PACIFIC) == shown


@pytest.mark.parametrize("name", ["us", "Us.", "YOU", "Unknown speaker", "outgoing", "Sona"])
def test_a_name_that_is_a_word_of_the_server_is_in_quotes(name):
    assert inline(name) == f'"{name}"'


@pytest.mark.parametrize("name", ["Gus", "Usman", "Yu", "Mei You", "U.S. Bank"])
def test_names_like_these_words_stay_as_they_are(name):
    assert inline(name) == name
