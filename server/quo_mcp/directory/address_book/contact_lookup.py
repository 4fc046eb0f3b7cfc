"""Find the one contact that a query means, in order to read, change or delete it.

    ContactMatch        one contact, and how certain the match is
    ContactCandidates   several contacts match
    NoMatch             no contact matches

Unlike `resolve`, this does not merge contacts with the same name and number. For a message, two entries of one
person are the same; for a change of a contact they are not.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Final

from quo_mcp.directory.address_book.matches import NoMatch, candidate_text
from quo_mcp.directory.address_book.name_parsing import match_name
from quo_mcp.directory.address_book.number_lookup import closest_people
from quo_mcp.directory.address_book.people_index import PeopleIndex
from quo_mcp.directory.address_book.person import Person
from quo_mcp.directory.address_book.printed_people import (
    MAX_QUERY_LENGTH,
    CandidateLine,
    PersonInLine,
    holders_with_name,
    match_candidate_line,
    match_labeled_line,
    person_in_line,
    split_name_and_number,
)
from quo_mcp.directory.address_book.reading_order import read_query
from quo_mcp.values import phone_numbers
from quo_mcp.values.untrusted import quote_inline

_MAX_CANDIDATES: Final = 20


@dataclass(frozen=True, slots=True)
class ContactMatch:
    """One contact.

    is_full_match: matched by id, number, email address or the whole name.
    is_loose_match: matched only by lenient rules, such as another word order or an initial.
    """

    person: Person
    is_full_match: bool = True
    is_loose_match: bool = False


@dataclass(frozen=True, slots=True)
class ContactCandidates:
    """Contacts that could be meant, and how many more were omitted. `str()` gives the text to show.

    is_only_similar: no contact matches, and these are only spelled similarly.
    """

    reason: str
    people: tuple[Person, ...]
    omitted_count: int = 0
    is_only_similar: bool = False

    def __str__(self) -> str:
        lines = [self.reason, *(f"- {contact_line(person)}" for person in self.people)]
        if self.omitted_count:
            lines.append(f"{self.omitted_count} more not shown.")
        return "\n".join(
            [*lines, "Call again with the contact's id, or ask the user which one they mean."]
        )


def contact_line(person: Person) -> str:
    """Return `Jane Doe, Acme (+1 415 555 0134) · contact 03a6…`, with all numbers of the contact."""
    return candidate_text(person, [number for _, number in person.numbers])


def find_contact(
    query: str, *, index: PeopleIndex, region: str | None, own_numbers: Collection[str] = ()
) -> ContactMatch | ContactCandidates | NoMatch:
    """Find a contact by id, number, name with number, email address or name, in this order.

    If the query as given does not match, it is read without its wrapping, and as a line of a result.

    region: for numbers without "+", see `phone_numbers.parse_with_extension`. own_numbers: those of the inboxes.
    """
    return read_query(
        query,
        lambda text: _find_literally(text, index, region),
        lambda text: _find_printed(text, index, own_numbers),
        is_certain=lambda result: isinstance(result, ContactMatch) and not result.is_loose_match,
        candidates_type=ContactCandidates,
    )


def _find_printed(
    text: str, index: PeopleIndex, own_numbers: Collection[str]
) -> ContactMatch | ContactCandidates | NoMatch | None:
    """Find the contact of a line as results print it; None if it is no such line."""
    candidate = match_candidate_line(text, index)
    if isinstance(candidate, CandidateLine):
        return ContactMatch(candidate.person)
    if candidate is None and (line := match_labeled_line(text, index)):
        return _match_or_candidates(text, line.holders)
    mention = candidate or person_in_line(text, index, own_numbers)
    if not isinstance(mention, PersonInLine):
        return mention
    if mention.name:
        named = _find_by_name(mention.name, index)
        return named if isinstance(named, ContactMatch) and named.is_full_match else None
    return _match_or_candidates(
        text, mention.holders or index.by_number(mention.number)
    ) or NoMatch(text, f"No contact has the number {quote_inline(mention.number)}.")


def _find_literally(
    query: str, index: PeopleIndex, region: str | None
) -> ContactMatch | ContactCandidates | NoMatch:
    query = query.strip()
    if not query or len(query) > MAX_QUERY_LENGTH:
        problem = (
            f"Too long for a contact (maximum {MAX_QUERY_LENGTH} characters)."
            if query
            else "No contact given."
        )
        return NoMatch(
            query[:MAX_QUERY_LENGTH], f"{problem} Give an id, name, number or email address."
        )
    if person := index.by_id(query):
        return ContactMatch(person)
    number = phone_numbers.parse(query, region)
    name_and_number = None if number else split_name_and_number(query)
    if number or name_and_number:
        holders = index.by_number(number) if number else ()
        holders = holders_with_name(*name_and_number, index) if name_and_number else holders
        return _match_or_candidates(query, holders) or NoMatch(
            query,
            f"No contact has both the name and the number in {quote_inline(query)}."
            if name_and_number
            else f"No contact has the number {quote_inline(query)}.",
        )
    return _match_or_candidates(query, index.by_email(query)) or _find_by_name(query, index)


def _match_or_candidates(
    query: str, people: Iterable[Person]
) -> ContactMatch | ContactCandidates | None:
    people = tuple(people)
    if len(people) > 1:
        return _candidates(f"{quote_inline(query)} matches several contacts:", people)
    return ContactMatch(people[0]) if people else None


def _find_by_name(query: str, index: PeopleIndex) -> ContactMatch | ContactCandidates | NoMatch:
    matches = match_name(query, index)
    ids = [*matches.exact, *matches.loose]
    people = [person for person_id in ids if (person := index.by_id(person_id))]
    if len(people) == 1 and (matches.exact or matches.is_exhaustive):
        return ContactMatch(people[0], ids[0] in matches.full_name_ids, not matches.exact)
    if people:
        several = len(people) > 1
        return _candidates(
            f"{quote_inline(query)} matches several contacts:"
            if several
            else f"No exact match for {quote_inline(query)}. Closest:",
            people,
        )
    if closest := closest_people(query, index):
        reason = f"No exact match for {quote_inline(query)}. Closest:"
        return replace(_candidates(reason, closest), is_only_similar=True)
    return NoMatch(
        query,
        f"No contact has the name, email address or id {quote_inline(query)}. To search all fields, call quo_find_contacts.",
    )


def _candidates(reason: str, people: Iterable[Person]) -> ContactCandidates:
    people = tuple(people)
    omitted_count = max(0, len(people) - _MAX_CANDIDATES)
    return ContactCandidates(reason, people[:_MAX_CANDIDATES], omitted_count)
