from datetime import UTC, datetime, timedelta

import pytest

from quo_mcp.gateway.retry import NoReply, backoff, parse_retry_after

WRITES = ("POST", "PUT", "PATCH", "DELETE")
NOW = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)


def decide(method, attempt, failure, *, retry_after=None, remaining=20.0, random_value=0.5):
    return backoff(
        method,
        attempt,
        failure,
        retry_after=retry_after,
        remaining=remaining,
        rng=lambda: random_value,
    )


@pytest.mark.parametrize(
    "failure", [NoReply.NOT_SENT, NoReply.MAYBE_SENT, 408, 429, 500, 502, 503, 504]
)
def test_a_read_is_tried_again_where_that_may_help(failure):
    assert decide("GET", 1, failure) is not None


@pytest.mark.parametrize("failure", [301, 400, 401, 402, 403, 404, 409, 412, 422, 501, 520])
@pytest.mark.parametrize("method", ["GET", *WRITES])
def test_nothing_is_tried_again_where_it_cannot_help(method, failure):
    assert decide(method, 1, failure) is None


@pytest.mark.parametrize("failure", [NoReply.MAYBE_SENT, 408, 425, 500, 502, 503, 504])
@pytest.mark.parametrize("method", WRITES)
def test_a_write_that_may_have_arrived_is_never_tried_again(method, failure):
    assert decide(method, 1, failure) is None


@pytest.mark.parametrize("failure", [NoReply.NOT_SENT, 429])
@pytest.mark.parametrize("method", WRITES)
def test_a_write_that_surely_did_not_arrive_is_tried_again(method, failure):
    assert decide(method, 1, failure) is not None


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(("failure", "attempts"), [(NoReply.NOT_SENT, 3), (429, 6)])
def test_there_are_so_many_attempts_and_no_more(method, failure, attempts):
    assert decide(method, attempts - 1, failure) is not None
    assert decide(method, attempts, failure) is None


def test_a_500_is_tried_again_only_once():
    assert decide("GET", 2, 500) is None


@pytest.mark.parametrize(
    ("attempt", "random_value", "seconds"),
    [(1, 0.0, 0.0), (1, 1.0, 0.25), (2, 1.0, 0.5), (2, 0.5, 0.25)],
)
def test_the_wait_is_any_share_of_a_span_that_doubles(attempt, random_value, seconds):
    assert decide("GET", attempt, 503, random_value=random_value) == pytest.approx(seconds)


@pytest.mark.parametrize("random_value", [0.0, 0.99])
def test_the_wait_that_a_429_asks_for_is_kept_to_a_tenth_of_a_second(random_value):
    assert 3.0 <= decide("POST", 1, 429, retry_after=3.0, random_value=random_value) <= 3.1


def test_a_429_without_a_wish_is_given_a_second():
    assert 1.0 <= decide("GET", 1, 429) <= 1.1


def test_a_503_is_not_tried_again_before_it_asks():
    assert decide("GET", 1, 503, retry_after=2.0, random_value=0.99) == 2.0


@pytest.mark.parametrize("failure", [429, 503])
def test_there_is_no_waiting_for_longer_than_the_call_may_take(failure):
    assert decide("GET", 1, failure, retry_after=6.0, remaining=5.0) is None
    assert decide("GET", 1, failure, retry_after=4.0, remaining=5.0) is not None


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("", None),
        ("0", 0.0),
        (" 7 ", 7.0),
        ("1.5", 1.5),
        ("-3", None),
        ("nan", None),
        ("inf", None),
        ("1e3", None),
        ("٣", None),
        ("9" * 400, None),
        ("soon", None),
        ("Mon, 23 Nov 2026 12:00:09 GMT", 9.0),
        ("Mon, 23 Nov 2026 12:00:09 -0000", 9.0),
        ("Mon, 23 Nov 2026 11:59:00 GMT", 0.0),
        ("Monday, 23-Nov-26 12:00:09 GMT", 9.0),
        ("604800", 300.0),
        ("Thu, 31 Dec 2099 23:59:59 GMT", 300.0),
        ("Mon, 99 Nov 2026 12:00:09 GMT", None),
    ],
)
def test_retry_after_is_read_in_both_its_forms(header, seconds):
    assert parse_retry_after(header, NOW) == seconds


def test_a_date_in_another_zone_counts_from_now():
    later = (NOW + timedelta(seconds=30)).strftime("%a, %d %b %Y 13:00:30 +0100")
    assert parse_retry_after(later, NOW) == 30.0
