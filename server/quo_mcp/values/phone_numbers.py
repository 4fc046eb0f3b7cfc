"""Parse, classify and format phone numbers.

A number from Quo is E.164 ("+14155550134"), a short code ("72345"), or a word for a withheld number
("Anonymous"). The rules about lengths, regions and kinds come from libphonenumber. It is imported on
first use, because importing it slows down every start over stdio.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

if TYPE_CHECKING:
    from phonenumbers import PhoneNumber

NumberKind = Literal[
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
_NUMBER_WITH_EXTENSION: Final = re.compile(
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
# Emergency numbers of some country. They are refused whatever the home region of the account.
_EMERGENCY: Final = frozenset({"000", "110", "111", "112", "118", "119", "911", "999"})
# Calling codes that belong to no country. Operators behind them set their own prices.
_PREMIUM_CALLING_CODES: Final = frozenset({882, 883, 979})
_MIN_NATIONAL_DIGITS: Final = 7
_MAX_LENGTH: Final = 100
_CACHE_SIZE: Final = 4096


class ParsedNumber(NamedTuple):
    """A number in E.164 and its extension. A text message cannot reach an extension."""

    number: str
    extension: str | None


def parse_with_extension(text: str, region: str | None) -> ParsedNumber | None:
    """Parse text that consists of one phone number. Return None for anything else.

    region: the ISO 3166 code that decides how to read a number without "+" ("US": ten digits, "011"
    for abroad; "GB": "020 …", "00" for abroad). With None, only numbers with "+" are read.

    The number must be possible, but need not be in use. An id or a sentence that contains digits is not
    a number. Letters for digits (1-800-FLOWERS) are rejected, because they look like names. So are
    dates, IP addresses and, without "+", fewer than seven digits.
    """
    match = _NUMBER_WITH_EXTENSION.fullmatch(_to_ascii(text[:_MAX_LENGTH]))
    if len(text) > _MAX_LENGTH or match is None or _DATE_OR_ADDRESS.fullmatch(match["number"]):
        return None
    has_plus = match["number"].startswith("+")
    digit_count = sum(character.isdigit() for character in match["number"])
    if not has_plus and (region is None or digit_count < _MIN_NATIONAL_DIGITS):
        return None
    number = _parse_possible(match["number"], region)
    return ParsedNumber(number, match["extension"]) if number else None


def parse(text: str, region: str | None) -> str | None:
    """Parse like `parse_with_extension`, but drop the extension and return E.164 or None."""
    parsed = parse_with_extension(text, region)
    return parsed.number if parsed else None


def is_e164(text: str) -> bool:
    return _E164.fullmatch(text) is not None


def is_canonical(number: str) -> bool:
    """Return whether `number` is a possible number in its only canonical spelling (E.164).

    Allow and deny lists compare spellings, so a number must not get past them in another one.
    """
    return parse(number, None) == number


def is_short_code(text: str) -> bool:
    """Return whether `text` has three to six digits, or eight. Seven digits are a local number."""
    return _SHORT_CODE.fullmatch(text) is not None


def is_withheld(text: str) -> bool:
    """Return whether `text` is a word that Quo shows in place of a hidden number."""
    return text.strip().casefold() in _WITHHELD


@lru_cache(_CACHE_SIZE)
def format_international(number: str) -> str:
    """Format E.164 as '+1 415 555 0134'. Return anything else (a short code, "Anonymous") unchanged."""
    parsed = _parse_e164(number)
    if parsed is None:
        return number
    from phonenumbers import PhoneNumberFormat, format_number  # noqa: PLC0415 - slow import

    return format_number(parsed, PhoneNumberFormat.INTERNATIONAL).replace("-", " ")


def region_of(number: str) -> str | None:
    """Return the region of an E.164 number ("US", "CA", "GB"), or None if it has none.

    A possible number outside all known ranges belongs to the main region of its calling code.
    """
    parsed = _parse_e164(number)
    if parsed is None:
        return None
    from phonenumbers import (  # noqa: PLC0415 - slow import
        region_code_for_country_code,
        region_code_for_number,
    )

    region = region_code_for_number(parsed) or region_code_for_country_code(
        parsed.country_code or 0
    )
    # "ZZ" (unknown) and "001" (the world) are not regions.
    return region if region.isalpha() and region != "ZZ" else None


def time_zones_of(number: str) -> tuple[str, ...]:
    """Return the IANA names of all time zones where an E.164 number may be; empty if it is not E.164.

    A number without a single place (toll-free, or outside known ranges) has all zones of its calling code.
    """
    parsed = _parse_e164(number)
    if parsed is None:
        return ()
    from phonenumbers import timezone  # noqa: PLC0415 - slow import

    for lookup in (timezone.time_zones_for_number, timezone.time_zones_for_geographical_number):
        names = tuple(name for name in lookup(parsed) if name != timezone.UNKNOWN_TIMEZONE)
        if names:
            return names
    return ()


def kind_of(number: str, home_region: str = "US") -> NumberKind:
    """Classify a number by its digits alone.

    home_region: the region that short numbers are dialed from. "unknown" means a possible number
    outside all known ranges, or not a number.
    """
    if is_withheld(number):
        return "withheld"
    if number.isascii() and number.isdigit():
        return _kind_of_short_number(number, home_region)
    parsed = _parse_e164(number)
    if parsed is None:
        return "unknown"
    if str(parsed.national_number) in _EMERGENCY:
        return "emergency"
    if parsed.country_code in _PREMIUM_CALLING_CODES:
        return "premium"
    from phonenumbers import PhoneNumberType, number_type  # noqa: PLC0415 - slow import

    kinds: dict[int, NumberKind] = {
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


def supported_regions() -> frozenset[str]:
    """Return the ISO 3166 code of every region that has phone numbers of its own."""
    from phonenumbers import SUPPORTED_REGIONS  # noqa: PLC0415 - slow import

    return frozenset(SUPPORTED_REGIONS)


def default_region(own_numbers: Iterable[str]) -> str:
    """Return the most common region of a workspace's own numbers, or "US" if none has a region."""
    regions = Counter(region for number in own_numbers if (region := region_of(number)))
    return regions.most_common(1)[0][0] if regions else "US"


def _kind_of_short_number(digits: str, home_region: str) -> NumberKind:
    from phonenumbers import shortnumberinfo  # noqa: PLC0415 - slow import

    if digits in _EMERGENCY or shortnumberinfo.is_emergency_number(digits, home_region):
        return "emergency"
    return "short code" if is_short_code(digits) else "unknown"


def _parse_possible(text: str, region: str | None) -> str | None:
    from phonenumbers import (  # noqa: PLC0415 - slow import
        NumberParseException,
        PhoneNumberFormat,
        ValidationResult,
        format_number,
        is_possible_number_with_reason,
        parse,
    )

    try:
        number = parse(text, region)
    except NumberParseException:
        return None
    # Numbers that are possible only in local dialing have a result of their own. They cannot be texted.
    if is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        return None
    # North American area codes do not start with 0 or 1, so these digits are an id.
    if number.country_code == 1 and str(number.national_number)[0] in "01":
        return None
    formatted = format_number(number, PhoneNumberFormat.E164)
    return formatted if is_e164(formatted) else None


def _parse_e164(number: str) -> "PhoneNumber | None":
    if not is_e164(number):
        return None
    from phonenumbers import NumberParseException, parse  # noqa: PLC0415 - slow import

    try:
        return parse(number, None)
    except NumberParseException:
        return None


def _to_ascii(text: str) -> str:
    """Replace digits, dashes and spaces of all scripts with ASCII, and remove format characters."""
    return "".join(
        _to_ascii_character(character) for character in unicodedata.normalize("NFKC", text)
    ).strip()


def _to_ascii_character(character: str) -> str:
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
