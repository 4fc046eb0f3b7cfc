from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from quo_mcp.config.settings import Settings
from quo_mcp.errors import PolicyRefusal
from quo_mcp.safety.journal import Journal, Reservation
from quo_mcp.safety.schema import MIGRATIONS
from quo_mcp.safety.send_limits import UNLIMITED, SendLimits
from quo_mcp.safety.send_record import SendRequest, SendState
from quo_mcp.server.account import limits_from
from store.engines import open_database
from torture.scripted import TEN

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.fixture
def journal(tmp_path):
    database = open_database(tmp_path / "state" / "journal.db", MIGRATIONS)
    yield Journal(database)
    database.close()


def text_to(*numbers, text="It's ready", cents=1, account="shop"):
    return SendRequest(account, "PNmain", tuple(f"+1415555{n:04d}" for n in numbers), text, cents)


def send(journal, request, limits, at=0.0, state=SendState.SENT):
    now = NOW + timedelta(seconds=at)
    place = journal.reserve(request, now=now, limits=limits, duplicate_window=TEN)
    assert isinstance(place, Reservation)
    journal.begin(place.send_id, now=now)
    return journal.finish(place.send_id, state, now=now)


def refused(journal, request, limits, at=0.0):
    with pytest.raises(PolicyRefusal) as refusal:
        journal.reserve(
            request, now=NOW + timedelta(seconds=at), limits=limits, duplicate_window=TEN
        )
    return str(refusal.value)


@pytest.mark.parametrize(
    ("limits", "span", "words"),
    [
        (replace(UNLIMITED, per_minute=3), 60, "at most 3 texts per minute"),
        (replace(UNLIMITED, per_hour=3), 3600, "at most 3 texts per hour"),
        (replace(UNLIMITED, per_day=3), 86400, "at most 3 texts per day"),
        (replace(UNLIMITED, cents_per_day=3), 86400, "at most $0.03 of texts per day"),
    ],
)
def test_a_limit_holds_for_any_span_of_its_length(journal, limits, span, words):
    for number in range(3):
        send(journal, text_to(number), limits, at=number)
    assert words in refused(journal, text_to(9), limits, at=span - 0.5)
    send(journal, text_to(9), limits, at=span)
    assert words in refused(journal, text_to(10), limits, at=span + 0.5)


@pytest.mark.parametrize(
    ("limits", "span", "words"),
    [
        (
            replace(UNLIMITED, per_person_hour=2),
            3600,
            "2 texts per hour to one person (+1 415 555 0001)",
        ),
        (
            replace(UNLIMITED, per_person_day=2),
            86400,
            "2 texts per day to one person (+1 415 555 0001)",
        ),
    ],
)
def test_a_limit_for_a_person_is_each_persons_own(journal, limits, span, words):
    send(journal, text_to(1, text="a"), limits)
    send(journal, text_to(1, 2, text="b"), limits)
    send(journal, text_to(2, text="c"), limits)
    assert words in refused(journal, text_to(1, text="d"), limits, at=span - 1)
    assert words in refused(journal, text_to(3, 1, text="d"), limits, at=span - 1)
    send(journal, text_to(3, text="d"), limits)
    send(journal, text_to(1, text="d"), limits, at=span)


def test_a_group_counts_once_for_each_person(journal):
    limits = replace(UNLIMITED, per_minute=3)
    send(journal, text_to(1, 2), limits)
    assert "3 texts per minute" in refused(journal, text_to(3, 4), limits)
    send(journal, text_to(3), limits)


@pytest.mark.parametrize(
    ("state", "counts"),
    [(SendState.SENT, True), (SendState.UNKNOWN, True), (SendState.REJECTED, False)],
)
def test_what_may_have_gone_out_counts(journal, state, counts):
    limits = replace(UNLIMITED, per_minute=1)
    send(journal, text_to(1), limits, state=state)
    if counts:
        refused(journal, text_to(2), limits)
    else:
        send(journal, text_to(2), limits)


def test_what_is_on_its_way_counts(journal):
    limits = replace(UNLIMITED, per_minute=1)
    journal.reserve(text_to(1), now=NOW, limits=limits, duplicate_window=TEN)
    refused(journal, text_to(2), limits)


def test_accounts_are_counted_apart(journal):
    limits = replace(UNLIMITED, per_minute=1)
    send(journal, text_to(1), limits)
    send(journal, text_to(1, account="other"), limits)


def test_limits_outlive_the_process(tmp_path):
    limits = replace(UNLIMITED, per_day=1)
    for number, allowed in enumerate([True, False]):
        database = open_database(tmp_path / "state" / "journal.db", MIGRATIONS)
        (send if allowed else refused)(Journal(database), text_to(number), limits)
        database.close()


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        (
            replace(UNLIMITED, per_minute=2),
            "You can send again in about 49 s, at Mon 2026-11-23 09:01 (UTC).",
        ),
        (
            replace(UNLIMITED, per_hour=2),
            "You can send again in about 1 h, at Mon 2026-11-23 10:00 (UTC).",
        ),
        (
            replace(UNLIMITED, per_day=2),
            "You can send again in about 24 h, at Tue 2026-11-24 09:00 (UTC).",
        ),
        (
            replace(UNLIMITED, per_minute=2, per_hour=2, per_day=2, cents_per_day=2),
            "at most 2 texts per day. You can send again in about 24 h",
        ),
        (
            replace(UNLIMITED, per_minute=0),
            "Waiting will not help",
        ),
        (
            replace(UNLIMITED, per_minute=2, per_hour=0, per_day=2),
            "at most 0 texts per hour. Waiting will not help",
        ),
    ],
)
def test_a_refusal_says_when_there_is_room_and_who_can_change_it(journal, limits, words):
    send(journal, text_to(1), UNLIMITED)
    send(journal, text_to(2), UNLIMITED, at=10)
    said = refused(journal, text_to(3), limits, at=11)
    assert words in said
    assert said.startswith("Not sent: ")
    assert said.endswith("Only a person can change the limit, in the server's settings.")


def test_room_comes_when_enough_has_left_the_span_for_the_whole_group(journal):
    limits = replace(UNLIMITED, per_minute=3)
    for number in range(3):
        send(journal, text_to(number), limits, at=10 * number)
    assert "in about 40 s, at Mon 2026-11-23 09:02 (UTC)" in refused(
        journal, text_to(8, 9), limits, at=30
    )


def test_a_text_without_a_price_is_not_held_up_by_what_was_spent(journal):
    limits = replace(UNLIMITED, cents_per_day=1)
    send(journal, text_to(1), limits)
    send(journal, text_to(2, cents=0), limits)


def test_the_limits_are_those_that_readme_promises():
    assert limits_from(Settings(time_zone="Europe/Paris")) == SendLimits(
        per_minute=10,
        per_hour=60,
        per_day=300,
        per_person_hour=8,
        per_person_day=20,
        cents_per_day=1000,
        zone=ZoneInfo("Europe/Paris"),
    )


@pytest.mark.parametrize(
    ("zone", "when"),
    [
        ("America/Los_Angeles", "Mon 2026-11-23 02:00 (America/Los_Angeles)"),
        ("Asia/Kolkata", "Mon 2026-11-23 15:30 (Asia/Kolkata)"),
        ("Europe/Paris", "Mon 2026-11-23 11:00 (Europe/Paris)"),
    ],
)
def test_a_refusal_has_the_time_in_the_zone_of_the_account(journal, zone, when):
    limits = replace(UNLIMITED, per_hour=1, zone=ZoneInfo(zone))
    send(journal, text_to(1), limits)
    refusal = refused(journal, text_to(2), limits)
    assert f"You can send again in about 1 h, at {when}." in refusal


def test_a_small_business_does_not_notice_the_limits_and_a_loop_does(journal):
    limits = limits_from(Settings())
    for number in range(60):  # one text every four minutes through a working day and more
        send(journal, text_to(number % 20, text=f"{number}"), limits, at=240 * number)
    loop = NOW + timedelta(days=3)
    for number in range(8):
        journal.reserve(
            text_to(1, text=f"loop {number}"), now=loop, limits=limits, duplicate_window=TEN
        )
    with pytest.raises(PolicyRefusal):
        journal.reserve(text_to(1, text="once more"), now=loop, limits=limits, duplicate_window=TEN)
