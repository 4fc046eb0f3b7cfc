"""Split a text into the SMS segments that carriers count and Quo charges for.

The rules are those of GSM 03.38 (3GPP TS 23.038). If all characters are in the GSM-7 alphabet, a single
segment holds 160 septets, and each of several segments holds 153. Any other text is UCS-2, with 70 or 67
UTF-16 units. A character of two units (a GSM-7 extension character, a surrogate pair) is never split:
it moves to the next segment.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

PRICE_PER_SEGMENT = Decimal("0.01")
"""US dollars per segment to `PRICED_REGIONS`, according to Quo's price list for its API."""

PRICED_REGIONS = frozenset({"US", "CA"})

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")
_GSM_7 = _BASIC | _EXTENSION


@dataclass(frozen=True, slots=True)
class SmsSegments:
    """The number of segments of a text, and their encoding.

    units_used: septets (GSM-7) or UTF-16 units (UCS-2) of the text, without padding between segments.
    units_left: the free units in the last segment.
    non_gsm_characters: the distinct characters outside GSM-7, in text order. Empty for GSM-7.
    """

    encoding: Literal["GSM-7", "UCS-2"]
    count: int
    units_used: int
    units_left: int
    non_gsm_characters: tuple[str, ...]


def count_segments(text: str) -> SmsSegments:
    """Count the segments that `text` takes when it is sent."""
    non_gsm_characters = tuple(dict.fromkeys(char for char in text if char not in _GSM_7))
    if non_gsm_characters:
        sizes = [2 if char > "\uffff" else 1 for char in text]
        return SmsSegments("UCS-2", *_fill_segments(sizes, single=70, multi=67), non_gsm_characters)
    sizes = [2 if char in _EXTENSION else 1 for char in text]
    return SmsSegments("GSM-7", *_fill_segments(sizes, single=160, multi=153), ())


def count_utf16_units(text: str) -> int:
    """Return the length of `text` as Quo and carriers count it: a character above U+FFFF, as most emoji, is two."""
    return len(text) + sum(char > "\uffff" for char in text)


def price_per_recipient(text: str, region: str | None = "US") -> Decimal | None:
    """Return the cost in US dollars of sending `text` to one recipient, or None if it is unknown.

    region: the ISO 3166 code of the recipient's number.
    """
    return count_segments(text).count * PRICE_PER_SEGMENT if region in PRICED_REGIONS else None


def _fill_segments(sizes: list[int], *, single: int, multi: int) -> tuple[int, int, int]:
    """Return the number of segments, the units used and the units left in the last segment.

    sizes: units per character. single, multi: capacity of an only segment, and of each of several.
    """
    used = sum(sizes)
    if used <= single:
        return min(used, 1), used, single - used
    count, left = 1, multi
    for size in sizes:
        if size > left:
            count, left = count + 1, multi
        left -= size
    return count, used, left
