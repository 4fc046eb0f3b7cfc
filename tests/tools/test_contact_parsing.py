"""What is said of a contact, as Quo takes it."""

import pytest

from quo_mcp.errors import Misunderstood
from quo_mcp.tools.contact_parsing import MOST, Wrong, custom_values, emails_in, labelled, phones_in


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
    wrong = Wrong()
    assert phones_in(["mobile: (415) 555-0134"], "US", wrong) == [
        {"name": "mobile", "value": "+14155550134"}
    ]
    assert phones_in(None, "US", wrong) == []
    assert wrong == []
    assert phones_in(["12"], "US", wrong) == []
    assert "country code" in wrong[0]


@pytest.mark.parametrize(
    "wrong", ["jane", "@example.com", "jane@", "jane@example", "a b@example.com"]
)
def test_what_is_no_address_is_not_taken(wrong):
    told = Wrong()
    assert emails_in([wrong, "a@b.co"], told) == [{"name": "main", "value": "a@b.co"}]
    assert told == [f"“{wrong}” does not read as an e-mail address."]


def test_a_type_that_quo_made_since_is_left_to_quo():
    assert custom_values({"Mood": {"x": 1}}, {"Mood": ("mood", "emoji")}, Wrong()) == [
        {"key": "mood", "value": {"x": 1}}
    ]


def test_an_unknown_field_in_a_workspace_without_any_says_where_they_are_made():
    wrong = Wrong()
    assert custom_values({"Mood": 1}, {}, wrong) == []
    assert "made in the Quo app" in wrong[0]


def test_a_day_is_taken_from_a_moment_too():
    defined = {"Last service": ("last-service", "date")}
    [item] = custom_values({"last service": "2026-03-01T09:00:00Z"}, defined, Wrong())
    assert item["value"] == "2026-03-01T00:00:00.000Z"


def test_all_that_is_wrong_is_told_at_once_and_that_nothing_came_of_it():
    wrong = Wrong()
    wrong.refuse("Nothing was made.")
    defined = {"Age": ("age", "number"), "Day": ("day", "date"), "VIP": ("vip", "boolean")}
    given = {"Age": "old", "Shoes": 1, "Day": "soon", "vip": True, "Hats": 2}
    assert custom_values(given, defined, wrong) == [{"key": "vip", "value": True}]
    with pytest.raises(Misunderstood) as refusal:
        wrong.refuse("Nothing was made.")
    assert str(refusal.value).splitlines() == [
        "These do not fit:",
        "- “Age” takes a number, not “old”.",
        "- “Day” takes a date such as 2026-03-31, not “soon”.",
        "- There is no custom field “Shoes” or “Hats”. There are: Age, Day, VIP.",
        "Nothing was made.",
    ]


def test_of_very_many_faults_some_are_told_and_the_rest_counted():
    wrong = Wrong()
    emails_in(["no0", *(f"no{number}" for number in range(MOST + 3))], wrong)
    assert wrong == [
        "“no0” or “no1” or “no2” or “no3” or “no4” or 3 more does not read as an e-mail address."
    ]
    fields = {f"Age {number}": (f"age-{number}", "number") for number in range(MOST + 2)}
    custom_values(dict.fromkeys(fields, "old"), fields, wrong)
    with pytest.raises(Misunderstood, match="- and 3 more\nNothing was made") as refusal:
        wrong.refuse("Nothing was made.")
    assert len(str(refusal.value).splitlines()) == MOST + 3
