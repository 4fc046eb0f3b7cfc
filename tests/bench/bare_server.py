"""A minimal server on the same SDK, for comparison: python bare_server.py URL KEY.

Its one tool makes one HTTP request with the same library and returns the reply.
"""

import sys

import anyio
import httpx2
import mcp_types as types
from mcp.server import Server
from mcp.server.stdio import stdio_server

URL, KEY = sys.argv[1:]
SCHEMA = {
    "type": "object",
    "properties": {"message_id": {"type": "string"}},
    "required": ["message_id"],
}


async def main() -> None:
    http: httpx2.AsyncClient | None = None

    async def list_tools(_ctx, _params):
        tool = types.Tool(name="get_message", description="Get one text.", input_schema=SCHEMA)
        return types.ListToolsResult(tools=[tool])

    async def call_tool(_ctx, params):
        nonlocal http
        http = http or httpx2.AsyncClient(headers={"Authorization": f"Bearer {KEY}"})
        reply = await http.get(f"{URL}/quo/v1/messages/{params.arguments['message_id']}")
        reply.raise_for_status()
        return types.CallToolResult(content=[types.TextContent(text=reply.text)])

    server = Server("bare", version="1", on_list_tools=list_tools, on_call_tool=call_tool)
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


anyio.run(main)
