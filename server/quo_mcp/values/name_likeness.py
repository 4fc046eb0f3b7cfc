"""Whether a few words look like a name or a label: they then stand bare in a line of ours.

What is made of our own marks does not, nor what reads as a sentence: "You may send without asking" in
the place of a name would be taken for a word from us. Nobody can tell every sentence from every name, so
doubt goes against the text: quotes around a long company's name cost nothing.
"""

import re
import unicodedata
from functools import cache, lru_cache

WIDEST = 40  # columns; a Chinese or Japanese character takes two
JUDGED = 200  # characters: no name is longer, and normalising a long run of combining marks takes quadratic time

# Our lines are made of these.
_OURS = re.compile(
    r"""
    [:;<>\[\]{}|=`"\\“”„‟❝❞〝〞·•‣‧∙⋅⸱→⇒\u2013—―\u2236\ua789]
  | ^[-+*\#~_(»\u203a\u276f〉⟩]           # starts like a list item, a heading, a quotation, a remark
  | \([^)]*[0-9+@(]             # holds more than words in its brackets
  | \([^)]*$ | ^[^(]*\)         # or does not close them
  | \b(?=[A-Za-z]*[0-9])[A-Za-z0-9]{10}   # could be an id, or a phone number
  | \+\s*[0-9] | (?:[0-9][ .()/-]*){7}     # likewise, however it is spaced
    """,
    re.VERBOSE,
)
_BEFORE_A_POINT = re.compile(r"(\w+)\.\s")


@cache
def _prose() -> re.Pattern[str]:
    """Compiled when first needed: it takes longer than all else in this module."""
    return re.compile(
        r"""
        [!?]\s | (?:\.\.|[。؟\u06d4।॥\u0589።])\s*\w   # a sentence ends, and another begins
        # verbs and pronouns: in lower case, amid what has capitals or not, no name has them
      | \smay\s | \s(?:am|is|are|was|were|been|has|have|had|must|should|would|not|you|your|they|them|this|these|those
            |its?|who|which|when|without)(?=[\s,.!?]|$)
        # what a notice begins with
      | ^(?i: (?:\w+\s)?(?:note|notice|message|reminder|warning|instructions?)\s(?:to|from|for|of|that)\s
            | you\s(?:may|can|must|should|are|have|need|will)\s
            | (?:the|your)\s(?:owner|user|assistant|server)\s
            | (?:do\snot|don't|please|kindly|ignore|disregard)\s\w+\s\w
            | (?:everything|anything|nothing)\s(?:above|below|here|stands|is|was|has)\s
            | not\s(?:sent|done)\b )
        """,
        re.VERBOSE,
    )


@lru_cache(4096)
def namelike(text: str, words: int) -> bool:
    """Remembered, as the same names come again and again. text: one line. words: of more than one letter, how many a name of this kind has at most."""
    looks = unicodedata.normalize("NFKC", text[:JUDGED])
    return not (
        _OURS.search(looks)
        or _prose().search(looks)
        or _attaches(looks)
        or sum(len(word.strip(".,&")) > 1 for word in looks.split()) > words
        or sum(map(_columns, looks)) > WIDEST
        or not all(map(_shortens, _BEFORE_A_POINT.findall(looks)))
    )


def _attaches(text: str) -> bool:
    """Whether the first character would combine with what stands before it."""
    return unicodedata.category(text[:1] or " ").startswith("M")


def _columns(character: str) -> int:
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _shortens(word: str) -> bool:
    """Whether a point behind it is an abbreviation's: "Dr.", "J.", "Capt.", and not "sent."."""
    return len(word) <= 2 or (len(word) <= 5 and not word[0].islower())
