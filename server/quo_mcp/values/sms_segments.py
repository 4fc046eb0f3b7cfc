"""How a text is cut into the segments that carriers count and Quo charges for.

The rules are GSM 03.38's (3GPP TS 23.038): a text whose characters are all in the GSM-7 alphabet
has 160 septets in one segment, or 153 in each of several; any other has 70 or 67 UTF-16 units. What
takes two (an extension character, a surrogate pair) is not cut in half but moves to the next segment.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

PRICE = Decimal("0.01")
"""US dollars a segment to the regions of `PRICED`, by Quo's price list for its API."""

PRICED = frozenset({"US", "CA"})

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")
_GSM = _BASIC | _EXTENSION


@dataclass(frozen=True, slots=True)
class Segments:
    """How a text is sent.

    used: septets (GSM-7) or UTF-16 units (UCS-2) that the text takes, without what is lost at cuts.
    left: how many of them still fit into the last segment.
    culprits: the characters that are not in GSM-7, each once, in the order of the text.
    """

    encoding: Literal["GSM-7", "UCS-2"]
    count: int
    used: int
    left: int
    culprits: tuple[str, ...]


def segments(text: str) -> Segments:
    culprits = tuple(dict.fromkeys(char for char in text if char not in _GSM))
    if culprits:
        sizes = [2 if char > "\uffff" else 1 for char in text]
        return Segments("UCS-2", *_cut(sizes, single=70, part=67), culprits)
    sizes = [2 if char in _EXTENSION else 1 for char in text]
    return Segments("GSM-7", *_cut(sizes, single=160, part=153), culprits)


def price(text: str, region: str | None = "US") -> Decimal | None:
    """What one recipient's copy costs in US dollars; None where the price is not known.

    region: the recipient's, as an ISO 3166 code.
    """
    return segments(text).count * PRICE if region in PRICED else None


def _cut(sizes: list[int], *, single: int, part: int) -> tuple[int, int, int]:
    """Segments, units used, units left in the last."""
    used = sum(sizes)
    if used <= single:
        return min(used, 1), used, single - used
    count, left = 1, part
    for size in sizes:
        if size > left:
            count, left = count + 1, part
        left -= size
    return count, used, left
