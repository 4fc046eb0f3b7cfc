"""Contacts resolved through the server: by id, name, number or email address."""

import pytest
from mcp_types import ElicitResult

pytestmark = pytest.mark.anyio


def contact(box, first):
    return next(
        each for each in box.state.contacts.values() if each["defaultFields"]["firstName"] == first
    )


@pytest.mark.parametrize("reference", ["Dana", "Dana Kowalczyk", "dana@stanyanterrace.example.com"])
async def test_a_contact_is_read_by_name_or_address(phone, reference):
    async with phone() as quo:
        text = await quo("quo_get_contact", contact_id=reference)
        assert text.startswith("Contact:\nDana Kowalczyk · Stanyan Terrace Apartments · ")


async def test_a_contact_that_alone_almost_fits_is_read_and_that_is_told(phone):
    async with phone() as quo:
        text = await quo("quo_get_contact", contact_id="Café Söder")
        assert text.startswith(
            "Using Zoë Brännström, Café Söder, the only close match.\nContact:\nZoë "
        )


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("Jane", '"Jane" matches several contacts:\n- Jane Whitaker (+1 415 555 0111) · contact '),
        ("Dana Kowalcyk", 'No exact match for "Dana Kowalcyk". Closest:\n- Dana '),
        (
            "Tom Okafor",
            "Tom Okafor is a teammate, not a contact. quo_get_user shows their details, but Quo does not share their own phone number.\n",
        ),
        ("Zebediah", 'No contact has the name, email address or id "Zebediah".'),
    ],
)
async def test_what_is_no_one_contact_is_a_choice(phone, reference, expected):
    async with phone() as quo:
        assert (await quo.refused("quo_get_contact", contact_id=reference)).startswith(expected)


async def test_an_id_that_there_is_not_is_left_to_quo_to_refuse(phone):
    async with phone() as quo:
        why = await quo.refused("quo_get_contact", contact_id="0" * 24)
        assert "Not found: no contact with this id in this workspace." in why
        assert "/quo/v1/contacts" not in {each["path"] for each in quo.box.requests}


@pytest.mark.parametrize(
    "reference", ["Dana Kowalczyk", "+15105550131", "DANA@stanyanterrace.example.com"]
)
async def test_a_contact_is_changed_and_deleted_by_what_surely_means_it_alone(phone, reference):
    async with phone() as quo:
        changed = await quo("quo_update_contact", contact_id=reference, role="Owner")
        assert changed.startswith("Changed: Role: Property manager → Owner.\n")
        dana = contact(quo.box, "Dana")["id"]
        assert (await quo("quo_delete_contact", contact_id=reference)).startswith(
            "Contact Dana Kowalczyk deleted."
        )
        assert dana not in quo.box.state.contacts


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_before_a_deletion_by_name_a_person_sees_which_contact_it_is(phone, mode):
    seen = []

    async def no(_context, params):
        seen.append(params.message)
        return ElicitResult(action="decline")

    async with phone(mode=mode, elicitation_callback=no) as quo:
        await quo.refused("quo_delete_contact", "said no", contact_id="Dana Kowalczyk")
        dana = contact(quo.box, "Dana")["id"]
    assert seen[0].startswith(
        "Delete this contact permanently?\n\nDana Kowalczyk · Stanyan Terrace "
    )
    assert f" · {dana}\n  mobile: +1 510 555 0131" in seen[0]


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("Dana", '"Dana" is not the full name of a contact. Closest match:\n- Dana Kowalczyk, '),
        (
            "Stanyan Terrace Apartments",
            "is not the full name of a contact. Closest match:\n- Dana ",
        ),
        ("+14155550134", '"+14155550134" matches several contacts:\n- Luis Ocampo ('),
        ("Jane", '"Jane" matches several contacts:\n- Jane Whitaker ('),
        (
            "Dana Kowalcyk",
            'No contact is named "Dana Kowalcyk". A similar name:\n- Dana Kowalczyk, ',
        ),
        ("dana@stanyanterace.example.com", "No contact matches "),
    ],
)
@pytest.mark.parametrize("tool", ["quo_update_contact", "quo_delete_contact"])
async def test_a_contact_is_not_changed_or_deleted_by_less_than_its_full_name(
    phone, tool, reference, expected
):
    async with phone() as quo:
        arguments = {"role": "x"} if tool == "quo_update_contact" else {}
        why = await quo.refused(tool, expected, contact_id=reference, **arguments)
        assert " · contact " in why
        assert {each["method"] for each in quo.box.requests} == {"GET"}


async def test_two_entries_of_one_name_are_told_apart_by_id_for_reading_too(phone):
    async with phone() as quo:
        luis, teresa = contact(quo.box, "Luis"), contact(quo.box, "Teresa")
        teresa["defaultFields"]["firstName"] = "Luis"
        for tool in ("quo_get_contact", "quo_delete_contact"):
            why = await quo.refused(tool, "matches several contacts:", contact_id="Luis Ocampo")
            assert luis["id"] in why
            assert teresa["id"] in why


async def test_a_similar_name_is_not_offered_in_place_of_a_deleted_contact(phone):
    async with phone() as quo:
        dana = contact(quo.box, "Dana")
        await quo("quo_delete_contact", contact_id="Dana Kowalczyk")
        other = next(iter(quo.box.state.contacts.values()))
        other["defaultFields"] |= {"firstName": "Dana", "lastName": "Kowalcyk"}
        heading = f"Dana Kowalczyk · Stanyan Terrace Apartments · Property manager · {dana['id']}"
        quo.account.directory.contacts.invalidate()
        why = await quo.refused("quo_delete_contact", contact_id="Dana Kowalczyk")
        assert why.startswith(
            'No contact is named "Dana Kowalczyk". A similar name:\n- Dana Kowalcyk'
        )
        assert why.endswith("\nDo not use it unless the user means this person.")
        await quo.refused("quo_delete_contact", contact_id=heading)
        assert other["id"] in quo.box.state.contacts
