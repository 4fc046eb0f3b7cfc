"""Invalid arguments: the explanation that the model gets, and the suggested argument."""

import json
import re

import pytest

from quo_mcp.errors import InvalidArguments
from quo_mcp.tools.argument_errors import ID_SOURCES, SYNONYMS, suggest_argument
from quo_mcp.tools.argument_parsing import parse_arguments
from quo_mcp.tools.base import name_of, tool_listing
from quo_mcp.tools.catalogue import TOOLSETS
from quo_mcp.tools.find_contacts import FindContacts
from quo_mcp.tools.webhooks import CreateWebhook
from sandbox.play import JANE

pytestmark = pytest.mark.anyio

TOOLS = {name_of(tool): tool for toolset in TOOLSETS.values() for tool in toolset}


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"persn": "Jane"}, '- unknown argument "persn"; did you mean "person"?'),
        ({"xyzzy": 1, "person": JANE}, '- unknown argument "xyzzy".\n'),
        ({"person": JANE, "limit": "lots"}, "- limit: must be an integer.\n"),
        ({"person": JANE, "limit": 1.5}, "- limit: must be an integer.\n"),
        ({"person": JANE, "limit": 101}, "- limit: 101 is above the maximum of 100.\n"),
        ({"person": JANE, "limit": 0}, "- limit: 0 is below the minimum of 1.\n"),
        ({"person": {"name": "Jane"}}, "- person: must be one string, not a list or another type"),
    ],
)
async def test_arguments_that_do_not_fit_are_named_with_what_would(phone, arguments, expected):
    async with phone() as quo:
        message = await quo.refused("quo_list_calls", **arguments)
        assert expected in message
        assert "Arguments: person, inbox, since" in message


@pytest.mark.parametrize(
    ("tool", "arguments", "expected"),
    [
        ("quo_get_contact", {"contact_id": ""}, "contact_id: must not be empty"),
        ("quo_get_contact", {"contact_id": "x" * 1001}, "too long; the maximum is 1000 characters"),
        *(
            (
                "quo_get_send_status",
                {"send_id": arguments},
                "the result of a send with an unknown outcome. For the delivery status of a message (AC…), call quo_get_message",
            )
            for arguments in ("ACda540264e68ce0c5e8fe2e4ad4f3d2b9", "the last one")
        ),
        *(
            (
                "quo_send_group_message",
                {"to": arguments, "text": "x"},
                f"to: must be a list with one entry per person, such as {example}.\n",
            )
            for arguments, example in [
                ("Luis Ocampo, Teresa Ocampo", '["Luis Ocampo", "Teresa Ocampo"]'),
                (["Luis and Teresa Ocampo; Jane"], '["Luis", "Teresa Ocampo", "Jane"]'),
                ("+14155550111 +15105550153", '["+1 415 555 0111", "+1 510 555 0153"]'),
            ]
        ),
        (
            "quo_get_call",
            {"call_id": "7"},
            'call_id: "7" is not a call id (expected AC…). Get it from quo_list_calls.',
        ),
        ("quo_send_message", {"to": JANE, "text": ""}, "text: must not be empty"),
        (
            "quo_send_message",
            {"to": JANE, "text": "x" * 1601},
            "text: too long; the maximum is 1600 characters",
        ),
        (
            "quo_send_message",
            {"to": JANE, "text": "x", "allow_duplicate": "maybe"},
            "must be true or false",
        ),
        (
            "quo_send_group_message",
            {"to": [JANE], "text": "x"},
            "to: at least 2 recipients are required; for one person, call quo_send_message",
        ),
        (
            "quo_send_group_message",
            {"to": [JANE] * 11, "text": "x"},
            "to: 11 items given; the maximum is 10",
        ),
        ("quo_update_contact", {"contact_id": "c", "emails": {}}, 'did you mean "add_emails"?'),
        (
            "quo_update_contact",
            {"contact_id": "c", "custom_fields": "red"},
            'custom_fields: must be a list of objects, e.g. [{"field": "Tags", "value": "vip"}]',
        ),
        (
            "quo_update_contact",
            {"contact_id": "c", "custom_fields": [{"field": "Tags"}]},
            "custom_fields.0.value: required",
        ),
        (
            "quo_mark_conversation",
            {"conversation": "CN1", "state": "gone"},
            'state: "gone" is invalid; use "read", "done" or "open".',
        ),
    ],
)
async def test_a_complaint_says_in_plain_words_what_would_do(phone, tool, arguments, expected):
    async with phone() as quo:
        assert expected in await quo.refused(tool, **arguments)


def test_a_required_list_must_not_be_empty():
    with pytest.raises(InvalidArguments, match="- events: 0 items given; the minimum is 1"):
        parse_arguments(CreateWebhook, {"url": "https://example.com", "events": []})


def test_a_complaint_of_another_kind_is_in_the_validators_words():
    with pytest.raises(InvalidArguments, match="- query: must be a valid string"):
        parse_arguments(FindContacts, {"query": b"\xff"})


def test_for_every_id_it_is_said_where_to_take_it_from():
    ids = {
        name
        for tool in TOOLS.values()
        for name, argument in tool.model_json_schema()["properties"].items()
        if "pattern" in json.dumps(argument)
    }
    assert ids == set(ID_SOURCES)
    assert set(re.findall("quo_[a-z_]+", " ".join(ID_SOURCES.values()))) <= set(TOOLS)


async def test_no_more_complaints_are_listed_than_are_read(phone):
    async with phone() as quo:
        message = await quo.refused("quo_list_calls", **{f"x{n}": n for n in range(50)})
        assert "- 45 more invalid arguments" in message
        assert len(message) < 600


@pytest.mark.parametrize(
    ("tool", "name", "field"),
    [
        ("quo_create_contact", "name", "first_name"),
        ("quo_create_contact", "phone", "phone_numbers"),
        ("quo_create_contact", "phone_number", "phone_numbers"),
        ("quo_create_contact", "phoneNumbers", "phone_numbers"),
        ("quo_create_contact", "email", "emails"),
        ("quo_create_contact", "surname", "last_name"),
        ("quo_create_contact", "job-title", "role"),
        ("quo_update_contact", "phone", "add_phone_numbers"),
        ("quo_update_contact", "emails", "add_emails"),
        ("quo_update_contact", "contact", "contact_id"),
        ("quo_get_contact", "name", "contact_id"),
        ("quo_get_contact", "id", "contact_id"),
        ("quo_find_contacts", "name", "query"),
        ("quo_list_conversations", "since", "updated_since"),
        ("quo_list_conversations", "inbox", "inboxes"),
        ("quo_list_conversations", "phone_number", "person"),
        ("quo_list_messages", "contact", "person"),
        ("quo_list_messages", "participants", "person"),
        ("quo_list_messages", "phoneNumberId", "inbox"),
        ("quo_list_calls", "createdAfter", "since"),
        ("quo_list_calls", "maxResults", "limit"),
        ("quo_get_message", "id", "message_id"),
        ("quo_send_message", "message", "text"),
        ("quo_send_message", "body", "text"),
        ("quo_send_message", "content", "text"),
        ("quo_send_message", "recipient", "to"),
        ("quo_send_message", "recipients", "to"),
        ("quo_send_message", "number", "to"),
        ("quo_send_message", "phone", "to"),
        ("quo_send_message", "from", "inbox"),
        ("quo_mark_conversation", "thread_id", None),
        ("quo_mark_conversation", "thread", "conversation"),
        ("quo_mark_conversation", "status", "state"),
        ("quo_list_tasks", "status", "state"),
        ("quo_update_task", "status", "done"),
        ("quo_update_task", "due_date", "due"),
        ("quo_create_task", "name", "title"),
        ("quo_create_task", "assigned_to", "assignee"),
        ("quo_create_task", "detials", None),
        ("quo_create_task", "descripton", "description"),
        ("quo_list_users", "persn", None),
    ],
)
def test_an_argument_by_another_name_is_told_by_its_own(tool, name, field):
    assert suggest_argument(name, TOOLS[tool].model_fields) == field


def test_what_is_suggested_is_an_argument_of_some_tool():
    arguments = {name for tool in TOOLS.values() for name in tool.model_fields}
    assert {name for fields in SYNONYMS.values() for name in fields} <= arguments


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("quo_list_users", {}),
        ("quo_list_calls", {"person": JANE, "inbox": "Front Desk", "limit": 1}),
        ("quo_send_message", {"to": JANE, "text": "Hi", "dry_run": True}),
    ],
)
async def test_arguments_that_a_client_adds_are_set_aside_with_a_note(phone, tool, arguments):
    added = {
        "toolCallId": "call_1",
        "sessionId": "5f",
        "action": "sendMessage",
        "chatInput": "Text Jane",
        "_meta": {"progressToken": 1},
    }
    async with phone() as quo:
        without = await quo(tool, **arguments)
        note, _, rest = (await quo(tool, **arguments, **added)).partition("\n")
        names = "_meta, action, chatInput, sessionId, toolCallId"
        assert note == f"Ignored arguments that the client added: {names}."
        assert rest == without
        why = await quo.refused(tool, **arguments, **added, session="5f", tool_call_id="1")
        assert 'unknown argument "session".' in why
        assert 'unknown argument "tool_call_id".' in why


async def test_the_note_about_added_arguments_goes_with_a_refusal(phone):
    async with phone() as quo:
        why = await quo.refused("quo_get_contact", contact_id="Zebediah", sessionId="5f")
        assert why.startswith("Ignored arguments that the client added: sessionId.\n")


@pytest.mark.parametrize("name", sorted(TOOLS))
async def test_nulls_for_everything_left_out_change_nothing(phone, name):
    """crewai and mcp-use send null for every optional argument; n8n sends the defaults of the schema."""
    model = TOOLS[name]
    schema = tool_listing(model).input_schema["properties"]
    optional = {field for field, info in model.model_fields.items() if not info.is_required()}
    required = dict.fromkeys(model.model_fields.keys() - optional, "x")
    defaults = {field: schema[field]["default"] for field in optional if "default" in schema[field]}
    plain = parsed(model, required)
    for added in (dict.fromkeys(optional), dict.fromkeys(optional, ""), defaults):
        assert parsed(model, added | required) == plain


def parsed(model, arguments):
    """The tool's arguments, or the explanation of its invalid arguments."""
    try:
        return parse_arguments(model, arguments).value.model_dump()
    except InvalidArguments as error:
        return str(error)
