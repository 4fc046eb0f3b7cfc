"""Search for a phrase that matches numbers in digits and in words: "5C" and "five C", "$2,500" and "two thousand five hundred".

Speech recognition writes a number either way, and the searcher cannot know which. So the phrase and
the text are both normalized to digits before the comparison.
"""

import re
import unicodedata
from functools import cache
from typing import Final

_ONES: Final = "one|two|three|four|five|six|seven|eight|nine"
_TEENS: Final = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_TENS: Final = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_WORD_VALUES: Final = {
    **{word: i for i, word in enumerate(f"zero|{_ONES}|{_TEENS}".split("|"))},
    **{word: 10 * i for i, word in enumerate(_TENS.split("|"), 2)},
}
# A number before "hundred" or "thousand" starts a new one: "two hundred and three hundred" is 200 and 300.
_NOT_MULTIPLIED: Final = r"(?! (?:hundred|thousand)\b)"
_BELOW_100: Final = rf"(?:(?:{_TENS})(?:[ -](?:{_ONES})\b)?|zero|{_TEENS}|{_ONES})\b"
_BELOW_1000: Final = (
    rf"(?:(?:{_BELOW_100} )?hundred\b(?:(?: and)? {_BELOW_100}{_NOT_MULTIPLIED})?|{_BELOW_100})"
)


@cache
def _number_words() -> re.Pattern[str]:
    """Return the pattern of a number in words, compiled on first use because that is slow."""
    return re.compile(
        rf"\b(?:(?:{_BELOW_1000} )?thousand\b(?:(?: and)? {_BELOW_1000}{_NOT_MULTIPLIED})?|{_BELOW_1000})"
    )


_AM_PM: Final = re.compile(r"\b([ap])\. ?m\b\.?")
_TOKEN: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?|[^\W\d_]+")
_CURRENCY_NAMES: Final = {"$": "dollars", "£": "pounds", "€": "euros"}
_AMOUNT: Final = re.compile(r"([$£€]) ?([0-9]+(?:\.[0-9]+)?)")
_MAX_SHORT_WORD: Final = 2  # letters


class SearchPhrase:
    """A phrase to search for. has_number: whether it holds a number, in digits or in words."""

    def __init__(self, text: str) -> None:
        self._folded = fold_case_and_accents(text)
        # "valve" matches "valves" and "valve's" as a whole word, but "art" does not match "start".
        self._whole_words = re.compile(
            rf"(?<!\w){re.escape(self._folded)}(?:(?:e?s|['\u2019]s)?(?!\w))"
        )
        tokens = _tokenize(_words_to_digits(self._folded), currency_names=False)
        self.has_number = any(token[0].isdigit() for token in tokens)
        last = tokens[-1] if tokens else ""
        # The last word matches as a prefix (valve, valves); a number or a word as short as "pm" only whole.
        is_whole_token = last[:1].isdigit() or len(last) <= _MAX_SHORT_WORD
        self._token_text = f" {' '.join(tokens)}{' ' * is_whole_token}"

    def matches(self, text: str) -> bool:
        """Whether the text holds the phrase, literally or with its numbers written otherwise."""
        folded = fold_case_and_accents(text)
        return self._folded in folded or self._matches_number(folded)

    def matches_whole_words(self, text: str) -> bool:
        """Whether the text holds the phrase and no letter or digit adjoins it, except a plural or genitive s."""
        folded = fold_case_and_accents(text)
        return bool(self._whole_words.search(folded)) or self._matches_number(folded)

    def _matches_number(self, folded: str) -> bool:
        return self.has_number and (
            self._token_text
            in f" {' '.join(_tokenize(_words_to_digits(folded), currency_names=True))} "
        )


def fold_case_and_accents(text: str) -> str:
    """Fold case, accents and runs of white space."""
    decomposed = unicodedata.normalize("NFKD", text)
    without_accents = "".join(
        character for character in decomposed if not unicodedata.combining(character)
    )
    return " ".join(without_accents.casefold().split())


def _words_to_digits(folded: str) -> str:
    """Convert `two thousand five hundred` and `2,500` to `2500`."""
    text = _number_words().sub(lambda match: str(_number_value(match.group())), folded)
    return re.sub(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))", "", text)


def _number_value(words: str) -> int:
    thousands = below_thousand = 0
    for word in re.split("[ -]", words):
        if word == "thousand":
            thousands, below_thousand = (below_thousand or 1) * 1000, 0
        elif word == "hundred":
            below_thousand = (below_thousand or 1) * 100
        else:
            below_thousand += _WORD_VALUES.get(word, 0)  # "and" adds nothing
    return thousands + below_thousand


def _tokenize(text: str, *, currency_names: bool) -> list[str]:
    """Split text into words and numbers. currency_names: "$5" gives "5", "dollars", else "5" alone."""
    text_with_amounts = _AMOUNT.sub(
        lambda match: (
            f"{match[2]} {_CURRENCY_NAMES[match[1]]} " if currency_names else f"{match[2]} "
        ),
        text,
    )
    return _TOKEN.findall(_AM_PM.sub(r"\1m", text_with_amounts.replace("%", " percent ")))
