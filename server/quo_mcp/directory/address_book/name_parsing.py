"""Parse a query as a name ("Jane at Acme", "Doe, Jane", "Jane's work number"), and match it to people."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Final, NamedTuple

from quo_mcp.directory.address_book.name_tokens import canonical_label, tokenize
from quo_mcp.directory.address_book.people_index import PeopleIndex
from quo_mcp.directory.address_book.person import Person
from quo_mcp.directory.address_book.word_index import ContactPart, WordIndex, label_words
from quo_mcp.values.person_names import family_name_first, is_east_asian, joined_names

_NAME_OR_COMPANY: Final = int(ContactPart.NAME | ContactPart.COMPANY)
_POSSESSIVE: Final = re.compile(r"(?<=\w)['\u2019]s\b", re.IGNORECASE)
_SEPARATOR: Final = re.compile(
    r"\s+(?:at|from|of)\s+|\s*[@(\[,/|]\s*|\s+[-\u2013\u2014:]\s+", re.IGNORECASE
)
_SEPARATOR_WORDS: Final = frozenset({"at", "from", "of"})
_NUMBER_WORDS: Final = frozenset({"number", "phone", "telephone"})


class NameParse(NamedTuple):
    """One way to parse a query.

    name: the words before the separator. qualifiers: the words that are not a part of the name, such as a
    company or the label of a number.
    """

    name: tuple[str, ...]
    qualifiers: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        return (*self.name, *self.qualifiers)


def parse_name(query: str) -> Iterator[NameParse]:
    """Yield the distinct ways to parse a query, with and without a possessive 's."""
    seen = set()
    for text in (query, _POSSESSIVE.sub("", query)):
        for parse in _parse_text(text):
            if parse not in seen:
                seen.add(parse)
                yield parse


def _parse_text(text: str) -> Iterator[NameParse]:
    separator = _SEPARATOR.search(text)
    if separator is None or separator.group().strip().isalpha():
        yield NameParse(tokenize(text))
    without_spaces = "".join(text.split())
    if separator is None and without_spaces != text and is_east_asian(without_spaces):
        yield NameParse(tokenize(without_spaces))  # one field may hold the whole name
    if separator is not None:
        before, after = tokenize(text[: separator.start()]), tokenize(text[separator.end() :])
        if before and after:
            yield NameParse(before, after)
        if separator.group().strip() in {",", "/", "|"} or not (before and after):
            yield NameParse((*after, *before))


def people_to_match(parse: NameParse, index: PeopleIndex) -> list[Person]:
    """Return the people whose name or company contains every required word of the parse.

    If no word is required, return the people who have any of its words.
    """
    required_postings = sorted(
        (index.words.postings(word) for word in _required_words(parse, index.words)), key=len
    )
    if required_postings:
        rarest = required_postings[0]
        ids = [
            person_id
            for person_id in rarest
            if all(_is_in_name_or_company(person_id, postings) for postings in required_postings)
        ]
    else:
        ids = list(
            {person_id: None for word in parse.words for person_id in index.words.postings(word)}
        )
    return [person for person_id in ids if (person := index.by_id(person_id))]


def _required_words(parse: NameParse, words: WordIndex) -> list[str]:
    """Return the words that can only be a part of a name or a company."""
    return [
        word for word in parse.words if not (_can_be_qualifier(word, words) or _is_initial(word))
    ]


def _is_in_name_or_company(person_id: str, postings: Mapping[str, int]) -> bool:
    return postings.get(person_id, 0) & _NAME_OR_COMPANY > 0


def _can_be_qualifier(word: str, words: WordIndex) -> bool:
    return word in _NUMBER_WORDS or word in _SEPARATOR_WORDS or words.is_label(word)


def _is_initial(word: str) -> bool:
    return len(word) == 1 and word.lower() != word.upper()


def _name_company_labels(person: Person) -> tuple[list[str], Counter[str], set[str]]:
    """Return the words of the name in order, of the company, and of the labels of numbers.

    For a contact without a name, the company is the name.
    """
    name = [*tokenize(person.first_name), *tokenize(person.last_name)]
    company = tokenize(person.company)
    labels = label_words(person)
    return (name, Counter(company), labels) if name else ([*company], Counter(), labels)


def match_exactly(person: Person, parse: NameParse) -> set[str] | None:
    """Match every word of a parse to one word of a person, with the name in order.

    Returns the requested label words, or None if the person does not match. At least one word must match
    a part of the name, and not only an initial. A Chinese, Japanese or Korean name matches in both orders, with
    and without a space.
    """
    _, company, labels = _name_company_labels(person)
    for name in _name_variants(person):
        requested_labels = _match_in_order(name, company, labels, parse)
        if requested_labels is not None:
            return requested_labels
    return None


def _name_variants(person: Person) -> list[list[str]]:
    """Return the words of a name in each order and spacing in which it is written."""
    variants = [_name_company_labels(person)[0]]
    if family_name_first(person.first_name, person.last_name):
        variants.append([*tokenize(person.last_name), *tokenize(person.first_name)])
    joined = joined_names(person.first_name, person.last_name)
    return variants + [list(tokenize(name)) for name in joined]


def _has_whole_name(person: Person, parse: NameParse) -> bool:
    return any(set(name) <= set(parse.name) for name in _name_variants(person))


def _match_in_order(
    name: list[str], company: Counter[str], labels: set[str], parse: NameParse
) -> set[str] | None:
    company = company.copy()
    requested_labels: set[str] = set()
    name_position, name_matched = 0, False
    for word in parse.name:
        if word in name[name_position:]:
            name_position = name.index(word, name_position) + 1
            name_matched = name_matched or not _is_initial(word)
        elif not (
            _consume(word, company)
            or _requests_number(word, labels, requested_labels, after_name=name_position > 0)
        ):
            return None
    for word in parse.qualifiers:
        if not (
            _consume(word, company)
            or _requests_number(word, labels, requested_labels, after_name=name_position > 0)
        ):
            return None
    return requested_labels if name_matched else None


def _consume(word: str, remaining: Counter[str]) -> bool:
    """Take one occurrence of a word out of `remaining`, if there is one."""
    if remaining[word] <= 0:
        return False
    remaining[word] -= 1
    return True


def _requests_number(
    word: str, labels: set[str], requested_labels: set[str], *, after_name: bool
) -> bool:
    """Return whether a word requests a number of the person, and add its label to `requested_labels`.

    A word such as "number" requests any of them and adds no label.
    """
    label = canonical_label(word)
    if after_name and label in labels and word not in _NUMBER_WORDS:
        requested_labels.add(label)
        return True
    return after_name and word in _NUMBER_WORDS


def match_loosely(person: Person, parse: NameParse) -> set[str] | None:
    """Match like `match_exactly`, but in any order and with initials."""
    name, company, labels = _name_company_labels(person)
    remaining = company + Counter(name)
    requested_labels: set[str] = set()
    name_matched = False
    for word in parse.words:
        label = canonical_label(word)
        if _consume(word, remaining) or (
            _is_initial(word) and any(name_word.startswith(word) for name_word in name)
        ):
            name_matched = True
        elif label in labels and word not in _NUMBER_WORDS:
            requested_labels.add(label)
        elif not (label in labels or word in _NUMBER_WORDS or word in _SEPARATOR_WORDS):
            return None
    return requested_labels if name_matched else None


class NameMatches(NamedTuple):
    """The people that a query matches.

    exact, loose: person id → the requested label words, one set for each parse that matches. No one is in both.
    full_name_ids: the people whose whole name is in the query.
    is_exhaustive: every parse has a required word, so that all people who could match were compared.
    """

    exact: Mapping[str, list[set[str]]]
    loose: Mapping[str, list[set[str]]]
    full_name_ids: Collection[str]
    is_exhaustive: bool


def match_name(query: str, index: PeopleIndex) -> NameMatches:
    """Match a query to people, in every way it can be parsed."""
    exact: dict[str, list[set[str]]] = {}
    loose: dict[str, list[set[str]]] = {}
    full_name_ids: set[str] = set()
    parses = list(parse_name(query))
    for parse in parses:
        for person in people_to_match(parse, index):
            if (requested_labels := match_exactly(person, parse)) is not None:
                exact.setdefault(person.id, []).append(requested_labels)
                if _has_whole_name(person, parse):
                    full_name_ids.add(person.id)
            elif (requested_labels := match_loosely(person, parse)) is not None:
                loose.setdefault(person.id, []).append(requested_labels)
    loose = {person_id: labels for person_id, labels in loose.items() if person_id not in exact}
    is_exhaustive = all(_required_words(parse, index.words) for parse in parses)
    return NameMatches(exact, loose, full_name_ids, is_exhaustive)
