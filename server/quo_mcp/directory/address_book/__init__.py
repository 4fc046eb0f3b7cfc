"""Who is who: an address book held in memory, searched by anything and resolved by nothing but certainty.

people          the address book
├── person      one person, and how they are shown
├── words       what counts as the same word
├── index       word → who has it
├── search      the best matches for a query, typos forgiven
├── readings    the ways to take a query for a person apart, and whom they fit
├── resolve     the one number that a query means, or a refusal to guess
├── meant       what that comes to, in words
└── entries     the one contact that a query means, likewise
"""

from collections.abc import Iterator

from quo_mcp.directory.address_book import contact_lookup
from quo_mcp.directory.address_book import resolve as resolving
from quo_mcp.directory.address_book import search as searching
from quo_mcp.directory.address_book.contact_lookup import Entries, Entry
from quo_mcp.directory.address_book.matches import Candidates, Doubt, Found, Nobody, Option
from quo_mcp.directory.address_book.person import Person, label
from quo_mcp.directory.address_book.search import Hit, Matched
from quo_mcp.directory.address_book.word_index import WordIndex

__all__ = [
    "AddressBook",
    "Candidates",
    "Doubt",
    "Entries",
    "Entry",
    "Found",
    "Hit",
    "Matched",
    "Nobody",
    "Option",
    "Person",
    "label",
]

_MOST_NAMES = 3


class AddressBook:
    """People by id, number, e-mail and words. Not shared between threads; nothing of it waits."""

    def __init__(self) -> None:
        self._people: dict[str, Person] = {}
        self._numbers: dict[str, tuple[str, ...]] = {}
        self._emails: dict[str, tuple[str, ...]] = {}
        self._words = WordIndex()

    def __len__(self) -> int:
        return len(self._people)

    def __iter__(self) -> Iterator[Person]:
        return iter(self._people.values())

    def put(self, person: Person) -> None:
        """Add somebody, or replace whoever had the same id."""
        self.remove(person.id)
        self._people[person.id] = person
        self._words.put(person)
        for number in {number for _, number in person.numbers}:
            self._numbers[number] = (*self._numbers.get(number, ()), person.id)
        for address in {address.casefold() for _, address in person.emails}:
            self._emails[address] = (*self._emails.get(address, ()), person.id)

    def remove(self, person_id: str) -> None:
        """Forget somebody; nothing happens where nobody has this id."""
        person = self._people.pop(person_id, None)
        if person is None:
            return
        self._words.remove(person)
        for number in {number for _, number in person.numbers}:
            _drop(self._numbers, number, person_id)
        for address in {address.casefold() for _, address in person.emails}:
            _drop(self._emails, address, person_id)

    def by_id(self, person_id: str) -> Person | None:
        return self._people.get(person_id)

    def by_number(self, number: str) -> tuple[Person, ...]:
        """Everybody who has this number (E.164), in the order they came in."""
        return tuple(self._people[who] for who in self._numbers.get(number, ()))

    def by_email(self, address: str) -> tuple[Person, ...]:
        return tuple(self._people[who] for who in self._emails.get(address.strip().casefold(), ()))

    def name_of(self, number: str) -> str | None:
        """Whose number it is, fit to show: 'Jane Doe (Acme)', 'Jane Doe (Acme) or John Doe', or None."""
        names = list(dict.fromkeys(label(person) for person in self.by_number(number)))
        if len(names) > _MOST_NAMES:
            names[_MOST_NAMES - 1 :] = [f"{len(names) - _MOST_NAMES + 1} others"]
        return " or ".join(names) or None

    def search(self, query: str, limit: int = 10) -> list[Hit]:
        """People by name, company, e-mail, role, custom field or part of a number, best first."""
        return searching.search(
            query, index=self._words, people=self._people, numbers=self._numbers, limit=limit
        )

    def resolve(self, query: str, *, region: str | None) -> Found | Candidates | Nobody:
        """The one number meant, or who might be meant: see `resolve`. region: as in numbers.read."""
        return resolving.resolve(query, book=self, index=self._words, region=region)

    def entry(self, query: str, *, region: str | None) -> Entry | Entries | Nobody:
        """The one contact meant, or those that may be: see `entries`. region: as in numbers.read."""
        return contact_lookup.entry(query, book=self, index=self._words, region=region)


def _drop(held: dict[str, tuple[str, ...]], key: str, person_id: str) -> None:
    rest = tuple(who for who in held[key] if who != person_id)
    if rest:
        held[key] = rest
    else:
        del held[key]
