"""Near-duplicate detection: similar texts, such as a corrected one. They cause a warning and are never blocked."""

import unicodedata
from collections.abc import Iterable
from typing import NamedTuple

from quo_mcp.safety.send_record import SendRecord
from quo_mcp.safety.text_normalization import duplicate_key

MIN_SIMILARITY = 90  # of 100; by the characters to insert and delete
MIN_WORDS = 4  # shorter texts are similar by chance ("Order 1", "Order 2")


class SimilarSends(NamedTuple):
    """Recent sends to the same recipients. identical: of the same text. near_duplicate: of similar text."""

    identical: SendRecord | None = None
    near_duplicate: SendRecord | None = None


def find_near_duplicate(text: str, others: Iterable[SendRecord]) -> SendRecord | None:
    """Return the first of the other sends with similar text."""
    words = duplicate_key(text)
    others = [record for record in others if record.text]
    if not others or _count_words(words) < MIN_WORDS:
        return None
    from rapidfuzz.fuzz import ratio  # noqa: PLC0415 - slow to import, and rarely needed

    return next(
        (
            record
            for record in others
            if record.text and ratio(words, duplicate_key(record.text), score_cutoff=MIN_SIMILARITY)
        ),
        None,
    )


def _count_words(words: str) -> int:
    """Count the words. In scripts without spaces, each character counts as one."""
    wide = sum(unicodedata.east_asian_width(char) in "WF" for char in words)
    return len(words.split()) + wide
