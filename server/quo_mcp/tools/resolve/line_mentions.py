"""Which inboxes or teammates a line of a result mentions: by id, number, address, or by name where lines print names."""

import re
from collections.abc import Collection, Iterable
from typing import NamedTuple

from quo_mcp.values.numbers_in_text import find_numbers, numbers_in
from quo_mcp.values.untrusted import inline

# What stands before and after the name of an inbox or a teammate in a line.
_BEFORE = (
    r"(?:^(?:- )?|(?i:\b(?:on|by|to|for|from|in|of|owner|inbox|inboxes|teammate|teammates):? )"
    r"|, | and | or |\] |\u00b7 |[\"'(\[*_`])"
)
_AFTER = r"(?=$|[\],.:;)\"'*_`]| \u00b7| \(|,? (?:on|at|and|or|in|to|since|until|from)\b)"


class NamedEntry(NamedTuple):
    """An inbox or a teammate. texts: what means it alone, such as its id and its email address."""

    id: str
    name: str
    texts: tuple[str, ...]
    number: str | None = None


def mentioned_ids(text: str, entries: Iterable[NamedEntry]) -> list[str]:
    """Return the ids of the entries that the first line of a text mentions, in the order of `entries`.

    A name with the number of none of them in parentheses belongs to someone else and does not count.
    """
    entries = tuple(entries)
    line = text.strip().partition("\n")[0]
    words = set(re.split(r"[\s,;()\[\]<>\"'`*/?]+", line))
    folded_words = {word.strip(".:").casefold() for word in words}
    numbers = numbers_in(line)
    own_numbers = {entry.number for entry in entries}
    ids = []
    # The longest names first, so that "Front Desk 2" is not taken for "Front Desk".
    by_length = sorted(entries, key=lambda entry: len(entry.name), reverse=True)
    for entry in by_length:
        names = {entry.name, inline(entry.name)} - {""}
        matches = [match for name in names for match in _name_matches(name, line)]
        own = [match for match in matches if not _has_strange_number(line, match, own_numbers)]
        is_mentioned = (
            own
            or entry.number in numbers
            or any(word.casefold() in folded_words for word in entry.texts if word)
        )
        if is_mentioned:
            ids.append(entry.id)
        for match in matches:
            line = (
                line[: match.start("name")] + "\0" * len(match["name"]) + line[match.end("name") :]
            )
    return [entry.id for entry in by_length if entry.id in ids]


def _name_matches(name: str, line: str) -> list[re.Match[str]]:
    pattern = rf"{_BEFORE}(?P<name>{re.escape(name)}){_AFTER}"
    return list(re.finditer(pattern, line, re.IGNORECASE))


def _has_strange_number(
    line: str, match: re.Match[str], own_numbers: Collection[str | None]
) -> bool:
    """Return whether a number in parentheses follows the name, and it is not one of `own_numbers`."""
    rest = line[match.end("name") :]
    following = next(find_numbers(rest), None)
    return (
        following is not None
        and rest[: following.start] == " ("
        and following.number not in own_numbers
    )
