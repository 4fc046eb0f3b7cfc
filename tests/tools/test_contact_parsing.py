"""Parsing of phone numbers, email addresses and custom field values."""

import pytest

from quo_mcp.errors import InvalidArguments
from quo_mcp.tools.contact_parsing import (
    ValidationErrors,
    parse_custom_values,
    parse_emails,
    parse_phones,
    split_label,
)


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
    assert split_label(text) == (label, value)


def test_a_number_is_written_in_full_whatever_its_spacing():
    errors = ValidationErrors()
    assert parse_phones(["mobile: (415) 555-0134"], "US", errors) == [
        {"name": "mobile", "value": "+14155550134"}
    ]
    assert parse_phones(None, "US", errors) == []
    assert errors == []
    assert parse_phones(["12"], "US", errors) == []
    assert "country code" in errors[0]


@pytest.mark.parametrize(
    "address", ["jane", "@example.com", "jane@", "jane@example", "a b@example.com"]
)
def test_an_invalid_address_is_rejected(address):
    errors = ValidationErrors()
    assert parse_emails([address, "a@b.co"], errors) == [{"name": "main", "value": "a@b.co"}]
    assert errors == [
        (
            f'emails: invalid email address "{address}". '
            'Example: "jane@example.com" or, with a label, "work: jane@example.com".'
        )
    ]


def test_a_type_that_quo_made_since_is_left_to_quo():
    assert parse_custom_values(
        [("Mood", {"x": 1})], {"Mood": ("mood", "emoji")}, ValidationErrors()
    ) == [{"key": "mood", "value": {"x": 1}}]


@pytest.mark.parametrize("value", [["North", 7], [7], 7, {"North": True}])
def test_a_choice_that_is_not_a_text_is_rejected(value):
    errors = ValidationErrors()
    definitions = {"Areas": ("areas", "multi-select")}
    assert parse_custom_values([("Areas", value)], definitions, errors) == []
    assert errors == [f'custom_fields: "Areas" must be a list of strings, not "{value}".']


@pytest.mark.parametrize(
    ("value", "options"),
    [(["North", "South"], ["North", "South"]), ("North, South,", ["North", "South"]), ([], [])],
)
def test_several_choices_are_a_list_or_separated_by_commas(value, options):
    definitions = {"Areas": ("areas", "multi-select")}
    [item] = parse_custom_values([("Areas", value)], definitions, ValidationErrors())
    assert item["value"] == options


def test_an_unknown_field_in_a_workspace_without_any_says_where_they_are_made():
    errors = ValidationErrors()
    assert parse_custom_values([("Mood", 1)], {}, errors) == []
    assert "created in the Quo app" in errors[0]


def test_a_day_is_taken_from_a_moment_too():
    definitions = {"Last service": ("last-service", "date")}
    [item] = parse_custom_values(
        [("last service", "2026-03-01T09:00:00Z")], definitions, ValidationErrors()
    )
    assert item["value"] == "2026-03-01T00:00:00.000Z"


def test_all_that_is_wrong_is_told_at_once_and_that_nothing_came_of_it():
    errors = ValidationErrors()
    errors.raise_if_any("Not created")
    definitions = {"Age": ("age", "number"), "Day": ("day", "date"), "VIP": ("vip", "boolean")}
    values = {"Age": "old", "Shoes": 1, "Day": "soon", "vip": True, "Hats": 2}
    assert parse_custom_values(values.items(), definitions, errors) == [
        {"key": "vip", "value": True}
    ]
    with pytest.raises(InvalidArguments) as refusal:
        errors.raise_if_any("Not created")
    assert str(refusal.value).splitlines() == [
        "Not created. Invalid arguments:",
        '- custom_fields: "Age" must be a number, not "old".',
        '- custom_fields: "Day" must be a date, e.g. 2026-03-31, not "soon".',
        '- custom_fields: unknown custom fields "Shoes", "Hats". Available: Age, Day, VIP.',
    ]


def test_of_very_many_faults_some_are_told_and_the_rest_counted():
    errors = ValidationErrors()
    parse_emails(["no0", *(f"no{number}" for number in range(8))], errors)
    assert errors == [
        (
            'emails: invalid email addresses "no0", "no1", "no2", "no3", "no4" and 3 more. '
            'Example: "jane@example.com" or, with a label, "work: jane@example.com".'
        )
    ]
    fields = {f"Age {number}": (f"age-{number}", "number") for number in range(7)}
    parse_custom_values(dict.fromkeys(fields, "old").items(), fields, errors)
    with pytest.raises(InvalidArguments, match=r"- 3 more invalid arguments$") as refusal:
        errors.raise_if_any("Not created")
    assert len(str(refusal.value).splitlines()) == 7


@pytest.mark.parametrize("text", ["Mon 2026-11-23", "mon 2026-11-23", "2026-11-23"])
def test_a_date_is_accepted_as_printed(text):
    errors = ValidationErrors()
    fields = {"Last service": ("last", "date")}
    assert parse_custom_values([("Last service", text)], fields, errors) == [
        {"key": "last", "value": "2026-11-23T00:00:00.000Z"}
    ]
    assert parse_custom_values([("Last service", "Tue 2026-11-23")], fields, errors) == []
    assert len(errors) == 1


@pytest.mark.parametrize(
    ("field", "is_known"),
    [
        ("Heating system · string · key system", True),
        ("- heating system · string · key system", True),
        ('"Date of the last inspection"', True),
        ('"Date of the last inspection" · string · key inspection', True),
        ("Heating system · string · key inspection", False),
        ("Gate code · string · key system", False),
    ],
)
def test_a_custom_field_is_accepted_as_printed(field, is_known):
    fields = {
        "Heating system": ("system", "string"),
        "Date of the last inspection": ("inspection", "string"),
    }
    errors = ValidationErrors()
    assert len(parse_custom_values([(field, "x")], fields, errors)) == is_known
    assert len(errors) == (not is_known)


@pytest.mark.parametrize(
    ("text", "label", "value"),
    [
        ("mailto:jane@example.com", "main", "jane@example.com"),
        ("work: mailto:jane@example.com", "work", "jane@example.com"),
        ("tel:+14155550134", "main", "+14155550134"),
        ("mobile: TEL:+14155550134", "mobile", "+14155550134"),
    ],
)
def test_the_scheme_of_a_link_is_no_label(text, label, value):
    assert split_label(text) == (label, value)
