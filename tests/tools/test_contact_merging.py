"""What a contact becomes when a change is merged into it."""

import pytest

from quo_mcp.errors import Misunderstood
from quo_mcp.records import Contact
from quo_mcp.tools.contact_merging import (
    Change,
    custom_values,
    differences,
    emails_in,
    labelled,
    merged,
    phones_in,
)

JANE = Contact.model_validate(
    {
        "id": "c1",
        "defaultFields": {
            "firstName": "Jane",
            "company": "Alder",
            "phoneNumbers": [
                {"id": "p1", "name": "mobile", "value": "+14155550111"},
                {"id": "p2", "name": None, "value": "+14155550112"},
                {"id": "p3", "name": "old", "value": None},
            ],
            "emails": [{"id": "e1", "name": "work", "value": "Jane@example.com"}],
        },
        "customFields": [
            {"id": "f1", "key": "gate-code", "type": "number", "value": 12},
            {"id": "f2", "type": "string", "value": "kept by its id"},
        ],
    }
)


def test_a_change_of_nothing_sends_all_that_is_there():
    assert merged(JANE, Change()) == {
        "defaultFields": {
            "firstName": "Jane",
            "lastName": None,
            "company": "Alder",
            "role": None,
            "phoneNumbers": [
                {"id": "p1", "name": "mobile", "value": "+14155550111"},
                {"id": "p2", "name": "", "value": "+14155550112"},
            ],
            "emails": [{"id": "e1", "name": "work", "value": "Jane@example.com"}],
        },
        "customFields": [
            {"key": "gate-code", "value": 12},
            {"id": "f2", "value": "kept by its id"},
        ],
    }


@pytest.mark.parametrize(
    ("change", "numbers"),
    [
        (
            {"add_phones": [{"name": "home", "value": "+14155550113"}]},
            ["mobile 11", " 12", "home 13"],
        ),
        ({"add_phones": [{"name": "home", "value": "+14155550112"}]}, ["mobile 11", "home 12"]),
        ({"add_phones": [{"name": "main", "value": "+14155550111"}]}, ["mobile 11", " 12"]),
        ({"remove_phones": ["+14155550111"]}, [" 12"]),
        (
            {
                "remove_phones": ["+14155550111"],
                "add_phones": [{"name": "x", "value": "+14155550111"}],
            },
            [" 12", "x 11"],
        ),
    ],
)
def test_numbers_are_added_relabelled_and_taken_off(change, numbers):
    phones = merged(JANE, Change(**change))["defaultFields"]["phoneNumbers"]
    assert [f"{each['name']} {each['value'][-2:]}" for each in phones] == numbers


def test_taking_off_what_is_not_there_names_what_is():
    with pytest.raises(Misunderstood, match=r"no phone number \+1 415 555 0119.*415 555 0111"):
        merged(JANE, Change(remove_phones=["+14155550119"]))
    nobody = Contact(id="c2")
    with pytest.raises(Misunderstood, match=r"no e-mail a@b\.co to take off\. It has: none"):
        merged(nobody, Change(remove_emails=["a@b.co"]))


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


def test_what_came_back_otherwise_is_named():
    body = merged(JANE, Change(texts={"role": "Owner"}, custom=[{"key": "gate-code", "value": 13}]))
    assert differences(body, JANE) == [
        "role: empty, and Owner was sent",
        "a custom field: 12, and 13 was sent",
    ]


def test_an_untrue_value_that_was_lost_is_a_difference_and_another_order_is_none():
    custom = [{"key": "plan", "value": False}]
    body = merged(JANE, Change(custom=custom))
    turned = JANE.model_dump(by_alias=True)
    turned["defaultFields"]["phoneNumbers"] = [*reversed(turned["defaultFields"]["phoneNumbers"])]
    assert differences(body, Contact.model_validate(turned)) == [
        "a custom field: empty, and False was sent"
    ]
