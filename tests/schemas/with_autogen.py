"""AutoGen makes a Python model of each schema, and checks arguments by it."""

import asyncio

from autogen_core import CancellationToken
from autogen_ext.tools.mcp import StreamableHttpServerParams, mcp_server_tools
from judge import CALL, URL, arguments, check_result, check_schemas


async def main() -> None:
    tools = {
        tool.name: tool for tool in await mcp_server_tools(StreamableHttpServerParams(url=URL))
    }
    result = await tools[CALL].run_json(arguments("autogen"), CancellationToken())
    check_result(tools[CALL].return_value_as_string(result))
    check_schemas("autogen-ext", {name: tool.schema["parameters"] for name, tool in tools.items()})


asyncio.run(main())
