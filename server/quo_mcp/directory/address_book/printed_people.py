"""People as results print them: a name with a number, a candidate, a line of a contact, a line of a list."""

import re
from collections.abc import Collection, Iterator
from itertools import zip_longest
from typing import Final, NamedTuple

from quo_mcp.directory.address_book.matches import (
    Candidate,
    NoMatch,
    candidates_for,
    display_number,
)
from quo_mcp.directory.address_book.name_parsing import match_name
from quo_mcp.directory.address_book.name_tokens import normalize_name, tokenize
from quo_mcp.directory.address_book.people_index import PeopleIndex
from quo_mcp.directory.address_book.person import Person, heading_texts, person_label
from quo_mcp.values import phone_numbers
from quo_mcp.values.numbers_in_text import find_numbers
from quo_mcp.values.references import MAX_LINE_LENGTH, SEPARATOR, parse_reference
from quo_mcp.values.untrusted import inline, quote_inline

MAX_QUERY_LENGTH: Final = 300  # of a name; a printed line may be longer
_ADDRESS_CHARACTER: Final = r"[^\s<>()\[\]{}:,;|`*~=?&/\"\u00ab\u00bb]"
_EMAIL: Final = re.compile(rf"{_ADDRESS_CHARACTER}+@{_ADDRESS_CHARACTER}*[^\W_]")
# The words before a person in a line of a result.
_LEAD: Final = re.compile(
    r"(?:(?:no )?(?:[0-9]+ )?(?:open |overdue |done )?(?:messages?|texts?|calls?|conversations?|tasks?) )?(?:with|from|to|about|for)"
    r"|incoming from|outgoing to|sent to|email|phone|number|tel|contact|person|using|"
)
# The words after a person's number in a line of a result.
_TAIL: Final = re.compile(
    r"\)?[\s.:;>*_`\"'\])]*(?:,? (?:on|by|at|since|before|from) .*|, (?:newest|oldest|soonest|latest) .*|, (?=\+|$))?",
    re.IGNORECASE,
)
_MAX_NAME_WORDS: Final = 4
_NAMED_SEGMENT: Final = re.compile(
    r"(?:incoming from|outgoing to|with|from|to|about) (?P<name>.+?)(?: (?:on|by) .+)?",
    re.IGNORECASE,
)


def split_name_and_number(query: str) -> tuple[str, str] | None:
    """Split a name and the E.164 number after it, the form that results use. Return None for other forms."""
    before, plus, digits = query.rpartition("+")
    number = phone_numbers.parse(plus + digits.rstrip(" )"), None)
    return (before.rstrip(" ,:("), number) if number and tokenize(before) else None


def holders_with_name(name: str, number: str, index: PeopleIndex) -> tuple[Person, ...]:
    """Return the holders of a number that match a name exactly.

    If the name is the one that results show for this number ("Jane or John"), return all holders.
    """
    holders = index.by_number(number)
    if normalize_name(name) == normalize_name(index.names_for_number(number) or ""):
        return holders
    exact = match_name(name, index).exact
    return tuple(holder for holder in holders if holder.id in exact)


class CandidateLine(NamedTuple):
    """A line of a list of candidates, given as an argument.

    candidates: the numbers of the line; all numbers of the person if the line has none.
    """

    person: Person
    candidates: tuple[Candidate, ...]


def match_candidate_line(query: str, index: PeopleIndex) -> CandidateLine | NoMatch | None:
    """Match a line such as `- Jane Doe, Acme (+1 415 555 0134) · contact 03a6…` to its contact.

    Returns None if the query is not such a line. The name and every number must be the contact's own.
    """
    if len(query) > MAX_LINE_LENGTH:
        return None
    reference = person = None
    # An underscore of emphasis would pass for a part of the id: `_Jane Doe · contact 03a6…_`.
    for line in (query, query.strip(" -*_`")):
        reference = parse_reference(line)
        person = index.by_id(reference.id) if reference and reference.id else None
        if person:
            break
    if reference is None or person is None:
        return None
    labels = ["", person_label(person), person.name, *heading_texts(person)]
    names = set(map(normalize_name, labels))
    if normalize_name(reference.label) not in names:
        return NoMatch(
            query,
            f"Contact {person.id} is {person_label(person)}, not {quote_inline(reference.label)}. Give only the id or only the name.",
        )
    candidates = candidates_for(person)
    chosen = []
    for text in reference.numbers:
        number = phone_numbers.parse(text, None)
        matching = [
            candidate
            for candidate in candidates
            if (number and candidate.number == number) or display_number(candidate.number) == text
        ]
        if not matching:
            return NoMatch(
                query,
                f"{quote_inline(text)} is not a known number of {person_label(person)}. Give only the id or only the number.",
            )
        chosen += matching
    return CandidateLine(person, tuple(chosen or candidates))


class LabeledLine(NamedTuple):
    """A number or an email address as it is printed below a contact, and the contacts that have it."""

    value: str
    holders: tuple[Person, ...]


def match_labeled_line(query: str, index: PeopleIndex) -> LabeledLine | None:
    """Match a line such as `mobile: +1 415 555 0134` or `work: jane@example.com`.

    Returns None if no contact has the value under this label, or if the label is a part of someone's name:
    "Jane: +1 415 555 0134" names a person.
    """
    label, colon, value = (part.strip() for part in query.rpartition(": "))
    if not (colon and label and value) or len(query) > MAX_QUERY_LENGTH:
        return None
    label = label.removeprefix("- ")
    named = match_name(label, index)
    if named.exact or named.loose:
        return None
    number = phone_numbers.parse(value, None)
    holders = index.by_number(number) if number else index.by_email(value)
    matching = tuple(
        holder
        for holder in holders
        if any(
            normalize_name(label)
            in {normalize_name(text) for text in (name, inline(name, max_words=3))}
            for name in _labels_of(holder, number, value)
        )
    )
    return LabeledLine(number or value, matching) if matching else None


def _labels_of(person: Person, number: str | None, address: str) -> list[str]:
    """Return the labels, as results print them, under which a person has a number or an email address."""
    if number:
        return [label or "phone" for label, held in person.numbers if held == number]
    return [
        label or "email"
        for label, held in person.emails
        if held.strip().casefold() == address.casefold()
    ]


class PersonInLine(NamedTuple):
    """The one person that a line of a result mentions: by number, by email address, or by name alone."""

    number: str = ""
    holders: tuple[Person, ...] = ()
    name: str = ""


def person_in_line(
    text: str, index: PeopleIndex, own_numbers: Collection[str]
) -> PersonInLine | NoMatch | None:
    """Return the person in a line such as `incoming from Jane Doe (+1 415 555 0134) · missed · AC…`.

    The name before a number or an address must be that of a contact who has it. Returns None if the line
    mentions several people, or none.

    own_numbers: those of the inboxes; they are not people.
    """
    heading, *details = text.strip().splitlines() or [""]
    if len(heading) > MAX_LINE_LENGTH or not all(line.startswith(("  ", ">")) for line in details):
        return None  # several items
    mentions = list(_number_mentions(heading))
    people = [mention for mention in mentions if mention.number not in own_numbers]
    for mention in people:
        if not _is_introduced(mention.before, _labels_for_number(mention.number, index)):
            number_text = f"the number {display_number(mention.number)}"
            return _mismatch(text, mention.before, number_text)
        ids = [holder.id for holder in index.by_number(mention.number)]
        if not (_TAIL.fullmatch(mention.after) or mention.next in own_numbers) or _names_other(
            mention.after, ids, index
        ):
            return None  # further words, which may be another person
    numbers = list(dict.fromkeys(mention.number for mention in people))
    if numbers:
        return _with_one_number(heading, numbers[0], index) if len(numbers) == 1 else None
    return _without_number(heading, index)


class _NumberMention(NamedTuple):
    """A number in a line, and the text around it up to the next number. next: that number, if there is one."""

    number: str
    before: str
    after: str
    next: str | None


def _number_mentions(heading: str) -> Iterator[_NumberMention]:
    end, numbers = 0, [*find_numbers(heading)]
    for hit, following in zip_longest(numbers, numbers[1:]):
        after = heading[hit.end : following.start if following else None]
        yield _NumberMention(
            hit.number,
            heading[end : hit.start],
            after.partition(SEPARATOR)[0],
            following.number if following and SEPARATOR not in after else None,
        )
        end = hit.end


def _with_one_number(heading: str, number: str, index: PeopleIndex) -> PersonInLine | NoMatch:
    """Return the person with the number, unless an address or a contact id in the line is another person's."""
    number_text = f"the number {display_number(number)}"
    holder_ids = {holder.id for holder in index.by_number(number)}
    for address in _EMAIL.findall(heading):
        holders = index.by_email(address)
        if holders and not holder_ids & {holder.id for holder in holders}:
            return _mismatch(heading, address, number_text)
    if other := _other_person(heading, holder_ids, index):
        return _mismatch(heading, other, number_text)
    return PersonInLine(number=number)


def _names_other(tail: str, ids: Collection[str], index: PeopleIndex) -> bool:
    """Return whether the words after a person have the whole name of a contact that is not one of `ids`."""
    words = tail.split()
    for start in range(len(words)):
        for end in range(start + 1, min(start + _MAX_NAME_WORDS, len(words)) + 1):
            full_name_ids = match_name(" ".join(words[start:end]), index).full_name_ids
            if full_name_ids and not set(full_name_ids) & set(ids):
                return True
    return False


def _other_person(heading: str, ids: Collection[str], index: PeopleIndex) -> str:
    """Return the id or the whole name, in a line, of a contact that is not one of `ids`; "" if there is none."""
    for word in re.split(r"[^\w-]+", heading):
        if index.by_id(word) and word not in ids:
            return f"contact {word}"
    for segment in heading.split(SEPARATOR):
        full_name_ids = match_name(segment, index).full_name_ids
        if full_name_ids and not set(full_name_ids) & set(ids):
            return segment
    return ""


def _without_number(heading: str, index: PeopleIndex) -> PersonInLine | NoMatch | None:
    addresses = list(dict.fromkeys(_EMAIL.findall(heading)))
    holders = index.by_email(addresses[0]) if len(addresses) == 1 else ()
    if holders:
        before, _, after = heading.partition(addresses[0])
        tail = after.partition(SEPARATOR)[0]
        ids = [holder.id for holder in holders]
        if not _TAIL.fullmatch(tail) or _names_other(tail, ids, index):
            return None  # further words, which may be another person
        if _is_introduced(before, [label for holder in holders for label in _labels_for(holder)]):
            other = _other_person(heading, ids, index)
            return (
                _mismatch(heading, other, f"the address {addresses[0]}")
                if other
                else PersonInLine(holders=holders)
            )
        return _mismatch(heading, before, f"the address {addresses[0]}")
    segments = heading.split(SEPARATOR)
    matches = [_NAMED_SEGMENT.fullmatch(segment.strip()) for segment in segments]
    names = [match["name"] for match in matches if match]
    return PersonInLine(name=names[0]) if len(names) == 1 and len(segments) > 1 else None


def _is_introduced(before: str, labels: list[str]) -> bool:
    """Return whether the text before a number or an address is one of the labels, or has no name at all."""
    words = tokenize(before.rpartition(SEPARATOR)[2])
    for label in ["", *labels]:
        label_words = tokenize(label)
        split = len(words) - len(label_words)
        if words[split:] == label_words and _LEAD.fullmatch(" ".join(words[:split])):
            return True
    return False


def _labels_for_number(number: str, index: PeopleIndex) -> list[str]:
    holders = index.by_number(number)
    names = [
        index.names_for_number(number, with_company=number_text) or ""
        for number_text in (True, False)
    ]
    return [*names, *(label for holder in holders for label in _labels_for(holder))]


def _labels_for(person: Person) -> list[str]:
    return [person_label(person), person.name, f"{person.first_name} {person.last_name}"]


def _mismatch(query: str, name: str, value: str) -> NoMatch:
    number_text = quote_inline(name.rpartition(SEPARATOR)[2].strip(" ()<>,:"))
    return NoMatch(
        query,
        f"No contact named {number_text} has {value}. Give only the name, or only the number or address.",
    )
