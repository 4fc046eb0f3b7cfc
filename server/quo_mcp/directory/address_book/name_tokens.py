"""Split names into words, normalized so that case, accents and apostrophes do not matter."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

# Letters that Unicode does not decompose, as people type them on an English keyboard.
_TRANSLITERATIONS: Final = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "\u0131": "i",
        "ħ": "h",
    }
)
_LABEL_SYNONYMS: Final = {
    "cell": "mobile",
    "cellphone": "mobile",
    "cellular": "mobile",
    "office": "work",
}
_APOSTROPHES: Final = re.compile(
    "['`\u00b4\u02b9\u02bb\u02bc\u02bd\u05f3\u2018\u2019\u201b\u2032\uff07]"
)
_ASCII_WORD: Final = re.compile(r"[a-z0-9]+")
_ACCENTS: Final = range(0x0300, 0x0370)


@lru_cache(8192)
def tokenize(text: str) -> tuple[str, ...]:
    """Return the normalized words of a text: "O'Brien-Łukasz, José" becomes obrien, lukasz, jose.

    Only the accents of European scripts are removed. In other scripts, a mark distinguishes names.
    """
    text = _APOSTROPHES.sub("", text.casefold())
    if not text.isascii():
        text = "".join(_fold(character) for character in unicodedata.normalize("NFKD", text))
        text = text.casefold().translate(_TRANSLITERATIONS)
        text = unicodedata.normalize("NFC", text)
        return tuple("".join(c if _is_word_character(c) else " " for c in text).split())
    return tuple(_ASCII_WORD.findall(text))


def normalize_name(text: str) -> str:
    """Return a name without case, accents, emoji and punctuation, for comparison."""
    return " ".join(tokenize(text))


def canonical_label(word: str) -> str:
    """Return the representative of a label's synonyms: "mobile" for "cell"."""
    return _LABEL_SYNONYMS.get(word, word)


def _fold(character: str) -> str:
    return (
        "" if ord(character) in _ACCENTS or unicodedata.category(character) == "Cf" else character
    )


def _is_word_character(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character).startswith("M")
