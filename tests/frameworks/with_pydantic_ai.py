"""Pydantic AI: an agent with our server as a toolset, over stdio."""

import asyncio

from errand import DONE, GOAL, check, command, next_call, report
from fastmcp.client.transports import StdioTransport
from pydantic_ai import Agent
from pydantic_ai.mcp import MCPToolset
from pydantic_ai.messages import (
    ModelMessage,
    ModelResponse,
    TextPart,
    ToolCallPart,
    ToolReturnPart,
)
from pydantic_ai.models.function import AgentInfo, FunctionModel


def results(messages: list[ModelMessage]) -> list[str]:
    return [
        part.model_response_str()
        for message in messages
        for part in message.parts
        if isinstance(part, ToolReturnPart)
    ]


async def main() -> None:
    offered: list[str] = []

    def model(messages: list[ModelMessage], info: AgentInfo) -> ModelResponse:
        offered[:] = [tool.name for tool in info.function_tools]
        call = next_call(results(messages))
        return ModelResponse(parts=[ToolCallPart(*call) if call else TextPart(DONE)])

    program, environment = command()
    toolset = MCPToolset(StdioTransport(command=program, args=[], env=environment))
    agent = Agent(FunctionModel(model), toolsets=[toolset])
    async with agent:
        run = await agent.run(GOAL)
    assert run.output == DONE
    check(results(run.all_messages()), offered)
    report("pydantic-ai-slim")


asyncio.run(main())
