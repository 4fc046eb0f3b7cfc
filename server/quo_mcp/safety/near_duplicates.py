"""Texts of nearly the same words: a slip put right, or a second thought. They are pointed out, never held back."""

import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from quo_mcp.safety.send_record import SendRecord
from quo_mcp.safety.text_normalization import essence

ALIKE = 90  # of 100, by the characters to take out and put in
FEWEST_WORDS = 4  # shorter ones are alike by chance ("Order 1", "Order 2")


class Lately(NamedTuple):
    """What went to the same people a moment ago. same: the very text. like: one of nearly the same words."""

    same: SendRecord | None = None
    like: SendRecord | None = None


def nearly_the_same(text: str, others: Iterable[SendRecord]) -> SendRecord | None:
    """The first of the others that says nearly the same."""
    words = essence(text)
    others = [each for each in others if each.text]
    if not others or _length(words) < FEWEST_WORDS:
        return None
    from rapidfuzz.fuzz import ratio  # noqa: PLC0415 - only where there is something to compare

    return next(
        (
            each
            for each in others
            if each.text and ratio(words, essence(each.text), score_cutoff=ALIKE)
        ),
        None,
    )


def _length(words: str) -> int:
    """In words; where a script has no space between them, each character is one."""
    wide = sum(unicodedata.east_asian_width(each) in "WF" for each in words)
    return len(words.split()) + wide
