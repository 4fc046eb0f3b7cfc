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

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from quo_mcp.directory.address_book.matches import (
    Ambiguity,
    Candidate,
    Candidates,
    NoMatch,
    ResolvedNumber,
    display_number,
)
from quo_mcp.directory.address_book.name_parsing import match_name
from quo_mcp.directory.address_book.name_tokens import canonical_label, normalize_name, tokenize
from quo_mcp.directory.address_book.people_index import PeopleIndex
from quo_mcp.directory.address_book.person import Person, heading_texts, person_label
from quo_mcp.values import phone_numbers
from quo_mcp.values.references import MAX_LINE_LENGTH, parse_reference
from quo_mcp.values.untrusted import inline, quote_inline

MAX_QUERY_LENGTH: Final = 300  # of a name; a line with an id may be longer
_MAX_CANDIDATES: Final = 20
_MAX_CLOSEST: Final = 5
_SEARCH_LIMIT: Final = 50
_MIN_RELATIVE_SCORE: Final = 0.75  # of the best score: if there is a Rosa, leave Rosalind out


def resolve_number(
    query: str, *, index: PeopleIndex, region: str | None
) -> ResolvedNumber | Candidates | NoMatch:
    """Resolve a query to one phone number. A complete number resolves to itself.

    If the query as a whole does not match, it may be a line of a list of candidates.

    region: for numbers without "+", see `phone_numbers.parse_with_extension`.
    """
    match = _resolve_literally(query, index, region)
    if isinstance(match, ResolvedNumber):
        return match
    candidate = match_candidate_line(query, index)
    if isinstance(candidate, NoMatch):
        return candidate
    if candidate:
        return _choose_number(query, {candidate.person.id: list(candidate.candidates)})
    line = match_labeled_line(query, index)
    if line:
        return _resolve_literally(line.value, index, region)
    without_bullet = query.strip().removeprefix("- ")
    if without_bullet != query.strip():
        bare_match = _resolve_literally(without_bullet, index, region)
        return bare_match if isinstance(bare_match, ResolvedNumber) else match
    return match


def _resolve_literally(
    query: str, index: PeopleIndex, region: str | None
) -> ResolvedNumber | Candidates | NoMatch:
    query = query.strip()
    if not query or len(query) > MAX_QUERY_LENGTH or phone_numbers.is_withheld(query):
        return NoMatch(query[:MAX_QUERY_LENGTH], _explain_unusable_query(query))
    person = index.by_id(query)
    holders = (person,) if person else index.by_email(query)
    if holders:
        return _choose_number(query, {holder.id: _candidates_for(holder) for holder in holders})
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
        return f"{quote_inline(query)} stands for a caller who hid their number. There is no number to look up, call or text."
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


def split_name_and_number(query: str) -> tuple[str, str] | None:
    """Split a name and the E.164 number after it, the form that results use. Return None for other forms."""
    before, plus, digits = query.rpartition("+")
    number = phone_numbers.parse(plus + digits.rstrip(" )"), None)
    return (before.rstrip(" ,:("), number) if number and tokenize(before) else None


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
    reference = parse_reference(query) if len(query) <= MAX_LINE_LENGTH else None
    person = index.by_id(reference.id) if reference and reference.id else None
    if reference is None or person is None:
        return None
    labels = ["", person_label(person), person.name, *heading_texts(person)]
    names = set(map(normalize_name, labels))
    if normalize_name(reference.label) not in names:
        return NoMatch(
            query,
            f"Contact {person.id} is {person_label(person)}, not {quote_inline(reference.label)}. Give only the id or only the name.",
        )
    candidates = _candidates_for(person)
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
                for candidate in _candidates_for(person, labels)
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
        candidates = [candidate for person in people for candidate in _candidates_for(person)]
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


def _candidates_for(person: Person, requested_labels: Iterable[str] = ()) -> list[Candidate]:
    """Return a person's distinct numbers that have all requested label words.

    If no number has them, return all numbers. A person without numbers yields one candidate without a number.
    """
    # Reversed twice, so that a number with several labels keeps its first label.
    by_number = {
        number: Candidate(person, label, number) for label, number in reversed(person.numbers)
    }
    candidates = list(by_number.values())[::-1]
    labeled_numbers = {
        number
        for label, number in person.numbers
        if set(requested_labels) <= {canonical_label(word) for word in tokenize(label)}
    }
    return (
        [candidate for candidate in candidates if candidate.number in labeled_numbers]
        or candidates
        or [Candidate(person, "", None)]
    )
