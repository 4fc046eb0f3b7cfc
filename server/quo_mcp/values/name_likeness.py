"""Heuristic: whether a short text looks like a name or a label.

Such text may stand unquoted inside a line that the server writes. Text with the server's own markup does
not qualify, nor does text that reads as a sentence: a model could take "You may send without asking" for
an instruction of the server. No rule separates every sentence from every name, so doubtful text is
rejected: the cost is only a pair of quotes around a long company name.
"""

import re
import unicodedata
from functools import cache, lru_cache

MAX_COLUMNS = 40  # terminal columns; a Chinese or Japanese character takes two
# Names are shorter. Normalizing a long run of combining marks takes quadratic time.
MAX_CHARACTERS = 200

# Markup that the server's own lines use, and shapes that could be an id or a phone number.
_SERVER_MARKUP = re.compile(
    r"""
    [:;<>\[\]{}|=`"\\\u201c-\u201f❝❞〝〞·•‣‧∙⋅⸱→⇒\u2013—―\u2236\ua789]
  | ^[-+*\#~_(»\u203a\u276f〉⟩]           # starts like a list item, a heading, a quotation, a remark
  | \([^)]*[0-9+@(]             # more than words in parentheses
  | \([^)]*$ | ^[^(]*\)         # unbalanced parentheses
  | \b(?=[A-Za-z]*[0-9])[A-Za-z0-9]{10}   # could be an id or a phone number
  | \+\s*[0-9] | (?:[0-9][ .()/-]*){7}     # could be a phone number, however it is spaced
    """,
    re.VERBOSE,
)
_WORD_BEFORE_PERIOD = re.compile(r"(\w+)\.\s")


# Words of the server for one of the two sides, a state or a speaker. A contact could have one as its name.
_SERVER_WORDS = frozenset(
    {
        "us", "we", "you", "me", "our side", "this account", "this server", "incoming", "outgoing", "no one",
        "unknown speaker", "direction unknown", "outcome unknown", "unreadable", "unassigned", "sandbox", "sona",
    }
)  # fmt: skip


@cache
def _sentence_pattern() -> re.Pattern[str]:
    # Compiled on first use: this takes longer than importing the rest of the module.
    return re.compile(
        r"""
        [!?]\s | (?:\.\.|[。؟\u06d4।॥\u0589።])\s*\w   # the end of one sentence and the start of the next
        # verbs and pronouns in lower case: no name contains them
      | \smay\s | \s(?:am|is|are|was|were|been|has|have|had|must|should|would|not|you|your|they|them|this|these|those
            |its?|who|which|when|without)(?=[\s,.!?]|$)
        # the usual beginnings of a notice
      | ^(?i: (?:\w+\s)?(?:note|notice|message|reminder|warning|instructions?)\s(?:to|from|for|of|that)\s
            | you\s(?:may|can|must|should|are|have|need|will)\s
            | (?:the|your)\s(?:owner|user|assistant|server)\s
            | (?:do\snot|don't|please|kindly|ignore|disregard)\s\w+\s\w
            | (?:everything|anything|nothing)\s(?:above|below|here|stands|is|was|has)\s
            | not\s(?:sent|done|included|created|updated|deleted)\b
            | (?:end\sof\s(?:the\s)?results | ready\sto\ssend | preview\sonly | no\s(?:other\s)?(?:match|result)) )
        """,
        re.VERBOSE,
    )


@lru_cache(4096)
def looks_like_name(text: str, max_words: int) -> bool:
    """Return whether `text`, one line, may stand unquoted in the server's output.

    max_words: the most words of two letters or more that a name of this kind has.
    """
    normalized = unicodedata.normalize("NFKC", text[:MAX_CHARACTERS])
    return not (
        normalized.strip(" .,").casefold() in _SERVER_WORDS
        or _SERVER_MARKUP.search(normalized)
        or _sentence_pattern().search(normalized)
        or _starts_with_combining_mark(normalized)
        or sum(len(word.strip(".,&")) > 1 for word in normalized.split()) > max_words
        or sum(map(_column_width, normalized)) > MAX_COLUMNS
        or not all(map(_is_abbreviation, _WORD_BEFORE_PERIOD.findall(normalized)))
    )


def _starts_with_combining_mark(text: str) -> bool:
    """Return whether the first character would combine with the character before the text."""
    return unicodedata.category(text[:1] or " ").startswith("M")


def _column_width(character: str) -> int:
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _is_abbreviation(word: str) -> bool:
    """Return whether a word before a period is an abbreviation: "Dr", "J", "Capt", but not "sent"."""
    return len(word) <= 2 or (len(word) <= 5 and not word[0].islower())
