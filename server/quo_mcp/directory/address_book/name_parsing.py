"""The ways to take a name apart ("Jane at Acme", "Doe, Jane", "Jane's work number"), and whom they fit."""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Final, NamedTuple

from quo_mcp.directory.address_book.name_tokens import of_label, words
from quo_mcp.directory.address_book.person import Person
from quo_mcp.directory.address_book.word_index import Part, WordIndex, labels_of

if TYPE_CHECKING:
    from quo_mcp.directory.address_book import AddressBook

_NAMED: Final = int(Part.NAME | Part.COMPANY)
_POSSESSIVE: Final = re.compile(r"(?<=\w)['\u2019]s\b", re.IGNORECASE)
_MARKER: Final = re.compile(
    r"\s+(?:at|from|of)\s+|\s*[@(\[,/|]\s*|\s+[-\u2013\u2014:]\s+", re.IGNORECASE
)
_MARKER_WORDS: Final = frozenset({"at", "from", "of"})
_FILLERS: Final = frozenset({"number", "phone", "telephone"})


class Reading(NamedTuple):
    """One way to take a query apart. name: the words in front; beside: those that name no person."""

    name: tuple[str, ...]
    beside: tuple[str, ...] = ()


def readings(query: str) -> Iterator[Reading]:
    seen = set()
    for text in (query, _POSSESSIVE.sub("", query)):
        for reading in _readings_of(text):
            if reading not in seen:
                seen.add(reading)
                yield reading


def _readings_of(text: str) -> Iterator[Reading]:
    marker = _MARKER.search(text)
    if marker is None or marker.group().strip().isalpha():
        yield Reading(words(text))
    if marker is not None:
        before, behind = words(text[: marker.start()]), words(text[marker.end() :])
        if before and behind:
            yield Reading(before, behind)
        if marker.group().strip() in {",", "/", "|"} or not (before and behind):
            yield Reading((*behind, *before))


def possible(reading: Reading, book: "AddressBook", index: WordIndex) -> list[Person]:
    """Everybody whose name and company hold all words that must come from there."""
    tables = sorted((index.who(word) for word in _needed(reading, index)), key=len)
    if tables:
        everybody = [who for who in tables[0] if all(_named(who, table) for table in tables)]
    else:
        asked = (*reading.name, *reading.beside)
        everybody = list({who: None for word in asked for who in index.who(word)})
    return [person for who in everybody if (person := book.by_id(who))]


def _needed(reading: Reading, index: WordIndex) -> list[str]:
    """The words that can stand nowhere but in a name or a company."""
    asked = (*reading.name, *reading.beside)
    return [word for word in asked if not (_is_beside_the_name(word, index) or _is_initial(word))]


def _named(who: str, table: Mapping[str, int]) -> bool:
    return table.get(who, 0) & _NAMED > 0


def _is_beside_the_name(word: str, index: WordIndex) -> bool:
    return word in _FILLERS or word in _MARKER_WORDS or index.is_label(word)


def _is_initial(word: str) -> bool:
    return len(word) == 1 and word.lower() != word.upper()


def _parts(person: Person) -> tuple[list[str], Counter[str], set[str]]:
    """Words of the name in order, of the company, and of the labels. A company may be all the name."""
    name = [*words(person.first), *words(person.last)]
    company = words(person.company)
    labels = labels_of(person)
    return (name, Counter(company), labels) if name else ([*company], Counter(), labels)


def fits(person: Person, reading: Reading) -> set[str] | None:
    """The label words asked for, if every word of the reading has its place in this entry; else None.

    A part of the name must be among them, and more of it than an initial.
    """
    name, company, labels = _parts(person)
    wanted: set[str] = set()
    place, named = 0, False
    for word in reading.name:
        if word in name[place:]:
            place = name.index(word, place) + 1
            named = named or not _is_initial(word)
        elif not (_take(word, company) or _asks(word, labels, wanted, started=place > 0)):
            return None
    for word in reading.beside:
        if not (_take(word, company) or _asks(word, labels, wanted, started=place > 0)):
            return None
    return wanted if named else None


def _take(word: str, left: Counter[str]) -> bool:
    if left[word] <= 0:
        return False
    left[word] -= 1
    return True


def _asks(word: str, labels: set[str], wanted: set[str], *, started: bool) -> bool:
    """Whether a word asks for one of the person's numbers; "number" itself asks for any."""
    same = of_label(word)
    if started and same in labels and word not in _FILLERS:
        wanted.add(same)
        return True
    return started and word in _FILLERS


def might_fit(person: Person, reading: Reading) -> set[str] | None:
    """Likewise, if one is lenient about order, initials and places."""
    name, company, labels = _parts(person)
    left = company + Counter(name)
    wanted: set[str] = set()
    anything = False
    for word in (*reading.name, *reading.beside):
        if _take(word, left) or (_is_initial(word) and any(n.startswith(word) for n in name)):
            anything = True
        elif of_label(word) in labels and word not in _FILLERS:
            wanted.add(of_label(word))
        elif not (of_label(word) in labels or word in _FILLERS or word in _MARKER_WORDS):
            return None
    return wanted if anything else None


class Fitting(NamedTuple):
    """Whom a query fits: ids, each with the label words asked for, once for every reading that fits.

    surely: every word has its place. almost: the others, whom it fits if one is lenient. in_full: whose
    whole name was said. all_of_them: nobody else can be meant; initials and labels alone do not tell.
    """

    surely: Mapping[str, list[set[str]]]
    almost: Mapping[str, list[set[str]]]
    in_full: Collection[str]
    all_of_them: bool


def fitting(query: str, book: "AddressBook", index: WordIndex) -> Fitting:
    surely: dict[str, list[set[str]]] = {}
    almost: dict[str, list[set[str]]] = {}
    in_full: set[str] = set()
    every = list(readings(query))
    for reading in every:
        for person in possible(reading, book, index):
            if (wanted := fits(person, reading)) is not None:
                surely.setdefault(person.id, []).append(wanted)
                if set(_parts(person)[0]) <= set(reading.name):
                    in_full.add(person.id)
            elif (wanted := might_fit(person, reading)) is not None:
                almost.setdefault(person.id, []).append(wanted)
    almost = {who: wanted for who, wanted in almost.items() if who not in surely}
    return Fitting(surely, almost, in_full, all(_needed(each, index) for each in every))
