"""QUO_MCP_STRUCTURED: lists and sends for programs. The SDK's client checks each result against its schema."""

import pytest

from quo_mcp.sandbox import Fault
from quo_mcp.server.structured_results import output_schema
from quo_mcp.tools.base import name_of
from quo_mcp.tools.catalogue import TOOLSETS

pytestmark = pytest.mark.anyio

ON = {"structured": True, "toolsets": ("all",)}
LISTS = {
    "quo_list_phone_numbers": {},
    "quo_list_users": {},
    "quo_list_messages": {"person": "Jane Whitaker"},
    "quo_list_calls": {},
    "quo_list_voicemails": {},
    "quo_list_conversations": {},
    "quo_find_contacts": {"query": "Jane"},
    "quo_list_contacts": {},
    "quo_list_contact_custom_fields": {},
    "quo_list_tasks": {},
    "quo_list_connections": {},
    "quo_list_webhooks": {},
}
SENDS = {"quo_send_message", "quo_send_group_message", "quo_get_send_status"}


async def structured(quo, tool, **arguments):
    result = await quo.client.call_tool(tool, arguments)
    assert not result.is_error, result.content[0].text
    return result.structured_content


def test_lists_and_sends_have_a_schema_and_other_tools_have_none():
    with_schema = {
        name_of(tool) for tools in TOOLSETS.values() for tool in tools if output_schema(tool)
    }
    assert with_schema >= {*LISTS, *SENDS}
    assert not {"quo_check_setup", "quo_get_person", "quo_delete_contact"} & with_schema


async def test_nothing_is_added_by_default(phone):
    async with phone() as quo:
        assert all(tool.output_schema is None for tool in (await quo.client.list_tools()).tools)
        assert await structured(quo, "quo_list_users") is None


@pytest.mark.parametrize(
    "tool",
    [
        pytest.param(tool, marks=pytest.mark.maton) if tool == "quo_list_connections" else tool
        for tool in LISTS
    ],
)
async def test_a_list_has_items_with_ids_and_says_whether_it_is_complete(phone, tool):
    async with phone(config=ON) as quo:
        await quo.client.list_tools()
        content = await structured(quo, tool, **LISTS[tool])
    assert content["items"] or tool == "quo_list_webhooks"
    assert isinstance(content["isComplete"], bool)
    assert not (content["isComplete"] and content["nextPageToken"])
    assert "session_token" not in str(content)
    if tool != "quo_list_contact_custom_fields":
        assert all(item.get("id") or item.get("taskId") for item in content["items"])


async def test_the_text_is_the_same_with_and_without(phone):
    texts = []
    for config in ({}, {"structured": True}):
        async with phone(config=config) as quo:
            texts.append(await quo("quo_list_messages", person="Jane Whitaker", limit=3))
    assert texts[0] == texts[1]


async def test_voicemails_are_filtered_and_have_no_signed_links(phone):
    async with phone(config=ON) as quo:
        every = await structured(quo, "quo_list_voicemails", since="14d")
        open_ones = await structured(quo, "quo_list_voicemails", since="14d", not_returned=True)
        calls = await structured(quo, "quo_list_calls", since="14d", missed=True)
    assert 0 < len(open_ones["items"]) < len(every["items"]) < len(calls["items"])
    assert all(call["voicemail"]["id"] for call in every["items"])
    assert "recordingUrl" not in str(every)


async def test_a_failed_lookup_of_a_voicemail_makes_the_list_incomplete(phone):
    async with phone(config=ON) as quo:
        quo.box.inject(
            Fault("error_before", status=403, style="quo_live", path="/quo/v1/call-voicemails")
        )
        content = await structured(quo, "quo_list_voicemails")
    assert not content["isComplete"]


async def test_times_are_iso_and_pages_follow(phone):
    async with phone(config=ON) as quo:
        first = await structured(quo, "quo_list_messages", person="Jane Whitaker", limit=1)
        token = first["nextPageToken"]
        second = await structured(
            quo, "quo_list_messages", person="Jane Whitaker", limit=1, page_token=token
        )
    [one], [two] = first["items"], second["items"]
    assert one["id"] != two["id"]
    assert one["createdAt"].endswith("Z")
    assert one["createdAt"] > two["createdAt"]


async def test_a_list_with_unread_conversations_is_not_complete(phone):
    async with phone(config=ON) as quo:
        quo.box.inject(Fault("error_before", status=403, style="quo_live", path="/quo/v1/messages"))
        content = await structured(quo, "quo_list_messages")
    assert not content["isComplete"]


async def test_a_send_has_its_state_its_id_and_its_recipient(phone):
    arguments = {"to": "Jane Whitaker", "text": "Tuesday works."}
    async with phone(config=ON | {"approval": "never"}) as quo:
        preview = await structured(quo, "quo_send_message", **arguments, dry_run=True)
        sent = await structured(quo, "quo_send_message", **arguments)
        again = await structured(quo, "quo_send_message", **arguments)
        status = await structured(quo, "quo_get_send_status", send_id=sent["sendId"])
    assert (preview["state"], preview["isSentNow"], preview["blockers"]) == ("preview", False, [])
    assert (sent["state"], sent["isSentNow"], sent["to"]) == ("sent", True, ["+14155550111"])
    assert (again["state"], again["isSentNow"], again["isDuplicate"]) == ("sent", False, True)
    assert status["messageId"] == sent["messageId"]


async def test_a_preview_to_agree_to_is_one_for_programs_too(phone):
    async with phone(config=ON | {"approval": "preview"}) as quo:
        content = await structured(quo, "quo_send_message", to="Jane Whitaker", text="Hello there.")
        assert (content["state"], quo.box.ledger) == ("preview", [])


async def test_a_workflow_branches_on_a_structured_result(phone):
    """What an n8n workflow does: text everybody whose latest message is incoming, and count what happened."""
    async with phone(config=ON | {"approval": "never"}) as quo:
        page = await structured(quo, "quo_list_messages", limit=20)
        latest = {}
        for item in page["items"]:
            latest.setdefault(item["conversationId"], item)
        waiting = [item for item in latest.values() if item["direction"] == "incoming"][:2]
        states = []
        for item in waiting:
            result = await quo.client.call_tool(
                "quo_send_message",
                {
                    "to": item["from"],
                    "inbox": item["phoneNumberId"],
                    "text": "We will call you back.",
                },
            )
            states.append("refused" if result.is_error else result.structured_content["state"])
    assert len(waiting) == 2
    assert set(states) <= {"sent", "refused"}
    assert states.count("sent") == len(quo.box.ledger)
