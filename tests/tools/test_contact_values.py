"""What is said of a contact, as Quo takes it."""

import pytest

from quo_mcp.errors import Misunderstood
from quo_mcp.tools.contact_values import custom_values, emails_in, labelled, phones_in


@pytest.mark.parametrize(
    ("text", "label", "value"),
    [
        ("mobile: +1", "mobile", "+1"),
        ("+1", "main", "+1"),
        (" : +1", "main", "+1"),
        ("home: of: x", "home: of", "x"),
    ],
)
def test_a_label_stands_before_the_colon(text, label, value):
    assert labelled(text) == (label, value)


def test_a_number_is_written_in_full_whatever_its_spacing():
    assert phones_in(["mobile: (415) 555-0134"], "US") == [
        {"name": "mobile", "value": "+14155550134"}
    ]
    assert phones_in(None, "US") == []
    with pytest.raises(Misunderstood, match="country code"):
        phones_in(["12"], "US")


@pytest.mark.parametrize(
    "wrong", ["jane", "@example.com", "jane@", "jane@example", "a b@example.com"]
)
def test_what_is_no_address_is_refused(wrong):
    with pytest.raises(Misunderstood, match="e-mail"):
        emails_in([wrong])


def test_a_type_that_quo_made_since_is_left_to_quo():
    assert custom_values({"Mood": {"x": 1}}, {"Mood": ("mood", "emoji")}) == [
        {"key": "mood", "value": {"x": 1}}
    ]


def test_an_unknown_field_in_a_workspace_without_any_says_where_they_are_made():
    with pytest.raises(Misunderstood, match="made in the Quo app"):
        custom_values({"Mood": 1}, {})


def test_a_day_is_taken_from_a_moment_too():
    defined = {"Last service": ("last-service", "date")}
    [item] = custom_values({"last service": "2026-03-01T09:00:00Z"}, defined)
    assert item["value"] == "2026-03-01T00:00:00.000Z"
