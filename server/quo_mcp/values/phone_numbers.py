"""Phone numbers: read as people write them, written as people read them.

What Quo calls a number may be E.164 ("+14155550134"), a short code ("72345") or a word where the
caller withheld it ("Anonymous"). Rules about lengths, regions and kinds are those of libphonenumber,
which is imported on first use: every stdio launch would pay for it otherwise.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

Kind = Literal[
    "emergency",
    "fixed line",
    "fixed line or mobile",
    "mobile",
    "other",
    "personal",
    "premium",
    "shared cost",
    "short code",
    "toll-free",
    "unknown",
    "voip",
    "withheld",
]

_E164: Final = re.compile(r"\+[1-9][0-9]{1,14}")
_SHORT_CODE: Final = re.compile(r"[0-9]{3,6}|[0-9]{8}")
_WRITTEN: Final = re.compile(
    r"(?:tel: ?)?(?P<number>\+? ?[0-9(][0-9()./ -]*[0-9])"
    r"(?:[ ,;]*(?:ext(?:ension|n)?[.:=]?|x|#) ?(?P<extension>[0-9]{1,7}))?",
    re.IGNORECASE,
)
_DATE_OR_ADDRESS: Final = re.compile(
    r"[0-9]{4}([-./ ])[0-9]{1,2}\1[0-9]{1,2}"
    r"|[0-9]{1,2}([-./ ])[0-9]{1,2}\2[0-9]{4}"
    r"|[0-9]{1,3}(?:\.[0-9]{1,3}){3}"
)
_WITHHELD: Final = frozenset({"anonymous", "blocked", "restricted", "unavailable", "unknown"})
# Dialled in an emergency somewhere: they are refused wherever the account is at home.
_EMERGENCY: Final = frozenset({"000", "110", "111", "112", "118", "119", "911", "999"})
# Calling codes of no country, behind which operators of all sorts set their own price.
_AT_ANY_PRICE: Final = frozenset({882, 883, 979})
_FEWEST_DIGITS: Final = 7
_LONGEST: Final = 100
_MOST_CACHED: Final = 4096


class Written(NamedTuple):
    """number: E.164. extension: the digits behind it, which a text cannot reach, or None."""

    number: str
    extension: str | None


def read(text: str, region: str | None) -> Written | None:
    """The one number that a text is, or None where it is anything else.

    region: whose habits a number without "+" follows ("US": ten digits, "011" for abroad; "GB":
    "020 …", "00" for abroad); None reads numbers with "+" only. A number need be possible, not in
    use. Nothing but a number may stand there: an id or a sentence with digits in it is none, nor are
    letters for digits (1-800-FLOWERS), which cannot be told from names. Dates, IP addresses and,
    without "+", fewer than seven digits are none either.
    """
    written = _WRITTEN.fullmatch(_plain(text[:_LONGEST]))
    if len(text) > _LONGEST or written is None or _DATE_OR_ADDRESS.fullmatch(written["number"]):
        return None
    has_plus = written["number"].startswith("+")
    digits = sum(character.isdigit() for character in written["number"])
    if not has_plus and (region is None or digits < _FEWEST_DIGITS):
        return None
    number = _possible(written["number"], region)
    return Written(number, written["extension"]) if number else None


def parse(text: str, region: str | None) -> str | None:
    """E.164 of the number that a text is, its extension dropped; None where it is none (see read)."""
    written = read(text, region)
    return written.number if written else None


def is_e164(text: str) -> bool:
    return _E164.fullmatch(text) is not None


def is_plain(number: str) -> bool:
    """Whether it is a possible number in its one spelling: what is denied under one must not pass under another."""
    return parse(number, None) == number


def is_short_code(text: str) -> bool:
    """Three to six digits, or eight: as carriers give them out. Seven would be a local number."""
    return _SHORT_CODE.fullmatch(text) is not None


def is_withheld(text: str) -> bool:
    """Whether this is what stands for a caller who hid the number."""
    return text.strip().casefold() in _WITHHELD


@lru_cache(_MOST_CACHED)
def pretty(number: str) -> str:
    """'+1 415 555 0134'. What is not E.164 (a short code, "Anonymous") stays as it is."""
    parsed = _parsed(number)
    if parsed is None:
        return number
    from phonenumbers import PhoneNumberFormat, format_number  # noqa: PLC0415 - see the module

    return format_number(parsed, PhoneNumberFormat.INTERNATIONAL).replace("-", " ")


def region(number: str) -> str | None:
    """The region an E.164 number belongs to ("US", "CA", "GB"), None where it belongs to none.

    A number that is possible but in no known range counts to its calling code's main region.
    """
    parsed = _parsed(number)
    if parsed is None:
        return None
    from phonenumbers import (  # noqa: PLC0415 - see the module
        region_code_for_country_code,
        region_code_for_number,
    )

    found = region_code_for_number(parsed) or region_code_for_country_code(parsed.country_code or 0)
    return found if found.isalpha() and found != "ZZ" else None


def zones(number: str) -> tuple[str, ...]:
    """Names of the time zones where an E.164 number may be; none for what is not E.164.

    A number of no one place (toll-free, or in no known range) has all the zones of its calling code.
    """
    parsed = _parsed(number)
    if parsed is None:
        return ()
    from phonenumbers import timezone  # noqa: PLC0415 - see the module

    for look in (timezone.time_zones_for_number, timezone.time_zones_for_geographical_number):
        found = tuple(name for name in look(parsed) if name != timezone.UNKNOWN_TIMEZONE)
        if found:
            return found
    return ()


def kind(number: str, home: str = "US") -> Kind:
    """What sort of number this is, as far as its digits say.

    home: the region that short numbers are dialled from. "unknown" is a possible number in no known
    range, or no number at all.
    """
    if is_withheld(number):
        return "withheld"
    if number.isascii() and number.isdigit():
        return _kind_of_short(number, home)
    parsed = _parsed(number)
    if parsed is None:
        return "unknown"
    if str(parsed.national_number) in _EMERGENCY:
        return "emergency"
    if parsed.country_code in _AT_ANY_PRICE:
        return "premium"
    from phonenumbers import PhoneNumberType, number_type  # noqa: PLC0415 - see the module

    kinds: dict[int, Kind] = {
        PhoneNumberType.FIXED_LINE: "fixed line",
        PhoneNumberType.FIXED_LINE_OR_MOBILE: "fixed line or mobile",
        PhoneNumberType.MOBILE: "mobile",
        PhoneNumberType.PERSONAL_NUMBER: "personal",
        PhoneNumberType.PREMIUM_RATE: "premium",
        PhoneNumberType.SHARED_COST: "shared cost",
        PhoneNumberType.TOLL_FREE: "toll-free",
        PhoneNumberType.UNKNOWN: "unknown",
        PhoneNumberType.VOIP: "voip",
    }
    return kinds.get(number_type(parsed), "other")


def countries() -> frozenset[str]:
    """The two letters of every region that has numbers of its own."""
    from phonenumbers import SUPPORTED_REGIONS  # noqa: PLC0415 - see the module

    return frozenset(SUPPORTED_REGIONS)


def default_region(own_numbers: Iterable[str]) -> str:
    """The region most of a workspace's own numbers belong to; "US" where they do not say."""
    regions = Counter(found for number in own_numbers if (found := region(number)))
    return regions.most_common(1)[0][0] if regions else "US"


def _kind_of_short(digits: str, home: str) -> Kind:
    from phonenumbers import shortnumberinfo  # noqa: PLC0415 - see the module

    if digits in _EMERGENCY or shortnumberinfo.is_emergency_number(digits, home):
        return "emergency"
    return "short code" if is_short_code(digits) else "unknown"


def _possible(written: str, home: str | None) -> str | None:
    from phonenumbers import (  # noqa: PLC0415 - see the module
        NumberParseException,
        PhoneNumberFormat,
        ValidationResult,
        format_number,
        is_possible_number_with_reason,
        parse,
    )

    try:
        number = parse(written, home)
    except NumberParseException:
        return None
    # "Possible, but only dialled locally" is another answer of it, and no one to text.
    if is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return None
    # No area code of the North American plan starts with 0 or 1: such a row of digits is an id.
    if number.country_code == 1 and str(number.national_number)[0] in "01":
        return None
    found = format_number(number, PhoneNumberFormat.E164)
    return found if is_e164(found) else None


def _parsed(number: str) -> "PhoneNumber | None":
    if not is_e164(number):
        return None
    from phonenumbers import NumberParseException, parse  # noqa: PLC0415 - see the module

    try:
        return parse(number, None)
    except NumberParseException:
        return None


def _plain(text: str) -> str:
    """One line of plain ASCII where possible: full-width and other digits, dashes, spaces, bidi marks."""
    return "".join(
        _plain_character(character) for character in unicodedata.normalize("NFKC", text)
    ).strip()


def _plain_character(character: str) -> str:
    if character.isascii():
        return " " if character.isspace() else character
    if character.isdecimal():
        return str(unicodedata.decimal(character))
    match unicodedata.category(character):
        case "Pd":
            return "-"
        case "Zs" | "Zl" | "Zp":
            return " "
        case "Cf":
            return ""
        case _:
            return character
