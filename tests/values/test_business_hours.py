"""Business hours as people write them, and the business time between two moments."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from quo_mcp.errors import InvalidArguments
from quo_mcp.values.business_hours import parse_business_hours

PACIFIC = ZoneInfo("America/Los_Angeles")
NINE_TO_FIVE = [(day, 540, 1020) for day in range(5)]


def local(text):
    return datetime.fromisoformat(text).replace(tzinfo=PACIFIC).astimezone(UTC)


@pytest.mark.parametrize(
    ("text", "openings"),
    [
        ("Mon-Fri 9-17", NINE_TO_FIVE),
        ("monday - friday 9:00 to 17:00", NINE_TO_FIVE),
        ("Mon, Tue, Wed-Fri 09:00-17:00", NINE_TO_FIVE),
        ("Mon\N{EN DASH}Fri 9\N{EN DASH}17", NINE_TO_FIVE),
        ("Sat-Mon 10-12", [(0, 600, 720), (5, 600, 720), (6, 600, 720)]),
        ("0:00-24:00", [(day, 0, 1440) for day in range(7)]),
        ("Sat 9-12:30; Sun 10-11", [(5, 540, 750), (6, 600, 660)]),
        ("Mon 8-12; Mon 13-17", [(0, 480, 720), (0, 780, 1020)]),
        ("Mon 8-13; Mon 12-17", [(0, 480, 1020)]),
    ],
)
def test_hours_are_parsed(text, openings):
    assert list(parse_business_hours(text).openings) == openings


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nine to five",
        "Mon-Fri",
        "9",
        "17-9",
        "9-9",
        "9-25",
        "9:75-17",
        "22:00-06:00",
        "Fun 9-17",
    ],
)
def test_what_is_no_business_hours_is_refused_with_an_example(text):
    with pytest.raises(InvalidArguments, match="Mon-Fri 9:00-17:30"):
        parse_business_hours(text)


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-11-23T10:00", "2026-11-23T11:30", 1.5),
        ("2026-11-23T07:00", "2026-11-23T08:59", 0),
        ("2026-11-23T16:00", "2026-11-24T10:00", 2),
        ("2026-11-27T16:30", "2026-11-30T09:30", 1),  # over a weekend
        ("2026-11-28T10:00", "2026-11-29T10:00", 0),
        ("2026-11-23T09:00", "2026-11-30T09:00", 40),
        ("2026-11-23T10:00", "2026-11-23T10:00", 0),
    ],
)
def test_only_the_time_within_business_hours_counts(start, end, hours):
    business = parse_business_hours("Mon-Fri 9-17")
    assert business.seconds_between(local(start), local(end), PACIFIC) == hours * 3600


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-08", 23), ("2026-11-01", 25), ("2026-11-02", 24)]
)
def test_a_day_on_which_the_clock_changes_has_its_own_length(day, hours):
    always = parse_business_hours("0-24")
    start = local(f"{day}T00:00")
    end = local(f"{day}T23:59:59")
    assert always.seconds_between(start, end, PACIFIC) == hours * 3600 - 1
    business = parse_business_hours("9-17")
    assert business.seconds_between(start, end, PACIFIC) == 8 * 3600
