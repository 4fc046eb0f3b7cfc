"""The results of resolving a query to one phone number: a number, candidates, or no match."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from quo_mcp.directory.address_book.name_tokens import canonical_label, tokenize
from quo_mcp.directory.address_book.person import Person, person_label
from quo_mcp.values import phone_numbers
from quo_mcp.values.references import SEPARATOR, with_number
from quo_mcp.values.untrusted import inline, inline_number


class Candidate(NamedTuple):
    """A number that could be meant.

    person: None if the number belongs to no contact. number: None if the contact has no number.
    number_label: the label of the number, such as "mobile".
    """

    person: Person | None
    number_label: str
    number: str | None

    def __str__(self) -> str:
        """Return `Jane Doe, Acme (+1 415 555 0134) · mobile · contact 03a6…`."""
        return candidate_text(self.person, [self.number] if self.number else [], self.number_label)

    @property
    def is_textable(self) -> bool:
        """Whether the number is E.164 or a short code."""
        return self.number is not None and (
            phone_numbers.is_e164(self.number) or phone_numbers.is_short_code(self.number)
        )


@dataclass(frozen=True, slots=True)
class ResolvedNumber:
    """One phone number.

    person: its holder, if there is exactly one. extension: the extension in the query.
    """

    number: str
    person: Person | None = None
    number_label: str = ""
    extension: str | None = None


class Ambiguity(StrEnum):
    """Why a query has candidates instead of one number.

    PERSON: several people match.
    NUMBER: one person matches, but has several numbers or no textable one.
    LOOSE_MATCH: one person matches, but only loosely.
    SPELLING: no one matches, and the candidates are spelled similarly.
    """

    PERSON = "person"
    NUMBER = "number"
    LOOSE_MATCH = "likeness"
    SPELLING = "spelling"


@dataclass(frozen=True, slots=True)
class Candidates:
    """Numbers that could be meant, and how many more were omitted. `str()` gives the text to show.

    Callers must ask again before they act on a candidate.
    """

    query: str
    reason: str
    candidates: tuple[Candidate, ...]
    ambiguity: Ambiguity
    omitted_count: int = 0

    def __str__(self) -> str:
        lines = [self.reason, *(f"- {candidate}" for candidate in self.candidates)]
        if self.omitted_count:
            lines.append(f"{self.omitted_count} more not shown.")
        lines.append(self._next_step())
        return "\n".join(lines)

    def _next_step(self) -> str:
        if not any(candidate.is_textable for candidate in self.candidates):
            return "Ask the user for a number to reach them."
        match self.ambiguity:
            case Ambiguity.LOOSE_MATCH if len(self.candidates) == 1:
                return "No other close matches. If this is the right person, call again with that name or number."
            case Ambiguity.LOOSE_MATCH:
                return "No other close matches. If this is the right person, call again with one of these numbers."
            case Ambiguity.SPELLING if len(self.candidates) == 1:
                return "If this is the right person, call again with that name or number."
            case _:
                return "Call again with one of these numbers, or ask the user which one they mean."


@dataclass(frozen=True, slots=True)
class NoMatch:
    """No one matches. `str()` gives the text to show."""

    query: str
    reason: str

    def __str__(self) -> str:
        return self.reason


def candidate_text(person: Person | None, numbers: Iterable[str], number_label: str = "") -> str:
    """Return a candidate as results write it: a person with their numbers, and the contact's id last.

    It is accepted back as an argument: see `values.references`.
    """
    shown_numbers = ", ".join(map(display_number, dict.fromkeys(numbers)))
    if person is None:
        return shown_numbers
    name = person_label(person)
    label = inline(number_label, 30, max_words=3)
    return SEPARATOR.join(
        filter(
            None, [with_number(name, shown_numbers or "no number"), label, f"contact {person.id}"]
        )
    )


def display_number(number: str | None) -> str:
    """Format a contact's number, which may be any text, so that it is safe to display."""
    if number is None:
        return "no number"
    return inline_number(number, 30)


def candidates_for(person: Person, requested_labels: Iterable[str] = ()) -> list[Candidate]:
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
