"""Ids in a text: alone, in a wrapping, in a printed line, or in a link of the Quo app.

https://my.quo.com/inbox/PN…/c/CN…?at=AC…
"""

import re

from quo_mcp.values.references import split_heading
from quo_mcp.values.wrapping import readings


def read_id(text: str, pattern: str) -> str:
    """Return the one id in a text that has the pattern; the text itself if it has none.

    pattern: of the whole id, with its prefix. In a printed line, the id at the end is the item's own.

    Raises:
        ValueError: the text has several such ids; the message names two.
    """
    whole = pattern.removeprefix("^").removesuffix("$")
    texts = (text.strip(), *readings(text))
    for candidate in texts:
        if re.fullmatch(whole, candidate):
            return candidate
    for candidate in texts:
        heading = split_heading(candidate)
        if heading and re.fullmatch(whole, heading[1]):
            return heading[1]
    ids = ids_in(text.strip().partition("\n")[0], whole)
    if len(ids) > 1:
        raise ValueError(f"names both {ids[0]} and {ids[1]}; give only one")
    return ids[0] if ids else text


def ids_in(text: str, pattern: str) -> list[str]:
    """Return the distinct ids with a pattern in a text. A word counts only with a digit and 8 characters or more."""
    words = re.findall(r"(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{8,200}(?![A-Za-z0-9_-])", text)
    return [
        word
        for word in dict.fromkeys(words)
        if re.fullmatch(pattern, word) and re.search("[0-9]", word)
    ]
