"""Before a write, people and contacts are resolved from fresh data, not from the cache."""

import pytest

from quo_mcp.sandbox import Fault
from sandbox.play import DESK, JANE, ROSA

pytestmark = pytest.mark.anyio

MOVED = "+14155550188"
CODE = {"to": "Rosa Delgado", "text": "Your gate code is 4471", "inbox": DESK}
NEVER = {"approval": "never"}
DAYS = 3 * 86_400


def rosa(quo):
    return next(
        each
        for each in quo.box.state.contacts.values()
        if each["defaultFields"]["firstName"] == "Rosa"
    )


def phones(contact, *numbers):
    """Replace a contact's numbers, as a person does in the Quo app."""
    contact["defaultFields"]["phoneNumbers"] = [
        {"id": str(i), "name": "mobile", "value": each} for i, each in enumerate(numbers)
    ]


def sent_to(quo):
    return [each["to"] for each in quo.box.ledger]


async def test_a_number_that_was_changed_days_ago_is_not_texted(phone):
    async with phone(config=NEVER) as quo:
        await quo("quo_find_contacts", query="Rosa")
        phones(rosa(quo), MOVED)
        quo.clock.wait(DAYS)
        await quo("quo_send_message", **CODE)
        assert sent_to(quo) == [[MOVED]]


async def test_who_only_reads_is_not_kept_waiting_for_the_address_book(phone):
    async with phone() as quo:
        await quo("quo_find_contacts", query="Rosa")
        quo.clock.wait(DAYS)
        quo.box.inject(Fault("error_before", path="/quo/v1/contacts", times=None, status=503))
        await quo("quo_list_messages", person="Rosa Delgado", inbox=DESK)


async def test_where_the_address_book_cannot_be_read_anew_nothing_is_sent_by_name(phone):
    async with phone(config=NEVER) as quo:
        await quo("quo_find_contacts", query="Rosa")
        quo.clock.wait(DAYS)
        quo.box.inject(Fault("error_before", path="/quo/v1/contacts", times=None, status=503))
        await quo.refused("quo_send_message", "HTTP 503", **CODE)
        await quo.refused("quo_create_task", "HTTP 503", title="Call back", person="Rosa Delgado")
        assert sent_to(quo) == []
        await quo("quo_send_message", **CODE | {"to": ROSA})


async def test_a_number_that_was_changed_a_moment_ago_is_told_and_not_texted(phone):
    async with phone(config=NEVER) as quo:
        await quo("quo_find_contacts", query="Rosa")
        phones(rosa(quo), MOVED)
        await quo.refused("quo_send_message", "from +1 510 555 0153 to +1 415 555 0188", **CODE)
        assert sent_to(quo) == []
        await quo("quo_send_message", **CODE)
        assert sent_to(quo) == [[MOVED]]


async def test_whose_number_a_name_is_by_now_may_take_another_word(phone):
    async with phone(config=NEVER) as quo:
        await quo("quo_find_contacts", query="Rosa")
        phones(rosa(quo), ROSA, MOVED)
        await quo.refused("quo_send_message", "has several numbers", **CODE)
        phones(rosa(quo))
        quo.clock.wait(DAYS)
        await quo.refused("quo_send_message", "has no number", **CODE)
        assert sent_to(quo) == []


@pytest.mark.parametrize("change", ["deleted", "renamed"])
async def test_who_is_not_called_so_any_more_is_not_texted(phone, change):
    async with phone(config=NEVER) as quo:
        await quo("quo_find_contacts", query="Rosa")
        contact = rosa(quo)
        if change == "deleted":
            del quo.box.state.contacts[contact["id"]]
        else:
            contact["defaultFields"] |= {"firstName": "Walter", "lastName": "Ng"}
        await quo.refused("quo_send_message", "Rosa Delgado", **CODE)
        await quo.refused("quo_create_task", "Rosa Delgado", title="Visit", person="Rosa Delgado")
        assert sent_to(quo) == []


async def test_a_contact_or_thread_that_is_changed_by_name_is_looked_up_as_it_is_called_now(phone):
    async with phone(config=NEVER) as quo:
        await quo("quo_find_contacts", query="Rosa")
        rosa(quo)["defaultFields"] |= {"firstName": "Walter", "lastName": "Ng"}
        quo.clock.wait(DAYS)
        for tool, arguments in (
            ("quo_update_contact", {"contact_id": "Rosa Delgado", "company": "Other"}),
            ("quo_delete_contact", {"contact_id": "Rosa Delgado"}),
            ("quo_mark_conversation", {"conversation": "Rosa Delgado", "state": "done"}),
        ):
            await quo.refused(tool, "Rosa Delgado", **arguments)
        assert [each for each in quo.box.requests if each["method"] != "GET"] == []


async def test_a_text_to_a_name_costs_one_read_more_and_to_a_number_none(phone):
    async with phone(config=NEVER) as quo:
        await quo("quo_find_contacts", query="Rosa")
        one = await quo.requests("quo_send_message", **CODE)
        assert [each for each in one if "contacts" in each] == [
            f"GET /quo/v1/contacts/{rosa(quo)['id']}"
        ]
        other_inbox = await quo.requests("quo_send_message", **CODE | {"to": JANE})
        assert [each for each in other_inbox if "contacts" in each] == []


async def test_a_contact_that_was_deleted_days_ago_is_not_known_any_more(phone):
    async with phone(config={**NEVER, "recipients": "known"}) as quo:
        nobody = "+12025550143"
        phones(rosa(quo), nobody)
        await quo("quo_send_message", **CODE | {"to": nobody})
        del quo.box.state.contacts[rosa(quo)["id"]]
        quo.clock.wait(DAYS)
        await quo.refused(
            "quo_send_message",
            "texts only contacts and people who have texted or called",
            **CODE | {"to": nobody},
        )


async def test_a_contact_that_was_just_renamed_is_not_changed_or_deleted_by_its_old_name(phone):
    async with phone(config=NEVER) as quo:
        await quo("quo_find_contacts", query="Rosa")
        rosa(quo)["defaultFields"] |= {"firstName": "Walter", "lastName": "Newman"}
        before = dict(quo.box.state.contacts)
        for tool, changes in (
            ("quo_delete_contact", {}),
            ("quo_update_contact", {"role": "Chair"}),
        ):
            assert await quo.refused(tool, contact_id="Rosa Delgado", **changes)
        assert quo.box.state.contacts == before
        assert "Walter Newman" in await quo("quo_delete_contact", contact_id="Walter Newman")


@pytest.mark.parametrize("reference", ["001-510-555-0153", "0015105550153"])
async def test_a_number_is_not_taken_for_a_contacts_id(phone, reference):
    async with phone() as quo:
        why = await quo.refused("quo_get_contact", contact_id=reference)
        assert why.startswith(f'No exact match for "{reference}". Closest:\n- Rosa Delgado')
