import random
from decimal import Decimal

import pytest

from quo_mcp.values.sms_segments import count_segments, price_per_recipient

EURO, SMILE = "€", "😀"


@pytest.mark.parametrize(
    ("text", "encoding", "count", "used", "left"),
    [
        ("", "GSM-7", 0, 0, 160),
        ("a", "GSM-7", 1, 1, 159),
        ("a" * 160, "GSM-7", 1, 160, 0),
        ("a" * 161, "GSM-7", 2, 161, 145),
        ("a" * 306, "GSM-7", 2, 306, 0),
        ("a" * 307, "GSM-7", 3, 307, 152),
        (EURO * 80, "GSM-7", 1, 160, 0),
        (EURO * 81, "GSM-7", 2, 162, 153 - 2 * 5),
        ("a" * 159 + EURO, "GSM-7", 2, 161, 145),
        ("a" * 152 + EURO + "a" * 151, "GSM-7", 2, 305, 0),
        ("a" * 152 + EURO + "a" * 152, "GSM-7", 3, 306, 152),
        ("é à ñ ü Ç Å ß ø @ £ Ω\n\r", "GSM-7", 1, 23, 137),
        ("^{}\\[~]|€\f", "GSM-7", 1, 20, 140),
        ("ж" * 70, "UCS-2", 1, 70, 0),
        ("ж" * 71, "UCS-2", 2, 71, 63),
        ("ж" * 134, "UCS-2", 2, 134, 0),
        ("ж" * 135, "UCS-2", 3, 135, 66),
        (SMILE * 35, "UCS-2", 1, 70, 0),
        (SMILE * 36, "UCS-2", 2, 72, 61),
        ("a" * 66 + SMILE + "a" * 65, "UCS-2", 2, 133, 0),
        ("a" * 66 + SMILE + "a" * 66, "UCS-2", 3, 134, 66),
        ("ж" * 69 + EURO, "UCS-2", 1, 70, 0),
        ("a" * 1600, "GSM-7", 11, 1600, 83),
        ("ж" * 1600, "UCS-2", 24, 1600, 8),
        ("\ud83d" * 70, "UCS-2", 1, 70, 0),
    ],
)
def test_a_text_is_cut_as_carriers_cut_it(text, encoding, count, used, left):
    cut = count_segments(text)
    assert (cut.encoding, cut.count, cut.units_used, cut.units_left) == (
        encoding,
        count,
        used,
        left,
    )


@pytest.mark.parametrize(
    "char", ["ç", "\u2019", "“", "\u2013", "`", "\xa0", "\t", "á", "😀", "\x1b"]
)
def test_one_character_outside_the_alphabet_makes_the_whole_text_ucs2(char):
    assert count_segments("a" * 100 + char).encoding == "UCS-2"
    assert count_segments("a" * 100 + char).non_gsm_characters == (char,)


def test_culprits_are_told_once_and_in_order():
    assert count_segments("“Olá”, “é”, olá 😀").non_gsm_characters == ("“", "á", "”", "😀")


@pytest.mark.parametrize(
    ("text", "region", "dollars"),
    [
        ("Hello", "US", "0.01"),
        ("a" * 161, "CA", "0.02"),
        ("ж" * 1600, "US", "0.24"),
        ("", "US", "0.00"),
        ("Hello", "GB", None),
        ("Hello", None, None),
    ],
)
def test_a_text_is_priced_by_the_segment_where_the_price_is_known(text, region, dollars):
    assert price_per_recipient(text, region) == (None if dollars is None else Decimal(dollars))


def _slowly(text):
    """An independent count: bytes as they would go over the air, packed one piece at a time."""
    basic = bytes(range(0x20, 0x7F)).decode().translate({ord(c): None for c in "[\\]^`{|}~"})
    basic += "\n\r£¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà"
    if all(char in basic + "\f^{}\\[~]|€" for char in text):
        encoding, whole, part = "GSM-7", 160, 153
        pieces = [char if char in basic else "\x1b" + char for char in text]
    else:
        encoding, whole, part = "UCS-2", 70, 67
        pieces = ["x" * (len(char.encode("utf-16-be")) // 2) for char in text]
    if len("".join(pieces)) <= whole:
        return encoding, 1 if text else 0
    bins = [""]
    while pieces:
        if len(bins[-1] + pieces[0]) > part:
            bins.append("")
        bins[-1] += pieces.pop(0)
    return encoding, len(bins)


@pytest.mark.parametrize("seed", range(20))
def test_the_count_agrees_with_an_independent_one(seed):
    chance = random.Random(seed)
    alphabets = [
        "ab @é\n",
        "a[]€",
        "[",
        "aж",
        "a😀",
        "😀",
        "ab €\u2019😀",
        "".join(map(chr, range(1, 256))),
    ]
    for _ in range(50):
        text = "".join(chance.choices(chance.choice(alphabets), k=chance.randrange(480)))
        assert (count_segments(text).encoding, count_segments(text).count) == _slowly(text)
