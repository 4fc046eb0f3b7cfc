from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from quo_mcp.safety.reconciliation import OutgoingMessage, match_sent
from quo_mcp.safety.send_record import SendRecord, SendState

BEGAN = datetime(2026, 11, 23, 9, tzinfo=UTC)
RECORD = SendRecord(
    send_id="send_1",
    account="shop",
    fingerprint="f",
    inbox="PNmain",
    to=("+14155550100", "+14155550101"),
    text='It\'s "ready" - 10 am',
    cents=1,
    idempotency_key=None,
    allow_duplicate=False,
    state=SendState.UNKNOWN,
    message_id=None,
    status=None,
    reason=None,
    created_at=BEGAN,
    began_at=BEGAN,
    settled_at=None,
)


def seen(seconds=1.0, text=RECORD.text, to=RECORD.to, name="AC1"):
    return OutgoingMessage(name, text, BEGAN + timedelta(seconds=seconds), to)


def look(*thread, record=RECORD, claimed=(), rivals=()):
    match = match_sent(
        record,
        thread,
        matched_ids=claimed,
        competing_starts=[BEGAN + timedelta(seconds=rival) for rival in rivals],
    )
    return match and match.message_id


@pytest.mark.parametrize(
    "as_listed",
    [
        seen(),
        seen(text="It\u2019s \u201cready\u201d \u2013 10\u00a0am\n"),
        seen(text="\ufeffIt`s  \uff02ready\uff02 \u2014 10 am"),
        seen(to=RECORD.to[::-1]),
        seen(-30),
        seen(15 * 60),
    ],
)
def test_a_text_is_found_however_phones_and_clocks_changed_it(as_listed):
    assert look(as_listed) == "AC1"


@pytest.mark.parametrize(
    "other",
    [
        seen(text="It's ready"),
        seen(text='IT\'S "READY" - 10 AM'),
        seen(to=("+14155550100",)),
        seen(to=(*RECORD.to, "+14155550102")),
        seen(-31),
        seen(15 * 60 + 1),
    ],
)
def test_another_text_is_not_taken_for_it(other):
    assert look(other) is None


@pytest.mark.parametrize("change", [{"text": None}, {"began_at": None}])
def test_without_words_or_a_beginning_nothing_can_be_found(change):
    assert look(seen(), record=replace(RECORD, **change)) is None


@pytest.mark.parametrize(
    ("times", "rivals", "match"),
    [
        ([1], [0], None),  # one text, two who may have made it
        ([1], [0, 5], None),
        ([1, 2], [0], "AC0"),  # two texts, two senders: both went out
        ([1, 2], [0, 1], None),
        ([1], [40], "AC0"),  # the other had not begun by then
        ([1, 45], [40], "AC0"),
        ([20], [40], None),  # but it may have, as far as the clocks are known
        ([20, 30], [40], "AC0"),
    ],
)
def test_a_text_that_another_may_have_made_counts_only_when_there_are_enough(times, rivals, match):
    thread = [seen(second, name=f"AC{number}") for number, second in enumerate(times)]
    assert look(*reversed(thread), rivals=rivals) == match


def test_a_message_that_is_listed_twice_or_claimed_does_not_count():
    assert look(seen(), seen(), rivals=[0]) is None
    assert look(seen(), claimed={"AC1"}) is None
    assert look(seen(), seen(2, name="AC2"), claimed={"AC1"}) == "AC2"
