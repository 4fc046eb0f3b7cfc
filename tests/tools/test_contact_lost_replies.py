"""No contact is duplicated if a reply is lost, and no field is lost if Quo omits its key."""

import json
import re

import pytest

from quo_mcp.sandbox import Fault
from sandbox.play import DESK, JANE, ROSA

pytestmark = pytest.mark.anyio

PATH = "/quo/v1/contacts"


async def test_a_contact_whose_reply_was_lost_is_found_by_the_look_that_is_advised(phone):
    async with phone() as quo:
        await quo("quo_find_contacts", query="Jane")
        quo.box.inject(Fault("lost_reply", "POST", PATH))
        given = {"first_name": "Zebulon", "phone_numbers": ["+14155550199"]}
        why = await quo.refused("quo_create_contact", **given)
        assert "Before you try again, look for it with quo_find_contacts." in why
        assert "Zebulon" in await quo("quo_find_contacts", query="Zebulon")
        assert "already exists" in await quo.refused("quo_create_contact", **given)


async def test_nobody_is_found_only_among_contacts_that_were_just_read(phone):
    async with phone() as quo:
        await quo("quo_find_contacts", query="Jane")
        jane = next(iter(quo.box.state.contacts.values()))
        added = json.loads(json.dumps(jane)) | {"id": "f" * 24}
        added["defaultFields"] |= {"firstName": "Zebulon", "lastName": "Quux"}
        quo.box.state.contacts["f" * 24] = added
        assert "No contacts match" in await quo("quo_find_contacts", query="Zebulon")
        quo.clock.wait(20)
        assert "Zebulon Quux" in await quo("quo_find_contacts", query="Zebulon")


def omit_from_replies(box, *names):
    """Remove these keys from custom fields in every reply with one contact."""
    answer = box.gateway.handle

    def answered(request, path):
        reply = answer(request, path)
        document = reply.json()
        data = document.get("data") if isinstance(document, dict) else None
        if request.method == "GET" and isinstance(data, dict) and "customFields" in data:
            items = [
                {name: value for name, value in item.items() if name not in names}
                for item in data["customFields"]
            ]
            return type(reply).from_json(
                document | {"data": data | {"customFields": items}}, reply.status
            )
        return reply

    box.gateway.handle = answered


@pytest.mark.parametrize("names", [("key",), ("key", "id")])
async def test_custom_fields_without_a_key_are_kept_by_their_names(phone, names):
    async with phone() as quo:
        dana = next(
            each
            for each in quo.box.state.contacts.values()
            if each["defaultFields"]["firstName"] == "Dana"
        )
        before = {item["name"]: item["value"] for item in dana["customFields"]}
        omit_from_replies(quo.box, *names)
        await quo(
            "quo_update_contact", contact_id=dana["id"], role="Chair", custom_fields={"Tags": "vip"}
        )
        after = {item["name"]: item["value"] for item in dana["customFields"]}
        assert after == before | {"Tags": ["vip"]}


@pytest.mark.maton
async def test_a_custom_field_that_would_be_lost_stops_the_change(phone):
    async with phone() as quo:
        dana = next(
            each
            for each in quo.box.state.contacts.values()
            if each["defaultFields"]["firstName"] == "Dana"
        )
        omit_from_replies(quo.box, "key", "id", "name")
        why = await quo.refused("quo_update_contact", contact_id=dana["id"], role="Chair")
        assert why.startswith("Not changed: Quo returned ")
        assert [each for each in quo.box.requests if each["method"] == "PATCH"] == []


@pytest.mark.parametrize("blank", ["", "   "])
async def test_a_contact_without_a_name_is_not_made(phone, blank):
    async with phone() as quo:
        assert "first_name: must not be empty" in await quo.refused(
            "quo_create_contact", first_name=blank
        )


@pytest.mark.maton
async def test_with_two_connections_nobody_is_asked_and_a_preview_says_that_nothing_will_go(phone):
    async def ask(_context, _params):
        raise AssertionError

    async with phone(elicitation_callback=ask) as quo:
        links = quo.box.state.connections
        first = next(iter(links))
        links["second"] = links[first] | {"connection_id": "second"}
        text = {"to": ROSA, "text": "Hello", "inbox": DESK}
        said = await quo("quo_send_message", **text, dry_run=True)
        assert re.search("Would be blocked:\n- .*2 connections to Quo are active", said)
        assert "2 connections" in await quo.refused("quo_send_message", **text)
        assert "Jane Whitaker" in await quo("quo_find_contacts", query=JANE)
