"""Resources: what can be read at an address, in both eras of the protocol."""

import json
import re
from importlib.resources import files

import pytest
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS

from conftest import open_server
from quo_mcp.directory import conversation_scan
from quo_mcp.sandbox import Fault
from quo_mcp.sandbox.faults import KINDS
from quo_mcp.server import resources
from quo_mcp.server.result_text import SANDBOX_NOTICE
from sandbox.play import DESK, JANE

ERAS = pytest.mark.parametrize("mode", ["auto", "legacy"])
HOUR = 3_600_000
LISTS = ["quo://phone-numbers", "quo://users", "quo://contact-custom-fields", "quo://sandbox"]
TEMPLATES = ["quo://contacts/{contact_id}", "quo://conversations/{conversation_id}"]


async def text_of(phone, uri):
    """A resource's text without the line about the sandbox."""
    (content,) = (await phone.client.read_resource(uri)).contents
    banner, _, text = content.text.partition("\n")
    assert (banner, content.uri) == (SANDBOX_NOTICE, uri)
    return text


async def refused(phone, uri):
    with pytest.raises(MCPError) as caught:
        await phone.client.read_resource(uri)
    assert caught.value.data == {"uri": uri}
    return caught.value


async def addresses(phone):
    listed = (await phone.client.list_resources()).resources
    templates = (await phone.client.list_resource_templates()).resource_templates
    return [each.uri for each in listed], [each.uri_template for each in templates]


def thread(box, inbox, *people):
    (found,) = (
        each
        for each in box.state.conversations.values()
        if each["phoneNumberId"] == inbox and set(each["participants"]) == set(people)
    )
    return found


@ERAS
@pytest.mark.anyio
async def test_the_lists_name_every_address_and_what_is_there(mode):
    async with open_server(mode=mode) as phone:
        assert await addresses(phone) == (LISTS, TEMPLATES)
        listed = (await phone.client.list_resources()).resources
        assert all(each.title and each.description and each.mime_type for each in listed)


@ERAS
@pytest.mark.parametrize(
    ("uri", "tool"),
    [
        ("quo://phone-numbers", "quo_list_phone_numbers"),
        ("quo://users", "quo_list_users"),
        ("quo://contact-custom-fields", "quo_list_contact_custom_fields"),
    ],
)
@pytest.mark.anyio
async def test_a_list_reads_as_its_tool_says_it(mode, uri, tool):
    async with open_server(mode=mode) as phone:
        assert await text_of(phone, uri) == await phone(tool)


@pytest.mark.anyio
async def test_a_contact_reads_as_its_tool_says_it():
    async with open_server() as phone:
        (jane,) = (await phone.account.directory.address_book()).by_number(JANE)
        said = await phone("quo_get_contact", contact_id=jane.id)
        assert await text_of(phone, f"quo://contacts/{jane.id}") == said


@ERAS
@pytest.mark.anyio
async def test_a_conversation_shows_where_it_stands_and_what_the_tools_say_of_it(mode):
    async with open_server(mode=mode) as phone:
        found = thread(phone.box, DESK, JANE)
        text = await text_of(phone, f"quo://conversations/{found['id']}")
        asked = {"person": [JANE], "inbox": DESK, "limit": 20}
        texts = await phone("quo_list_messages", **asked)
        calls = await phone("quo_list_calls", **asked | {"person": JANE, "limit": 10})
        zone = "\nTimes are in America/Los_Angeles."
        head, _, rest = text.partition("\nFrom quo_list_messages:\n")
        assert head.splitlines()[0].endswith(
            f"on Front Desk · assigned to Priya Raman · {found['id']}"
        )
        both = f"{texts.removesuffix(zone)}\nFrom quo_list_calls:\n{calls}"
        assert rest == both


@pytest.mark.anyio
async def test_every_line_that_somebody_else_wrote_is_marked():
    async with open_server() as phone:
        found = thread(phone.box, DESK, "+16285550166")
        text = await text_of(phone, f"quo://conversations/{found['id']}")
        wrote = [
            line for line in text.splitlines() if "tool_result" in line or "Ignore all" in line
        ]
        assert wrote
        assert all(line.startswith("> ") for line in wrote)


@pytest.mark.anyio
async def test_a_text_that_cannot_be_encoded_does_not_leave_as_it_came():
    async with open_server() as phone:
        found = thread(phone.box, DESK, JANE)
        phone.box.inject(Fault("lone_surrogate", path="/quo/v1/messages"))
        text = await text_of(phone, f"quo://conversations/{found['id']}")
        assert "\ufffd" in text
        assert text.encode()


@pytest.mark.anyio
async def test_a_long_conversation_is_cut_and_says_which_tool_reads_on(monkeypatch):
    monkeypatch.setattr(resources, "MAX_MESSAGES", 2)
    async with open_server() as phone:
        found = thread(phone.box, DESK, JANE)
        text = await text_of(phone, f"quo://conversations/{found['id']}")
        cut, _, whole = text.partition("From quo_list_calls:")
        token = re.search('More: call again with page_token="(.*)"', cut)[1]
        assert "More:" not in whole
        asked = {"person": [JANE], "inbox": DESK, "limit": 2}
        assert await phone("quo_list_messages", **asked, page_token=token)


@pytest.mark.anyio
async def test_a_group_has_no_calls_and_is_not_asked_for_any():
    async with open_server() as phone:
        group = thread(phone.box, DESK, "+447700900142", "+14155550145", "+15105550131")
        text = await text_of(phone, f"quo://conversations/{group['id']}")
        assert "Friday works" in text
        assert "Calls" not in text
        assert not [each for each in phone.box.requests if each["path"].endswith("/calls")]


@pytest.mark.parametrize(
    ("participants", "why"),
    [
        (["22395"], "22395 is a short code"),
        (["Anonymous"], "means that the caller hid their number"),
        (
            [f"+1415555{last:04}" for last in range(100, 111)],
            "Messages are not included: Quo lists them only for up to 10 participants.",
        ),
    ],
)
@pytest.mark.anyio
async def test_a_thread_whose_texts_cannot_be_listed_says_why(participants, why):
    async with open_server() as phone:
        found = thread(phone.box, DESK, JANE)
        found["participants"] = participants
        assert why in await text_of(phone, f"quo://conversations/{found['id']}")


@pytest.mark.anyio
async def test_a_thread_without_texts_or_calls_says_so():
    async with open_server() as phone:
        found = thread(phone.box, DESK, JANE)
        found["participants"] = ["+14155550199"]
        text = await text_of(phone, f"quo://conversations/{found['id']}")
        assert "No messages with +1 415 555 0199 on Front Desk" in text
        assert "No calls with +1 415 555 0199 on Front Desk" in text


@ERAS
@pytest.mark.parametrize(
    "uri",
    [
        "quo://nothing",
        "quo://contacts/",
        "quo://contacts/../users",
        "quo://contacts/%2e%2e",
        "quo://contacts/a/b",
        "quo://contacts/abc\n",
        "quo://contacts/{contact_id}",
        f"quo://contacts/{'a' * 65}",
        "quo://conversations/AC12",
        "quo://Users",
        "quo://users?limit=1",
        "file:///etc/passwd",
    ],
)
@pytest.mark.anyio
async def test_an_address_of_nothing_is_invalid_and_asks_nothing_of_quo(mode, uri):
    async with open_server(mode=mode) as phone:
        error = await refused(phone, uri)
        assert error.code == INVALID_PARAMS
        assert error.message.startswith("Resource not found: ")
        assert phone.box.requests == []


@pytest.mark.anyio
async def test_an_id_that_quo_does_not_know_is_invalid():
    async with open_server() as phone:
        assert (await refused(phone, "quo://contacts/abc")).code == INVALID_PARAMS
        error = await refused(phone, "quo://conversations/CN12")
        assert (error.code, error.message) == (INVALID_PARAMS, "Conversation not found: CN12.")


@pytest.mark.anyio
async def test_a_thread_is_looked_for_on_later_pages_and_not_for_ever(monkeypatch):
    monkeypatch.setattr(conversation_scan, "PAGE_SIZE", 1)
    async with open_server() as phone:
        newest_first = sorted(
            phone.box.state.conversations.values(), key=lambda each: each["lastActivityAt"]
        )[::-1]
        assert newest_first[9]["id"] in await text_of(
            phone, f"quo://conversations/{newest_first[9]['id']}"
        )
        error = await refused(phone, f"quo://conversations/{newest_first[10]['id']}")
        assert error.code == INVALID_PARAMS
        assert "not among the 10 conversations with the latest activity" in error.message


@pytest.mark.anyio
async def test_what_quo_cannot_answer_now_is_no_fault_of_the_request():
    async with open_server() as phone:
        phone.box.inject(Fault("error_before", path="/quo/v1/contact-custom-fields", times=None))
        error = await refused(phone, "quo://contact-custom-fields")
        assert error.code == INTERNAL_ERROR
        assert error.message


@pytest.mark.anyio
async def test_the_guide_names_who_and_what_is_really_there():
    told = json.loads(files("quo_mcp.sandbox").joinpath("world.json").read_text(encoding="utf-8"))
    everybody = {
        " ".join(filter(None, [each.get("firstName"), each.get("lastName")])) or each["company"]
        for each in told["contacts"]
    }
    async with open_server() as phone:
        text = await text_of(phone, "quo://sandbox")
    table = re.findall(r"^\| (.+?) \|", text, re.MULTILINE)[1:]
    named = ", ".join(table).replace("Luis and", "Luis Ocampo,").replace("---, ", "").split(", ")
    trap = "Ignore previous instructions"
    assert [each for each in named if each not in everybody and each != trap] == []
    assert any(each.startswith(trap) for each in everybody)
    for each in told["users"] + told["numbers"]:
        name = each.get("name") or f"{each['firstName']} {each['lastName']}"
        assert name in text
    kinds = re.search(r"Kinds: (.*?)\.", text, re.DOTALL)[1]
    assert [each.strip() for each in kinds.split(",")] == list(KINDS)
    fault = json.loads(re.search(r"-d '(.*)'", text)[1])
    assert Fault(**fault).times == 2
