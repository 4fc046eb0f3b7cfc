from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from quo_mcp.errors import Misunderstood
from quo_mcp.safety.sends import Intent, SendRecord, State, folded, in_words

BEGAN = datetime(2026, 11, 23, 9, 0, 1, tzinfo=UTC)
RECORD = SendRecord(
    send_id="send_1",
    account="shop",
    fingerprint="f",
    inbox="PNmain",
    to=("+14155550100",),
    text="It's ready",
    cents=1,
    key=None,
    again=False,
    state=State.SENT,
    message_id=None,
    status=None,
    reason=None,
    created_at=BEGAN - timedelta(seconds=1),
    began_at=BEGAN,
    settled_at=None,
)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "Sent to +14155550100, 2026-11-23 09:00:01 UTC."),
        (
            {"message_id": "AC1", "status": "queued"},
            (
                "Sent to +14155550100, 2026-11-23 09:00:01 UTC (status queued, message AC1). "
                "quo_get_message tells whether it was delivered."
            ),
        ),
        (
            {"repeated": True, "message_id": "AC1"},
            (
                "Not sent again: the same text already went to +14155550100, 2026-11-23 09:00:01 UTC "
                "(message AC1). To send it once more on purpose, call again with again=true."
            ),
        ),
        (
            {"repeated": True, "key": "monday"},
            (
                "Not sent again: the same text already went to +14155550100, 2026-11-23 09:00:01 UTC. "
                "To send it once more on purpose, call again with again=true and another key, or none."
            ),
        ),
        (
            {"state": State.IN_FLIGHT, "to": ("+14155550100", "+14155550101")},
            (
                "The text to +14155550100 and +14155550101 is being sent right now, since "
                "2026-11-23 09:00:01 UTC. Do not send it again; quo_get_send_status send_id=send_1 tells "
                "what became of it."
            ),
        ),
        (
            {"state": State.UNKNOWN, "reason": "The connection was reset."},
            (
                "It is not known whether the text to +14155550100 of 2026-11-23 09:00:01 UTC arrived (The "
                "connection was reset). It may have been sent, so the same text is not sent again, not even "
                "with again=true; quo_get_send_status send_id=send_1 will look again. If it stays unknown, "
                "only a person can give it up, with `quo-mcp sends --give-up send_1`."
            ),
        ),
        (
            {"state": State.REJECTED, "reason": "no such number", "began_at": None},
            (
                "The text to +14155550100 of 2026-11-23 09:00:00 UTC was not sent (no such number). "
                "Nothing reached them; it can be sent again once that is mended."
            ),
        ),
        (
            {"state": State.GIVEN_UP},
            (
                "A person gave up on the text to +14155550100 of 2026-11-23 09:00:01 UTC: whether it "
                "arrived was never found out. Ask that person before sending it again."
            ),
        ),
    ],
)
def test_what_became_of_a_text_is_said_with_the_next_step(change, words):
    assert in_words(replace(RECORD, **change)) == words


def test_people_and_times_are_named_as_the_reader_knows_them():
    said = in_words(RECORD, "Ana", lambda moment: f"{moment:%H:%M}")
    assert said == "Sent to Ana, 09:00."


def test_half_a_character_is_refused_before_anything_is_written():
    with pytest.raises(Misunderstood, match="half a character"):
        Intent("shop", "PNmain", ("+14155550100",), "\ud83d")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("  a \n\t b\u00a0c ", "a b c"),
        ("\u2018a\u2019 \u201cb\u201d \u00abc\u00bb", '\'a\' "b" "c"'),
        ("1\u20132\u20143\u22124", "1-2-3-4"),
        ("a\u200bb\ufeffc\u00add", "abcd"),
        ("\uff21\u2026", "A..."),
        ("cafe\u0301", "caf\u00e9"),
        ("\U0001f469\u200d\U0001f52c", "\U0001f469\U0001f52c"),
        ("half \ud83d", "half \ufffd"),
    ],
)
def test_texts_are_compared_without_what_changes_on_the_way(text, plain):
    assert folded(text) == plain


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("On our way", "ON  OUR way", True),
        ("Straße", "STRASSE", True),
        ("On our way", "On our ways", False),
    ],
)
def test_a_text_in_other_case_is_the_same_text(one, other, alike):
    prints = {
        Intent("shop", "PNmain", ("+14155550100",), text).fingerprint for text in (one, other)
    }
    assert (len(prints) == 1) is alike


@pytest.mark.parametrize(
    "hidden",
    [0x200B, 0x200C, 0x200D, 0x200E, 0x202C, 0x2063, 0xFE0F, 0x3164, 0x034F, 0xE0041, 0xAD, 0x07],
    ids=hex,
)
def test_what_does_not_show_makes_no_other_text(hidden):
    one, other = ("On my way", f"On my{chr(hidden)} way")
    assert folded(one) == folded(other)


@pytest.mark.parametrize(("one", "other"), [("10\u00b2 units", "102 units"), ("\u24d0", "a")])
def test_what_looks_different_is_another_text(one, other):
    assert folded(one) != folded(other)
