"""Merging a change into a contact, and describing what changed."""

import pytest

from quo_mcp.errors import InvalidArguments
from quo_mcp.records.contacts import Contact
from quo_mcp.tools.contact_patch import ContactChange, describe_changes, find_mismatches, patch_body

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
    assert patch_body(JANE, ContactChange()) == {
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
    phones = patch_body(JANE, ContactChange(**change))["defaultFields"]["phoneNumbers"]
    assert [f"{each['name']} {each['value'][-2:]}" for each in phones] == numbers


TWICE = Contact.model_validate(
    {
        "id": "c4",
        "defaultFields": {
            "phoneNumbers": [
                {"id": "p1", "name": "mobile", "value": "+14155550111"},
                {"id": "p2", "name": "work", "value": "+14155550111"},
                {"id": "p3", "name": "shop", "value": "(415) 555-0112"},
            ]
        },
    }
)


@pytest.mark.parametrize(
    ("change", "numbers"),
    [
        ({}, ["mobile 11", "work 11", "shop 12"]),
        ({"remove_phones": ["415.555.0111"]}, ["shop 12"]),
        ({"remove_phones": ["(415) 555-0112"]}, ["mobile 11", "work 11"]),
        ({"remove_phones": ["+14155550112"]}, ["mobile 11", "work 11"]),
        ({"remove_phones": ["work: +1 415 555 0111"]}, ["mobile 11", "shop 12"]),
        ({"remove_phones": ["Shop: +1 415 555 0112"]}, ["mobile 11", "work 11"]),
        (
            {"add_phones": [{"name": "work", "value": "+14155550111"}]},
            ["mobile 11", "work 11", "shop 12"],
        ),
        (
            {"add_phones": [{"name": "home", "value": "+14155550112"}]},
            ["mobile 11", "work 11", "home 12"],
        ),
    ],
)
def test_a_number_that_is_there_twice_or_in_another_spelling_is_kept_and_known(change, numbers):
    phones = patch_body(TWICE, ContactChange(**change, region="US"))["defaultFields"][
        "phoneNumbers"
    ]
    assert [f"{each['name']} {each['value'][-2:]}" for each in phones] == numbers


def test_taking_off_what_is_not_there_names_what_is():
    with pytest.raises(
        InvalidArguments, match=r"not have the phone number \+1 415 555 0119.*415 555 0111"
    ):
        patch_body(JANE, ContactChange(remove_phones=["+14155550119"]))
    with pytest.raises(InvalidArguments, match="not have the phone number"):
        patch_body(JANE, ContactChange(remove_phones=["home: +14155550111"]))
    nobody = Contact(id="c2")
    with pytest.raises(
        InvalidArguments, match=r"not have the email address a@b\.co\. It has: none"
    ):
        patch_body(nobody, ContactChange(remove_emails=["a@b.co"]))


def test_the_refusal_stays_short_whatever_was_given_and_however_much_is_there():
    many = [{"value": f"+141555501{number}"} for number in range(10, 40)]
    crowded = Contact.model_validate({"id": "c3", "defaultFields": {"phoneNumbers": many}})
    with pytest.raises(
        InvalidArguments, match=r'not have the phone number "\[{60}.*415 555 0119 and 20 more\.$'
    ) as told:
        patch_body(crowded, ContactChange(remove_phones=["[" * 3000]))
    assert len(str(told.value)) < 400


def test_what_came_back_otherwise_is_named():
    body = patch_body(
        JANE,
        ContactChange(
            text_fields={"role": "Owner"}, custom_fields=[{"key": "gate-code", "value": 13}]
        ),
    )
    assert find_mismatches(body, JANE) == [
        "Role as empty instead of Owner",
        "gate-code as 12 instead of 13",
    ]


def test_an_untrue_value_that_was_lost_is_a_difference_and_another_order_is_none():
    custom = [{"key": "plan", "value": False}]
    body = patch_body(JANE, ContactChange(custom_fields=custom))
    turned = JANE.model_dump(by_alias=True)
    turned["defaultFields"]["phoneNumbers"] = [*reversed(turned["defaultFields"]["phoneNumbers"])]
    assert find_mismatches(body, Contact.model_validate(turned)) == ["plan as empty instead of no"]


def jane_with(**changed):
    """Return Jane with other fields; `custom` replaces her custom fields."""
    document = JANE.model_dump(by_alias=True)
    custom = changed.pop("custom", document["customFields"])
    fields = document["defaultFields"] | changed
    return Contact.model_validate(document | {"defaultFields": fields, "customFields": custom})


TAGS = {"key": "tags", "name": "Tags", "type": "multi-select"}
SERVICE = {"key": "last", "name": "Last service", "type": "date"}


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ({}, {}, []),
        ({"role": ""}, {"role": None}, []),
        (
            {},
            {"firstName": "Janet", "company": None},
            ["First name: Jane → Janet", "Company: Alder → empty"],
        ),
        ({"company": "a → b; c"}, {"company": "x"}, ['Company: "a → b; c" → x']),
        (
            {"phoneNumbers": [{"name": "mobile", "value": "+14155550111"}]},
            {
                "phoneNumbers": [
                    {"name": "work", "value": "+14155550112"},
                    {"name": None, "value": "+14155550111"},
                ]
            },
            ["Phone numbers: mobile +1 415 555 0111 → +1 415 555 0111, work +1 415 555 0112"],
        ),
        ({}, {"emails": []}, ["Email addresses: work Jane@example.com → empty"]),
        (
            {"custom": [TAGS | {"value": ["residential", "plan"]}]},
            {"custom": [TAGS | {"value": ["vip"]}]},
            ["Tags: residential, plan → vip"],
        ),
        ({"custom": [TAGS | {"value": ["vip"]}]}, {"custom": []}, ["Tags: vip → empty"]),
        ({"custom": []}, {"custom": [TAGS | {"value": []}]}, []),
        (
            {"custom": [{"key": "plan", "value": True}]},
            {"custom": [{"key": "plan", "value": False}]},
            ["plan: yes → no"],
        ),
        (
            {"custom": [SERVICE | {"value": "2026-03-01T00:00:00.000Z"}]},
            {"custom": [SERVICE | {"value": "soon"}]},
            ["Last service: 2026-03-01 → soon"],
        ),
        (
            {"custom": [{"id": "f9", "value": "x" * 120}]},
            {"custom": [{"id": "f9", "value": "y"}]},
            [f'Custom field: "{"x" * 120}" → y'],
        ),
    ],
)
def test_what_a_change_made_of_a_contact_is_said_with_what_was_there(before, after, said):
    assert describe_changes(jane_with(**before), jane_with(**after)) == said


def test_another_order_of_numbers_is_no_change():
    numbers = [each.model_dump(by_alias=True) for each in JANE.default_fields.phone_numbers]
    assert describe_changes(JANE, jane_with(phoneNumbers=numbers[::-1])) == []
