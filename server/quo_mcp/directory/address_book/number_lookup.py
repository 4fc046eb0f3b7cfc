"""Resolve a name, number, contact id or email address to one phone number, without guessing.

A sent message cannot be taken back. So a name resolves only if exactly one contact has all its words, compared
without case and accents, and that contact has one number.

    ResolvedNumber   one number: of one contact, or of several with the same name and number
    Candidates       the query is ambiguous; another word, or the number, is required
    NoMatch          nothing in the address book is similar

If only one person matches loosely, the ambiguity is `LOOSE_MATCH`, and read-only callers may accept that person.

- "Ann Lee" is ambiguous if both Ann Lee and Ann Lee-Smith exist. Preferring the full name would mostly be
  right, but would sometimes send a message to the wrong Ann.
- The order of names matters: Martin James is not James Martin. A comma may reverse it ("Doe, Jane").
- A company may come before or after the name. After "at", "from" or "(", nothing but a company or a label
  may follow. A company alone does not match a person, unless the contact has no other name.
- A label ("Jane mobile") selects one of her numbers.
- A number after a name ("Jane Doe (+1 415 555 0134)", as in results) is accepted if it belongs to that name.
- A number or an email address after its label ("mobile: +1 415 555 0134", as in results) is accepted if a
  contact has it under that label, and no one has the label as a name.
- A loose match (another order, an initial, a company name) never resolves, but it makes other matches
  ambiguous.
- A misspelled name only yields candidates, and only if it is similar to a name or a company.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from quo_mcp.directory.address_book.matches import (
    Ambiguity,
    Candidate,
    Candidates,
    NoMatch,
    ResolvedNumber,
    candidates_for,
    display_number,
)
from quo_mcp.directory.address_book.name_parsing import match_name
from quo_mcp.directory.address_book.name_tokens import tokenize
from quo_mcp.directory.address_book.people_index import PeopleIndex
from quo_mcp.directory.address_book.person import Person, person_label
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
_MAX_CLOSEST: Final = 5
_SEARCH_LIMIT: Final = 50
_MIN_RELATIVE_SCORE: Final = 0.75  # of the best score: if there is a Rosa, leave Rosalind out


def resolve_number(
    query: str, *, index: PeopleIndex, region: str | None, own_numbers: Collection[str] = ()
) -> ResolvedNumber | Candidates | NoMatch:
    """Resolve a query to one phone number. A complete number resolves to itself.

    If the query as given does not match, it is read without its wrapping, and as a line of a result.

    region: for numbers without "+", see `phone_numbers.parse_with_extension`. own_numbers: those of the
    inboxes, which lines print next to a person's.
    """
    return read_query(
        query,
        lambda text: _resolve_literally(text, index, region),
        lambda text: _resolve_printed(text, index, region, own_numbers),
        is_certain=lambda result: isinstance(result, ResolvedNumber),
        candidates_type=Candidates,
    )


def _resolve_printed(
    text: str, index: PeopleIndex, region: str | None, own_numbers: Collection[str]
) -> ResolvedNumber | Candidates | NoMatch | None:
    """Resolve a line as results print it; None if it is no such line."""
    candidate = match_candidate_line(text, index)
    if isinstance(candidate, CandidateLine):
        return _choose_number(text, {candidate.person.id: list(candidate.candidates)})
    if candidate is None and (line := match_labeled_line(text, index)):
        return _resolve_literally(line.value, index, region)
    mention = candidate or person_in_line(text, index, own_numbers)
    if not isinstance(mention, PersonInLine):
        return mention
    if mention.number:
        return _with_holder(mention.number, index)
    if mention.holders:
        return _choose_number(
            text, {holder.id: candidates_for(holder) for holder in mention.holders}
        )
    named = _resolve_literally(mention.name, index, region)
    return named if isinstance(named, ResolvedNumber) else None


def _resolve_literally(
    query: str, index: PeopleIndex, region: str | None
) -> ResolvedNumber | Candidates | NoMatch:
    query = query.strip()
    if not query or len(query) > MAX_QUERY_LENGTH or phone_numbers.is_withheld(query):
        return NoMatch(query[:MAX_QUERY_LENGTH], _explain_unusable_query(query))
    person = index.by_id(query)
    holders = (person,) if person else index.by_email(query)
    if holders:
        return _choose_number(query, {holder.id: candidates_for(holder) for holder in holders})
    parsed = phone_numbers.parse_with_extension(query, region)
    if parsed is not None:
        return _with_holder(parsed.number, index, parsed.extension)
    if phone_numbers.is_short_code(query):
        return _resolve_short_code(query, index)
    name_and_number = split_name_and_number(query)
    if name_and_number is not None:
        return _resolve_name_and_number(query, *name_and_number, index)
    return _resolve_name(query, index)


def _explain_unusable_query(query: str) -> str:
    if len(query) > MAX_QUERY_LENGTH:
        return f"Too long for a name or number (maximum {MAX_QUERY_LENGTH} characters)."
    if query:
        return f"{quote_inline(query)} means that the caller hid their number. There is no number to look up, call or text."
    return "No person given. Give a name, or a number such as +14155550134."


def _with_holder(number: str, index: PeopleIndex, extension: str | None = None) -> ResolvedNumber:
    """Return a number with its holder, if it has exactly one."""
    holders = index.by_number(number)
    if len(holders) != 1:
        return ResolvedNumber(number, extension=extension)
    holder = holders[0]
    label = next(label for label, held_number in holder.numbers if held_number == number)
    return ResolvedNumber(number, holder, label, extension)


def _resolve_short_code(code: str, index: PeopleIndex) -> ResolvedNumber | Candidates:
    """Resolve a short code, unless it could also be the last digits of a contact's number."""
    if index.by_number(code):
        return _with_holder(code, index)
    numbers_with_ending = [
        Candidate(person, label, number)
        for person in index
        for label, number in person.numbers
        if number.endswith(code)
    ]
    if not numbers_with_ending:
        return ResolvedNumber(code)
    reason = f"{code} may be a short code or the last digits of a contact's number:"
    candidates = [Candidate(None, "", code), *numbers_with_ending]
    return _limit_candidates(code, reason, candidates, Ambiguity.PERSON)


def _resolve_name_and_number(
    query: str, name: str, number: str, index: PeopleIndex
) -> ResolvedNumber | NoMatch:
    """Resolve to the number if a holder has the name. Otherwise one of the two must be wrong."""
    if holders_with_name(name, number, index):
        return _with_holder(number, index)
    return NoMatch(
        query,
        f"No contact named {quote_inline(name)} has the number {display_number(number)}. Give only the name, or only the number.",
    )


def _resolve_name(query: str, index: PeopleIndex) -> ResolvedNumber | Candidates | NoMatch:
    matches = match_name(query, index)
    exact = _candidates_by_person(matches.exact, index)
    loose = _candidates_by_person(matches.loose, index)
    loose_candidates = _flatten(loose)
    if not loose_candidates:
        return _choose_number(query, exact) if exact else _suggest_closest(query, index)
    reason = (
        f"{quote_inline(query)} may mean several people:"
        if exact
        else f"No exact match for {quote_inline(query)}. Closest:"
    )
    is_one_person = len(matches.loose) == 1 or _is_one_phone(loose_candidates)
    is_only_match = matches.is_exhaustive and not exact and is_one_person
    ambiguity = Ambiguity.LOOSE_MATCH if is_only_match else Ambiguity.PERSON
    return _limit_candidates(query, reason, _flatten(exact) + loose_candidates, ambiguity)


def _candidates_by_person(
    labels_by_id: Mapping[str, Iterable[Iterable[str]]], index: PeopleIndex
) -> dict[str, list[Candidate]]:
    """Return the distinct numbers of each person that all ways to match request.

    labels_by_id: person id → the requested label words, one set for each way to match.
    """
    people = {person_id: index.by_id(person_id) for person_id in labels_by_id}
    return {
        person_id: list(
            dict.fromkeys(
                candidate
                for labels in labels_by_id[person_id]
                for candidate in candidates_for(person, labels)
            )
        )
        for person_id, person in people.items()
        if person
    }


def _flatten(candidates_by_id: Mapping[str, list[Candidate]]) -> list[Candidate]:
    return [candidate for candidates in candidates_by_id.values() for candidate in candidates]


def _is_one_phone(candidates: Iterable[Candidate]) -> bool:
    """Return whether all have the same number and name. Such contacts are taken to be one person."""
    candidates = list(candidates)
    names = {tokenize(candidate.person.name) for candidate in candidates if candidate.person}
    return len({candidate.number for candidate in candidates}) == 1 and len(names) == 1


def _choose_number(
    query: str, candidates_by_id: dict[str, list[Candidate]]
) -> ResolvedNumber | Candidates:
    """Return the one textable number of all matched people, or all their numbers as candidates."""
    candidates = _flatten(candidates_by_id)
    first = candidates[0]
    subject = person_label(first.person) if first.person else quote_inline(query)
    if _is_one_phone(candidates):
        if first.number and first.is_textable:
            return ResolvedNumber(first.number, first.person, first.number_label)
        problem = "has a number without + and country code" if first.number else "has no number"
        return _limit_candidates(query, f"{subject} {problem}:", candidates, Ambiguity.NUMBER)
    if len(candidates_by_id) == 1:
        return _limit_candidates(
            query, f"{subject} has several numbers:", candidates, Ambiguity.NUMBER
        )
    return _limit_candidates(
        query, f"{quote_inline(query)} matches several people:", candidates, Ambiguity.PERSON
    )


def _suggest_closest(query: str, index: PeopleIndex) -> Candidates | NoMatch:
    people = closest_people(query, index)
    if people:
        candidates = [candidate for person in people for candidate in candidates_for(person)]
        reason = f"No exact match for {quote_inline(query)}. Closest:"
        return _limit_candidates(query, reason, candidates, Ambiguity.SPELLING)
    return NoMatch(
        query,
        f"No contact matches {quote_inline(query)}. Give the number with + and country code, such as +14155550134.",
    )


def closest_people(query: str, index: PeopleIndex) -> list[Person]:
    """Return the few people whose name, company or number is most similar to the query.

    If the query is an email address, compare the part before the @, also with email addresses.
    """
    before, at, _ = query.partition("@")
    compared_fields = {"name", "company", "number", *(["email"] if at else [])}
    hits = [
        hit
        for hit in index.search(before, _SEARCH_LIMIT)
        if compared_fields & {match.field for match in hit.matched}
    ]
    return [
        hit.person
        for hit in hits[:_MAX_CLOSEST]
        if hit.score >= _MIN_RELATIVE_SCORE * hits[0].score
    ]


def _limit_candidates(
    query: str, reason: str, candidates: list[Candidate], ambiguity: Ambiguity
) -> Candidates:
    omitted_count = max(0, len(candidates) - _MAX_CANDIDATES)
    return Candidates(query, reason, tuple(candidates[:_MAX_CANDIDATES]), ambiguity, omitted_count)
