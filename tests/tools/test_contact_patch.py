"""What a contact becomes when a change is merged into it."""

import pytest

from quo_mcp.errors import Misunderstood
from quo_mcp.records.contacts import Contact
from quo_mcp.tools.contact_patch import Change, changes, differences, merged

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
    phones = merged(TWICE, Change(**change, region="US"))["defaultFields"]["phoneNumbers"]
    assert [f"{each['name']} {each['value'][-2:]}" for each in phones] == numbers


def test_taking_off_what_is_not_there_names_what_is():
    with pytest.raises(Misunderstood, match=r"no phone number \+1 415 555 0119.*415 555 0111"):
        merged(JANE, Change(remove_phones=["+14155550119"]))
    nobody = Contact(id="c2")
    with pytest.raises(Misunderstood, match=r"no e-mail a@b\.co to take off\. It has: none"):
        merged(nobody, Change(remove_emails=["a@b.co"]))


def test_the_refusal_stays_short_whatever_was_given_and_however_much_is_there():
    many = [{"value": f"+141555501{number}"} for number in range(10, 40)]
    crowded = Contact.model_validate({"id": "c3", "defaultFields": {"phoneNumbers": many}})
    with pytest.raises(
        Misunderstood, match=r"no phone number “\[{60}.*415 555 0119, 20 more\. No"
    ) as told:
        merged(crowded, Change(remove_phones=["[" * 3000]))
    assert len(str(told.value)) < 400


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
        "a custom field: empty, and no was sent"
    ]


def anew(**changed):
    """Jane with other fields or, under `custom`, other custom fields."""
    kept = JANE.model_dump(by_alias=True)
    custom = changed.pop("custom", kept["customFields"])
    fields = kept["defaultFields"] | changed
    return Contact.model_validate(kept | {"defaultFields": fields, "customFields": custom})


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
        ({"company": "a → b; c"}, {"company": "x"}, ["Company: “a → b; c” → x"]),
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
        ({}, {"emails": []}, ["E-mails: work Jane@example.com → empty"]),
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
            [f"custom field: “{'x' * 120}” → y"],
        ),
    ],
)
def test_what_a_change_made_of_a_contact_is_said_with_what_was_there(before, after, said):
    assert changes(anew(**before), anew(**after)) == said


def test_another_order_of_numbers_is_no_change():
    numbers = [each.model_dump(by_alias=True) for each in JANE.default_fields.phone_numbers]
    assert changes(JANE, anew(phoneNumbers=numbers[::-1])) == []
