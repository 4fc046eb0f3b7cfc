"""The one contact that somebody means: for reading, changing or deleting what is written down of them.

    Entry      one contact, and how surely it is meant
    Entries    several may be meant
    Nobody     nothing like it is known

Whoever is reached may be in the book twice, and it makes no difference to a text; here it does. So
entries of the same name and number stay two.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from quo_mcp.directory.address_book.matches import Nobody, shown
from quo_mcp.directory.address_book.name_parsing import fitting
from quo_mcp.directory.address_book.person import Person, label
from quo_mcp.directory.address_book.resolve import LONGEST, alike, holders_called, name_and_number
from quo_mcp.directory.address_book.word_index import WordIndex
from quo_mcp.values import phone_numbers
from quo_mcp.values.untrusted import in_quotes

if TYPE_CHECKING:
    from quo_mcp.directory.address_book import AddressBook

_MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Entry:
    """One contact. in_full: by id, number, e-mail or the whole name. almost: it fits if one is lenient."""

    person: Person
    in_full: bool = True
    almost: bool = False


@dataclass(frozen=True, slots=True)
class Entries:
    """Those that may be meant. left_out: how many more there are."""

    reason: str
    people: tuple[Person, ...]
    left_out: int = 0

    def __str__(self) -> str:
        lines = [self.reason, *(f"- {line(person)}" for person in self.people)]
        if self.left_out:
            lines.append(f"and {self.left_out} more.")
        return "\n".join([*lines, "Give the contact's id, or ask which one is meant."])


def line(person: Person) -> str:
    """`Jane Doe (Acme): +1 415 555 0134 (contact 03a6…)`."""
    held = dict.fromkeys(number for _, number in person.numbers)
    return f"{label(person)}: {', '.join(map(shown, held)) or shown(None)} (contact {person.id})"


def entry(
    query: str, *, book: "AddressBook", index: WordIndex, region: str | None
) -> Entry | Entries | Nobody:
    """See the module. region: as in numbers.read."""
    query = query.strip()
    if not query or len(query) > LONGEST:
        return Nobody(query[:LONGEST], "Which contact? Give its id, name, number or e-mail.")
    if person := book.by_id(query):
        return Entry(person)
    number = phone_numbers.parse(query, region)
    both = None if number else name_and_number(query)
    if number or both:
        holders = book.by_number(number) if number else ()
        holders = holders_called(*both, book, index) if both else holders
        return _of(query, holders) or Nobody(
            query, f"No contact has {in_quotes(query)} as its number."
        )
    return _of(query, book.by_email(query)) or _named(query, book, index)


def _of(query: str, people: Iterable[Person]) -> Entry | Entries | None:
    people = tuple(people)
    if len(people) > 1:
        return _several(f"{in_quotes(query)} fits several contacts:", people)
    return Entry(people[0]) if people else None


def _named(query: str, book: "AddressBook", index: WordIndex) -> Entry | Entries | Nobody:
    found = fitting(query, book, index)
    who = [*found.surely, *found.almost]
    people = [person for each in who if (person := book.by_id(each))]
    if len(people) == 1 and (found.surely or found.all_of_them):
        return Entry(people[0], who[0] in found.in_full, not found.surely)
    if people:
        how = "fits several contacts" if len(people) > 1 else "does not say clearly who is meant"
        return _several(f"{in_quotes(query)} {how}:", people)
    if near := alike(query, book):
        return _several(f"No contact is called exactly {in_quotes(query)}. The closest:", near)
    return Nobody(
        query,
        f"No contact is called {in_quotes(query)}, nor is that the id of one. quo_find_contacts finds them by whatever is known.",
    )


def _several(reason: str, people: Iterable[Person]) -> Entries:
    people = tuple(people)
    return Entries(reason, people[:_MOST], max(0, len(people) - _MOST))
