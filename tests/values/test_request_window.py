import pytest

from quo_mcp.values.request_window import Admission, RequestWindow


def test_a_window_opens_when_its_oldest_request_has_passed_out_of_it():
    window = RequestWindow(limit=2, seconds=1.0)
    assert window.take(5.0) == Admission(0.0)
    assert window.take(5.5) == Admission(0.0)
    assert window.take(5.75) == Admission(0.25)
    assert window.take(6.0) == Admission(0.0)
    assert window.take(6.0) == Admission(0.5)


@pytest.mark.parametrize("set_back", [2.0, 3600.0, 10**9])
def test_a_clock_that_is_set_back_stops_nobody(set_back):
    window = RequestWindow()
    now = 2 * 10.0**9
    for _ in range(10):
        window.take(now)
    window.pause(now, 3600.0, "GET /calls")
    now -= set_back
    assert window.take(now, "GET /users").wait <= 5.0
    assert window.take(now, "GET /calls").wait <= 300.0
    assert window.take(now + 5.0, "GET /users") == Admission(0.0)


@pytest.mark.parametrize(("seconds", "shared"), [(0.5, 0.5), (5.0, 5.0), (5.1, 1.0), (900.0, 1.0)])
def test_a_pause_of_one_endpoint_is_brief_for_the_others(seconds, shared):
    window = RequestWindow()
    window.pause(100.0, seconds, "GET /calls")
    assert window.take(100.0, "GET /users").wait == pytest.approx(shared)
    own = window.take(100.0, "GET /calls")
    assert own.is_endpoint_paused
    assert own.wait == pytest.approx(min(seconds, 300.0))


def test_the_longer_of_two_pauses_counts():
    window = RequestWindow()
    for seconds in (4.0, 1.0):
        window.pause(100.0, seconds, "GET /calls")
    assert window.take(100.0, "GET /users").wait == 4.0
    assert window.take(100.0, "GET /calls").wait == 4.0


def test_a_free_slot_is_left_to_a_call_that_waits():
    window = RequestWindow(limit=1, seconds=1.0)
    window.take(10.0)
    assert window.take(10.5) == Admission(0.5)
    assert window.take(11.0, is_background=True).wait > 0
    assert window.take(11.05) == Admission(0.0)
    assert window.take(12.5, is_background=True) == Admission(0.0)
