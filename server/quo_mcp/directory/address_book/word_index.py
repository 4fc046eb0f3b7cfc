"""An inverted index: word → the people who have it, and in which parts of the contact."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from enum import IntFlag
from typing import Final

from quo_mcp.directory.address_book.name_tokens import canonical_label, tokenize
from quo_mcp.directory.address_book.person import Person
from quo_mcp.values.person_names import joined_names


class ContactPart(IntFlag):
    """The indexed parts of a contact, in descending weight."""

    NAME = 1
    COMPANY = 2
    EMAIL = 4
    ROLE = 8
    CUSTOM = 16


# The index holds plain integers, because combining flags takes ten times as long.
_NAME, _COMPANY, _EMAIL, _ROLE, _CUSTOM = (int(part) for part in ContactPart)
_MIN_FUZZY_LENGTH: Final = 3
_LETTERS_PER_TYPO: Final = 4  # "Tom" is not similar to "com", nor "Linden" to "Tilden"
_MAX_TYPOS: Final = 2
_MAX_INDEXED_CHARACTERS: Final = 200  # longer values are notes; their beginning is enough


def parts_by_word(person: Person) -> dict[str, int]:
    """Return every word of a contact with the parts that contain it (a `ContactPart` as an integer)."""
    parts: dict[str, int] = {}
    for part, text in (
        (_NAME, person.first_name),
        (_NAME, person.last_name),
        *((_NAME, name) for name in joined_names(person.first_name, person.last_name)),
        (_COMPANY, person.company),
        *((_EMAIL, address) for _, address in person.emails),
        (_ROLE, person.role),
        *((_CUSTOM, value) for _, value in person.custom_fields),
    ):
        for word in tokenize(text[:_MAX_INDEXED_CHARACTERS] if part >= _ROLE else text):
            parts[word] = parts.get(word, 0) | part
    return parts


def label_words(person: Person) -> set[str]:
    """Return the canonical words of the labels on a person's numbers."""
    return {canonical_label(word) for label, _ in person.numbers for word in tokenize(label)}


class WordIndex:
    """The index. To save memory, a word that one person has holds a pair instead of a table."""

    def __init__(self) -> None:
        self._postings: dict[str, tuple[str, int] | dict[str, int]] = {}
        self._by_initial: dict[str, set[str]] = {}
        self._by_length: dict[int, dict[str, str]] = {}
        self._label_counts = Counter[str]()

    def add(self, person: Person) -> None:
        self._label_counts.update(label_words(person))
        for word, parts in parts_by_word(person).items():
            postings = self._postings.get(word)
            if postings is None:
                self._postings[word] = (person.id, parts)
                self._by_initial.setdefault(word[0], set()).add(word)
                self._by_length.setdefault(len(word), {})[word] = word
            elif isinstance(postings, tuple):
                self._postings[word] = {postings[0]: postings[1], person.id: parts}
            else:
                postings[person.id] = parts

    def remove(self, person: Person) -> None:
        self._label_counts.subtract(label_words(person))
        for word in parts_by_word(person):
            postings = self._postings[word]
            if isinstance(postings, dict):
                del postings[person.id]
                if postings:
                    continue
            del self._postings[word]
            self._by_initial[word[0]].discard(word)
            del self._by_length[len(word)][word]

    def postings(self, word: str) -> Mapping[str, int]:
        """Return the ids of the people who have exactly this word, with the parts that contain it."""
        postings = self._postings.get(word)
        if postings is None:
            return {}
        return {postings[0]: postings[1]} if isinstance(postings, tuple) else postings

    def is_label(self, word: str) -> bool:
        """Return whether a number of anybody has this word in its label."""
        return self._label_counts[canonical_label(word)] > 0

    def words_with_prefix(self, prefix: str) -> Iterator[str]:
        """Yield the longer words that start with `prefix`. One ASCII letter is too short, and yields none."""
        if len(prefix) == 1 and prefix.isascii():
            return
        for word in self._by_initial.get(prefix[:1], ()):
            if word.startswith(prefix) and word != prefix:
                yield word

    def similar_words(self, word: str) -> Iterable[tuple[str, int]]:
        """Yield other words with at most two typos, and the number of typos.

        A typo is a missing, additional or different letter, or two swapped neighbors. One typo is allowed
        for every four letters of the longer word. Words with digits are not names and have no similar words.
        """
        if len(word) < _MIN_FUZZY_LENGTH or any(character.isdigit() for character in word):
            return
        # Imported on first use: every start over stdio would be slower otherwise.
        from rapidfuzz.distance import OSA  # noqa: PLC0415
        from rapidfuzz.process import extract  # noqa: PLC0415

        for length in range(len(word) - _MAX_TYPOS, len(word) + _MAX_TYPOS + 1):
            same_length = self._by_length.get(length)
            max_typos = min(_MAX_TYPOS, max(length, len(word)) // _LETTERS_PER_TYPO)
            if same_length and max_typos:
                for similar_word, typos, _ in extract(
                    word, same_length, scorer=OSA.distance, score_cutoff=max_typos, limit=None
                ):
                    if typos:
                        yield similar_word, int(typos)
