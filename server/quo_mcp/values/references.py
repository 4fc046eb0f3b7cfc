"""The forms in which results write people, inboxes and candidates, and how these forms are read back.

    Jane Whitaker (+1 415 555 0111)                       a person or an inbox
    - Jane Whitaker (+1 415 555 0111) · contact 56df3a    a candidate
    contact 56df3a                                        an id with its kind
    Kenji Watanabe · Pacific Pipe Supply · 2006ab         the heading of an item in a list

Only the form is parsed here. The caller checks that the name, the number and the id belong together.
"""

import re
from typing import NamedTuple

SEPARATOR = " · "
MAX_LINE_LENGTH = 1000  # characters of a printed line, given as an argument
_LABEL_AND_NUMBERS = re.compile(
    r"(?:(?P<label>.+?) )?\((?P<numbers>[^()]*)\)(?: · (?P<details>[^()]*))?"
)
_KIND_AND_ID = re.compile(
    r"(?:(?P<kind>(?i:contact|inbox|teammate|conversation)) )?(?P<id>[A-Za-z0-9_-]{1,200})"
)


class Reference(NamedTuple):
    """A printed form, taken apart.

    label: the name, with the company if it was printed. numbers: as written in the parentheses.
    id: None if there is none.
    """

    label: str
    numbers: tuple[str, ...] = ()
    id: str | None = None


def with_number(name: str, number: str) -> str:
    """Return `Jane Whitaker (+1 415 555 0111)`. number: formatted."""
    return number if name == number else f"{name} ({number})"


def candidate_line(*parts: str) -> str:
    """Return `- Jane Whitaker (+1 415 555 0111) · contact 56df3a`. The id comes last."""
    return f"- {SEPARATOR.join(filter(None, parts))}"


def split_heading(text: str) -> tuple[str, str] | None:
    """Split the heading of a printed item into its text and the id at its end; None if it has none.

    A bullet before the heading is removed. The lines below the heading, indented or quoted, are ignored.
    """
    heading, *details = text.strip().removeprefix("- ").strip().splitlines()[:100] or [""]
    head, separator, last = heading.rpartition(SEPARATOR)
    is_one_item = all(line.startswith(("  ", ">")) for line in details)
    match = _KIND_AND_ID.fullmatch(last.strip()) if is_one_item else None
    return (head, match["id"]) if separator and match else None


def parse_reference(text: str) -> Reference | None:
    """Take a printed form apart; None if the text is not one.

    A last part that is one word counts as an id, so the caller must look it up.
    """
    text = text.strip().removeprefix("- ").strip()
    head, separator, tail = text.rpartition(SEPARATOR)
    last = _KIND_AND_ID.fullmatch(tail)
    reference_id = last["id"] if last and (last["kind"] or separator) else None
    match = _LABEL_AND_NUMBERS.fullmatch(text if reference_id is None else head)
    if match:
        numbers = tuple(number.strip() for number in match["numbers"].split(","))
        return Reference(match["label"] or "", numbers, reference_id)
    return Reference(head, (), reference_id) if reference_id else None
