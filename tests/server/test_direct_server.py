"""A server with Quo's own key: the tools it offers, its setup check, and a send from end to end."""

import httpx2
import pytest
from mcp import Client

from quo_mcp.config.settings import InvalidSettings, Settings
from quo_mcp.sandbox import Fault, Sandbox
from quo_mcp.server.account import open_account
from quo_mcp.server.app import build_server
from quo_mcp.server.tool_policy import ToolPolicy
from quo_mcp.tools.catalogue import OFF_BY_DEFAULT, TOOLSETS

pytestmark = pytest.mark.anyio

CONNECTION_TOOLS = {
    "quo_list_connections",
    "quo_get_connection",
    "quo_create_connection",
    "quo_delete_connection",
}


@pytest.fixture
def box():
    return Sandbox(enforce_rate=False)


@pytest.fixture
def client(box, tmp_path):
    def open_client(**settings):
        settings = Settings(
            quo_api_key="sandbox", state_dir=tmp_path, time_zone="America/Los_Angeles", **settings
        )
        transport = httpx2.ASGITransport(box.app)
        server = build_server(
            settings, account_factory=lambda s: open_account(s, transport=transport)
        )
        return Client(server)

    return open_client


async def text_of(session, tool, **arguments):
    result = await session.call_tool(tool, arguments)
    return bool(result.is_error), result.content[0].text


async def test_connections_are_not_listed_and_a_call_says_why(client):
    async with client(toolsets=("all",)) as session:
        names = {tool.name for tool in (await session.list_tools()).tools}
        assert not names & CONNECTION_TOOLS
        assert "quo_list_webhooks" in names
        is_error, text = await text_of(session, "quo_list_connections")
    assert is_error
    assert "QUO_API_KEY" in text
    assert "Maton" in text


@pytest.mark.parametrize(
    "settings", [{"toolsets": ("connections",)}, {"tools": ("quo_get_connection",)}]
)
def test_asking_for_connections_with_quos_key_is_an_error(settings):
    with pytest.raises(InvalidSettings, match="QUO_API_KEY"):
        ToolPolicy(Settings(quo_api_key="k", **settings), TOOLSETS, OFF_BY_DEFAULT)
    ToolPolicy(Settings(api_key="k", **settings), TOOLSETS, OFF_BY_DEFAULT)


async def test_a_text_is_sent_over_quos_host_alone(client, box):
    async with client(approval="never") as session:
        is_error, text = await text_of(
            session,
            "quo_send_message",
            to="Jane Whitaker",
            text="Tuesday works.",
            inbox="Front Desk",
        )
    assert not is_error, text
    assert text.startswith("Sent to Jane Whitaker")
    assert [entry["content"] for entry in box.ledger] == ["Tuesday works."]
    assert all(request["path"].startswith("/quo/v1/") for request in box.requests)
    assert all("maton-connection" not in request["headers"] for request in box.requests)


async def test_the_setup_check_is_about_quo_alone(client):
    async with client() as session:
        is_error, text = await text_of(session, "quo_check_setup")
    assert not is_error
    assert "API key: Accepted by Quo (QUO_API_KEY; directly, without Maton)." in text
    assert "Front Desk" in text
    assert not any(word in text for word in ("gateway", "quo_create_connection", "Connection:"))


@pytest.mark.parametrize(
    ("status", "words"), [(401, "QUO_API_KEY"), (403, "plan"), (503, "Quo is unavailable")]
)
async def test_a_failed_setup_check_sends_nobody_to_maton(client, box, status, words):
    style = "empty" if status == 503 else "quo_live"
    box.inject(Fault("error_before", status=status, style=style, path="/quo/v1/", times=None))
    async with client() as session:
        _, text = await text_of(session, "quo_check_setup")
    assert words in text
    assert not any(word in text for word in ("gateway", "maton.ai", "quo_create_connection"))


async def test_a_placeholder_for_quos_key_is_named(tmp_path):
    settings = Settings(quo_api_key="${QUO_API_KEY}", state_dir=tmp_path)
    async with Client(build_server(settings)) as session:
        is_error, text = await text_of(session, "quo_list_users")
    assert is_error
    assert "QUO_API_KEY is not set where the client runs" in text


@pytest.mark.maton
async def test_with_both_keys_the_setup_check_says_which_one_is_used(box, tmp_path):
    settings = Settings(api_key="sandbox", quo_api_key="other", state_dir=tmp_path)
    transport = httpx2.ASGITransport(box.app)
    server = build_server(settings, account_factory=lambda s: open_account(s, transport=transport))
    async with Client(server) as session:
        _, text = await text_of(session, "quo_check_setup")
    assert "QUO_API_KEY is also set, and not used, because MATON_API_KEY comes first." in text
