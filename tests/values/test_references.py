import pytest

from quo_mcp.values.references import (
    Reference,
    candidate_line,
    parse_reference,
    split_heading,
    with_number,
)


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("Jane Doe (+1 415 555 0134)", Reference("Jane Doe", ("+1 415 555 0134",))),
        (
            "- Jane Doe, Acme (+1 415 555 0134) · mobile · contact 56df3a",
            Reference("Jane Doe, Acme", ("+1 415 555 0134",), "56df3a"),
        ),
        (
            "Jane Doe (+1 415 555 0134, 0134) · contact 56df3a",
            Reference("Jane Doe", ("+1 415 555 0134", "0134"), "56df3a"),
        ),
        (
            '"Jane · Doe" (+1 415 555 0134) · contact 56df3a',
            Reference('"Jane · Doe"', ("+1 415 555 0134",), "56df3a"),
        ),
        ("Main (Oakland) (+1 415 555 0100)", Reference("Main (Oakland)", ("+1 415 555 0100",))),
        ("- Marisol Vega · USmarisol1", Reference("Marisol Vega", (), "USmarisol1")),
        ("contact 56df3a", Reference("", (), "56df3a")),
        ("Contact 56df3a", Reference("", (), "56df3a")),
        ("56df3a", None),
        ("Jane Doe", None),
        ("- Jane Doe", None),
        ("Jane Doe +1 415 555 0134", None),
        ("", None),
    ],
)
def test_a_printed_form_is_taken_apart(text, reference):
    assert parse_reference(text) == reference


def test_the_forms_are_built_in_one_place():
    assert with_number("Jane Doe", "+1 415 555 0134") == "Jane Doe (+1 415 555 0134)"
    assert with_number("+1 415 555 0134", "+1 415 555 0134") == "+1 415 555 0134"
    assert candidate_line("Marisol Vega", "", "USmarisol1") == "- Marisol Vega · USmarisol1"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- Jane · mobile · contact 56df", ("Jane · mobile", "56df")),
        ("Jane · 56df\n  mobile: +1 415 555 0111\n  work: x", ("Jane", "56df")),
        (
            "Jane · incoming · AC1\n> Hello\n>\n> there · AC2\n  delivered",
            ("Jane · incoming", "AC1"),
        ),
        ("Jane · 56df\nGrace · 57df", None),
        ("Jane · two words", None),
        ("56df", None),
        ("", None),
    ],
)
def test_a_heading_ends_with_its_id(text, expected):
    assert split_heading(text) == expected
