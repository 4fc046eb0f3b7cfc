"""The one number that somebody means by a name, a number, an id or an e-mail address. It never guesses.

A text cannot be taken back, so a name resolves only where every word of it is, letter for letter
(case and accents aside), a word of one contact and of no other, and that contact has one number:

    Found         one phone, whatever the doubt: one contact, or entries of the same name and number
    Candidates    somebody may be meant, and it takes another word (or the number) to know
    Nobody        nothing like it is known

Where one person alone almost fits, the candidates say so: who only reads may take that one.

- "Ann Lee" is refused where both Ann Lee and Ann Lee-Smith are known. That the full name wins would
  be right most times, and a text to the wrong Ann the others.
- Names stand in their order ("Doe, Jane" may turn it): Martin James is not James Martin.
- A company may stand anywhere beside a name, and behind "at", "from" or "(" nothing else may.
  Alone it names nobody, unless the contact has no other name.
- A word for a number ("Jane mobile") picks among her numbers.
- A number behind a name ("Jane Doe +14155550134", as results show people) is taken if it is theirs.
- Whatever almost fits counts as a rival (another order, an initial, a company's name): it cannot be
  resolved to, but it makes the others uncertain.
- Typing errors find candidates only, and only where a word is like one of the name or the company.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from quo_mcp.directory.address_book.matches import Candidates, Doubt, Found, Nobody, Option, shown
from quo_mcp.directory.address_book.name_parsing import fitting
from quo_mcp.directory.address_book.name_tokens import of_label, plain, words
from quo_mcp.directory.address_book.person import Person, label
from quo_mcp.directory.address_book.word_index import WordIndex
from quo_mcp.values import phone_numbers
from quo_mcp.values.untrusted import in_quotes

if TYPE_CHECKING:
    from quo_mcp.directory.address_book import AddressBook

LONGEST: Final = 200
_MOST_OPTIONS: Final = 20
_CLOSEST: Final = 5
_LOOKED_AT: Final = 50
_LIKE_ENOUGH: Final = 0.75  # of the best: where Rosa is, Rosalind is far-fetched


def resolve(
    query: str, *, book: "AddressBook", index: WordIndex, region: str | None
) -> Found | Candidates | Nobody:
    """See the module. A number in full stands for itself, whoever has it.

    region: how a number without "+" is read, as in numbers.read.
    """
    query = query.strip()
    if not query or len(query) > LONGEST or phone_numbers.is_withheld(query):
        return Nobody(query[:LONGEST], _no_name(query))
    person = book.by_id(query)
    holders = (person,) if person else book.by_email(query)
    if holders:
        return _settled(query, {holder.id: _numbers_of(holder) for holder in holders})
    written = phone_numbers.read(query, region)
    if written is not None:
        return _known(written.number, book, written.extension)
    if phone_numbers.is_short_code(query):
        return _short(query, book)
    both = name_and_number(query)
    if both is not None:
        return _both(query, *both, book, index)
    return _named(query, book, index)


def _no_name(query: str) -> str:
    if len(query) > LONGEST:
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
    return _candidates(code, reason, [Option(None, "", code), *ending], Doubt.PERSON)


def name_and_number(query: str) -> tuple[str, str] | None:
    """A name and the E.164 number behind it, as results show people; None where it is anything else."""
    before, plus, digits = query.rpartition("+")
    number = phone_numbers.parse(plus + digits.rstrip(" )"), None)
    return (before.rstrip(" ,:("), number) if number and words(before) else None


def _both(
    query: str, name: str, number: str, book: "AddressBook", index: WordIndex
) -> Found | Nobody:
    """The number, if whoever has it is called so: otherwise one of the two is wrong."""
    if holders_called(name, number, book, index):
        return _known(number, book)
    return Nobody(
        query,
        f"{shown(number)} is not known as the number of {in_quotes(name)}. Give the one or the other.",
    )


def holders_called(
    name: str, number: str, book: "AddressBook", index: WordIndex
) -> tuple[Person, ...]:
    """Those of a number who are surely called so; all, if they are named as results name them together."""
    holders = book.by_number(number)
    if plain(name) == plain(book.name_of(number) or ""):
        return holders
    surely = fitting(name, book, index).surely
    return tuple(each for each in holders if each.id in surely)


def _named(query: str, book: "AddressBook", index: WordIndex) -> Found | Candidates | Nobody:
    found = fitting(query, book, index)
    surely = _reached(found.surely, book)
    rivals = [option for meant in _reached(found.almost, book).values() for option in meant]
    if not rivals:
        return _settled(query, surely) if surely else _closest(query, book)
    reason = f"{in_quotes(query)} does not say clearly who is meant."
    alone = found.all_of_them and not surely and (len(found.almost) == 1 or _one_phone(rivals))
    options = [option for meant in surely.values() for option in meant] + rivals
    return _candidates(query, reason, options, Doubt.LIKENESS if alone else Doubt.PERSON)


def _reached(
    fit: Mapping[str, Iterable[Iterable[str]]], book: "AddressBook"
) -> dict[str, list[Option]]:
    """For each, the numbers of all ways in which the query fits."""
    people = {who: book.by_id(who) for who in fit}
    return {
        who: list(
            dict.fromkeys(option for wanted in fit[who] for option in _numbers_of(person, wanted))
        )
        for who, person in people.items()
        if person
    }


def _one_phone(options: Iterable[Option]) -> bool:
    """Whether all are one number under one name: who share both are one person."""
    options = list(options)
    names = {words(option.person.name) for option in options if option.person}
    return len({option.number for option in options}) == 1 and len(names) == 1


def _settled(query: str, meant: dict[str, list[Option]]) -> Found | Candidates:
    """One phone for all who are meant, or all of theirs."""
    options = [option for of_one in meant.values() for option in of_one]
    first = options[0]
    who = label(first.person) if first.person else in_quotes(query)
    if _one_phone(options):
        if first.number and first.can_be_used:
            return Found(first.number, first.person, first.label)
        flaw = "has a number without + and its country code" if first.number else "has no number"
        return _candidates(query, f"{who} {flaw}.", options, Doubt.NUMBER)
    if len(meant) == 1:
        return _candidates(query, f"{who} has several numbers.", options, Doubt.NUMBER)
    return _candidates(query, f"{in_quotes(query)} fits several people.", options, Doubt.PERSON)


def _closest(query: str, book: "AddressBook") -> Candidates | Nobody:
    people = alike(query, book)
    if people:
        options = [option for person in people for option in _numbers_of(person)]
        reason = f"Nobody is called exactly {in_quotes(query)}. The closest:"
        return _candidates(query, reason, options, Doubt.SPELLING)
    return Nobody(
        query,
        f"Nobody like {in_quotes(query)} is in the address book. "
        "Give the number with + and its country code, such as +14155550134.",
    )


def alike(query: str, book: "AddressBook") -> list[Person]:
    """The few whose name, company or number is most like it; of an address, what stands before the @."""
    before, at, _ = query.partition("@")
    told_by = {"name", "company", "number", *(["e-mail"] if at else [])}
    hits = book.search(before, _LOOKED_AT)
    like = [hit for hit in hits if told_by & {each.place for each in hit.matched}]
    return [hit.person for hit in like[:_CLOSEST] if hit.score >= _LIKE_ENOUGH * like[0].score]


def _candidates(query: str, reason: str, options: list[Option], doubt: Doubt) -> Candidates:
    left_out = max(0, len(options) - _MOST_OPTIONS)
    return Candidates(query, reason, tuple(options[:_MOST_OPTIONS]), doubt, left_out)


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
