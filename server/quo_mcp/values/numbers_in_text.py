"""Find the phone numbers in a longer text, such as a line of a result."""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from quo_mcp.values import phone_numbers

_NUMBER: Final = re.compile(r"\+[1-9][0-9]*(?:[ ().-]{0,3}[0-9]+)*")


class NumberInText(NamedTuple):
    """A number in E.164, and where it is written in the text."""

    number: str
    start: int
    end: int


def find_numbers(text: str) -> Iterator[NumberInText]:
    """Yield the numbers with "+" and country code, in order."""
    for match in _NUMBER.finditer(text):
        if number := phone_numbers.parse(match[0], None):
            yield NumberInText(number, match.start(), match.end())


def numbers_in(text: str) -> set[str]:
    """Return the numbers with "+" and country code in a text."""
    return {hit.number for hit in find_numbers(text)}
