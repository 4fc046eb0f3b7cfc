"""Finding people by whatever somebody remembers of them, best match first."""

import heapq
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from quo_mcp.directory.address_book.name_tokens import words
from quo_mcp.directory.address_book.person import Person
from quo_mcp.directory.address_book.word_index import Part, WordIndex

_WEIGHTS: Final = {
    Part.NAME: 1.0,
    Part.COMPANY: 0.9,
    Part.EMAIL: 0.85,
    Part.ROLE: 0.7,
    Part.CUSTOM: 0.6,
}
# For every set of parts the weight of its weightiest: looked up for thousands of people a search.
_WEIGHT: Final = tuple(
    max((weight for part, weight in _WEIGHTS.items() if parts & part), default=0.0)
    for parts in range(32)
)
_AS_NUMBER: Final = 0.95
_START: Final = 0.8
_SLIP: Final = (0.0, 0.6, 0.4)
_LONGEST: Final = 200
_MOST_TERMS: Final = 8
_COMMON: Final = 1000  # people who share a word; beyond, it is only looked for among those found
_FEWEST_DIGITS: Final = 3
_STARTS_A_NUMBER: Final = re.compile(r"\+[0-9][0-9 ()./-]*")
_RERANKED: Final = 50
_WORTH_SHOWING: Final = (
    0.5  # of the best score: where Jane is, her neighbours in some Lane are noise
)


class Matched(NamedTuple):
    """What of a person matched. place: 'name', 'company', 'e-mail', 'role', 'custom field' or 'number'.

    label, value: of a custom field, as other people wrote them.
    """

    place: str
    label: str = ""
    value: str = ""


class Hit(NamedTuple):
    """score: 0 to 1. matched: what of the person did, in the order of the query's words."""

    person: Person
    score: float
    matched: tuple[Matched, ...] = ()


def search(
    query: str,
    *,
    index: WordIndex,
    people: Mapping[str, Person],
    numbers: Mapping[str, tuple[str, ...]],
    limit: int,
) -> list[Hit]:
    """The people that a query fits best: all of its words if anybody has them all, else most of them."""
    terms = _terms(query)
    matches: dict[str, _Match] = {}
    totals: dict[str, tuple[int, float]] = {}
    for term in sorted(terms, key=lambda term: len(index.who(term))):
        match = matches[term] = _Match(term)
        if totals and len(index.who(term)) > _COMMON:
            match.narrow(index, totals)
        else:
            match.widen(index, numbers, enough=limit)
        for who, score in match.scores.items():
            count, total = totals.get(who, (0, 0.0))
            totals[who] = (count + 1, total + score)
    if not totals:
        return []
    most = max(count for count, _ in totals.values())
    fullest = ((total, who) for who, (count, total) in totals.items() if count == most)
    best = heapq.nlargest(max(limit, _RERANKED), fullest)
    closeness = _closeness(" ".join(terms))
    hits = [
        Hit(people[who], 0.9 * total / len(terms) + 0.1 * closeness(people[who]))
        for total, who in best
    ]
    hits.sort(key=lambda hit: (-hit.score, hit.person.name, hit.person.id))
    hits = [hit for hit in hits if hit.score >= _WORTH_SHOWING * hits[0].score]
    in_order = [matches[term] for term in terms]
    return [hit._replace(matched=_matched(hit.person, in_order)) for hit in hits[:limit]]


class _Match:
    """Who has one word of the query, and how well: exactly, as a beginning, misspelt, in a number."""

    def __init__(self, term: str) -> None:
        self.term = term
        self.digits = _digits(term)
        self.matched = {term}
        self.scores: dict[str, float] = {}

    def narrow(self, index: WordIndex, among: Iterable[str]) -> None:
        """Only exactly, and only among those found by rarer words: "com" tells few apart."""
        who = index.who(self.term)
        self._take({person: who[person] for person in among if person in who}, 1.0)

    def widen(
        self, index: WordIndex, numbers: Mapping[str, tuple[str, ...]], *, enough: int
    ) -> None:
        self._take(index.who(self.term), 1.0)
        for word in index.starting(self.term):
            self.matched.add(word)
            self._take(index.who(word), _START * (0.7 + 0.3 * len(self.term) / len(word)))
        if self.digits:
            for number, holders in numbers.items():
                if self.is_in(number):
                    for who in holders:
                        self.scores[who] = max(self.scores.get(who, 0.0), _AS_NUMBER)
        if len(self.scores) < enough:
            for word, slips in index.near(self.term):
                self.matched.add(word)
                self._take(index.who(word), _SLIP[slips])

    def is_in(self, number: str) -> bool:
        """Whether the digits asked for are in a number; behind a +, at its start."""
        if self.digits.startswith("+"):
            return number.startswith(self.digits)
        return bool(self.digits) and self.digits in number

    def _take(self, who: Mapping[str, int], factor: float) -> None:
        for person, parts in who.items():
            score = factor * _WEIGHT[parts]
            if score > self.scores.get(person, 0.0):
                self.scores[person] = score


def _terms(query: str) -> list[str]:
    # "+44 (0)20 ...": the bracketed zero is dialled within the country only.
    query = query[:_LONGEST].replace("(0)", "")
    found = list(dict.fromkeys(words(query)))
    if _STARTS_A_NUMBER.fullmatch(query.strip()):
        return ["+" + "".join(words(query))]
    if found and all(term.isdecimal() and term.isascii() for term in found):
        return ["".join(words(query))]
    return found[:_MOST_TERMS]


def _digits(term: str) -> str:
    """The digits to look for in E.164 numbers: without the zeros dialled before an area or country code."""
    if term.startswith("+"):
        return term
    if not (term.isascii() and term.isdecimal() and len(term) >= _FEWEST_DIGITS):
        return ""
    # Four digits or fewer are the end of a number, where a leading zero counts.
    return term if len(term) <= 4 else term.lstrip("0")


def _closeness(query: str) -> Callable[[Person], float]:
    # Imported on first use: every stdio launch would pay for it otherwise.
    from rapidfuzz.fuzz import token_sort_ratio  # noqa: PLC0415

    return lambda person: token_sort_ratio(query, " ".join(words(person.name))) / 100


def _matched(person: Person, matches: Iterable[_Match]) -> tuple[Matched, ...]:
    found = [_where(person, match) for match in matches]
    return tuple(dict.fromkeys(each for each in found if each))


def _where(person: Person, match: _Match) -> Matched | None:
    places = (
        (Matched("name"), (person.first, person.last)),
        (Matched("company"), (person.company,)),
        (Matched("e-mail"), (address for _, address in person.emails)),
        (Matched("role"), (person.role,)),
        *((Matched("custom field", text, value), (value,)) for text, value in person.custom),
    )
    for place, texts in places:
        if any(word in match.matched for text in texts for word in words(text)):
            return place
    if any(match.is_in(number) for _, number in person.numbers):
        return Matched("number")
    return None
