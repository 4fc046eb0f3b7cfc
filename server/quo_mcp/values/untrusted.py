r"""What other people wrote, made safe for a model to read.

Texts, transcripts, voicemails and names come from anyone who can dial a number. Three things could
make them pass for something else: characters that a person does not see and a model does, line
breaks that end a quotation early, and names shaped like our own lines.

    clean      -> the text without hidden characters, and how many there were
    quoted     -> the same, with a mark before every line
    inline     -> a name or a label that stands within a line of ours: bare if it looks like one
    in_quotes  -> what stands there in quotes, whatever it is: what was said
    scrub      -> for everything that leaves the server, ours included

Hidden are Unicode's default-ignorable characters, its bidirectional controls, annotation marks and
noncharacters, the control characters, the blanks that are no spaces, and terminal escape sequences
(ECMA-48). Some of them carry meaning in their place (joiners in emoji and in Persian or Hindi, the
selector that makes a sign an emoji, a direction mark beside a right-to-left letter, a blank between
braille cells): there they are kept, never two in a row. Selectors of a glyph's variant go everywhere
else: what a character is they do not change, and after each they could carry a hidden byte.
"""

import re
from functools import cache
from typing import NamedTuple

from quo_mcp.values.name_likeness import namelike

# Every character that may have to go, be replaced or be looked at in its place.
_DOUBTFUL = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u2800\u3164\ud800-\udfff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\ufffc\ufffe\uffff\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    + "".join(
        chr(plane + last)
        for plane in range(0x10000, 0x110000, 0x10000)
        for last in (0xFFFE, 0xFFFF)
    )
)
_PICTURE = (
    "\xa9\xae\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u23ff\u24c2\u25a0-\u27bf\u2900-\u297f"
    "\u2b00-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
)
# Scripts whose letters change shape by their neighbours: Arabic and its kin, the Indic family.
_JOINING = (
    "\u0620-\u0dff\u0f00-\u109f\u1780-\u17b3\u17b6-\u17d3\u1820-\u18aa\u1b00-\u1bff\ua840-\ua87f"
    "\ua8e0-\ua8ff\ua980-\ua9df\U00011000-\U00011fff\U0001e900-\U0001e95f"
)
# A half-form may end a word: after a virama (the Malayalam chillu), or heh (the Hijri year's sign).
_HALF_FORM = "\u0647\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca"
_RIGHT_TO_LEFT = (
    "\u05d0-\u05f4\u0620-\u08ff\ufb1d-\ufdcf\ufdf0-\ufdff\ufe70-\ufefc\U00010800-\U00010fff"
    "\U0001e800-\U0001efff"
)
_BRAILLE = "\u2801-\u28ff"


def _tags(region: str) -> str:
    return "".join(chr(0xE0000 + ord(letter)) for letter in region)


# Only the three flags in Unicode's recommended set: any others could carry a hidden message.
_REGIONS = "|".join(_tags(region) for region in ("gbeng", "gbsct", "gbwls"))

_SUSPECT = re.compile(f"[{_DOUBTFUL}]")


@cache
def _piece() -> re.Pattern[str]:
    """Compiled when first needed: it takes longer than all else in this module."""
    return re.compile(
        rf"""
        (?P<kept>
            \U0001f3f4(?:{_REGIONS})\U000e007f
          | [0-9\#*]\ufe0f(?=\u20e3)
          | [{_PICTURE}][\ufe0e\ufe0f]?(?:\u200d[{_PICTURE}]\ufe0f?)*+
          | (?<=[{_JOINING}])[\u200c\u200d](?=[{_JOINING}])
          | (?<=[{_HALF_FORM}])[\u200c\u200d]
          | (?<=[{_RIGHT_TO_LEFT}])[\u200e\u200f]
          | (?<![\u200e\u200f])[\u200e\u200f](?=[{_RIGHT_TO_LEFT}])
          | (?<=[{_BRAILLE}])\u2800(?=[{_BRAILLE}])
          | (?<=[\u1820-\u18aa])[\u180b-\u180d\u180f]
        )
      | (?P<line> \r\n | [\r\x0b\x0c\x85\u2028\u2029] )
      | (?P<surrogate> [\ud800-\udfff] )
      | (?P<hidden>
            (?:\x1b\[|\x9b)[0-?]*+[\ -/]*+[@-~]                                   # colours, cursor
          | (?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x00-\x1f\x7f-\x9f]*+(?:\x07|\x1b\\|\x9c)  # titles, links
          | \x1b[\ -/]*+[0-Z\\^-~]
          | [{_DOUBTFUL}]
        )
        """,
        re.VERBOSE,
    )


_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class Cleaned(NamedTuple):
    """removed: how many characters were taken out (line breaks made alike are not counted)."""

    text: str
    removed: int


def clean(text: str) -> Cleaned:
    """Take out what a reader would not see; every line break becomes a newline.

    Cleaning twice changes nothing more, and the result can always be encoded in UTF-8.
    """
    if not _SUSPECT.search(text):
        return Cleaned(text, 0)
    removed = 0

    def judge(piece: re.Match[str]) -> str:
        nonlocal removed
        match piece.lastgroup:
            case "kept":
                return piece[0]
            case "line":
                return "\n"
            case "surrogate":
                return "\ufffd"
            case _:
                removed += len(piece[0])
                return ""

    left = _piece().sub(judge, text)
    if not removed:
        return Cleaned(left, 0)
    # What stood apart may be side by side now.
    again = clean(left)
    return Cleaned(again.text, removed + again.removed)


def quoted(text: str, mark: str = "> ") -> str:
    """Put `mark` before every line, empty ones too.

    What was hidden is told in a last line of ours, which has no mark and so cannot be forged.
    """
    cleaned, removed = clean(text)
    lines = [mark + line for line in cleaned.split("\n")]
    if removed:
        lines.append(f"({removed} hidden character{'' if removed == 1 else 's'} removed)")
    return "\n".join(lines)


def inline(text: str, limit: int = 80, *, words: int = 7) -> str:
    """Fit a name or a label into a line of ours: one line, at most `limit` characters.

    A plain name stays exactly as it is. One that could be read as a part of our line, or as a sentence
    of ours, is put in quotes, and so is whatever has several lines.

    words: how many of it stand bare at most. A person's or a company's name has up to seven, the value of
    a custom field a few, a label three, an address one.
    """
    lines = clean(text.strip()).text
    folded = " ".join(lines.split())
    if "\n" not in lines and namelike(folded, words):
        return _shorten(folded, limit)
    return in_quotes(folded, limit)


def in_quotes(text: str, limit: int = 80) -> str:
    """Put it on one line in curly quotes, which nothing inside can close; at most `limit` characters."""
    folded = " ".join(clean(text).text.split())
    return "“" + re.sub("[“”„‟❝❞〝〞]", '"', _shorten(folded, limit - 2)) + "”"


def _shorten(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    # Cleaned again, because the cut may leave a joiner with nothing to join.
    return clean(text[: limit - 1]).text.rstrip() + "…"


def scrub(text: str) -> str:
    """Take out control characters (newline and tab stay); lone surrogates become U+FFFD.

    One lone surrogate in a result would end the process: it cannot be encoded.
    """
    return _UNFIT.sub(lambda found: "\ufffd" if found[0] >= "\ud800" else "", text)
