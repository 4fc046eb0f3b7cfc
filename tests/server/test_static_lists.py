"""The lists that never change are serialized once, and the SDK is told every schema."""

import pytest
from mcp import Client, MCPError

from quo_mcp.config.settings import Settings
from quo_mcp.server.app import build_server
from quo_mcp.server.prompts_and_resources import STATIC_LISTS
from quo_mcp.tools.base import tool_listing
from quo_mcp.tools.workspace import ListUsers

pytestmark = pytest.mark.anyio
LISTS = ("list_tools", "list_prompts", "list_resources", "list_resource_templates")


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_list_is_the_same_each_time(mode):
    server = build_server(Settings())
    async with Client(server, mode=mode) as client:
        for name in LISTS:
            first, second = [await getattr(client, name)() for _ in range(2)]
            assert first == second
    cache = server.middleware[-1]
    assert len(cache._results) == (0 if mode == "legacy" else len(LISTS))
    assert {method for method, _ in cache._results} <= set(STATIC_LISTS)


async def test_a_cursor_is_rejected_although_the_list_is_kept():
    async with Client(build_server(Settings())) as client:
        await client.list_tools()
        with pytest.raises(MCPError):
            await client.list_tools(cursor="x")


def test_the_schema_of_each_tool_is_known_without_its_list():
    lookup = build_server(Settings(exclude_tools=("quo_get_message",))).get_tool_input_schema
    assert lookup("quo_list_users") == tool_listing(ListUsers).input_schema
    assert lookup("quo_get_message") is None
    assert lookup("quo_nope") is None
