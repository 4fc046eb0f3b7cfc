"""Conditions on a custom field of contacts: its kind, and tests of its values."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

from quo_mcp.directory.address_book.person import Person

BEFORE_WORDS: Final = ("before", "until", "till", "prior to", "earlier than", "older than")
AFTER_WORDS: Final = ("after", "later than", "newer than", "since", "from")
_ISO_DATE: Final = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
NUMBER: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?")


class FieldKind(StrEnum):
    BOOLEAN = "boolean"
    DATE = "date"
    NUMBER = "number"
    TEXT = "text"


@dataclass(frozen=True)
class FieldCondition:
    """A condition on one custom field.

    description: the condition as results print it, such as 'before 2025-01-01'.
    test: whether a value meets it. accepts_absence: whether contacts without a value meet it.
    """

    label: str
    description: str
    test: Callable[[str], bool]
    accepts_absence: bool = False

    def values_of(self, person: Person) -> list[str]:
        return [value for label, value in person.custom_fields if label == self.label]

    def matches(self, person: Person) -> bool:
        values = self.values_of(person)
        return any(map(self.test, values)) if values else self.accepts_absence


def field_kinds(people: Iterable[Person]) -> dict[str, FieldKind]:
    """Return the custom fields of all contacts by label, with the kind that all their values have."""
    values_by_label: dict[str, set[str]] = {}
    for person in people:
        for label, value in person.custom_fields:
            values_by_label.setdefault(label, set()).add(value)
    return {label: _kind_of(values) for label, values in values_by_label.items()}


def _kind_of(values: set[str]) -> FieldKind:
    if values <= {"yes", "no"}:
        return FieldKind.BOOLEAN
    if all(map(_ISO_DATE.fullmatch, values)):
        return FieldKind.DATE
    return FieldKind.NUMBER if all(map(NUMBER.fullmatch, values)) else FieldKind.TEXT


class ValueTest(NamedTuple):
    """A test of a field's value. description: as results print it, such as 'before 2025-01-01'."""

    description: str
    test: Callable[[str], bool]


def date_test(word: str, first: date, end: date, *, is_negated: bool) -> ValueTest:
    """Return the test of a date field. first, end: the first day that is named, and the day after the last.

    is_negated: "not serviced since March" means that the last service was before March.
    """
    if (word in AFTER_WORDS and is_negated) or (word in BEFORE_WORDS and not is_negated):
        return ValueTest(f"before {first}", lambda value: date.fromisoformat(value) < first)
    if word in BEFORE_WORDS or word in {"since", "from"}:
        return ValueTest(f"on or after {first}", lambda value: date.fromisoformat(value) >= first)
    if word in AFTER_WORDS:
        last = end - timedelta(days=1)
        return ValueTest(f"after {last}", lambda value: date.fromisoformat(value) > last)
    last = end - timedelta(days=1)
    span = f"on {first}" if first == last else f"from {first} to {last}"
    return ValueTest(span, lambda value: first <= date.fromisoformat(value) <= last)


def number_test(word: str, limit: float) -> ValueTest:
    """Return the test of a number field. word: the words before the number."""
    limit_text = f"{limit:g}" if limit % 1 else f"{limit:.0f}"
    if word in {"more than", "greater than", "over", "above", ">"}:
        return ValueTest(f"over {limit_text}", lambda value: float(value) > limit)
    if word in {"less than", "under", "below", "<"}:
        return ValueTest(f"under {limit_text}", lambda value: float(value) < limit)
    if word in {"at least", ">="}:
        return ValueTest(f"at least {limit_text}", lambda value: float(value) >= limit)
    if word in {"at most", "<="}:
        return ValueTest(f"at most {limit_text}", lambda value: float(value) <= limit)
    return ValueTest(limit_text, lambda value: float(value) == limit)
