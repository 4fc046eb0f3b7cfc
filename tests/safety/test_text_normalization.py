"""When two texts look alike, and when they say the same."""

# ruff: noqa: RUF001 - the marks of other scripts look like ours

import pytest

from quo_mcp.safety.text_normalization import duplicate_key, normalize_text


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
    assert normalize_text(text) == plain


@pytest.mark.parametrize(
    "hidden",
    [0x200B, 0x200C, 0x200D, 0x200E, 0x202C, 0x2063, 0xFE0F, 0x3164, 0x034F, 0xE0041, 0xAD, 0x07],
    ids=hex,
)
def test_what_does_not_show_makes_no_other_text(hidden):
    one, other = ("On my way", f"On my{chr(hidden)} way")
    assert normalize_text(one) == normalize_text(other)


@pytest.mark.parametrize(("one", "other"), [("10\u00b2 units", "102 units"), ("\u24d0", "a")])
def test_what_looks_different_is_another_text(one, other):
    assert normalize_text(one) != normalize_text(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("On our way", "ON  OUR way"),
        ("Straße", "STRASSE"),
        ("Can you send the rest this week?", "can you send the rest this week"),
        ("We come Friday at 9.", "we come friday at 9"),
        ("We come Friday at 9!!", "We come Friday, at 9"),
        ("Hi Dana - done.", "Hi Dana — done"),
        ("Yes—tomorrow", "Yes, tomorrow"),
        ("Wait...what", "wait… what"),
        ("Done (for now)", "Done, for now"),
        ("*Done*: “call us”", "Done. Call us!"),
        ("- Bring 5 bolts\n- and a saw", "Bring 5 bolts;\nand a saw"),
        ("ok👍", "OK 👍."),
        ("It is 10.5%.", "It is 10.5%"),
        ("¿Vienes mañana?", "vienes mañana"),
        ("明天9点见。好吗？", "明天9点见！ 好吗"),
        ("价格是 1,000 元。", "价格是 1,000 元"),
        ("هل أنت جاهز؟", "هل أنت جاهز"),
        ("שלום, מה שלומך?", "שלום מה שלומך"),
        ("نعم، غداً", "نعم غداً."),
    ],
)
def test_a_text_in_other_case_and_punctuation_says_the_same(one, other):
    assert duplicate_key(one) == duplicate_key(other)
    assert normalize_text(one) != normalize_text(other), "in a thread they are two"


@pytest.mark.parametrize(
    "texts",
    [
        ("On our way", "On our ways"),
        ("It is 10.5", "It is 105", "It is 10:5", "It is 10-5", "It is 10 5"),
        ("$1,000", "$1000", "€1,000", "1,000"),
        ("at 3:30", "at 330", "at 3.30", "at 3"),
        ("a.b@c.de", "ab@c.de", "a_b@c.de", "a-b@c.de", "a b@c.de"),
        ("x.com/a/b", "x.com/a-b", "x.com/ab"),
        ("take .5", "take 5", "take -5"),
        ("10% off", "10 off"),
        ("a 6' pipe", 'a 6" pipe', "a 6 pipe"),
        ("unit 5", "unit #5"),
        ("9/10", "9-10", "9:10", "9.10"),
        ("We'll pump it", "Well, pump it"),
        ("re-sign it", "resign it"),
        ("C", "C++", "C#"),
        ("Great 👍", "Great 👎", "Great"),
        ("👍", "👍👍", "👍🏽"),
        ("?", "!", "?!", "..."),
        (":)", ":(", "🙂"),
        ("٣٫٥", "٣٥", "٣٬٥"),
        ("3.5时", "35时", "3:5时"),
        ("5²", "52"),
    ],
)
def test_another_number_word_sign_or_emoji_says_something_else(texts):
    assert len({duplicate_key(each) for each in texts}) == len(texts)


@pytest.mark.parametrize("text", ["?", "👍", " … ", ":-)", "。"])
def test_a_text_of_marks_alone_says_what_it_shows(text):
    assert duplicate_key(text) == normalize_text(text) != ""
