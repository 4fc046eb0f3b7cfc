"""Nobody is ever texted by mistake: thousands of made-up requests over address books full of traps."""

import os
import random
import unicodedata

import pytest

from quo_mcp.directory.address_book import (
    AddressBook,
    Ambiguity,
    Candidates,
    ContactMatch,
    Person,
    ResolvedNumber,
)
from quo_mcp.directory.address_book.name_tokens import normalize_name

QUERIES = 10_000 if os.environ.get("QUO_MCP_FULL") == "1" else 1_500
BOOKS = 30
SIZE = 45
FIRST = (
    "Jane",
    "Jané",
    "Jan",
    "Ann",
    "Anna",
    "Mary Jane",
    "José",
    "Jose",
    "Lee",
    "James",
    "Ali",
    "J",
)
LAST = (
    "Doe",
    "Lee",
    "Lee-Smith",
    "Smith",
    "Martin",
    "James",
    "Ali",
    "O'Brien",
    "Øst",
    "Ost",
    "Work",
)
COMPANY = ("", "", "Acme", "Lee Ltd", "Jane's Bakery", "Bank of Examples", "Doe and Smith", "Ann")
LABELS = ("mobile", "work", "home", "cell", "main", "phone")
LETTERS = "abcdefghijklmnopqrstuvwxyz"


def address_book(rng):
    """People of few names, some with each other's numbers, some entered twice, some without any."""
    book = AddressBook()
    everybody = []
    for number in range(SIZE):
        labels = rng.sample(LABELS, rng.choice((0, 1, 1, 1, 1, 2, 3)))
        numbers = [(label, f"+1{415 + i}555{100 + number:04d}") for i, label in enumerate(labels)]
        if everybody and rng.random() < 0.1:
            numbers = list(rng.choice(everybody).numbers)
        first, last = rng.choice(FIRST), rng.choice(LAST)
        if rng.random() < 0.35:
            first = "".join(rng.choices(LETTERS, k=6)).capitalize()
        if everybody and rng.random() < 0.1:
            first, last = rng.choice([(one.first_name, one.last_name) for one in everybody])
        if rng.random() < 0.1:
            last = ""
        email = (("", f"{number}@example.com"),) if rng.random() < 0.3 else ()
        company = rng.choice(COMPANY)
        person = Person(f"id{number:022d}", first, last, company, "", tuple(numbers), email)
        everybody.append(person)
        book.put(person)
    return book, everybody


def without_accents(text):
    return "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))


def misspelt(rng, text, known):
    """One slip in a name; not such that it becomes a name of the book, which would be no slip at all."""
    for _ in range(20):
        at, letter = rng.randrange(len(text)), rng.choice(LETTERS)
        slip = rng.choice(
            (
                text[:at] + text[at + 1 :],
                text[:at] + letter + text[at:],
                text[:at] + letter + text[at + 1 :],
            )
        )
        words = without_accents(slip.casefold()).replace("'", "").replace("-", " ").split()
        if not any(word in known or len(word) < 2 for word in words):
            return slip
    return text


def request_for(rng, person, known):
    """What somebody says who means this person, and the label they say, if they say one."""
    full = f"{person.first_name} {person.last_name}".strip()
    name = rng.choice(
        (
            full,
            full,
            person.first_name,
            person.last_name or person.first_name,
            full.split("-", maxsplit=1)[0],
        )
    )
    label = rng.choice([label for label, _ in person.numbers] or [""])
    forms = [
        (name, ""),
        (name.upper(), ""),
        (without_accents(name), ""),
        (f"{person.last_name} {person.first_name}", ""),
        (f"{person.last_name}, {person.first_name}", ""),
        (f"{person.first_name[0]}. {person.last_name}", ""),
        (f"{person.first_name} {person.last_name[:1]}", ""),
        (misspelt(rng, name, known), ""),
        (f"{name}'s number", ""),
        (f"{name} {label}", label),
        (f"{name}'s {label} number", label),
        (f"{label} {name}", label),
        (f"{name} ({label})", label),
    ]
    if person.company:
        forms += [
            (f"{name} at {person.company}", ""),
            (f"{person.company} {name}", ""),
            (f"{name} ({person.company})", ""),
            (f"{name}, {person.company}", ""),
            (f"{name} at {person.company} {label}", label),
            (person.company, ""),
        ]
    if person.emails:
        forms.append((person.emails[0][1], ""))
    forms.append((person.id, ""))
    for number in meant_numbers(person, label):
        forms.append((f"{name} +{number[1:]}", label))
    return rng.choice(forms)


def meant_numbers(person, label):
    """Numbers that may be reached: those so labelled ("phone" says nothing), cell being mobile."""
    same = {"cell": "mobile"}
    if label in ("", "phone"):
        return {number for _, number in person.numbers}
    return {n for text, n in person.numbers if same.get(text, text) == same.get(label, label)}


def requests(seed):
    """An address book, then what people say who mean somebody in it: who, in which words, at which number."""
    rng = random.Random(seed)
    book, everybody = address_book(rng)
    known = {
        word
        for person in everybody
        for text in (person.first_name, person.last_name, person.company, *LABELS)
        for word in without_accents(text.casefold()).replace("'", "").replace("-", " ").split()
    }
    for _ in range(QUERIES // BOOKS):
        person = rng.choice(everybody)
        query, label = request_for(rng, person, known)
        yield book, person, query, label


@pytest.mark.parametrize("seed", range(BOOKS))
def test_whoever_is_reached_is_the_one_meant(seed):
    reached = 0
    for book, person, query, label in requests(seed):
        found = book.resolve_number(query, region="US")
        if isinstance(found, ResolvedNumber):
            reached += 1
            meant = meant_numbers(person, label)
            assert found.number in meant, f"{query!r}, meaning {person}"
            assert len(meant) == 1 or "+" in query, f"{query!r}, meaning {person}"
    assert reached > QUERIES // BOOKS // 10, "a book that refuses everything proves nothing"


@pytest.mark.parametrize("seed", range(BOOKS))
def test_whoever_alone_almost_fits_is_the_one_meant(seed):
    for book, person, query, label in requests(seed):
        asked = book.resolve_number(query, region="US")
        if isinstance(asked, Candidates) and asked.ambiguity is Ambiguity.LOOSE_MATCH:
            offered = {option.number for option in asked.candidates}
            of_theirs = meant_numbers(person, "") or {None}
            assert meant_numbers(person, label) <= offered <= of_theirs, f"{query!r}: {person}"


@pytest.mark.parametrize("seed", range(BOOKS))
def test_the_contact_taken_is_the_one_meant_and_only_a_whole_name_may_change_it(seed):
    taken = in_full = 0
    for book, person, query, _ in requests(seed):
        found = book.find_contact(query, region="US")
        if isinstance(found, ContactMatch):
            taken += 1
            in_full += found.is_full_match
            assert found.person.id == person.id, f"{query!r}, meaning {person}"
            said = {
                *normalize_name(query).split(),
                *normalize_name(query.replace("'s", "")).split(),
            }
            in_words = set(normalize_name(person.name).split()) <= said
            sure = "+" in query or "@" in query or query == person.id
            assert not found.is_full_match or in_words or sure, query
    assert taken > in_full > QUERIES // BOOKS // 20
