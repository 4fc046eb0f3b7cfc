"""The one number that somebody means by a name, a number, an id or an e-mail address. It never guesses.

A text cannot be taken back, so a name resolves only where every word of it is, letter for letter
(case and accents aside), a word of one contact and of no other, and that contact has one number:

    Found         one phone, whatever the doubt: one contact, or entries of the same name and number
    Candidates    somebody may be meant, and it takes another word (or the number) to know
    Nobody        nothing like it is known

- "Ann Lee" is refused where both Ann Lee and Ann Lee-Smith are known. That the full name wins would
  be right most times, and a text to the wrong Ann the others.
- Names stand in their order ("Doe, Jane" may turn it): Martin James is not James Martin.
- A company may stand anywhere beside a name, and behind "at", "from" or "(" nothing else may.
  Alone it names nobody, unless the contact has no other name.
- A word for a number ("Jane mobile") picks among her numbers.
- Whatever almost fits counts as a rival (another order, an initial, a company's name): it cannot be
  resolved to, but it makes the others uncertain.
- Typing errors find candidates only.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from quo_mcp import numbers
from quo_mcp.outside import inline
from quo_mcp.people.index import WordIndex
from quo_mcp.people.person import Person, label
from quo_mcp.people.readings import fits, might_fit, possible, readings
from quo_mcp.people.words import of_label, words

if TYPE_CHECKING:
    from quo_mcp.people import AddressBook

_EMAIL: Final = re.compile(r"[^\s@]+@[^\s@]+")
_LONGEST: Final = 200
_MOST_OPTIONS: Final = 20
_CLOSEST: Final = 5


class Option(NamedTuple):
    """One number that may be meant; number is None for a contact without any, person for nobody's."""

    person: Person | None
    label: str
    number: str | None

    def __str__(self) -> str:
        number = _shown(self.number)
        if self.person is None:
            return number
        of_which = f", {shown}" if (shown := inline(self.label, 30, words=3)) else ""
        return f"{label(self.person)}{of_which}: {number} (contact {self.person.id})"


@dataclass(frozen=True, slots=True)
class Found:
    """One phone. person: whose, where one contact is meant or known. extension: what stood behind it."""

    number: str
    person: Person | None = None
    label: str = ""
    extension: str | None = None


@dataclass(frozen=True, slots=True)
class Candidates:
    """Who may be meant: never to be acted on without asking again.

    left_out: how many more there are. one_person: surely one person is meant, and only the number is open.
    """

    query: str
    reason: str
    options: tuple[Option, ...]
    left_out: int = 0
    one_person: bool = False

    def __str__(self) -> str:
        lines = [self.reason, *(f"- {option}" for option in self.options)]
        if self.left_out:
            lines.append(f"and {self.left_out} more.")
        lines.append("Give the number, or ask which one is meant.")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Nobody:
    query: str
    reason: str

    def __str__(self) -> str:
        return self.reason


def resolve(
    query: str, *, book: "AddressBook", index: WordIndex, region: str | None
) -> Found | Candidates | Nobody:
    """See the module. A number in full stands for itself, whoever has it.

    region: how a number without "+" is read, as in numbers.read.
    """
    query = query.strip()
    if not query or len(query) > _LONGEST or numbers.is_withheld(query):
        return Nobody(query[:_LONGEST], _no_name(query))
    person = book.by_id(query)
    holders = (person,) if person else book.by_email(query)
    if holders:
        return _settled(query, {holder.id: _numbers_of(holder) for holder in holders})
    written = numbers.read(query, region)
    if written is not None:
        return _known(written.number, book, written.extension)
    return _short(query, book) if numbers.is_short_code(query) else _named(query, book, index)


def _no_name(query: str) -> str:
    if len(query) > _LONGEST:
        return "That is too long for a name or a number."
    if query:
        return f"{query.capitalize()}: the number was withheld, so there is nobody to reach."
    return "Nobody was named: give a name, or a number such as +14155550134."


def _known(number: str, book: "AddressBook", extension: str | None = None) -> Found:
    holders = book.by_number(number)
    if len(holders) != 1:
        return Found(number, extension=extension)
    of_which = next(text for text, held in holders[0].numbers if held == number)
    return Found(number, holders[0], of_which, extension)


def _short(code: str, book: "AddressBook") -> Found | Candidates:
    """A short code, unless somebody's number ends in these digits: then either may be meant."""
    if book.by_number(code):
        return _known(code, book)
    ending = [
        Option(person, text, number)
        for person in book
        for text, number in person.numbers
        if number.endswith(code)
    ]
    if not ending:
        return Found(code)
    reason = f"{code} may be a short code or the end of somebody's number."
    return _candidates(query=code, reason=reason, options=[Option(None, "", code), *ending])


def _named(query: str, book: "AddressBook", index: WordIndex) -> Found | Candidates | Nobody:
    surely: dict[str, list[Option]] = {}
    almost: dict[str, Person] = {}
    for reading in readings(query):
        for person in possible(reading, book, index):
            wanted = fits(person, reading)
            if wanted is not None:
                meant = surely.setdefault(person.id, [])
                meant.extend(o for o in _numbers_of(person, wanted) if o not in meant)
            elif might_fit(person, reading):
                almost[person.id] = person
    rivals = [option for who in almost if who not in surely for option in _numbers_of(almost[who])]
    if rivals:
        options = [option for meant in surely.values() for option in meant]
        reason = f"{_quoted(query)} does not say clearly who is meant."
        return _candidates(query, reason, options + rivals)
    return _settled(query, surely) if surely else _closest(query, book)


def _settled(query: str, meant: dict[str, list[Option]]) -> Found | Candidates:
    """One phone for all who are meant, or all of theirs: who share name and number are one person."""
    options = [option for of_one in meant.values() for option in of_one]
    first = options[0]
    names = {words(option.person.name) for option in options if option.person}
    if len({option.number for option in options}) == 1 and len(names) == 1:
        if first.number and (numbers.is_e164(first.number) or numbers.is_short_code(first.number)):
            return Found(first.number, first.person, first.label)
        flaw = "has a number without + and its country code" if first.number else "has no number"
    elif len(meant) == 1:
        who = label(first.person) if first.person else _quoted(query)
        return replace(_candidates(query, f"{who} has several numbers.", options), one_person=True)
    else:
        return _candidates(query, f"{_quoted(query)} fits several people.", options)
    who = label(first.person) if first.person else _quoted(query)
    return _candidates(query, f"{who} {flaw}.", options)


def _closest(query: str, book: "AddressBook") -> Candidates | Nobody:
    hits = book.search(query, _CLOSEST)
    if hits:
        options = [option for hit in hits for option in _numbers_of(hit.person)]
        reason = f"Nobody is called exactly {_quoted(query)}. The closest:"
        return _candidates(query, reason, options)
    return Nobody(
        query,
        f"Nobody like {_quoted(query)} is in the address book. "
        "Give the number with + and its country code, such as +14155550134.",
    )


def _candidates(query: str, reason: str, options: list[Option]) -> Candidates:
    return Candidates(
        query, reason, tuple(options[:_MOST_OPTIONS]), max(0, len(options) - _MOST_OPTIONS)
    )


def _shown(number: str | None) -> str:
    if number is None:
        return "no number"
    return numbers.pretty(number) if numbers.is_e164(number) else inline(number, 30)


def _quoted(query: str) -> str:
    shown = inline(query)
    return shown if shown.startswith("“") else f'"{shown}"'


def _numbers_of(person: Person, wanted: Iterable[str] = ()) -> list[Option]:
    """A person's numbers, each once: those labelled as wanted, all if none is; one option if none at all."""
    found = {number: Option(person, text, number) for text, number in reversed(person.numbers)}
    every = list(found.values())[::-1]
    of_which = {
        n for text, n in person.numbers if set(wanted) <= {of_label(w) for w in words(text)}
    }
    return (
        [option for option in every if option.number in of_which]
        or every
        or [Option(person, "", None)]
    )
