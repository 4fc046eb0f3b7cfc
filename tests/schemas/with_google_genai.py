"""google-genai: a live MCP session among its tools."""

import asyncio
import json

from gemini_api import declared, gemini_api
from google import genai
from google.genai import types
from judge import TOOLS, URL, check_result, check_schemas
from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client


async def main() -> None:
    with gemini_api("google-genai") as (api, requests):
        options = types.HttpOptions(base_url=api)
        client = genai.Client(api_key="none", http_options=options)
        async with (
            streamablehttp_client(URL) as (read, write, _),
            ClientSession(read, write) as session,
        ):
            await session.initialize()
            # A dict: with GenerateContentConfig, version 3.6.1 fails on any live session.
            await client.aio.models.generate_content(
                model="gemini-flash", contents="Add Nora.", config={"tools": [session]}
            )
    check_result(json.dumps(requests[1]["contents"][-1], ensure_ascii=False))
    for (
        tool
    ) in TOOLS.values():  # the fields of Gemini's API, as a host sends them without conversion
        types.FunctionDeclaration(name=tool["name"], parameters=tool["inputSchema"])
    check_schemas("google-genai", declared(requests[0]))


asyncio.run(main())
