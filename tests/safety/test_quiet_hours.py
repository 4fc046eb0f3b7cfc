"""Quiet hours go by the clock where the recipient may be, on every day of the year."""

import re
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from quo_mcp.errors import PolicyRefusal
from quo_mcp.safety.quiet_hours import check_quiet_hours, is_quiet, parse_window
from quo_mcp.values import phone_numbers

NIGHT = "21:00-08:00"
EASTERN, PACIFIC = "America/New_York", "America/Los_Angeles"


def local(zone, *when, fold=0):
    return datetime(*when, tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def refusal(zones, now, setting=NIGHT):
    try:
        check_quiet_hours("+1 415 555 0111", zones, now=now, setting=setting)
    except PolicyRefusal as why:
        return str(why)
    return None


@pytest.mark.parametrize(
    ("clock", "quiet"),
    [
        ("20:59", False),
        ("20:59:59.999999", False),
        ("21:00", True),
        ("23:59:59", True),
        ("00:00", True),
        ("07:59:59.999999", True),
        ("08:00", False),
        ("12:00", False),
    ],
)
def test_a_window_over_midnight_has_its_start_and_not_its_end(clock, quiet):
    assert is_quiet(time.fromisoformat(clock), *parse_window(NIGHT)) is quiet


@pytest.mark.parametrize(
    ("clock", "setting", "quiet"),
    [
        ("12:00", "12:00-13:00", True),
        ("13:00", "12:00-13:00", False),
        ("11:59", "12:00-13:00", False),
        ("03:00", "00:00-00:00", True),
        ("23:59", "00:00-23:59", False),
    ],
)
def test_a_window_within_a_day_and_one_that_never_ends(clock, setting, quiet):
    assert is_quiet(time.fromisoformat(clock), *parse_window(setting)) is quiet


def test_the_recipients_clock_counts_and_not_ours():
    evening = local(PACIFIC, 2026, 3, 4, 20, 0)
    assert refusal([PACIFIC], evening) is None
    assert "23:00" in refusal([EASTERN], evening)


def test_where_they_may_be_in_several_zones_all_have_to_be_awake():
    morning = local(EASTERN, 2026, 3, 4, 9, 0)
    assert refusal([EASTERN], morning) is None
    why = refusal([EASTERN, PACIFIC], morning)
    assert "06:00 or 09:00" in why
    assert refusal([EASTERN, PACIFIC], morning + timedelta(hours=2)) is None


def test_where_nothing_is_known_nothing_is_sent():
    assert "local time of +1 415 555 0111 is unknown" in refusal(
        [], local(PACIFIC, 2026, 3, 4, 12, 0)
    )


def test_the_earliest_time_is_told():
    assert "in about 11 h" in refusal([PACIFIC], local(PACIFIC, 2026, 3, 4, 21, 0))
    assert "in about 1 h" in refusal([PACIFIC], local(PACIFIC, 2026, 3, 4, 7, 0))
    assert "cover the whole day" in refusal(
        [PACIFIC], local(PACIFIC, 2026, 3, 4, 7, 0), "08:00-08:00"
    )
    apart = ["Pacific/Auckland", "America/New_York", "Europe/London", "Asia/Karachi"]
    assert "cover the whole day" in refusal(apart, local(PACIFIC, 2026, 3, 4, 7, 0))


@pytest.mark.parametrize(
    ("when", "quiet"),
    [
        # The clocks go forward on 8 March 2026 at 2:00: there is no 2:30, and 3:30 comes an hour sooner.
        (datetime(2026, 3, 8, 9, 59, tzinfo=UTC), True),  # 01:59
        (datetime(2026, 3, 8, 10, 0, tzinfo=UTC), False),  # 03:00
        (datetime(2026, 3, 7, 10, 0, tzinfo=UTC), True),  # 02:00 the day before
        # They go back on 1 November 2026 at 2:00: 1:30 comes twice, and is quiet twice.
        (datetime(2026, 11, 1, 8, 30, tzinfo=UTC), True),
        (datetime(2026, 11, 1, 9, 30, tzinfo=UTC), True),
        (datetime(2026, 11, 1, 11, 0, tzinfo=UTC), False),  # 03:00
        (datetime(2026, 11, 1, 10, 59, tzinfo=UTC), True),  # 02:59
    ],
)
def test_on_the_days_when_the_clocks_change_the_wall_clock_still_counts(when, quiet):
    assert (refusal([PACIFIC], when, "01:00-03:00") is not None) is quiet


@pytest.mark.parametrize(
    "day", [datetime(2026, 3, 8, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)]
)
def test_the_time_that_is_told_is_really_free(day):
    told = 0
    for quarter in range(96):
        now = day + timedelta(minutes=15 * quarter)
        why = refusal([PACIFIC, EASTERN], now)
        if why:
            told += 1
            amounts = re.findall(r"([0-9]+) (h|min)", why.rsplit("in about ", 1)[1])
            wait = {unit: int(amount) for amount, unit in amounts}
            later = now + timedelta(hours=wait.get("h", 0), minutes=wait.get("min", 0))
            assert refusal([PACIFIC, EASTERN], later) is None, now
    assert told > 40  # eleven hours of a day, and three more for the other zone


@pytest.mark.parametrize(
    ("number", "fewest"),
    [("+14155550111", 1), ("+18005550123", 5), ("+442079460018", 1), ("+61291234567", 1)],
)
def test_a_number_says_in_which_zones_it_may_be(number, fewest):
    zones = phone_numbers.time_zones_of(number)
    assert len(zones) >= fewest
    for hour in range(24):
        now = datetime(2026, 7, 1, hour, tzinfo=UTC)
        awake = all(8 <= now.astimezone(ZoneInfo(each)).hour < 21 for each in zones)
        assert (refusal(zones, now) is None) is awake
