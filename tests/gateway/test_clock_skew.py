"""The estimate of the clock skew from a reply's Date header."""

from datetime import timedelta

import pytest

from gateway.script import GOOD, Data, Script
from quo_mcp.gateway.clock_skew import estimate_skew

NOON = 1_795_435_200.0  # 23 November 2026, 12:00 UTC


@pytest.mark.parametrize(
    ("date", "sent_offset", "received_offset", "expected"),
    [
        ("Mon, 23 Nov 2026 12:00:00 GMT", 0, 0, 0),
        ("Mon, 23 Nov 2026 12:00:00 GMT", 0.9, 0.9, 0),  # Date has whole seconds
        (
            "Mon, 23 Nov 2026 12:00:05 GMT",
            0,
            9,
            0,
        ),  # the reply may have been sent at any time in between
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
def test_the_other_clock_is_as_far_off_as_is_certain(date, sent_offset, received_offset, expected):
    assert (
        estimate_skew(
            {"date": date}, sent_at=NOON + sent_offset, received_at=NOON + received_offset
        )
        == expected
    )


def test_a_reply_out_of_a_store_tells_no_time():
    headers = {"date": "Mon, 23 Nov 2026 11:00:00 GMT"}
    assert estimate_skew(headers, sent_at=NOON, received_at=NOON) == -3599
    assert estimate_skew(headers | {"age": "3600"}, sent_at=NOON, received_at=NOON) is None
    assert estimate_skew({}, sent_at=NOON, received_at=NOON) is None


@pytest.mark.anyio
async def test_the_latest_reply_that_tells_the_time_counts():
    slow_clock, no_date = {"Date": "Mon, 23 Nov 2026 11:58:00 GMT"}, {}
    script = Script((503, b"", slow_clock), (*GOOD, no_date), (*GOOD, {"Date": "noon"}), GOOD)
    async with script.gateway() as gateway:
        assert gateway.clock_skew == timedelta()
        for _ in range(2):
            await gateway.api.get(Data, "users")
            assert gateway.clock_skew == timedelta(seconds=-119)
