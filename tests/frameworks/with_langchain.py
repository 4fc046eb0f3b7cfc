"""LangChain: an agent whose tools come from our server through the MCP adapters, over stdio."""

import asyncio
from collections.abc import Sequence
from typing import Any

from errand import DONE, GOAL, check, command, next_call, report
from langchain.agents import create_agent
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, ToolMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from langchain_mcp_adapters.client import MultiServerMCPClient
from langchain_mcp_adapters.tools import load_mcp_tools


def results(messages: Sequence[BaseMessage]) -> list[str]:
    return [str(each.text) for each in messages if isinstance(each, ToolMessage)]


class Scripted(BaseChatModel):
    @property
    def _llm_type(self) -> str:
        return "scripted"

    def bind_tools(self, *_: Any, **__: Any) -> Any:
        return self

    def _generate(self, messages: list[BaseMessage], *_: Any, **__: Any) -> ChatResult:
        past = results(messages)
        call = next_call(past)
        message = (
            AIMessage(
                content="",
                tool_calls=[{"name": call[0], "args": call[1], "id": f"call-{len(past)}"}],
            )
            if call
            else AIMessage(content=DONE)
        )
        return ChatResult(generations=[ChatGeneration(message=message)])


async def main() -> None:
    program, environment = command()
    client = MultiServerMCPClient(
        {"quo": {"transport": "stdio", "command": program, "args": [], "env": environment}}
    )
    async with client.session(
        "quo"
    ) as session:  # one server for all calls: the sandbox is its memory
        tools = await load_mcp_tools(session)
        agent = create_agent(Scripted(), tools)
        run = await agent.ainvoke({"messages": [{"role": "user", "content": GOAL}]})
    assert run["messages"][-1].text == DONE
    check(results(run["messages"]), [tool.name for tool in tools])
    report("langchain-mcp-adapters")


asyncio.run(main())
