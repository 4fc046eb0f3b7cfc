"""The results of resolving a query to one phone number: a number, candidates, or no match."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from quo_mcp.directory.address_book.person import Person, person_label
from quo_mcp.values import phone_numbers
from quo_mcp.values.untrusted import inline


class Candidate(NamedTuple):
    """A number that could be meant.

    person: None if the number belongs to no contact. number: None if the contact has no number.
    number_label: the label of the number, such as "mobile".
    """

    person: Person | None
    number_label: str
    number: str | None

    def __str__(self) -> str:
        number = display_number(self.number)
        if self.person is None:
            return number
        label = inline(self.number_label, 30, max_words=3)
        label_suffix = f", {label}" if label else ""
        return f"{person_label(self.person)}{label_suffix}: {number} (contact {self.person.id})"

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
    SPELLING: nobody matches, and the candidates are spelled similarly.
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
            lines.append(f"and {self.omitted_count} more.")
        lines.append(self._next_step())
        return "\n".join(lines)

    def _next_step(self) -> str:
        if not any(candidate.is_textable for candidate in self.candidates):
            return "Ask for a number that they can be reached at."
        match self.ambiguity:
            case Ambiguity.LOOSE_MATCH if len(self.candidates) == 1:
                return "Only that one is near it: give that name or number."
            case Ambiguity.LOOSE_MATCH:
                return "Nobody else is near it: give the number."
            case Ambiguity.SPELLING if len(self.candidates) == 1:
                return "If that one is meant, give that name or number."
            case _:
                return "Give the number, or ask which one is meant."


@dataclass(frozen=True, slots=True)
class NoMatch:
    """Nobody matches. `str()` gives the text to show."""

    query: str
    reason: str

    def __str__(self) -> str:
        return self.reason


def display_number(number: str | None) -> str:
    """Format a contact's number, which may be any text, so that it is safe to display."""
    if number is None:
        return "no number"
    if phone_numbers.is_e164(number):
        return phone_numbers.format_international(number)
    return inline(number, 30)
