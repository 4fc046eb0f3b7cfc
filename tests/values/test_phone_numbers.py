import pytest

from quo_mcp.values import phone_numbers


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("+14155550134", None, "+14155550134"),
        ("+1 (415) 555-0134", None, "+14155550134"),
        ("(415) 555-0134", "US", "+14155550134"),
        ("415.555.0134", "US", "+14155550134"),
        ("415-555-0134", "US", "+14155550134"),
        ("4155550134", "US", "+14155550134"),
        ("14155550134", "US", "+14155550134"),
        ("1-415-555-0134", "US", "+14155550134"),
        ("(555) 123-4567", "US", "+15551234567"),
        ("416 555 0134", "CA", "+14165550134"),
        ("\uff14\uff11\uff15\uff15\uff15\uff15\uff10\uff11\uff13\uff14", "US", "+14155550134"),
        (
            "\uff0b\uff11\uff14\uff11\uff15\uff15\uff15\uff15\uff10\uff11\uff13\uff14",
            None,
            "+14155550134",
        ),
        ("٤١٥٥٥٥٠١٣٤", "US", "+14155550134"),
        ("415\N{NON-BREAKING HYPHEN}555\N{EN DASH}0134", "US", "+14155550134"),
        ("\u202a+1\u00a0415\u00a0555\u00a00134\u202c", None, "+14155550134"),
        ("415\n555\t0134", "US", "+14155550134"),
        ("415\u2028555\u20280134", "US", "+14155550134"),
        ("tel:+14155550134", None, "+14155550134"),
        ("TEL:+1-415-555-0134", None, "+14155550134"),
        ("  +14155550134  ", None, "+14155550134"),
        ("020 7946 0958", "GB", "+442079460958"),
        ("+44 (0)20 7946 0958", None, "+442079460958"),
        ("00 44 20 7946 0958", "GB", "+442079460958"),
        ("0044 20 7946 0958", "FR", "+442079460958"),
        ("011 44 20 7946 0958", "US", "+442079460958"),
        ("07700 900123", "GB", "+447700900123"),
        ("(02) 5550 1234", "AU", "+61255501234"),
        ("0491 570 156", "AU", "+61491570156"),
        ("01 99 00 12 34", "FR", "+33199001234"),
        ("030 23125 123", "DE", "+493023125123"),
        ("+290 23456", None, "+29023456"),
    ],
)
def test_a_number_is_read_as_people_write_it(text, region, number):
    assert phone_numbers.parse(text, region) == number


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("", "US"),
        ("Jane", "US"),
        ("Jane 4155550134", "US"),
        ("call 415-555-0134", "US"),
        ("1-800-FLOWERS", "US"),
        ("PN123abc4567", "US"),
        ("66f1a2b3c4d5e6f7a8b9c0d1", "US"),
        ("+1415555013४abc", "US"),
        ("415 555 0134, 415 555 0135", "US"),
        ("(415) 555-0134 / (415) 555-0135", "US"),
        ("4155550134", None),
        ("415-555-0134", None),
        ("0044 20 7946 0958", "US"),
        ("555-0134", "US"),
        ("1234567890", "US"),
        ("0155550134", "US"),
        ("123456", "DE"),
        ("72345", "US"),
        ("911", "US"),
        ("+1911", "US"),
        ("+", "US"),
        ("+1", None),
        ("+0123456789", None),
        ("+1415555013412345", None),
        ("+999 123 4567", None),
        ("2026-11-23", "DE"),
        ("23.11.2026", "DE"),
        ("23/11/2026", "DE"),
        ("192.168.1.10", "DE"),
        ("415_555_0134", "US"),
        ("4155550134!", "US"),
        ("415 555 0134 ext", "US"),
        ("Anonymous", "US"),
        ("+14155550134" + " " * 90, None),
    ],
)
def test_what_is_no_single_whole_number_is_none(text, region):
    assert phone_numbers.parse(text, region) is None


@pytest.mark.parametrize(
    "text",
    [
        "+1 415 555 0134 ext. 12",
        "+1 415 555 0134 extension 12",
        "+1 415 555 0134 x12",
        "(415) 555-0134 #12",
        "tel:+14155550134;ext=12",
        "415-555-0134, ext 12",
    ],
)
def test_an_extension_is_kept_beside_the_number(text):
    assert phone_numbers.parse_with_extension(text, "US") == ("+14155550134", "12")


def test_a_number_without_an_extension_has_none():
    assert phone_numbers.parse_with_extension("+14155550134", None) == ("+14155550134", None)


@pytest.mark.parametrize(
    ("text", "is_e164"),
    [
        ("+14155550134", True),
        ("+442079460958", True),
        ("+123456789012345", True),
        ("+1234567890123456", False),
        ("+04155550134", False),
        ("14155550134", False),
        ("+1 4155550134", False),
        ("+14155550134\n", False),
        ("+1415555013\uff14", False),
    ],
)
def test_e164_is_told_by_its_shape(text, is_e164):
    assert phone_numbers.is_e164(text) is is_e164


@pytest.mark.parametrize(
    ("text", "is_short"),
    [
        ("911", True),
        ("72345", True),
        ("726726", True),
        ("12345678", True),
        ("5550134", False),
        ("12", False),
        ("+72345", False),
        ("\uff17\uff12\uff13\uff14\uff15", False),
        ("", False),
    ],
)
def test_short_codes_have_three_to_six_digits_or_eight(text, is_short):
    assert phone_numbers.is_short_code(text) is is_short


@pytest.mark.parametrize("text", ["Anonymous", "blocked", " RESTRICTED ", "Unavailable", "unknown"])
def test_words_that_stand_for_a_hidden_number_are_known(text):
    assert phone_numbers.is_withheld(text)


@pytest.mark.parametrize("text", ["", "+14155550134", "Anonymous Coward", "72345"])
def test_other_words_and_numbers_are_not_withheld(text):
    assert not phone_numbers.is_withheld(text)


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("+14155550134", "+1 415 555 0134"),
        ("+442079460958", "+44 20 7946 0958"),
        ("+33199001234", "+33 1 99 00 12 34"),
        ("+61491570156", "+61 491 570 156"),
        ("72345", "72345"),
        ("Anonymous", "Anonymous"),
        ("+999123456", "+999123456"),
    ],
)
def test_a_number_is_shown_in_international_form(number, shown):
    assert phone_numbers.format_international(number) == shown


@pytest.mark.parametrize(
    ("number", "region"),
    [
        ("+14155550134", "US"),
        ("+14165550134", "CA"),
        ("+18765550134", "JM"),
        ("+442079460958", "GB"),
        ("+61491570156", "AU"),
        ("+15555550134", "US"),
        ("+881612345678", None),
        ("+999123456", None),
        ("72345", None),
        ("Anonymous", None),
    ],
)
def test_a_number_belongs_to_a_region(number, region):
    assert phone_numbers.region_of(number) == region


@pytest.mark.parametrize(
    ("number", "zones"),
    [
        ("+14155550134", ("America/Los_Angeles",)),
        ("+12125550134", ("America/New_York",)),
        ("+442079460958", ("Europe/London",)),
        ("72345", ()),
        ("+999123456", ()),
        ("+883510012345", ()),
    ],
)
def test_a_number_has_its_time_zones(number, zones):
    assert phone_numbers.time_zones_of(number) == zones


def test_a_number_of_no_one_place_has_all_zones_of_its_calling_code():
    everywhere = set(phone_numbers.time_zones_of("+18005550134"))
    assert {"America/New_York", "Pacific/Honolulu"} <= everywhere
    assert set(phone_numbers.time_zones_of("+15555550134")) == everywhere


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("+14155550134", "fixed line or mobile"),
        ("+18005550134", "toll-free"),
        ("+448081570123", "toll-free"),
        ("+19005550134", "premium"),
        ("+449098790123", "premium"),
        ("+979123456789", "premium"),
        ("+61491570156", "mobile"),
        ("+442079460958", "fixed line"),
        ("+15555550134", "unknown"),
        ("+1911", "emergency"),
        ("+44999", "emergency"),
        ("911", "emergency"),
        ("112", "emergency"),
        ("999", "emergency"),
        ("311", "short code"),
        ("72345", "short code"),
        ("5550134", "unknown"),
        ("Anonymous", "withheld"),
        ("Jane", "unknown"),
        ("+15005550134", "personal"),
        ("+447012345678", "personal"),
        ("+33810123456", "shared cost"),
        ("+88213000000", "premium"),
        ("+883510000000012", "premium"),
        ("+443001234567", "other"),
    ],
)
def test_a_number_is_of_a_kind(number, kind):
    assert phone_numbers.kind_of(number) == kind


def test_the_home_region_adds_its_own_emergency_numbers():
    assert phone_numbers.kind_of("133", home_region="AT") == "emergency"
    assert phone_numbers.kind_of("133", home_region="US") == "short code"


@pytest.mark.parametrize(
    ("own", "region"),
    [
        ((), "US"),
        (("72345", "Anonymous"), "US"),
        (("+442079460958", "+14155550134", "+442079460959"), "GB"),
        (("+14165550134",), "CA"),
    ],
)
def test_the_region_of_a_workspace_is_that_of_most_of_its_numbers(own, region):
    assert phone_numbers.default_region(own) == region
