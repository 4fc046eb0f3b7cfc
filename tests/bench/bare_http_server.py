"""A minimal HTTP server on the same SDK with our list of tools: python bare_http_server.py TEXT.

Every call returns TEXT. It prints its port.
"""

import sys
from contextlib import asynccontextmanager

import mcp_types as types
import uvicorn
from mcp.server import Server
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.applications import Starlette
from starlette.routing import Mount

from quo_mcp.config.settings import Settings
from quo_mcp.server.tool_policy import ToolPolicy
from quo_mcp.server.transports.streamable_http import listen
from quo_mcp.tools.base import tool_listing
from quo_mcp.tools.catalogue import OFF_BY_DEFAULT, TOOLSETS

TEXT = sys.argv[1]
TOOLS = {
    name: tool_listing(tool)
    for name, tool in ToolPolicy(Settings(), TOOLSETS, OFF_BY_DEFAULT).tools.items()
}


async def list_tools(_context, _params):
    return types.ListToolsResult(tools=list(TOOLS.values()))


async def call_tool(_context, _params):
    return types.CallToolResult(content=[types.TextContent(text=TEXT)])


server = Server(
    "bare",
    version="1",
    on_list_tools=list_tools,
    on_call_tool=call_tool,
    get_tool_input_schema=lambda name: TOOLS[name].input_schema,
)
sessions = StreamableHTTPSessionManager(server, json_response=True, stateless=True)


@asynccontextmanager
async def lifespan(_app):
    async with sessions.run():
        yield


app = Starlette(routes=[Mount("/mcp", sessions.handle_request)], lifespan=lifespan)
with listen("127.0.0.1", 0) as listener:
    print(f"http://127.0.0.1:{listener.getsockname()[1]}/mcp", file=sys.stderr, flush=True)  # noqa: T201
    uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).run([listener])
