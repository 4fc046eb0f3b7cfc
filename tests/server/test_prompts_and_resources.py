"""Prompts and resources: which are enabled, how long clients may cache them, and when they are imported."""

import subprocess
import sys

import httpx2
import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, INVALID_PARAMS, PromptReference

from conftest import PACIFIC, open_server
from quo_mcp.config.settings import Settings
from quo_mcp.server.account import open_account
from quo_mcp.server.app import build_server
from sandbox.play import DESK, DIRECT, JANE, START

HOUR = 3_600_000
LISTS = ["quo://phone-numbers", "quo://users", "quo://contact-custom-fields", "quo://sandbox"]
CONTACT, CONVERSATION = "quo://contacts/{contact_id}", "quo://conversations/{conversation_id}"
TEMPLATES = [CONTACT, CONVERSATION]


async def text_of(phone, uri):
    (content,) = (await phone.client.read_resource(uri)).contents
    return content.text


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


@pytest.mark.anyio
async def test_a_client_may_keep_the_lists_for_an_hour_and_what_is_read_only_for_itself():
    async with open_server() as phone:
        lists = [
            await phone.client.list_resources(),
            await phone.client.list_resource_templates(),
            await phone.client.list_prompts(),
            await phone.client.list_tools(),
        ]
        assert {(each.ttl_ms, each.cache_scope) for each in lists} == {(HOUR, "public")}
        read = [await phone.client.read_resource(uri) for uri in LISTS]
        assert [each.ttl_ms for each in read] == [60_000, 60_000, 60_000, HOUR]
        assert {each.cache_scope for each in read} == {"private"}


@pytest.mark.anyio
async def test_only_the_inboxes_that_may_be_used_can_be_read():
    async with open_server(config={"inboxes": DIRECT}) as phone:
        numbers = await text_of(phone, "quo://phone-numbers")
        assert "Marisol direct" in numbers
        assert "Front Desk" not in numbers
        hidden, shown = (thread(phone.box, inbox, "+15105550131") for inbox in (DESK, DIRECT))
        assert (await refused(phone, f"quo://conversations/{hidden['id']}")).code == INVALID_PARAMS
        assert "Off the record" in await text_of(phone, f"quo://conversations/{shown['id']}")


@pytest.mark.parametrize(
    ("config", "left"),
    [
        ({"toolsets": "calls"}, ["quo://sandbox"]),
        ({"toolsets": "workspace"}, ["quo://phone-numbers", "quo://users", "quo://sandbox"]),
        ({"toolsets": "conversations"}, ["quo://sandbox"]),
        ({"toolsets": "conversations,messages"}, ["quo://sandbox", CONVERSATION]),
        (
            {"exclude_tools": "quo_list_users,quo_get_contact"},
            [LISTS[0], LISTS[2], LISTS[3], CONVERSATION],
        ),
        ({"read_only": True}, [*LISTS, *TEMPLATES]),
    ],
)
@pytest.mark.anyio
async def test_a_resource_is_absent_where_a_tool_it_is_made_of_is_off(config, left):
    async with open_server(config=config) as phone:
        listed, templates = await addresses(phone)
        assert listed + templates == left
        absent = {"quo://users", "quo://contacts/abc", "quo://conversations/CN12"} - {
            uri.replace("{contact_id}", "abc").replace("{conversation_id}", "CN12") for uri in left
        }
        for uri in absent:
            assert "Resource not found" in (await refused(phone, uri)).message


@pytest.mark.anyio
async def test_a_conversation_is_shown_without_calls_where_calls_are_off():
    async with open_server(config={"toolsets": "conversations,messages"}) as phone:
        found = thread(phone.box, DESK, JANE)
        assert "Calls" not in await text_of(phone, f"quo://conversations/{found['id']}")
        assert not [each for each in phone.box.requests if each["path"].endswith("/calls")]


@pytest.mark.anyio
async def test_a_real_account_has_no_guide_and_no_line_about_the_sandbox():
    def quo(request):
        return httpx2.Response(200, json={"data": [{"name": "Gate code", "key": "gate-code"}]})

    def account_factory(settings):
        return open_account(settings, transport=httpx2.MockTransport(quo), now=lambda: START)

    config = Settings(api_key="a-key-of-somebody", connection="c1", toolsets="contacts", **PACIFIC)
    async with Client(build_server(config, account_factory=account_factory)) as client:
        listed = (await client.list_resources()).resources
        assert [each.uri for each in listed] == ["quo://contact-custom-fields"]
        (content,) = (await client.read_resource("quo://contact-custom-fields")).contents
        assert content.text.startswith("Custom fields:\nGate code")
        with pytest.raises(MCPError, match="Resource not found"):
            await client.read_resource("quo://sandbox")


def test_nothing_of_it_is_loaded_before_it_is_asked_for():
    late = ("resources", "resource_template", "prompts", "prompt_template", "completions")
    asked = (
        "import sys; import quo_mcp.server.app;"
        f"print([name for name in {late} if 'quo_mcp.server.' + name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


@pytest.mark.parametrize("what", ["reading a resource", "rendering a prompt", "completing"])
@pytest.mark.anyio
async def test_a_crash_is_told_without_the_words_it_was_about(what, monkeypatch, caplog):
    def crash(*_):
        raise RuntimeError(f"{JANE} wrote: the gate code is ", 4700 + 11)

    asks = {
        "reading a resource": lambda client: client.read_resource("quo://users"),
        "rendering a prompt": lambda client: client.get_prompt("catch_up"),
        "completing": lambda client: client.complete(
            PromptReference(name="catch_up"), {"name": "since", "value": "y"}
        ),
    }
    async with open_server() as phone:
        monkeypatch.setattr("quo_mcp.server.resources.read_resource", crash)
        monkeypatch.setattr("quo_mcp.server.prompts.find_prompt", crash)
        with pytest.raises(MCPError) as caught:
            await asks[what](phone.client)
    assert caught.value.code == INTERNAL_ERROR
    assert "internal error in this server" in caught.value.message
    assert f"{what} crashed: RuntimeError" in caplog.text
    assert "in crash" in caplog.text
    assert "4711" not in caplog.text + caught.value.message
