"""Search contacts by a sentence: every match is counted, and the share of the words that match decides.

Unlike `search`, which stops at the best for the lookup of one name, this compares every contact.
"""

import heapq
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from quo_mcp.directory.address_book.contact_conditions import FieldCondition, FieldKind
from quo_mcp.directory.address_book.contact_sentence import read_sentence
from quo_mcp.directory.address_book.filler_words import FILLER_WORDS, NEGATIONS
from quo_mcp.directory.address_book.person import Person
from quo_mcp.directory.address_book.search import (
    MatchedField,
    SearchHit,
    TermMatch,
    matched_fields,
    name_similarity,
    parse_terms,
)
from quo_mcp.directory.address_book.word_index import WordIndex

_SHARED_NUMBER: Final = re.compile(
    r"\b(?:same|shared?|sharing|duplicated?)\s+(?:a\s+|the\s+)?(?:phone\s+)?(?:numbers?|phones?)\b|^\W*duplicates?\W*$",
    re.IGNORECASE,
)
MAX_QUERY_LENGTH: Final = 200
_CONDITION_SCORE: Final = 0.9
_RERANKED: Final = 200  # people whose names are compared as a whole
_MAX_FILLERS: Final = 8


@dataclass(frozen=True)
class ContactSearch:
    """The result of a search.

    hits: the contacts that match the most, best first. total_count: how many match as much.
    matched_parts: how many of the parts they match. part_count: the words and conditions compared.
    fewer_count: contacts that match fewer parts, but at least one.
    words: the words compared. missing_words: those that no contact has. conditions: on custom fields.
    absent_counts: for each condition that contacts without a value do not meet, how many these are.
    ignored_negation: whether the sentence negates a word, which was not understood.
    """

    hits: Sequence[SearchHit]
    total_count: int
    matched_parts: int
    part_count: int
    fewer_count: int
    words: Sequence[str] = ()
    missing_words: Sequence[str] = ()
    conditions: Sequence[FieldCondition] = ()
    absent_counts: Mapping[str, int] = field(default_factory=dict)
    ignored_negation: bool = False


def search_contacts(
    query: str,
    *,
    index: WordIndex,
    people: Mapping[str, Person],
    ids_by_number: Mapping[str, tuple[str, ...]],
    field_kinds: Mapping[str, FieldKind],
    now: datetime,
    zone: ZoneInfo,
    limit: int,
) -> ContactSearch:
    """Compare every contact with a sentence, and return those that match the most words and conditions.

    limit: how many to return; all are counted.
    """
    text, wants_shared = _SHARED_NUMBER.subn(" ", query[:MAX_QUERY_LENGTH])
    sentence = read_sentence(text, field_kinds, now=now, zone=zone)
    content = [word for word in sentence.words if word not in FILLER_WORDS | NEGATIONS]
    filler = [word for word in sentence.words if word in FILLER_WORDS][:_MAX_FILLERS]
    if content and not (filler or sentence.conditions or wants_shared):
        words = parse_terms(text)  # it may be a number with a plus sign
    else:
        # A name may consist of filler words: they are compared if there is nothing else.
        has_more = content or sentence.conditions or wants_shared
        words = parse_terms(" ".join(content if has_more else filler))
    matches = [_match_word(word, index, ids_by_number) for word in words]
    parts: list[Mapping[str, float]] = [match.scores for match in matches]
    parts += [
        {person.id: _CONDITION_SCORE for person in people.values() if condition.matches(person)}
        for condition in sentence.conditions
    ]
    if wants_shared:
        parts.append(_holders_of_shared_numbers(ids_by_number))
    counts: dict[str, int] = {}
    scores: dict[str, float] = {}
    for part in parts:
        for person_id, score in part.items():
            counts[person_id] = counts.get(person_id, 0) + 1
            scores[person_id] = scores.get(person_id, 0.0) + score
    most = max(counts.values(), default=0)
    bonuses = [_match_word(word, index, {}).scores for word in filler if word not in words]
    best = heapq.nlargest(
        max(limit, _RERANKED),
        (
            (
                scores[person_id] + 0.05 * sum(bonus.get(person_id, 0.0) for bonus in bonuses),
                person_id,
            )
            for person_id, count in counts.items()
            if count == most
        ),
    )
    similarity = name_similarity(" ".join([*words, *filler]))
    hits = [
        SearchHit(
            people[person_id],
            min((0.9 * score + 0.1 * similarity(people[person_id])) / len(parts), 1.0),
        )
        for score, person_id in best
    ]
    hits.sort(key=lambda hit: (-hit.score, hit.person.name, hit.person.id))
    matched_count = sum(count == most for count in counts.values())

    def fields_of(person: Person) -> tuple[MatchedField, ...]:
        fields = [*matched_fields(person, matches), *_condition_fields(person, sentence.conditions)]
        if wants_shared:
            fields += _shared_fields(person, people, ids_by_number)
        return tuple(dict.fromkeys(fields))

    return ContactSearch(
        [hit._replace(matched=fields_of(hit.person)) for hit in hits[:limit]],
        total_count=matched_count,
        matched_parts=most,
        part_count=len(parts),
        fewer_count=len(counts) - matched_count,
        words=words,
        missing_words=[match.term for match in matches if not match.scores],
        conditions=sentence.conditions,
        absent_counts={
            condition.label: sum(not condition.values_of(person) for person in people.values())
            for condition in sentence.conditions
            if not condition.accepts_absence
        },
        ignored_negation=bool(NEGATIONS & set(sentence.words)) and not sentence.conditions,
    )


def _match_word(
    word: str, index: WordIndex, ids_by_number: Mapping[str, tuple[str, ...]]
) -> TermMatch:
    """Return everyone who matches a word. Similar spellings count only if no contact has the word."""
    match = TermMatch(word)
    match.score_all(index, ids_by_number, enough=1)
    return match


def _holders_of_shared_numbers(ids_by_number: Mapping[str, tuple[str, ...]]) -> dict[str, float]:
    """Return everyone who has a number that another contact has too."""
    return {
        person_id: _CONDITION_SCORE
        for person_ids in ids_by_number.values()
        if len(person_ids) > 1
        for person_id in person_ids
    }


def _shared_fields(
    person: Person, people: Mapping[str, Person], ids_by_number: Mapping[str, tuple[str, ...]]
) -> list[MatchedField]:
    """Return the other holders of a person's numbers."""
    others = [
        people[person_id].name or "Unnamed"
        for number in dict.fromkeys(number for _, number in person.numbers)
        for person_id in ids_by_number.get(number, ())
        if person_id != person.id
    ]
    return [MatchedField("number", "same number as", name) for name in dict.fromkeys(others)]


def _condition_fields(person: Person, conditions: Sequence[FieldCondition]) -> list[MatchedField]:
    """Return the values that meet the conditions."""
    return [
        MatchedField("custom field", label, value)
        for condition in conditions
        for label, value in person.custom_fields
        if label == condition.label and condition.matches(person)
    ]
