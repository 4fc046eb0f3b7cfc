"""Texts that are stored in Quo: names, titles and the values of fields.

They are stored as given, with two exceptions. Results print a text in quotes if it could pass for the
server's own words; such quotes are not a part of it. And a word that a program writes for a missing value
is a question, because Null is a surname too.
"""

from collections.abc import Callable

from pydantic import BeforeValidator

from quo_mcp.values.untrusted import inline, quote_inline

MISSING_VALUE_WORDS = frozenset({"null", "none", "undefined"})
NAME_WORDS = 7  # the most words of a name that results print without quotes


def stored_text(*, max_words: int = NAME_WORDS) -> BeforeValidator:
    """Return the validator of a text that is stored. max_words: as results print it, see `untrusted.inline`."""
    return BeforeValidator(text_reader(max_words))


def text_reader(max_words: int) -> Callable[[object], object]:
    """Return the function that takes a text as a model gives it, and returns what to store.

    It raises ValueError if the text is a word for a missing value and not in quotes.
    """

    def read_text(value: object) -> object:
        if not isinstance(value, str):
            return value
        text = value.strip()
        if text.casefold() in MISSING_VALUE_WORDS:
            raise ValueError(
                f"{quote_inline(text)} often stands for a missing value. To leave the argument out, omit it. If the text really is "
                f"{text}, confirm it by adding quotes: {quote_inline(text)} with the quotes in the value"
            )
        content = text[1:-1]
        if len(text) < 3 or text[0] != '"' or text[-1] != '"' or '"' in content:
            return value
        is_confirmed = content.strip().casefold() in MISSING_VALUE_WORDS
        is_printed = inline(content, len(text) + 2, max_words=max_words) == text
        return content if is_confirmed or is_printed else value

    return read_text
