"""What a text says: its facts (numbers, days, names, links, polarity), and its other words."""

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cache

from quo_mcp.safety.text_normalization import normalize_text
from quo_mcp.safety.text_vocabulary import (
    CONTRACTIONS,
    CURRENCY_WORDS,
    DAYS,
    ENDINGS,
    FILLERS,
    NEGATED_STEMS,
    NUMBERS,
    PHRASES,
    POLARITY,
    SYNONYMS,
)

# Marks within words: accents, vowel signs and tones. A pattern's \w does not include them.
_MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0900-\u0963\u0970-\u0dff\u0e31"
    "\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u102b-\u103e\u17b4-\u17d3"
)
SENTENCE_END = ".!?:;-\n"


@dataclass
class TextFacts:
    """The facts of a text by kind, in text order, and its ordinary words.

    numbers: also clock times, in 24 hours. signs: currency, percent and the like. emoji: a set.
    words: the ordinary words, in text order. capitals: those of them with a capital letter within a sentence.
    fillers: how many words say nothing of their own. sequence: all words, in text order.
    """

    numbers: list[str] = field(default_factory=list)
    days: list[str] = field(default_factory=list)
    polarity: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    signs: list[str] = field(default_factory=list)
    emoji: set[str] = field(default_factory=set)
    words: list[str] = field(default_factory=list)
    capitals: set[str] = field(default_factory=set)
    fillers: int = 0
    sequence: list[str] = field(default_factory=list)
    is_question: bool = False

    @property
    def has_facts(self) -> bool:
        return bool(self.numbers or self.days or self.polarity or self.links or self.signs)

    @property
    def word_count(self) -> int:
        facts = (self.numbers, self.days, self.polarity, self.links, self.words)
        return sum(map(len, facts)) + self.fillers

    def names(self, capitals: Collection[str]) -> list[str]:
        """Return the words that are among `capitals`, in text order."""
        return [word for word in self.words if word in capitals]


@cache
def _link_pattern() -> re.Pattern[str]:
    domains = "com|org|net|io|co|us|me|app|ly|info|biz|de|fr|es|uk"
    return re.compile(
        rf"https?://\S+|www\.\S+|\A[\w.+-]+@[\w-]+(?:\.[\w-]+)+\Z|\A(?:[\w-]+\.)+(?:[a-z]{{2,}}/\S*|(?:{domains}))\Z",
        re.IGNORECASE,
    )


@cache
def _token_pattern() -> re.Pattern[str]:
    return re.compile(
        rf"""
        (?P<number> \d+ (?: [.,:/] \d+ )* )
      | (?P<word> [^\W\d_] [\w{_MARKS}]* (?: ['-] [\w{_MARKS}]+ )* )
      | (?P<sign> [^\w\s] )
        """,
        re.VERBOSE,
    )


def read_facts(text: str) -> TextFacts:
    """Read the facts of a text."""
    plain = normalize_text(text.replace("\n", " . "))
    for pattern, replacement in PHRASES:
        plain = re.sub(pattern, replacement, plain, flags=re.IGNORECASE)
    facts = TextFacts(is_question="?" in plain)
    has_lower_case = any(map(str.islower, plain))
    starts_sentence = True
    for chunk in plain.split():
        if link := _link_pattern().search(chunk.strip(".,;:!?()<>\"'")):
            facts.links.append(link[0].casefold())
            chunk = chunk[: chunk.find(link[0])]  # noqa: PLW2901 - what precedes it is read below
        for token in _token_pattern().finditer(chunk):
            match token.lastgroup:
                case "number":
                    facts.numbers.append(_canonical_number(token[0]))
                case "word":
                    is_capital = token[0][0].isupper() and has_lower_case and not starts_sentence
                    _add_words(facts, token[0].casefold(), is_capital=is_capital)
                case _:
                    _add_sign(facts, token[0])
            is_sign = token.lastgroup == "sign"
            starts_sentence = token[0] in SENTENCE_END or (starts_sentence and is_sign)
    return facts


def _add_words(facts: TextFacts, token: str, *, is_capital: bool) -> None:
    if any(stem in token for stem in NEGATED_STEMS):
        facts.polarity.append("not")
    for word in _expand(token):
        word = SYNONYMS.get(word, word)  # noqa: PLW2901 - the canonical form replaces the word
        facts.sequence.append(word)
        if word in {"clockam", "clockpm"} and facts.numbers:
            facts.numbers[-1] = _with_meridiem(facts.numbers[-1], word[-2:])
        elif word in NUMBERS:
            facts.numbers.append(NUMBERS[word])
        elif word in CURRENCY_WORDS:
            facts.signs.append(CURRENCY_WORDS[word])
        elif word in DAYS:
            facts.days.append(word)
        elif word in POLARITY:
            facts.polarity.append(word)
        elif word in FILLERS:
            facts.fillers += 1
        else:
            facts.words.append(word)
            if is_capital and word != "i":
                facts.capitals.add(word)


def _expand(token: str) -> Iterator[str]:
    """Return the words of a contraction, and each character in scripts without spaces."""
    if token in CONTRACTIONS:
        yield from CONTRACTIONS[token].split()
        return
    known = FILLERS | DAYS | POLARITY
    if token not in known and token not in NUMBERS:
        if any(unicodedata.east_asian_width(char) in "WF" for char in token) and not _is_hangul(
            token
        ):
            yield from token
            return
        for ending, word in ENDINGS.items():
            if token.endswith(ending) and len(token) > len(ending):
                yield from _expand(token.removesuffix(ending))
                yield word
                return
        if "'" in token:
            for part in token.split("'"):
                yield from _expand(part) if part else ()
            return
    yield token


def _is_hangul(token: str) -> bool:
    return all("\uac00" <= char <= "\ud7a3" for char in token)


def _canonical_number(token: str) -> str:
    digits = "".join(str(unicodedata.decimal(char, char)) for char in token)
    if match := re.fullmatch(r"0?(\d{1,2}):(\d\d)", digits):
        return match[1] if match[2] == "00" else f"{match[1]}:{match[2]}"
    if re.fullmatch(r"\d{1,3}([.,]\d{3})+", digits):
        return re.sub("[.,]", "", digits)
    return re.sub(r"[.,]00$", "", digits).replace(",", ".")


def _with_meridiem(number: str, meridiem: str) -> str:
    """Return a clock time in 24 hours: "3:30" and "pm" are "15:30". A time before noon keeps its "am"."""
    hour, colon, minute = number.partition(":")
    if not hour.isdecimal() or not 1 <= int(hour) <= 12:
        return f"{number}{meridiem}"
    if meridiem == "am":
        return f"{number}am"
    return f"{int(hour) % 12 + 12}{colon}{minute}"


def _add_sign(facts: TextFacts, char: str) -> None:
    category = unicodedata.category(char)
    if category == "So":
        facts.emoji.add(char)
    elif category in {"Sc", "No"} or char in "%#@+":
        facts.signs.append(char)
    elif char == "&":
        facts.fillers += 1
