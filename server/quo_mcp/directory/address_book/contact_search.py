"""Search contacts by a sentence: every match is counted, and the share of the words that match decides.

Unlike `search`, which stops at the best for the lookup of one name, this compares every contact.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from quo_mcp.directory.address_book.contact_conditions import FieldCondition
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


@dataclass(frozen=True)
class ContactSearch:
    """The result of a search.

    hits: the contacts that match the most, best first; all of them.
    matched_count: how many of the parts they match. part_count: the words and conditions compared.
    fewer_count: contacts that match fewer parts, but at least one.
    words: the words compared. missing_words: those that no contact has. conditions: on custom fields.
    absent_counts: for each condition that contacts without a value do not meet, how many these are.
    ignored_negation: whether the sentence negates a word, which was not understood.
    """

    hits: Sequence[SearchHit]
    matched_count: int
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
    now: datetime,
    zone: ZoneInfo,
) -> ContactSearch:
    """Return every contact that matches the most words and conditions of a sentence."""
    query = query[:MAX_QUERY_LENGTH]
    text, wants_shared = _SHARED_NUMBER.subn(" ", query)
    sentence = read_sentence(text, people.values(), now=now, zone=zone)
    all_words = tuple(parse_terms(" ".join(sentence.words) if sentence.conditions else text))
    content = [word for word in all_words if word not in FILLER_WORDS | NEGATIONS]
    # A name may consist of such words: they are compared if there are no others.
    words = content or ([] if sentence.conditions or wants_shared else list(all_words))
    words = parse_terms(" ".join(words)) or words
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
    filler = [_match_word(word, index, {}).scores for word in all_words if word not in words]
    similarity = name_similarity(" ".join(all_words))
    hits = []
    for person_id, count in counts.items():
        if count < most:
            continue
        person = people[person_id]
        bonus = sum(scores_of_word.get(person_id, 0.0) for scores_of_word in filler)
        score = (0.9 * scores[person_id] + 0.1 * similarity(person) + 0.05 * bonus) / len(parts)
        matched = (
            *matched_fields(person, matches),
            *_condition_fields(person, sentence.conditions),
            *(_shared_fields(person, people, ids_by_number) if wants_shared else ()),
        )
        hits.append(SearchHit(person, min(score, 1.0), tuple(dict.fromkeys(matched))))
    hits.sort(key=lambda hit: (-hit.score, hit.person.name, hit.person.id))
    return ContactSearch(
        hits,
        matched_count=most,
        part_count=len(parts),
        fewer_count=len(counts) - len(hits),
        words=words,
        missing_words=[match.term for match in matches if not match.scores],
        conditions=sentence.conditions,
        absent_counts={
            condition.label: sum(not condition.values_of(person) for person in people.values())
            for condition in sentence.conditions
            if not condition.accepts_absence
        },
        ignored_negation=bool(NEGATIONS & set(all_words)) and not sentence.conditions,
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
