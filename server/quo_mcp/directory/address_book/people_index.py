"""The people of the address book, by id, number, email address and words."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from quo_mcp.directory.address_book.contact_conditions import FieldKind, field_kinds
from quo_mcp.directory.address_book.contact_search import ContactSearch, search_contacts
from quo_mcp.directory.address_book.person import Person, person_label
from quo_mcp.directory.address_book.search import SearchHit
from quo_mcp.directory.address_book.search import search as search_people
from quo_mcp.directory.address_book.word_index import WordIndex

_MAX_NAMES = 3
_MAX_SEARCHES = (
    256  # kept results; one call can make the same search for its preview, approval and run
)


class PeopleIndex:
    """People by id, number, email address and words. Not thread-safe; no method blocks.

    words: the inverted index of their words.
    """

    def __init__(self) -> None:
        self._people: dict[str, Person] = {}
        self._ids_by_number: dict[str, tuple[str, ...]] = {}
        self._ids_by_email: dict[str, tuple[str, ...]] = {}
        self._searches: dict[tuple[str, int], tuple[SearchHit, ...]] = {}
        self._field_kinds: Mapping[str, FieldKind] | None = None
        self.words = WordIndex()

    def __len__(self) -> int:
        return len(self._people)

    def __iter__(self) -> Iterator[Person]:
        return iter(self._people.values())

    def put(self, person: Person) -> None:
        """Add a person, or replace the one with the same id."""
        self.remove(person.id)
        self._forget_derived()
        self._people[person.id] = person
        self.words.add(person)
        for number in {number for _, number in person.numbers}:
            self._ids_by_number[number] = (*self._ids_by_number.get(number, ()), person.id)
        for address in {address.casefold() for _, address in person.emails}:
            self._ids_by_email[address] = (*self._ids_by_email.get(address, ()), person.id)

    def remove(self, person_id: str) -> None:
        """Remove a person. Unknown ids are ignored."""
        person = self._people.pop(person_id, None)
        if person is None:
            return
        self._forget_derived()
        self.words.remove(person)
        for number in {number for _, number in person.numbers}:
            _remove_id(self._ids_by_number, number, person_id)
        for address in {address.casefold() for _, address in person.emails}:
            _remove_id(self._ids_by_email, address, person_id)

    def _forget_derived(self) -> None:
        """Drop what was derived from the people, since they change."""
        self._searches.clear()
        self._field_kinds = None

    @property
    def field_kinds(self) -> Mapping[str, FieldKind]:
        """The custom fields of all contacts, with the kind of each. Computed once until a contact changes."""
        if self._field_kinds is None:
            self._field_kinds = field_kinds(self)
        return self._field_kinds

    def by_id(self, person_id: str) -> Person | None:
        return self._people.get(person_id)

    def by_number(self, number: str) -> tuple[Person, ...]:
        """Return all people with this number (E.164), in the order they were added."""
        return tuple(self._people[person_id] for person_id in self._ids_by_number.get(number, ()))

    def by_email(self, address: str) -> tuple[Person, ...]:
        """Return all people with this email address; case does not matter."""
        ids = self._ids_by_email.get(address.strip().casefold(), ())
        return tuple(self._people[person_id] for person_id in ids)

    def names_for_number(self, number: str, *, with_company: bool = True) -> str | None:
        """Return the names of a number's holders, safe to display, or None.

        Examples: 'Jane Doe, Acme', 'Jane Doe, Acme or John Doe'.
        """
        labels = (
            person_label(person, with_company=with_company) for person in self.by_number(number)
        )
        names = list(dict.fromkeys(labels))
        if len(names) > _MAX_NAMES:
            names[_MAX_NAMES - 1 :] = [f"{len(names) - _MAX_NAMES + 1} others"]
        return " or ".join(names) or None

    def search_contacts(
        self, sentence: str, *, now: datetime, zone: ZoneInfo, limit: int
    ) -> ContactSearch:
        """Compare every contact with a sentence: see `contact_search`."""
        return search_contacts(
            sentence,
            index=self.words,
            people=self._people,
            ids_by_number=self._ids_by_number,
            field_kinds=self.field_kinds,
            now=now,
            zone=zone,
            limit=limit,
        )

    def search(self, query: str, limit: int = 10) -> list[SearchHit]:
        """Search names, companies, email addresses, roles, custom fields and numbers; best match first."""
        key = (query, limit)
        if key not in self._searches:
            if len(self._searches) >= _MAX_SEARCHES:
                self._searches.clear()
            self._searches[key] = tuple(
                search_people(
                    query,
                    index=self.words,
                    people=self._people,
                    ids_by_number=self._ids_by_number,
                    limit=limit,
                )
            )
        return list(self._searches[key])


def _remove_id(ids_by_key: dict[str, tuple[str, ...]], key: str, person_id: str) -> None:
    remaining = tuple(other_id for other_id in ids_by_key[key] if other_id != person_id)
    if remaining:
        ids_by_key[key] = remaining
    else:
        del ids_by_key[key]
