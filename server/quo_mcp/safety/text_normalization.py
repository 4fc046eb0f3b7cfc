"""Text normalization: when two texts count as the same.

compose          is applied to every text that is sent
normalize_text   compares how texts look, to recognize a sent text in its conversation
duplicate_key    compares what texts say, to detect a duplicate
"""

import unicodedata

from quo_mcp.values.untrusted import clean

_EQUIVALENTS = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4`", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
    | {wide: chr(wide - 0xFEE0) for wide in range(0xFF01, 0xFF5F)}
    | {0x2026: "..."}
    # Invisible, although Unicode classifies them as letters or marks.
    | dict.fromkeys([0x034F, 0x115F, 0x1160, 0x3164, 0xFFA0, *range(0xFE00, 0xFE10)], "")
)
_JOINERS = ".-_/'\\"  # within a word they change it: re-sign, a_b@c.de, we'll
_SIGNS = "@#%&"  # have a meaning of their own: 10%, #5
_LONG_DASH = str.maketrans("\u2014\u2015", "  ")  # separates clauses and never joins a word


def compose(text: str) -> str:
    """Return the text with composed accents (Unicode NFC).

    Only composed letters are in the GSM-7 alphabet. One decomposed letter makes a text UCS-2, which more
    than doubles its segments.
    """
    return unicodedata.normalize("NFC", text)


def normalize_text(text: str) -> str:
    """Return the text without invisible characters and with canonical widths, quotes, dashes and spaces.

    Phones, carriers and models replace those characters on their own.
    """
    plain = compose(clean(text).text).translate(_EQUIVALENTS)
    visible = "".join(
        char for char in plain if char.isspace() or unicodedata.category(char) != "Cf"
    )
    return " ".join(visible.split())


def duplicate_key(text: str) -> str:
    """Return the normalized text in one case, without punctuation that does not change a word.

    Punctuation within a number or a word stays, and so do signs and emoji. A text without any letter or
    digit is only normalized.
    """
    words = normalize_text(text.translate(_LONG_DASH)).casefold()
    if not any(map(str.isalnum, words)):
        return normalize_text(text)
    padded = f" {words} "
    parts = (_reduce(*padded[index - 1 : index + 2]) for index in range(1, len(padded) - 1))
    return " ".join("".join(parts).split())


def count_words(words: str) -> int:
    """Count the words. In scripts without spaces, each character counts as one."""
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in words)
    return len(words.split()) + wide


def _reduce(before: str, char: str, after: str) -> str:
    """Return what remains of a character between its neighbors."""
    category = unicodedata.category(char)
    if category[0] == "S" or char in _SIGNS:
        return f" {char} "
    if category[0] != "P" or (before.isdecimal() and after.isdecimal()):
        return char
    is_within_word = _is_letter(before) and _is_letter(after)
    is_number_prefix = after.isdecimal() and char in "-." and _may_precede_number(before)  # -5, .5
    is_unit = before.isdecimal() and char in "'\""  # 6' is not 6"
    return char if (is_within_word and char in _JOINERS) or is_number_prefix or is_unit else " "


def _is_letter(char: str) -> bool:
    """Return whether this is a letter, digit or accent of a script with spaces between words."""
    return unicodedata.category(char)[0] in "LNM" and unicodedata.east_asian_width(char) not in "WF"


def _may_precede_number(char: str) -> bool:
    return char.isspace() or unicodedata.category(char)[0] == "S" or char in "([{"
