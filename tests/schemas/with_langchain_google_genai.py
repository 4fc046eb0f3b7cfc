"""LangChain with Gemini: the tools of its MCP adapters, bound to a chat model."""

import asyncio

from gemini_api import declared, gemini_api
from judge import URL, check_result, check_schemas
from langchain_google_genai import ChatGoogleGenerativeAI
from langchain_mcp_adapters.client import MultiServerMCPClient


async def main() -> None:
    client = MultiServerMCPClient({"quo": {"transport": "streamable_http", "url": URL}})
    tools = {tool.name: tool for tool in await client.get_tools()}
    with gemini_api("langchain") as (api, requests):
        model = ChatGoogleGenerativeAI(model="gemini-flash", api_key="none", base_url=api)
        answer = await model.bind_tools([*tools.values()]).ainvoke("Add Nora.")
    [call] = answer.tool_calls
    check_result(str(await tools[call["name"]].ainvoke(call["args"])))
    check_schemas("langchain-google-genai", declared(requests[0]))


asyncio.run(main())
