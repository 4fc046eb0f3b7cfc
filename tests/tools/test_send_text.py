"""The text of a send: composed before it is counted and sent, and counted in UTF-16 units."""

import unicodedata

import pytest

from quo_mcp.values.sms_segments import count_segments, count_utf16_units
from sandbox.play import DESK, JANE

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "text",
    [
        "Übergröße für Jörg",
        "Mañana a las nueve, señor",
        "Très bien à midi, André",
        "Åse kommer",
        "Việt Nam",
    ],
)
async def test_decomposed_accents_are_composed_before_the_text_is_counted_and_sent(phone, text):
    decomposed = unicodedata.normalize("NFD", text)
    assert decomposed != text
    async with phone() as quo:
        arguments = {"to": JANE, "inbox": DESK}
        previews = [
            await quo("quo_send_message", **arguments, text=each, dry_run=True)
            for each in (text, decomposed)
        ]
        assert previews[0] == previews[1]
        encoding = count_segments(text).encoding
        assert f"({encoding}" in previews[1]
        await quo("quo_send_message", **arguments, text=decomposed)
        assert [each["content"] for each in quo.box.ledger] == [text]


@pytest.mark.parametrize(
    ("text", "units"),
    [("", 0), ("a€", 2), ("ж", 1), ("😀", 2), ("👩‍🔬", 5), ("🇺🇸", 4), ("a😀b", 4)],
)
def test_length_is_counted_in_utf16_units(text, units):
    assert count_utf16_units(text) == units
    assert len(text.encode("utf-16-le")) == 2 * units


@pytest.mark.parametrize(
    ("text", "units"), [("😀" * 801, "1,602"), ("a" * 1599 + "😀", "1,601"), ("🇺🇸" * 401, "1,604")]
)
async def test_a_text_above_the_limit_in_units_is_refused_before_anything_is_sent(
    phone, text, units
):
    async with phone() as quo:
        expected = (
            f"text: too long: {units} of at most 1,600 characters; most emoji count as two or more"
        )
        assert expected in await quo.refused("quo_send_message", to=JANE, inbox=DESK, text=text)
        assert quo.box.requests == []


@pytest.mark.parametrize("text", ["e\u0301" * 1600, "😀" * 800, "a" * 1600])
async def test_a_text_of_exactly_the_limit_is_accepted(phone, text):
    async with phone() as quo:
        assert "Ready to send" in await quo(
            "quo_send_message", to=JANE, inbox=DESK, text=text, dry_run=True
        )
