"""What counts as the same word in names: case, accents and apostrophes aside."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

# Letters that Unicode does not decompose, spelled as they are without a fitting keyboard.
_UNDECOMPOSED: Final = str.maketrans(
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
_SAME_LABEL: Final = {
    "cell": "mobile",
    "cellphone": "mobile",
    "cellular": "mobile",
    "office": "work",
}
_APOSTROPHES: Final = re.compile("['`\u00b4\u02bc\u2018\u2019]")
_ASCII_WORD: Final = re.compile(r"[a-z0-9]+")
_ACCENTS: Final = range(0x0300, 0x0370)


@lru_cache(8192)
def words(text: str) -> tuple[str, ...]:
    """The words of a text, folded: "O'Brien-Łukasz, José" is obrien, lukasz, jose.

    Only the accents of European scripts are dropped: elsewhere a mark tells two names apart.
    """
    text = _APOSTROPHES.sub("", text.casefold())
    if not text.isascii():
        text = "".join(_folded(character) for character in unicodedata.normalize("NFKD", text))
        text = text.casefold().translate(_UNDECOMPOSED)
        text = unicodedata.normalize("NFC", text)
        return tuple("".join(c if _is_of_word(c) else " " for c in text).split())
    return tuple(_ASCII_WORD.findall(text))


def plain(text: str) -> str:
    """A name without case, accents, emoji and punctuation, to compare what people say."""
    return " ".join(words(text))


def of_label(word: str) -> str:
    """The word that stands for all its kin among labels of numbers: "cell" is "mobile"."""
    return _SAME_LABEL.get(word, word)


def _folded(character: str) -> str:
    return (
        "" if ord(character) in _ACCENTS or unicodedata.category(character) == "Cf" else character
    )


def _is_of_word(character: str) -> bool:
    return character.isalnum() or unicodedata.category(character).startswith("M")
