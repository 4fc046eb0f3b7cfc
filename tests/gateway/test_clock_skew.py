"""How far apart the clocks are, as far as a reply's Date is sure of it."""

from datetime import timedelta

import pytest

from gateway.script import GOOD, Data, Script
from quo_mcp.gateway.clock_skew import ahead

NOON = 1_795_435_200.0  # 23 November 2026, 12:00 UTC


@pytest.mark.parametrize(
    ("date", "asked", "heard", "expected"),
    [
        ("Mon, 23 Nov 2026 12:00:00 GMT", 0, 0, 0),
        ("Mon, 23 Nov 2026 12:00:00 GMT", 0.9, 0.9, 0),  # the rest of a second is not told
        ("Mon, 23 Nov 2026 12:00:05 GMT", 0, 9, 0),  # somewhere on a long way
        ("Mon, 23 Nov 2026 12:00:00 GMT", 31, 31.5, -30),
        ("Mon, 23 Nov 2026 12:00:00 GMT", 29, 39, -28),
        ("Mon, 23 Nov 2026 12:10:00 GMT", 0, 0.5, 599.5),
        ("Mon, 23 Nov 2026 14:00:00 +0200", 60, 60, -59),
        ("Mon, 23 Nov 2026 12:00:00 -0000", 60, 60, -59),
        ("", 0, 0, None),
        ("noon", 0, 0, None),
        ("Mon, 99 Nov 2026 12:00:00 GMT", 0, 0, None),
    ],
)
def test_the_other_clock_is_as_far_off_as_is_certain(date, asked, heard, expected):
    assert ahead({"date": date}, asked=NOON + asked, heard=NOON + heard) == expected


def test_a_reply_out_of_a_store_tells_no_time():
    headers = {"date": "Mon, 23 Nov 2026 11:00:00 GMT"}
    assert ahead(headers, asked=NOON, heard=NOON) == -3599
    assert ahead(headers | {"age": "3600"}, asked=NOON, heard=NOON) is None
    assert ahead({}, asked=NOON, heard=NOON) is None


@pytest.mark.anyio
async def test_the_latest_reply_that_tells_the_time_counts():
    late, no_time = {"Date": "Mon, 23 Nov 2026 11:58:00 GMT"}, {}
    script = Script((503, b"", late), (*GOOD, no_time), (*GOOD, {"Date": "noon"}), GOOD)
    async with script.gateway() as gateway:
        assert gateway.ahead == timedelta()
        for _ in range(2):
            await gateway.quo.get(Data, "users")
            assert gateway.ahead == timedelta(seconds=-119)
