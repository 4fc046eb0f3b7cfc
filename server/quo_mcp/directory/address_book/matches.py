"""What a query for one number comes to: a phone, those who may be meant, or nobody."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from quo_mcp.directory.address_book.person import Person, label
from quo_mcp.values import phone_numbers
from quo_mcp.values.untrusted import inline


class Option(NamedTuple):
    """One number that may be meant; number is None for a contact without any, person for nobody's."""

    person: Person | None
    label: str
    number: str | None

    def __str__(self) -> str:
        number = shown(self.number)
        if self.person is None:
            return number
        of_which = f", {text}" if (text := inline(self.label, 30, words=3)) else ""
        return f"{label(self.person)}{of_which}: {number} (contact {self.person.id})"

    @property
    def can_be_used(self) -> bool:
        return self.number is not None and (
            phone_numbers.is_e164(self.number) or phone_numbers.is_short_code(self.number)
        )


@dataclass(frozen=True, slots=True)
class Found:
    """One phone. person: whose, where one contact is meant or known. extension: what stood behind it."""

    number: str
    person: Person | None = None
    label: str = ""
    extension: str | None = None


class Doubt(StrEnum):
    """What is open.

    PERSON: which of several is meant. NUMBER: one is surely meant; which of the numbers, or what it is.
    LIKENESS: one almost fits, and nobody else. SPELLING: nobody fits, and these are spelled alike.
    """

    PERSON = "person"
    NUMBER = "number"
    LIKENESS = "likeness"
    SPELLING = "spelling"


@dataclass(frozen=True, slots=True)
class Candidates:
    """Who may be meant: never to be acted on without asking again. left_out: how many more there are."""

    query: str
    reason: str
    options: tuple[Option, ...]
    doubt: Doubt
    left_out: int = 0

    def __str__(self) -> str:
        lines = [self.reason, *(f"- {option}" for option in self.options)]
        if self.left_out:
            lines.append(f"and {self.left_out} more.")
        lines.append(self._what_to_do())
        return "\n".join(lines)

    def _what_to_do(self) -> str:
        if not any(option.can_be_used for option in self.options):
            return "Ask for a number that they can be reached at."
        match self.doubt:
            case Doubt.LIKENESS if len(self.options) == 1:
                return "Only that one is near it: give that name or number."
            case Doubt.LIKENESS:
                return "Nobody else is near it: give the number."
            case Doubt.SPELLING if len(self.options) == 1:
                return "If that one is meant, give that name or number."
            case _:
                return "Give the number, or ask which one is meant."


@dataclass(frozen=True, slots=True)
class Nobody:
    query: str
    reason: str

    def __str__(self) -> str:
        return self.reason


def shown(number: str | None) -> str:
    if number is None:
        return "no number"
    return phone_numbers.pretty(number) if phone_numbers.is_e164(number) else inline(number, 30)
