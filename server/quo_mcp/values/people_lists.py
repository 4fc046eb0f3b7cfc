"""One string with several people, where one person is expected."""

import re

from quo_mcp.values.references import SEPARATOR

_SEPARATOR = re.compile(r"\s*(?:[,;&\n]|\band\b|\s(?=\+))\s*")
# Between people as results print them: a name, which may have commas, and a number in parentheses.
_PRINTED_SEPARATOR = re.compile(r"(?<=\))\s*(?:[,;&\n]|\band\b)\s*")


def split_people(text: str) -> list[str]:
    """Return the people that one string names, each as it is written."""
    separator = _PRINTED_SEPARATOR if "(+" in text else _SEPARATOR
    return [name for name in separator.split(text) if name]


def names_several(text: str) -> bool:
    """Whether a text certainly names several people: several numbers, or more than two full names.

    "Doe, Jane", "Pérez García, Ana María" and a name with its number are one person; the address book decides.
    """
    if "(+" in text:
        parts = split_people(text)
        is_line = SEPARATOR in text or text.rstrip().endswith(":")
        return sum("+" in part for part in parts) > 1 or (len(parts) > 1 and not is_line)
    names = [name for name in split_people(text) if SEPARATOR not in name]
    numbers = text.count("+")
    return numbers > 1 or (
        not numbers and len(names) > 1 and has_full_names(text) and not is_family_name_first(text)
    )


def is_family_name_first(text: str) -> bool:
    """Whether a text has the form "family names, given names"."""
    return text.count(",") == 1 and len(split_people(text)) == 2


def has_full_names(text: str) -> bool:
    """Whether a text has several parts, and each has several words: "Jane Whitaker, Grace Liu"."""
    names = split_people(text)
    return len(names) > 1 and all(" " in name for name in names)
