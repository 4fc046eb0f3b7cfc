"""What a text looks like, and what it says: when two texts are the same.

folded     the text as it looks: how one is known again in a thread
essence    the text as it is understood: how a second of the same words is known
"""

import unicodedata

from quo_mcp.values.untrusted import clean

_SAME = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4`", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-")
    | {wide: chr(wide - 0xFEE0) for wide in range(0xFF01, 0xFF5F)}
    | {0x2026: "..."}
    # Shown as nothing, though Unicode counts them as letters or marks.
    | dict.fromkeys([0x034F, 0x115F, 0x1160, 0x3164, 0xFFA0, *range(0xFE00, 0xFE10)], "")
)
_JOINING = ".-_/'\\"  # within a word they make another: re-sign, a_b@c.de, we'll
_SIGNS = "@#%&"  # read aloud like words: 10%, #5
_LONG_DASH = str.maketrans("\u2014\u2015", "  ")  # parts a sentence, and never joins a word


def folded(text: str) -> str:
    """The text as it looks.

    Without what phones, carriers and models change at will (widths, quotes, dashes, space), and without
    what does not show.
    """
    plain = unicodedata.normalize("NFC", clean(text).text).translate(_SAME)
    shown = "".join(each for each in plain if each.isspace() or unicodedata.category(each) != "Cf")
    return " ".join(shown.split())


def essence(text: str) -> str:
    """The text as it is understood: `folded`, in one case, without punctuation that makes no other words.

    What stands within a number or a word is kept, and so are signs and emoji; what ends, begins or parts
    sentences is not. A text without a letter or digit is what it shows.
    """
    words = folded(text.translate(_LONG_DASH)).casefold()
    if not any(map(str.isalnum, words)):
        return folded(text)
    spaced = f" {words} "
    kept = (_kept(*spaced[at - 1 : at + 2]) for at in range(1, len(spaced) - 1))
    return " ".join("".join(kept).split())


def _kept(before: str, each: str, after: str) -> str:
    """What is left of a character between its neighbours."""
    kind = unicodedata.category(each)
    if kind[0] == "S" or each in _SIGNS:
        return f" {each} "
    if kind[0] != "P" or (before.isdecimal() and after.isdecimal()):
        return each
    within = _is_lettering(before) and _is_lettering(after)
    signed = after.isdecimal() and each in "-." and _opens(before)  # -5, .5
    measured = before.isdecimal() and each in "'\""  # 6' is not 6"
    return each if (within and each in _JOINING) or signed or measured else " "


def _is_lettering(each: str) -> bool:
    """A letter, digit or accent of a script that puts spaces between words."""
    return unicodedata.category(each)[0] in "LNM" and unicodedata.east_asian_width(each) not in "WF"


def _opens(each: str) -> bool:
    """Whether a number may begin behind it."""
    return each.isspace() or unicodedata.category(each)[0] == "S" or each in "([{"
