"""Near-duplicate detection: rewordings, which are not sent, and corrections, which are.

A rewording says the same as a text that was just sent: its facts are equal, and its wording is nearly the
same. A model that retries in other words produces one. A correction changes a number, a day, a time, a
name, a link, or says the opposite. It has to reach the person, and is sent. In doubt, a text is a
correction.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from quo_mcp.safety.send_record import SendRecord
from quo_mcp.safety.text_facts import TextFacts, read_facts
from quo_mcp.safety.text_normalization import count_words, duplicate_key

MIN_SIMILARITY = 90  # of 100; by the characters to insert and delete
MIN_SIMILARITY_OF_FILLERS = 75  # for texts that consist of them: greetings, thanks
MIN_WORDS = 4  # shorter texts are similar by chance ("Order 1", "Order 2")
MIN_TYPO_LENGTH = 5
MIN_ROTATION = 3  # words; two of them may be subject and object
ADDED_SHARE = 5  # one word in five may be added, and always one word


class SimilarSends(NamedTuple):
    """Recent sends to the same recipients. identical: of the same text. near_duplicate: of similar text."""

    identical: SendRecord | None = None
    near_duplicate: SendRecord | None = None


def find_near_duplicate(text: str, others: Iterable[SendRecord]) -> SendRecord | None:
    """Return the first of the other sends with similar text, a rewording or a correction."""
    words = duplicate_key(text)
    is_long = count_words(words) >= MIN_WORDS
    for record in others:
        if record.text and (
            (is_long and _similarity(words, duplicate_key(record.text)) >= MIN_SIMILARITY)
            or is_rewording(text, record.text)
        ):
            return record
    return None


def find_rewording(text: str, others: Iterable[SendRecord]) -> SendRecord | None:
    """Return the first of the other sends that this text rewords. One that did not arrive does not count."""
    return next(
        (
            record
            for record in others
            if record.text and not record.is_undelivered and is_rewording(text, record.text)
        ),
        None,
    )


def is_rewording(text: str, other: str) -> bool:
    """Return whether two texts have the same facts in nearly the same words."""
    first, second = read_facts(text), read_facts(other)
    if not _have_same_facts(first, second):
        return False
    removed = list((Counter(first.words) - Counter(second.words)).elements())
    added = list((Counter(second.words) - Counter(first.words)).elements())
    capitals = first.capitals | second.capitals
    removed, added = _without_respelled(removed, added, capitals)
    if removed and added:  # a replaced word
        return False
    if not _have_same_order(first, second):
        return False
    longer, shorter = sorted((first, second), key=lambda facts: facts.word_count, reverse=True)
    if removed or added:
        extra = len(removed or added)
        return shorter.word_count > 1 and extra <= max(1, longer.word_count // ADDED_SHARE)
    if first.words or first.has_facts:
        return True
    words, other_words = (" ".join(facts.sequence) for facts in (first, second))
    return bool(words) and _similarity(words, other_words) >= MIN_SIMILARITY_OF_FILLERS


def _have_same_facts(first: TextFacts, second: TextFacts) -> bool:
    capitals = first.capitals | second.capitals
    return (
        first.numbers == second.numbers
        and first.days == second.days
        and first.polarity == second.polarity
        and first.links == second.links
        and first.signs == second.signs
        and first.names(capitals) == second.names(capitals)
        and (first.emoji == second.emoji or not first.emoji or not second.emoji)
    )


def _have_same_order(first: TextFacts, second: TextFacts) -> bool:
    """Return whether the shared words have the same order, but for one clause moved to the other end."""
    if first.is_question != second.is_question:  # "it is ready", "is it ready?"
        one, other = _shared(first.sequence, second.sequence)
        return one == other
    one, other = _shared(first.words, second.words)
    is_rotation = any(one[count:] + one[:count] == other for count in range(len(one)))
    return one == other or (len(one) >= MIN_ROTATION and is_rotation)


def _shared(words: Sequence[str], other: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the words that both have, in the order of each."""
    counts = Counter(words) & Counter(other)
    return _in_order(words, counts.copy()), _in_order(other, counts)


def _in_order(words: Sequence[str], counts: Counter[str]) -> list[str]:
    ordered = []
    for word in words:
        if counts[word]:
            counts[word] -= 1
            ordered.append(word)
    return ordered


def _without_respelled(
    removed: list[str], added: list[str], capitals: set[str]
) -> tuple[list[str], list[str]]:
    """Drop pairs of one word with and without a typing error, and words that were joined or split."""
    if "".join(removed) == "".join(added):
        return [], []
    for word in list(removed):
        twin = next((other for other in added if _is_typo(word, other)), None)
        if twin and word not in capitals and twin not in capitals:
            removed.remove(word)
            added.remove(twin)
    return removed, added


def _is_typo(word: str, other: str) -> bool:
    """Return whether one edit separates two long words: a letter added, removed, replaced or swapped."""
    if min(len(word), len(other)) < MIN_TYPO_LENGTH or word[0] != other[0]:
        return False
    if len(word) < len(other):
        word, other = other, word
    start = next(
        (i for i, pair in enumerate(zip(word, other, strict=False)) if pair[0] != pair[1]),
        len(other),
    )
    rest, other_rest = word[start:], other[start:]
    if len(word) > len(other):
        return rest[1:] == other_rest
    return rest[1:] == other_rest[1:] or (
        rest[:2] == other_rest[1::-1] and rest[2:] == other_rest[2:]
    )


def _similarity(words: str, other: str) -> float:
    from rapidfuzz.fuzz import ratio  # noqa: PLC0415 - slow to import, and rarely needed

    return ratio(words, other)
