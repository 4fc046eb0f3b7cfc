"""Which words stand in whose entry, and in which part of it. Kept small: most words belong to one person."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from enum import IntFlag
from typing import Final

from quo_mcp.directory.address_book.name_tokens import of_label, words
from quo_mcp.directory.address_book.person import Person


class Part(IntFlag):
    """The parts of an entry that words are looked for in, weightiest first."""

    NAME = 1
    COMPANY = 2
    EMAIL = 4
    ROLE = 8
    CUSTOM = 16


# Plain numbers in the index: a flag would take ten times as long to combine.
_NAME, _COMPANY, _EMAIL, _ROLE, _CUSTOM = (int(part) for part in Part)
_SHORTEST_FUZZY: Final = 3
_LETTERS_A_SLIP: Final = 4  # "Tom" is not nearly "com", nor "Linden" nearly "Tilden"
_MOST_SLIPS: Final = 2
_LONGEST: Final = 200  # what is longer is a note: its beginning is enough to find it by


def words_of(person: Person) -> dict[str, int]:
    """Every word of an entry with the parts (a Part as a plain number) that hold it."""
    found: dict[str, int] = {}
    for part, text in (
        (_NAME, person.first),
        (_NAME, person.last),
        (_COMPANY, person.company),
        *((_EMAIL, address) for _, address in person.emails),
        (_ROLE, person.role),
        *((_CUSTOM, value) for _, value in person.custom),
    ):
        for word in words(text[:_LONGEST] if part >= _ROLE else text):
            found[word] = found.get(word, 0) | part
    return found


def labels_of(person: Person) -> set[str]:
    """The words of the labels on a person's numbers."""
    return {of_label(word) for text, _ in person.numbers for word in words(text)}


class WordIndex:
    """word → who has it, and in which parts. A word that one person has is a pair, not a table."""

    def __init__(self) -> None:
        self._who: dict[str, tuple[str, int] | dict[str, int]] = {}
        self._by_initial: dict[str, set[str]] = {}
        self._by_length: dict[int, dict[str, str]] = {}
        self._labels = Counter[str]()

    def put(self, person: Person) -> None:
        self._labels.update(labels_of(person))
        for word, parts in words_of(person).items():
            held = self._who.get(word)
            if held is None:
                self._who[word] = (person.id, parts)
                self._by_initial.setdefault(word[0], set()).add(word)
                self._by_length.setdefault(len(word), {})[word] = word
            elif isinstance(held, tuple):
                self._who[word] = {held[0]: held[1], person.id: parts}
            else:
                held[person.id] = parts

    def remove(self, person: Person) -> None:
        self._labels.subtract(labels_of(person))
        for word in words_of(person):
            held = self._who[word]
            if isinstance(held, dict):
                del held[person.id]
                if held:
                    continue
            del self._who[word]
            self._by_initial[word[0]].discard(word)
            del self._by_length[len(word)][word]

    def who(self, word: str) -> Mapping[str, int]:
        """Ids of those who have exactly this word, with the parts it stands in."""
        held = self._who.get(word)
        if held is None:
            return {}
        return {held[0]: held[1]} if isinstance(held, tuple) else held

    def is_label(self, word: str) -> bool:
        """Whether any number is labelled so."""
        return self._labels[of_label(word)] > 0

    def starting(self, start: str) -> Iterator[str]:
        """The longer words that begin so. One letter of an alphabet begins too many to be of use."""
        if len(start) == 1 and start.isascii():
            return
        for word in self._by_initial.get(start[:1], ()):
            if word.startswith(start) and word != start:
                yield word

    def near(self, word: str) -> Iterable[tuple[str, int]]:
        """Other words at most two slips away, and one for every four letters of the longer, with the slips.

        Words with digits in them are not names, and have none near. A slip is a letter too many, too few,
        another one, or two neighbours swapped.
        """
        if len(word) < _SHORTEST_FUZZY or any(character.isdigit() for character in word):
            return
        # Imported on first use: every stdio launch would pay for it otherwise.
        from rapidfuzz.distance import OSA  # noqa: PLC0415
        from rapidfuzz.process import extract  # noqa: PLC0415

        for length in range(len(word) - _MOST_SLIPS, len(word) + _MOST_SLIPS + 1):
            same_length = self._by_length.get(length)
            most = min(_MOST_SLIPS, max(length, len(word)) // _LETTERS_A_SLIP)
            if same_length and most:
                for near, slips, _ in extract(
                    word, same_length, scorer=OSA.distance, score_cutoff=most, limit=None
                ):
                    if slips:
                        yield near, int(slips)
