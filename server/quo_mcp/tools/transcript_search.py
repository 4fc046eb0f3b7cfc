"""Words and numbers alike, however they are written: "5C" and "five C", "$2,500" and "two thousand five hundred".

A transcript has a number as the recogniser heard it, in figures or in words, and who searches it
cannot know which. So both sides are put into one form, numbers in figures, and compared in that.
"""

import re
import unicodedata
from functools import cache
from typing import Final

_ONES: Final = "one|two|three|four|five|six|seven|eight|nine"
_TEENS: Final = "ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen"
_TENS: Final = "twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety"
_SMALL: Final = {
    **{word: i for i, word in enumerate(f"zero|{_ONES}|{_TEENS}".split("|"))},
    **{word: 10 * i for i, word in enumerate(_TENS.split("|"), 2)},
}
# What is counted in hundreds or thousands is a number of its own: "two hundred and three hundred".
_APART: Final = r"(?! (?:hundred|thousand)\b)"
_BELOW_100: Final = rf"(?:(?:{_TENS})(?:[ -](?:{_ONES})\b)?|zero|{_TEENS}|{_ONES})\b"
_BELOW_1000: Final = (
    rf"(?:(?:{_BELOW_100} )?hundred\b(?:(?: and)? {_BELOW_100}{_APART})?|{_BELOW_100})"
)


@cache
def _in_words() -> re.Pattern[str]:
    """Compiled when first needed: it takes as long as all else in this module's package."""
    return re.compile(
        rf"\b(?:(?:{_BELOW_1000} )?thousand\b(?:(?: and)? {_BELOW_1000}{_APART})?|{_BELOW_1000})"
    )


_HALF: Final = re.compile(r"\b([ap])\. ?m\b\.?")
_TOKEN: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?|[^\W\d_]+")
_MONEY: Final = {"$": "dollars", "£": "pounds", "€": "euros"}
_AMOUNT: Final = re.compile(r"([$£€]) ?([0-9]+(?:\.[0-9]+)?)")
_WHOLE: Final = 2  # letters


class Phrase:
    """Something to look for."""

    def __init__(self, text: str) -> None:
        self._letters = folded(text)
        tokens = _tokens(_in_figures(self._letters), money=False)
        self.has_number = any(each[0].isdigit() for each in tokens)
        last = tokens[-1] if tokens else ""
        # A word may go on (valve, valves); a number, a letter or "pm" is whole.
        whole = last[:1].isdigit() or len(last) <= _WHOLE
        self._figures = f" {' '.join(tokens)}{' ' * whole}"

    def is_in(self, text: str) -> bool:
        """Whether it is said there: letter by letter, or with its numbers said otherwise."""
        letters = folded(text)
        if self._letters in letters:
            return True
        if not self.has_number:
            return False
        return self._figures in f" {' '.join(_tokens(_in_figures(letters), money=True))} "


def folded(text: str) -> str:
    """Without case, accents and spacing, to find what was said however it was written down."""
    plain = unicodedata.normalize("NFKD", text)
    letters = "".join(each for each in plain if not unicodedata.combining(each))
    return " ".join(letters.casefold().split())


def _in_figures(letters: str) -> str:
    """`two thousand five hundred` as 2500, `2,500` likewise."""
    figures = _in_words().sub(lambda found: str(_value(found.group())), letters)
    return re.sub(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))", "", figures)


def _value(words: str) -> int:
    whole = part = 0
    for word in re.split("[ -]", words):
        if word == "thousand":
            whole, part = (part or 1) * 1000, 0
        elif word == "hundred":
            part = (part or 1) * 100
        else:
            part += _SMALL.get(word, 0)  # "and" adds nothing
    return whole + part


def _tokens(figures: str, *, money: bool) -> list[str]:
    """Its words and numbers. money: "$5" is 5 dollars; else 5, as people often leave out what of."""
    priced = _AMOUNT.sub(
        lambda found: f"{found[2]} {_MONEY[found[1]]} " if money else f"{found[2]} ", figures
    )
    return _TOKEN.findall(_HALF.sub(r"\1m", priced.replace("%", " percent ")))
