"""Arguments that take one of a few words: read as results print them, in any case and wrapping."""

from collections.abc import Iterable
from typing import Any, Literal, get_args, get_origin

from quo_mcp.values.references import SEPARATOR
from quo_mcp.values.wrapping import readings


def choices_of(annotation: Any) -> tuple[str, ...]:
    """Return the words that an argument takes; none if it takes anything else."""
    if get_origin(annotation) is Literal:
        return tuple(word for word in get_args(annotation) if isinstance(word, str))
    return tuple(
        word
        for member in get_args(annotation)
        if member is not annotation
        for word in choices_of(member)
    )


def read_choices(value: Any, choices: tuple[str, ...]) -> Any:
    """Return the word, or each word of a list, as the schema has it. What is no such word stays as it is."""
    if isinstance(value, list):
        return [word for item in value for word in _words_in(item, choices)]
    words = _words_in(value, choices)
    return words[0] if len(words) == 1 else value


def _words_in(value: Any, choices: tuple[str, ...]) -> list[Any]:
    """Return the choices in a text: the text itself, or the parts of a printed line; the value if there are none."""
    if not isinstance(value, str) or value in choices:
        return [value]
    by_folded = {choice.casefold(): choice for choice in choices}
    texts = (value.strip(), *readings(value))
    for text in texts:
        if text.casefold() in by_folded:
            return [by_folded[text.casefold()]]
    for text in texts:
        if words := dict.fromkeys(_choices_in(text, by_folded)):
            return list(words)
    return [value]


def _choices_in(text: str, by_folded: dict[str, str]) -> Iterable[str]:
    for segment in text.partition("\n")[0].split(SEPARATOR):
        for part in segment.split(", "):
            if part.strip().casefold() in by_folded:
                yield by_folded[part.strip().casefold()]
