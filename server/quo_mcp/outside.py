r"""What other people wrote, made safe for a model to read.

Texts, transcripts, voicemails and names come from anyone who can dial a number. Three things could
make them pass for something else: characters that a person does not see and a model does, line
breaks that end a quotation early, and names shaped like our own lines.

    clean      -> the text without hidden characters, and how many there were
    quoted     -> the same, with a mark before every line
    inline     -> a name or a label that stands within a line of ours
    in_quotes  -> the same, always in quotes: what was said
    scrub      -> for everything that leaves the server, ours included

Hidden are Unicode's default-ignorable characters, its bidirectional controls, annotation marks and
noncharacters, the control characters, and terminal escape sequences (ECMA-48). Some of them carry
meaning in their place (joiners in emoji and in Persian or Hindi, one variation selector after
what can vary, a direction mark beside a right-to-left letter): there they are kept, never two in a row.
"""

import re
import unicodedata
from functools import cache
from typing import NamedTuple

# Every character that may have to go, be replaced or be looked at in its place.
_DOUBTFUL = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ud800-\udfff\ufdd0-\ufdef\ufe00-\ufe0f\ufeff\uffa0"
    "\ufff0-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
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
_IDEOGRAPH = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0002fffd\U00030000-\U0003fffd"
# What has standardised variants besides: mathematical signs, CJK punctuation, Myanmar, Phags-pa.
_VARIED = "\u2200-\u22ff\u2a00-\u2aff\u3001\u3002\uff01-\uff1f\u1000-\u109f\ua840-\ua87f"


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
          | [\u200e\u200f](?=[{_RIGHT_TO_LEFT}])
          | (?<=[{_IDEOGRAPH}])[\ufe00-\ufe0d\U000e0100-\U000e01ef]
          | (?<=[{_VARIED}])[\ufe00-\ufe0d]
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

    return Cleaned(_piece().sub(judge, text), removed)


def quoted(text: str, mark: str = "> ") -> str:
    """Put `mark` before every line, empty ones too.

    What was hidden is told in a last line of ours, which has no mark and so cannot be forged.
    """
    cleaned, removed = clean(text)
    lines = [mark + line for line in cleaned.split("\n")]
    if removed:
        lines.append(f"({removed} hidden character{'' if removed == 1 else 's'} removed)")
    return "\n".join(lines)


# Our lines are made of these; a name that holds one stands in curly quotes.
_OURS = re.compile(
    r"""
    [:;<>\[\]{}|=`"\\“”„‟·•‣→⇒\u2013—―\u2236\ua789]
  | ^[-+*\#~_(]                 # starts like a list item, a heading, a remark
  | \([^)]*[0-9+@(]             # holds more than words in its brackets
  | \([^)]*$ | ^[^(]*\)         # or does not close them
  | \b(?=[A-Za-z]*[0-9])[A-Za-z0-9]{10}   # could be an id, or a phone number
  | \+\s*[0-9] | (?:[0-9][ .()/-]*){7}     # likewise, however it is spaced
    """,
    re.VERBOSE,
)


def inline(text: str, limit: int = 80) -> str:
    """Fit a name or a label into a line of ours: one line, at most `limit` characters.

    A plain name stays exactly as it is. One that could be read as a part of our line is put in
    curly quotes, which nothing inside can close.
    """
    lines = clean(text.strip()).text
    folded = " ".join(lines.split())
    # Bounded first: normalising a long run of combining marks takes quadratic time.
    body = _shorten(folded, limit)
    looks = unicodedata.normalize("NFKC", body)
    if "\n" not in lines and not _OURS.search(looks) and not _attaches(looks):
        return body
    return "“" + re.sub("[“”„‟]", '"', _shorten(folded, limit - 2)) + "”"


def in_quotes(text: str, limit: int = 80) -> str:
    """What was said, within a line of ours, in one pair of curly quotes whatever it is."""
    shown = inline(text, limit)
    return shown if shown.startswith("“") else f"“{shown}”"


def _shorten(text: str, limit: int) -> str:
    if len(text) <= limit:
        return text
    # Cleaned again, because the cut may leave a joiner with nothing to join.
    return clean(text[: limit - 1]).text.rstrip() + "…"


def _attaches(text: str) -> bool:
    """Whether the first character would combine with what stands before it."""
    return unicodedata.category(text[:1] or " ").startswith("M")


def scrub(text: str) -> str:
    """Take out control characters (newline and tab stay); lone surrogates become U+FFFD.

    One lone surrogate in a result would end the process: it cannot be encoded.
    """
    return _UNFIT.sub(lambda found: "\ufffd" if found[0] >= "\ud800" else "", text)
