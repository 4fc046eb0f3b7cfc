"""Creating, updating and deleting contacts. What an update does not name never changes."""

import json
from copy import deepcopy

import pytest

from quo_mcp.sandbox import Fault
from sandbox.play import JANE

pytestmark = pytest.mark.anyio

PATH = "/quo/v1/contacts"


def contact(box, first):
    return next(
        each for each in box.state.contacts.values() if each["defaultFields"]["firstName"] == first
    )


def meanwhile(box, method, act):
    """Call `act` right after the first reply to such a request for a contact, as a concurrent user."""
    answer, done = box.gateway.handle, []

    def answered(request, path):
        reply = answer(request, path)
        if not done and request.method == method and request.path.startswith(f"{PATH}/"):
            done.append(act())
        return reply

    box.gateway.handle = answered


def without(contact, *names):
    """Return a copy of a contact without some fields and its update time."""
    left = deepcopy(contact)
    for name in (*names, "updatedAt"):
        (left if name in left else left["defaultFields"]).pop(name)
    return left


async def test_a_contact_is_made_of_what_was_said(phone, snapshot):
    async with phone() as quo:
        said = await quo(
            "quo_create_contact",
            first_name="Nora",
            last_name="Lindqvist",
            company="Elm & Co",
            role="Buyer",
            phone_numbers=["mobile: (415) 555-0199", "+44 7700 900199"],
            emails=["work: nora@example.com", "nora@example.org"],
            custom_fields=[
                {"field": "gate code", "value": "12"},
                {"field": "Tags", "value": "vip"},
                {"field": "tags", "value": "new"},
            ],
            external_id="n-1",
            source="spreadsheet",
        )
        snapshot("results/contact_made.txt", said)
        assert "Nora Lindqvist" in await quo("quo_find_contacts", query="lindqvist")
        assert "several numbers" in await quo.refused("quo_list_messages", person="Nora")


async def test_somebody_who_has_the_number_already_is_named(phone, snapshot):
    async with phone() as quo:
        given = {"first_name": "Luisa", "phone_numbers": "+14155550134"}
        refusal = await quo.refused("quo_create_contact", **given)
        snapshot("results/contact_not_made_twin.txt", refusal)
        assert {each["method"] for each in quo.box.requests} == {"GET"}
        said = await quo("quo_create_contact", **given, allow_duplicate=True)
        snapshot("results/contact_made_twin.txt", said)


@pytest.mark.parametrize(
    ("same", "holders", "reason"),
    [
        ({"phone_numbers": ["(415) 555-0111"]}, ["Jane"], "a contact with this number"),
        ({"emails": ["Jane.Whitaker@example.com"]}, ["Jane"], "a contact with this number"),
        (
            {"phone_numbers": ["+14155550111", "+1 415 555 0134"]},
            ["Jane", "Luis", "Teresa"],
            "3 contacts with these numbers",
        ),
    ],
)
async def test_a_new_name_for_a_known_number_or_address_needs_a_decision(
    phone, same, holders, reason
):
    async with phone() as quo:
        refusal = await quo.refused("quo_create_contact", first_name="Luisa", **same)
        assert refusal.startswith(f"Not created: {reason}")
        lines = [line for line in refusal.splitlines() if line.startswith("- ")]
        assert {line.rpartition(" contact ")[2] for line in lines} == {
            contact(quo.box, first)["id"] for first in holders
        }
        await quo("quo_get_contact", contact_id=lines[0])
        count = len(quo.box.state.contacts)
        await quo("quo_create_contact", first_name="Luisa", **same, allow_duplicate=True)
        assert len(quo.box.state.contacts) == count + 1


async def test_many_contacts_with_one_number_are_counted(phone):
    async with phone() as quo:
        for first in range(12):
            await quo(
                "quo_create_contact",
                first_name=f"Extension {first}",
                phone_numbers=["+14155550199"],
                allow_duplicate=True,
            )
        refusal = await quo.refused(
            "quo_create_contact", first_name="Nora", phone_numbers=["+14155550199"]
        )
        assert "12 contacts with these numbers" in refusal
        assert refusal.endswith("\nand 2 more")


@pytest.mark.parametrize(
    "same",
    [
        {"phone_numbers": ["work: (415) 555-0111"]},
        {"emails": ["JANE.whitaker@example.com"], "phone_numbers": ["+14155550199"]},
    ],
)
async def test_somebody_who_is_there_already_is_not_made_again(phone, same):
    async with phone() as quo:
        jane = contact(quo.box, "Jane")["id"]
        before = deepcopy(quo.box.state.contacts)
        given = {"first_name": " jane", "last_name": "WHITAKER", "company": "Alder"}
        value = same.get("emails", ["+1 415 555 0111"])[0]
        assert await quo.refused("quo_create_contact", **given, **same) == (
            f"Not created: this contact already exists, with {value}. To change one, call quo_update_contact. To create another one "
            "anyway, set allow_duplicate.\n"
            f"- Jane Whitaker · contact {jane}"
        )
        assert quo.box.state.contacts == before


async def test_the_same_call_again_makes_no_second_contact(phone):
    async with phone() as quo:
        given = {"first_name": "Nora", "emails": ["nora@example.com"]}
        await quo("quo_create_contact", **given)
        await quo.refused("quo_create_contact", "Not created: this contact already exists", **given)
        other = given | {"last_name": "Lund"}
        await quo.refused("quo_create_contact", "email address already exists", **other)
        await quo("quo_create_contact", **other, allow_duplicate=True)
        await quo("quo_create_contact", first_name="Nora")


async def test_everything_that_does_not_fit_is_said_in_one_refusal(phone, snapshot):
    async with phone() as quo:
        wrong = {
            "emails": ["nora"],
            "custom_fields": [
                {"field": "Gate code", "value": "twelve"},
                {"field": "Last service", "value": "soon"},
                {"field": "Shoe size", "value": "44"},
            ],
        }
        asked = {"first_name": "Nora", "phone_numbers": ["mobile: 12"]}
        said = await quo.refused("quo_create_contact", **asked, **wrong)
        snapshot("results/contact_not_made_much.txt", said)
        asked = {"contact_id": "Jane Whitaker", "add_phone_numbers": ["12"], "role": "Owner"}
        wrong["add_emails"] = wrong.pop("emails")
        changed = await quo.refused("quo_update_contact", **asked, **wrong)
        for old, new in (
            ("Not created.", "Not changed."),
            ("- phone_numbers:", "- add_phone_numbers:"),
            ("- emails:", "- add_emails:"),
        ):
            said = said.replace(old, new)
        assert changed == said
        assert {each["method"] for each in quo.box.requests} == {"GET"}


async def test_a_contact_whose_reply_was_lost_is_found_by_its_external_id(phone):
    async with phone() as quo:
        quo.box.inject(Fault("lost_reply", method="POST", path=PATH))
        said = await quo("quo_create_contact", first_name="Nora", external_id="n-1")
        assert said.startswith("Contact created:\nNora · ")
        made = [each for each in quo.box.state.contacts.values() if each["externalId"] == "n-1"]
        assert len(made) == 1


async def test_a_contact_whose_reply_was_lost_without_an_external_id_is_said_honestly(
    phone, snapshot
):
    async with phone() as quo:
        quo.box.inject(Fault("lost_reply", method="POST", path=PATH))
        said = await quo.refused("quo_create_contact", first_name="Nora")
        snapshot("results/contact_made_perhaps.txt", said)
        assert sum(each["method"] == "POST" for each in quo.box.requests) == 1


async def test_a_contact_that_surely_did_not_arrive_is_not_said_to_be_made(phone):
    async with phone() as quo:
        quo.box.inject(Fault("error_before", method="POST", path=PATH, status=502))
        said = await quo.refused("quo_create_contact", first_name="Nora", external_id="n-1")
        assert "may have been created" in said
        assert not [each for each in quo.box.state.contacts.values() if each["externalId"] == "n-1"]


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("phone", {"phone_numbers": ["mobile: 12"]}),
        ("email", {"emails": ["work: nora at example.com"]}),
        ("custom", {"custom_fields": {"Shoe size": 44}}),
        ("custom_type", {"custom_fields": {"Gate code": "twelve"}}),
        ("external_id", {"external_id": "crm-2207"}),
        ("name", {"first_name": ""}),
    ],
)
async def test_what_does_not_fit_is_refused_before_anything_is_made(phone, snapshot, name, wrong):
    async with phone() as quo:
        before = deepcopy(quo.box.state.contacts)
        said = await quo.refused("quo_create_contact", **{"first_name": "Nora"} | wrong)
        snapshot(f"results/contact_not_made_{name}.txt", said)
        assert quo.box.state.contacts == before


CHANGES = {
    "names": {
        "first_name": "Janet",
        "company": "Alder",
        "role": "Owner",
        "clear": ["Last name"],
    },
    "phones": {
        "add_phone_numbers": ["work: +14155550198"],
        "remove_phone_numbers": ["(415) 555-0111"],
    },
    "emails": {
        "add_emails": "home: jw@example.org",
        "remove_emails": ["JANE.Whitaker@example.com"],
    },
    "label": {"add_phone_numbers": ["home: +14155550111"]},
    "custom": {
        "custom_fields": [
            {"field": "gate-code", "value": "5"},
            {"field": "On service plan", "value": "no"},
        ],
        "clear": ["Heating system"],
    },
}


SET_AND_CLEARED = {
    "company": "Alder",
    "custom_fields": [{"field": "Tags", "value": "vip"}],
    "clear": ["company", "tags"],
}


@pytest.mark.parametrize("name", CHANGES)
async def test_a_change_leaves_all_else_as_it_was(phone, snapshot, name):
    async with phone() as quo:
        jane = contact(quo.box, "Jane")
        before = deepcopy(jane)
        said = await quo("quo_update_contact", contact_id=jane["id"], **CHANGES[name])
        snapshot(f"results/contact_changed_{name}.txt", said)
        touched = {
            "names": ("firstName", "lastName", "company", "role"),
            "phones": ("phoneNumbers",),
            "emails": ("emails",),
            "label": ("phoneNumbers",),
            "custom": ("customFields",),
        }[name]
        assert without(jane, *touched) == without(before, *touched)
        assert jane != before


async def test_a_changed_custom_field_leaves_the_others(phone):
    async with phone() as quo:
        jane = contact(quo.box, "Jane")
        before = {item["key"]: item["value"] for item in jane["customFields"]}
        await quo(
            "quo_update_contact",
            contact_id=jane["id"],
            custom_fields={"Heating system": "Electric"},
        )
        after = {item["key"]: item["value"] for item in jane["customFields"]}
        assert after == before | {"system": "Electric"}


@pytest.mark.maton
async def test_what_somebody_else_changed_in_between_is_kept_and_said(phone, snapshot):
    async with phone() as quo:
        jane = contact(quo.box, "Jane")

        def act():
            jane["defaultFields"]["company"] = "Changed by Tom"
            jane["defaultFields"]["phoneNumbers"].append(
                {"name": "work", "value": "+14155550197", "id": "theirs"}
            )

        meanwhile(quo.box, "GET", act)
        said = await quo("quo_update_contact", contact_id=jane["id"], role="Owner")
        snapshot("results/contact_changed_meanwhile.txt", said)
        fields = jane["defaultFields"]
        assert (fields["company"], fields["role"]) == ("Changed by Tom", "Owner")
        assert [each["value"] for each in fields["phoneNumbers"]] == [JANE, "+14155550197"]


@pytest.mark.maton
async def test_what_quo_made_of_a_change_is_said_where_it_is_not_what_was_sent(phone):
    async with phone() as quo:
        jane = contact(quo.box, "Jane")
        answer = quo.box.gateway.handle

        def shouting(request, path):
            reply = answer(request, path)
            if request.method == "PATCH":
                body = reply.body.replace(b'"role": "Owner"', b'"role": "OWNER"')
                return type(reply)(reply.status, body, reply.media_type, reply.headers)
            return reply

        quo.box.gateway.handle = shouting
        said = await quo("quo_update_contact", contact_id=jane["id"], role="Owner")
        assert said.splitlines()[-1] == "Quo stored Role as OWNER instead of Owner."


async def test_values_that_a_list_no_longer_has_are_said(phone):
    async with phone() as quo:
        jane = contact(quo.box, "Jane")["id"]
        said = await quo("quo_update_contact", contact_id=jane, custom_fields={"Tags": "vip"})
        assert said.startswith("Changed: Tags: residential, plan → vip.\nThe contact is now:\nJane")


async def test_a_change_to_what_it_was_already_claims_none(phone):
    async with phone() as quo:
        jane = contact(quo.box, "Jane")["id"]
        said = await quo("quo_update_contact", contact_id=jane, first_name="Jane")
        assert said.startswith("No change: already up to date.\nThe contact is now:\nJane")


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("phone_not_there", {"remove_phone_numbers": ["+14155550190"], "company": "Alder"}),
        ("email_not_there", {"remove_emails": ["no-one@example.com"], "company": "Alder"}),
        ("custom_unknown", {"custom_fields": {"Shoe size": 44}}),
        ("nothing", {}),
        ("nothing_but_blanks", {"company": "", "add_emails": [], "custom_fields": {"Tags": None}}),
        ("set_and_cleared", SET_AND_CLEARED),
        ("cannot_clear", {"clear": ["emails", "Shoe size"]}),
    ],
)
async def test_what_cannot_be_changed_is_refused_and_nothing_is(phone, snapshot, name, asked):
    async with phone() as quo:
        before = deepcopy(quo.box.state.contacts)
        said = await quo.refused(
            "quo_update_contact", contact_id=contact(quo.box, "Jane")["id"], **asked
        )
        snapshot(f"results/contact_not_changed_{name}.txt", said)
        assert quo.box.state.contacts == before
        assert "PATCH" not in {each["method"] for each in quo.box.requests}


@pytest.mark.parametrize(
    ("named", "given", "kept"),
    [
        ("Heating system", "Boiler", "Boiler"),
        ("system", 7, "7"),
        ("SERVICE ADDRESS", "1 Elm", "1 Elm"),
        ("Last service", "2026-03-01", "2026-03-01T00:00:00.000Z"),
        ("gate-code", 12.5, 12.5),
        ("gate code", "1200", 1200),
        ("On service plan", "yes", True),
        ("service-plan", False, False),
        ("tags", ["a", "b"], ["a", "b"]),
        ("Tags", "a, b,", ["a", "b"]),
        ("job folder", "https://files.example.com/x", "https://files.example.com/x"),
    ],
)
async def test_a_custom_field_goes_by_name_or_key_and_has_its_type(phone, named, given, kept):
    async with phone() as quo:
        ruth = contact(quo.box, "Ruth")
        await quo(
            "quo_update_contact", contact_id=ruth["id"], custom_fields=json.dumps({named: given})
        )
        assert [item["value"] for item in ruth["customFields"]] == [kept]


@pytest.mark.parametrize(
    ("named", "given"),
    [
        ("Heating system", ["a", "b"]),
        ("Heating system", ["a"]),
        ("Last service", "soon"),
        ("Gate code", True),
        ("On service plan", "maybe"),
        ("On service plan", 1),
        ("Tags", [1]),
        ("Tags", {"a": 1}),
    ],
)
async def test_a_value_of_another_type_is_refused_with_the_type(phone, named, given):
    async with phone() as quo:
        ruth = contact(quo.box, "Ruth")
        said = await quo.refused(
            "quo_update_contact", contact_id=ruth["id"], custom_fields={named: given}
        )
        assert f'custom_fields: "{named}" must be ' in said
        assert ruth["customFields"] == []


@pytest.mark.parametrize(
    ("entries", "kept"),
    [
        ([{"field": "Gate code", "value": "42"}], [42]),
        ({"field": "Gate code", "value": 42}, [42]),
        ('[{"field": "Gate code", "value": "42"}]', [42]),
        ([{"field": "Tags", "value": "vip"}, {"field": "tags", "value": "new"}], [["vip", "new"]]),
        ([{"field": "Tags", "value": "a, b"}, {"field": "Tags", "value": "c"}], [["a, b", "c"]]),
        ([{"Tags": "vip"}, {"Gate code": "42"}], [["vip"], 42]),
        ([{"field": "Tags", "value": ""}, {"field": "Gate code", "value": "42"}], [42]),
    ],
)
async def test_custom_fields_come_as_a_list_of_entries(phone, entries, kept):
    async with phone() as quo:
        ruth = contact(quo.box, "Ruth")
        await quo("quo_update_contact", contact_id=ruth["id"], custom_fields=entries)
        assert [item["value"] for item in ruth["customFields"]] == kept


@pytest.mark.parametrize("entries", [[], {}, {"Tags": ""}, [{"field": "Tags", "value": None}]])
async def test_custom_fields_without_a_value_change_nothing(phone, entries):
    async with phone() as quo:
        jane = contact(quo.box, "Jane")
        before = deepcopy(jane["customFields"])
        await quo("quo_update_contact", contact_id=jane["id"], role="Owner", custom_fields=entries)
        assert jane["customFields"] == before


@pytest.mark.parametrize("named", ["role", "Role", " ROLE "])
async def test_a_text_and_a_custom_field_are_emptied_by_name(phone, named):
    async with phone() as quo:
        jane = contact(quo.box, "Jane")
        jane["defaultFields"]["role"] = "Owner"
        before = {item["key"]: item["value"] for item in jane["customFields"]}
        await quo(
            "quo_update_contact", contact_id=jane["id"], clear=[named, "system", "Heating system"]
        )
        assert jane["defaultFields"]["role"] is None
        assert before.pop("system")
        assert {item["key"]: item["value"] for item in jane["customFields"]} == before


async def test_a_company_without_a_first_name_can_be_changed(phone):
    async with phone() as quo:
        scaffold = next(
            each
            for each in quo.box.state.contacts.values()
            if each["defaultFields"]["company"] == "Bay Scaffold Hire"
        )
        await quo("quo_update_contact", contact_id=scaffold["id"], role="Hire")
        assert scaffold["defaultFields"]["role"] == "Hire"
        assert scaffold["defaultFields"]["firstName"] is None


async def test_a_deleted_contact_is_shown_as_it_was_and_is_no_longer_known(phone, snapshot):
    async with phone() as quo:
        dana = contact(quo.box, "Dana")
        await quo("quo_find_contacts", query="Dana")
        said = await quo("quo_delete_contact", contact_id=dana["id"])
        snapshot("results/contact_deleted.txt", said)
        assert dana["id"] not in quo.box.state.contacts
        assert dana["id"] not in await quo("quo_find_contacts", query="Dana Kowalczyk")
        assert "Not found" in await quo.refused("quo_delete_contact", contact_id=dana["id"])


async def test_a_change_to_nobody_is_refused(phone):
    async with phone() as quo:
        assert "Not found" in await quo.refused("quo_update_contact", contact_id="0" * 24, role="x")


async def test_an_extension_is_kept_in_the_label(phone):
    note = "The extension 4 is kept in the label, because Quo has no field for it. A text does not reach it."
    async with phone() as quo:
        numbers = ["work: 415 555 0190 ext 4"]
        said = await quo("quo_create_contact", first_name="Al", phone_numbers=numbers)
        assert "  work ext 4: +1 415 555 0190" in said
        assert note in said.splitlines()
        jane = contact(quo.box, "Jane")["id"]
        added = {"add_phone_numbers": ["415 555 0191 x4"]}
        assert note in (await quo("quo_update_contact", contact_id=jane, **added)).splitlines()
        plain = await quo("quo_create_contact", first_name="Bo", phone_numbers=["415 555 0192"])
        assert "extension" not in plain


async def test_an_empty_text_beside_another_change_is_said_to_be_no_change(phone):
    async with phone() as quo:
        jane = contact(quo.box, "Jane")["id"]
        said = await quo("quo_update_contact", contact_id=jane, role="Owner", company="")
        note = 'company: "" means not given; to empty it, use clear=["company"].'
        assert note in said.splitlines()
        said = await quo("quo_update_contact", contact_id=jane, role="Tenant", company=None)
        assert "means not given" not in said
