"""Search people by any of their fields, best match first."""

import heapq
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final, NamedTuple

from quo_mcp.directory.address_book.name_tokens import tokenize
from quo_mcp.directory.address_book.person import Person
from quo_mcp.directory.address_book.word_index import ContactPart, WordIndex

_WEIGHTS: Final = {
    ContactPart.NAME: 1.0,
    ContactPart.COMPANY: 0.9,
    ContactPart.EMAIL: 0.85,
    ContactPart.ROLE: 0.7,
    ContactPart.CUSTOM: 0.6,
}
# The greatest weight of every set of parts. A table, because a search looks up thousands of people.
_WEIGHT_BY_PARTS: Final = tuple(
    max((weight for part, weight in _WEIGHTS.items() if parts & part), default=0.0)
    for parts in range(32)
)
_NUMBER_WEIGHT: Final = 0.95
_PREFIX_WEIGHT: Final = 0.8
_TYPO_WEIGHTS: Final = (0.0, 0.6, 0.4)
_MAX_QUERY_LENGTH: Final = 200
_MAX_TERMS: Final = 8
_COMMON_WORD: Final = 1000  # people; a more frequent word is only looked up among previous matches
_MIN_DIGITS: Final = 3
_NUMBER_PREFIX: Final = re.compile(r"\+[0-9][0-9 ()./-]*")
_RERANKED: Final = 50
_MIN_RELATIVE_SCORE: Final = 0.5  # of the best score: if there is a Jane, leave her neighbors out


class MatchedField(NamedTuple):
    """A field that matched the query.

    field: 'name', 'company', 'email', 'role', 'custom field' or 'number'.
    label, value: the name and value of a custom field, or who has the same number; untrusted text.
    """

    field: str
    label: str = ""
    value: str = ""


class SearchHit(NamedTuple):
    """A person who matches. score: 0 to 1. matched: the matched fields, in the order of the query's words."""

    person: Person
    score: float
    matched: tuple[MatchedField, ...] = ()


def search(
    query: str,
    *,
    index: WordIndex,
    people: Mapping[str, Person],
    ids_by_number: Mapping[str, tuple[str, ...]],
    limit: int,
) -> list[SearchHit]:
    """Return the people who match the most words of the query, at most `limit`, best first."""
    terms = parse_terms(query)
    matches: dict[str, TermMatch] = {}
    totals: dict[str, tuple[int, float]] = {}
    # Rare words first, so that they narrow the lookup of common ones.
    for term in sorted(terms, key=lambda term: len(index.postings(term))):
        match = matches[term] = TermMatch(term)
        if totals and len(index.postings(term)) > _COMMON_WORD:
            match.score_among(index, totals)
        else:
            match.score_all(index, ids_by_number, enough=limit)
        for person_id, score in match.scores.items():
            count, total = totals.get(person_id, (0, 0.0))
            totals[person_id] = (count + 1, total + score)
    if not totals:
        return []
    max_count = max(count for count, _ in totals.values())
    ranking = (
        (total, person_id) for person_id, (count, total) in totals.items() if count == max_count
    )
    best = heapq.nlargest(max(limit, _RERANKED), ranking)
    similarity = name_similarity(" ".join(terms))
    hits = [
        SearchHit(
            people[person_id],
            0.9 * total / len(terms) + 0.1 * similarity(people[person_id]),
        )
        for total, person_id in best
    ]
    hits.sort(key=lambda hit: (-hit.score, hit.person.name, hit.person.id))
    hits = [hit for hit in hits if hit.score >= _MIN_RELATIVE_SCORE * hits[0].score]
    matches_in_order = [matches[term] for term in terms]
    return [
        hit._replace(matched=matched_fields(hit.person, matches_in_order)) for hit in hits[:limit]
    ]


class TermMatch:
    """The people who match one word of the query: exactly, by prefix, with typos, or by number."""

    def __init__(self, term: str) -> None:
        self.term = term
        self.digits = _digits_of(term)
        self.matched_words = {term}
        self.scores: dict[str, float] = {}

    def score_among(self, index: WordIndex, person_ids: Iterable[str]) -> None:
        """Score exact matches only, and only among these people. For words as common as "com"."""
        postings = index.postings(self.term)
        self._add_scores(
            {person_id: postings[person_id] for person_id in person_ids if person_id in postings},
            1.0,
        )

    def score_all(
        self, index: WordIndex, ids_by_number: Mapping[str, tuple[str, ...]], *, enough: int
    ) -> None:
        """Score everyone who matches. Typos count only if there are fewer than `enough` other matches."""
        self._add_scores(index.postings(self.term), 1.0)
        for word in index.words_with_prefix(self.term):
            self.matched_words.add(word)
            weight = _PREFIX_WEIGHT * (0.7 + 0.3 * len(self.term) / len(word))
            self._add_scores(index.postings(word), weight)
        if self.digits:
            for number, holder_ids in ids_by_number.items():
                if self.matches_number(number):
                    for person_id in holder_ids:
                        score = self.scores.get(person_id, 0.0)
                        self.scores[person_id] = max(score, _NUMBER_WEIGHT)
        if len(self.scores) < enough:
            for word, typos in index.similar_words(self.term):
                self.matched_words.add(word)
                self._add_scores(index.postings(word), _TYPO_WEIGHTS[typos])

    def matches_number(self, number: str) -> bool:
        """Return whether a number contains the digits, or starts with them if they follow a +."""
        if self.digits.startswith("+"):
            return number.startswith(self.digits)
        return bool(self.digits) and self.digits in number

    def _add_scores(self, postings: Mapping[str, int], factor: float) -> None:
        for person_id, parts in postings.items():
            score = factor * _WEIGHT_BY_PARTS[parts]
            if score > self.scores.get(person_id, 0.0):
                self.scores[person_id] = score


def parse_terms(query: str) -> list[str]:
    """Return the words of a query that are compared, at most 8; a number is one of them."""
    # The zero in "+44 (0)20 ..." is dialed only within the country.
    query = query[:_MAX_QUERY_LENGTH].replace("(0)", "")
    terms = list(dict.fromkeys(tokenize(query)))
    if _NUMBER_PREFIX.fullmatch(query.strip()):
        return ["+" + "".join(tokenize(query))]
    if terms and all(term.isdecimal() and term.isascii() for term in terms):
        return ["".join(tokenize(query))]
    return terms[:_MAX_TERMS]


def _digits_of(term: str) -> str:
    """Return the digits to find in E.164 numbers, without zeros dialed before an area or country code."""
    if term.startswith("+"):
        return term
    if not (term.isascii() and term.isdecimal() and len(term) >= _MIN_DIGITS):
        return ""
    # Up to four digits are the end of a number, where a leading zero counts.
    return term if len(term) <= 4 else term.lstrip("0")


def name_similarity(query: str) -> Callable[[Person], float]:
    """Return a function that compares a person's name with the query, 0 to 1."""
    # Imported on first use: every start over stdio would be slower otherwise.
    from rapidfuzz.fuzz import token_sort_ratio  # noqa: PLC0415

    return lambda person: token_sort_ratio(query, " ".join(tokenize(person.name))) / 100


def matched_fields(person: Person, matches: Iterable[TermMatch]) -> tuple[MatchedField, ...]:
    """Return the fields of a person that match, in the order of the words."""
    fields = (_matched_field(person, match) for match in matches)
    return tuple(dict.fromkeys(field for field in fields if field))


def _matched_field(person: Person, match: TermMatch) -> MatchedField | None:
    """Return the most important field that contains the word."""
    fields = (
        (MatchedField("name"), (person.first_name, person.last_name)),
        (MatchedField("company"), (person.company,)),
        (MatchedField("email"), (address for _, address in person.emails)),
        (MatchedField("role"), (person.role,)),
        *(
            (MatchedField("custom field", label, value), (value,))
            for label, value in person.custom_fields
        ),
    )
    for field, texts in fields:
        if any(word in match.matched_words for text in texts for word in tokenize(text)):
            return field
    if any(match.matches_number(number) for _, number in person.numbers):
        return MatchedField("number")
    return None
