"""Read a sentence about contacts: "on the service plan", "last service before 2025", "gate code over 4000".

A condition is read only if the field is clear: its name is in the sentence, or it is the only field with dates.
Everything else is compared as words.
"""

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from quo_mcp.directory.address_book.contact_conditions import (
    AFTER_WORDS,
    BEFORE_WORDS,
    NUMBER,
    FieldCondition,
    FieldKind,
    date_test,
    number_test,
)
from quo_mcp.directory.address_book.filler_words import FILLER_WORDS, NEGATIONS
from quo_mcp.directory.address_book.name_tokens import tokenize
from quo_mcp.errors import InvalidArguments
from quo_mcp.values import times

_DATE_PHRASE: Final = re.compile(
    rf"\b(?P<word>{'|'.join((*BEFORE_WORDS, *AFTER_WORDS))}|on|in|during)\s+(?P<when>.+)"
)
_AGO: Final = re.compile(
    r"\b(?P<word>more than|over|longer than|less than|within|in the last|in the past|for)\s+"
    r"(?P<count>[0-9]{1,3}|an?|one|two|three|four|five|six)\s+(?P<unit>day|week|month|year)s?(?:\s+ago)?\b"
)
_NUMBER_PHRASE: Final = re.compile(
    r"(?P<word>\b(?:more than|greater than|over|above|at least|less than|under|below|at most)|[<>]=?|=)\s*"
    r"\$?(?P<number>[0-9][0-9,]*(?:\.[0-9]+)?)"
)
_COUNTS: Final = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_DAYS: Final = {"day": 1, "week": 7, "month": 30, "year": 365}
_MAX_DATE_WORDS: Final = 4
_STEM_LENGTH: Final = 5


class Sentence(NamedTuple):
    """What a sentence asks for. words: those that no condition uses."""

    words: tuple[str, ...]
    conditions: tuple[FieldCondition, ...]


def read_sentence(
    text: str, kinds: Mapping[str, FieldKind], *, now: datetime, zone: ZoneInfo
) -> Sentence:
    """Split a sentence into conditions and the words that remain. kinds: the custom fields of all contacts."""
    reader = _SentenceReader(" ".join(text.casefold().split()), kinds, now, zone)
    return reader.read()


class _SentenceReader:
    def __init__(
        self, text: str, kinds: Mapping[str, FieldKind], now: datetime, zone: ZoneInfo
    ) -> None:
        self._text = text
        self._kinds = kinds
        self._now = now
        self._zone = zone
        self._conditions: list[FieldCondition] = []
        self._used_words: set[str] = set()

    def read(self) -> Sentence:
        is_negated = bool(NEGATIONS & set(tokenize(self._text)))
        self._read_dates(is_negated=is_negated)
        self._read_numbers()
        used_labels = {condition.label for condition in self._conditions}
        for label, kind in self._kinds.items():
            if label not in used_labels and self._names_field(label):
                self._add_named_field(label, kind, is_negated=is_negated)
        words = tuple(
            word
            for word in dict.fromkeys(tokenize(self._text))
            if word not in self._used_words and not self._is_form_of_label(word)
        )
        return Sentence(words, tuple(self._conditions))

    def _read_dates(self, *, is_negated: bool) -> None:
        field = self._field_of_kind(FieldKind.DATE)
        phrase = self._find_age() or self._find_date() if field else None
        if field and phrase:
            word, first, end, phrase_text = phrase
            self._add(field, *date_test(word, first, end, is_negated=is_negated))
            self._text = self._text.replace(phrase_text, " ", 1)

    def _find_age(self) -> tuple[str, date, date, str] | None:
        """Find "more than a year ago" or "in the last 6 months"."""
        match = _AGO.search(self._text)
        if match is None:
            return None
        count = _COUNTS.get(match["count"]) or int(match["count"])
        today = self._now.astimezone(self._zone).date()
        day = today - timedelta(days=count * _DAYS[match["unit"]])
        is_older = match["word"] in {"more than", "over", "longer than"}
        return "before" if is_older else "since", day, day + timedelta(days=1), match.group()

    def _find_date(self) -> tuple[str, date, date, str] | None:
        """Find "before March 2025": the word, the first day, the day after the last, and the text."""
        match = _DATE_PHRASE.search(self._text)
        while match is not None:
            when = match["when"].rstrip("?.! ").split(" ")
            for count in range(min(_MAX_DATE_WORDS, len(when)), 0, -1):
                if days := self._parse_days(" ".join(when[:count])):
                    start = match.start()
                    end = match.start("when") + len(" ".join(when[:count]))
                    return match["word"], *days, self._text[start:end]
            match = _DATE_PHRASE.search(self._text, match.start("when"))
        return None

    def _parse_days(self, text: str) -> tuple[date, date] | None:
        """Return the first day of a span, and the day after its last; None if the text is no date."""
        if re.fullmatch("(?:19|20)[0-9]{2}", text):
            return date(int(text), 1, 1), date(int(text) + 1, 1, 1)
        with suppress(InvalidArguments):
            first, end = (
                times.parse_time(text, now=self._now, zone=self._zone, edge=edge)
                .astimezone(self._zone)
                .date()
                for edge in ("since", "until")
            )
            return first, max(end, first + timedelta(days=1))
        return None

    def _read_numbers(self) -> None:
        match = _NUMBER_PHRASE.search(self._text)
        field = self._field_of_kind(FieldKind.NUMBER)
        if match and field:
            limit = float(match["number"].replace(",", ""))
            self._add(field, *number_test(match["word"], limit))
            self._text = self._text.replace(match.group(), " ", 1)

    def _add_named_field(self, label: str, kind: FieldKind, *, is_negated: bool) -> None:
        """Add the condition of a field that the sentence names without a comparison."""
        if kind is FieldKind.BOOLEAN:
            wanted = "no" if is_negated else "yes"
            description = "no, or no value" if is_negated else "yes"
            self._add(label, description, lambda value: value == wanted, accepts_absence=is_negated)
            return
        words = tokenize(self._text)
        number = next((word for word in words if NUMBER.fullmatch(word)), None)
        if kind is FieldKind.NUMBER and number and not is_negated:
            self._add(label, number, lambda value: float(value) == float(number))
            self._used_words.add(number)
        elif is_negated:
            self._add(label, "no value", lambda _: False, accepts_absence=True)
        else:
            self._add(label, "any value", lambda _: True)

    def _add(
        self,
        label: str,
        description: str,
        test: Callable[[str], bool],
        *,
        accepts_absence: bool = False,
    ) -> None:
        self._conditions.append(FieldCondition(label, description, test, accepts_absence))
        self._used_words |= set(tokenize(label)) | NEGATIONS

    def _field_of_kind(self, kind: FieldKind) -> str | None:
        """Return the field of this kind that the sentence names, or the only one there is."""
        labels = [label for label, field_kind in self._kinds.items() if field_kind is kind]
        named = [label for label in labels if self._names_field(label)]
        if len(named) == 1:
            return named[0]
        return labels[0] if len(labels) == 1 and kind is FieldKind.DATE else None

    def _names_field(self, label: str) -> bool:
        """Whether the sentence has all words of a field's name. One word alone is too little: it may be a value."""
        words = set(tokenize(label)) - FILLER_WORDS
        return len(words) > 1 and words <= set(tokenize(self._text))

    def _is_form_of_label(self, word: str) -> bool:
        """Whether a word is another form of a used field's name: "serviced" for "Last service"."""
        labels = [tokenize(condition.label) for condition in self._conditions]
        return any(
            len(word) >= _STEM_LENGTH and word[:_STEM_LENGTH] == label_word[:_STEM_LENGTH]
            for words in labels
            for label_word in words
        )
