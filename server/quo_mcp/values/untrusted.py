r"""Make text that other people wrote safe for a model to read.

Messages, transcripts, voicemails and names come from anyone who can dial a number. Such text must not pass
for something else. Three tricks are defended against: characters that a model sees and a person does not,
line breaks that end a quotation early, and names shaped like the server's own lines.

    clean                      remove hidden characters, and count them
    blockquote                 clean, and put a prefix before every line
    inline                     put a name or label on one line; unquoted only if it looks like a name
    quote_inline               put any text on one line, always in quotes
    inline_number              format a phone number; anything else that stands for one goes through `inline`
    bare                       leave an id, a number or a URL as it is if it looks like one; else `inline`
    strip_control_characters   applied to everything that leaves the server, its own text included

Hidden characters are Unicode's default-ignorable characters, bidirectional controls, annotation marks,
noncharacters, control characters, blanks that are not spaces, and terminal escape sequences (ECMA-48).
Some of them have a meaning in certain places: joiners in emoji and in Persian or Hindi, the selector that
turns a sign into an emoji, a direction mark next to a right-to-left letter, a blank between braille cells.
There they are kept, but never two in a row. Selectors of glyph variants are removed everywhere else: they do
not change the meaning of a character, and each could carry a hidden byte.
"""

import re
from functools import cache, lru_cache
from typing import NamedTuple

from quo_mcp.values.name_likeness import looks_like_name
from quo_mcp.values.phone_numbers import format_international, is_e164

# All characters that have to be removed, replaced or judged by their neighbors.
_SUSPECT_CHARACTERS = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u2800\u3164\ud800-\udfff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\ufffc\ufffe\uffff\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    + "".join(
        chr(plane + last)
        for plane in range(0x10000, 0x110000, 0x10000)
        for last in (0xFFFE, 0xFFFF)
    )
)
_PICTOGRAPHS = (
    "\xa9\xae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf\u2900-\u297f"
    "\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
# Scripts whose letters change shape next to others: Arabic and related scripts, the Indic family.
_JOINING = (
    "\u0620-\u0dff\u0f00-\u109f\u1780-\u17b3\u17b6-\u17d3\u1820-\u18aa\u1b00-\u1bff\ua840-\ua87f"
    "\ua8e0-\ua8ff\ua980-\ua9df\U00011000-\U00011fff\U0001e900-\U0001e95f"
)
# A joiner may also end a word, after a virama (Malayalam chillu) or after heh (the Hijri year sign).
_HALF_FORM = "\u0647\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca"
_RIGHT_TO_LEFT = (
    "\u05d0-\u05f4\u0620-\u08ff\ufb1d-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc\U00010800-\U00010fff"
    "\U0001e800-\U0001efff"
)
_BRAILLE = "\u2801-\u28ff"


def _tag_characters(region: str) -> str:
    return "".join(chr(0xE0000 + ord(letter)) for letter in region)


# The three flags in Unicode's recommended set. Any other tag sequence could carry a hidden message.
_FLAG_TAGS = "|".join(_tag_characters(region) for region in ("gbeng", "gbsct", "gbwls"))

_SUSPECT = re.compile(f"[{_SUSPECT_CHARACTERS}]")


@cache
def _token_pattern() -> re.Pattern[str]:
    # Compiled on first use: this takes longer than importing the rest of the module.
    return re.compile(
        rf"""
        (?P<meaningful>
            \U0001f3f4(?:{_FLAG_TAGS})\U000e007f
          | [0-9\#*]\ufe0f(?=\u20e3)
          | [{_PICTOGRAPHS}][\ufe0e\ufe0f]?(?:\u200d[{_PICTOGRAPHS}]\ufe0f?)*+
          | (?<=[{_JOINING}])[\u200c\u200d](?=[{_JOINING}])
          | (?<=[{_HALF_FORM}])[\u200c\u200d]
          | (?<=[{_RIGHT_TO_LEFT}])[\u200e\u200f]
          | (?<![\u200e\u200f])[\u200e\u200f](?=[{_RIGHT_TO_LEFT}])
          | (?<=[{_BRAILLE}])\u2800(?=[{_BRAILLE}])
          | (?<=[\u1820-\u18aa])[\u180b-\u180d\u180f]
        )
      | (?P<line_break> \r\n | [\r\x0b\x0c\x85\u2028\u2029] )
      | (?P<surrogate> [\ud800-\udfff] )
      | (?P<hidden>
            (?:\x1b\[|\x9b)[0-?]*+[\ -/]*+[@-~]                                   # colors, cursor
          | (?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x00-\x1f\x7f-\x9f]*+(?:\x07|\x1b\\|\x9c)  # titles, links
          | \x1b[\ -/]*+[0-Z\\^-~]
          | [{_SUSPECT_CHARACTERS}]
        )
        """,
        re.VERBOSE,
    )


CLOSING_QUOTE = chr(0x201D)  # replaces a straight quote inside straight quotes
_CONTROL_CHARACTERS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class CleanText(NamedTuple):
    """Text without hidden characters, and how many were removed. Normalized line breaks do not count."""

    text: str
    removed: int


def clean(text: str) -> CleanText:
    """Remove hidden characters, and turn every line break into a newline.

    Cleaning is idempotent. The result can always be encoded in UTF-8.
    """
    if not _SUSPECT.search(text):
        return CleanText(text, 0)
    removed = 0

    def replace_token(token: re.Match[str]) -> str:
        nonlocal removed
        match token.lastgroup:
            case "meaningful":
                return token[0]
            case "line_break":
                return "\n"
            case "surrogate":
                return "\ufffd"
            case _:
                removed += len(token[0])
                return ""

    remaining = _token_pattern().sub(replace_token, text)
    if not removed:
        return CleanText(remaining, 0)
    # A removal can bring characters together that form a new hidden sequence.
    recleaned = clean(remaining)
    return CleanText(recleaned.text, removed + recleaned.removed)


def blockquote(text: str, prefix: str = "> ") -> str:
    """Clean `text` and put `prefix` before every line, empty lines included.

    If characters were removed, a last line says how many. It has no prefix, so the text cannot forge it.
    """
    cleaned, removed = clean(text)
    lines = [prefix + line for line in cleaned.split("\n")]
    if removed:
        lines.append(f"({removed} hidden character{'' if removed == 1 else 's'} removed)")
    return "\n".join(lines)


@lru_cache(maxsize=1024)  # results show the same names again and again
def inline(text: str, limit: int = 80, *, max_words: int = 7) -> str:
    """Put a name or a label on one line of at most `limit` characters.

    A plain name stays exactly as it is. Text of several lines is quoted, and so is text that could be read
    as a part of the surrounding line or as a sentence of the server.

    max_words: the most words to leave unquoted. Typical values: 7 for people and companies, 3 for labels,
    1 for addresses.
    """
    lines = clean(text.strip()).text
    single_line = " ".join(lines.split())
    if "\n" not in lines and looks_like_name(single_line, max_words):
        return _shorten(single_line, limit)
    return quote_inline(single_line, limit)


def quote_inline(text: str, limit: int = 80) -> str:
    """Put `text` on one line of at most `limit` characters, in straight quotes that it cannot close."""
    single_line = " ".join(clean(text).text.split())
    return '"' + re.sub('["\uff02]', CLOSING_QUOTE, _shorten(single_line, limit - 2)) + '"'


def inline_number(number: str, limit: int = 80) -> str:
    """Return '+1 415 555 0134'; anything else (a short code, "Anonymous", a text) as untrusted inline text."""
    return format_international(number) if is_e164(number) else inline(number, limit, max_words=4)


def bare(text: str, pattern: str, limit: int = 80) -> str:
    """Return the text unchanged if the whole of it matches `pattern`; otherwise `inline`."""
    return text if re.fullmatch(pattern, text) else inline(text, limit)


def bare_id(text: str) -> str:
    """Return an id unchanged if it is one word; otherwise `inline`."""
    return bare(text, r"[A-Za-z0-9_-]{1,200}")


def _shorten(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    # The cut can leave a joiner without anything to join, so clean again.
    return clean(text[: limit - 1]).text.rstrip() + "…"


def strip_control_characters(text: str) -> str:
    """Remove control characters except newline and tab, and replace lone surrogates with U+FFFD.

    A lone surrogate cannot be encoded. One in a result would crash the process.
    """
    return _CONTROL_CHARACTERS.sub(
        lambda character: "\ufffd" if character[0] >= "\ud800" else "", text
    )


def byte_count(text: str) -> int:
    """Return the length in UTF-8. A lone surrogate has as many bytes as its replacement."""
    return len(text.encode("utf-8", "surrogatepass"))
