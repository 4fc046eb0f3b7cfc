"""OpenAI Agents SDK: an agent with our server among its MCP servers, over stdio."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from agents import Agent, Model, ModelResponse, Runner, Usage, set_tracing_disabled
from agents.mcp import MCPServerStdio
from errand import DONE, GOAL, check, command, next_call, report
from openai.types.responses import (
    ResponseFunctionToolCall,
    ResponseOutputMessage,
    ResponseOutputText,
)


def words(output: Any) -> str:
    """Return a tool's output as text; it is a string or a list of parts."""
    return output if isinstance(output, str) else "".join(each["text"] for each in output)


class Scripted(Model):
    def __init__(self) -> None:
        self.results: list[str] = []
        self.offered: list[str] = []

    async def get_response(self, *_: Any, **asked: Any) -> ModelResponse:
        self.offered = [tool.name for tool in asked["tools"]]
        items = [] if isinstance(asked["input"], str) else asked["input"]
        self.results = [
            words(each["output"]) for each in items if each.get("type") == "function_call_output"
        ]
        call = next_call(self.results)
        item: Any = (
            ResponseFunctionToolCall(
                type="function_call",
                call_id=f"call-{len(self.results)}",
                name=call[0],
                arguments=json.dumps(call[1]),
            )
            if call
            else ResponseOutputMessage(
                id="said",
                type="message",
                role="assistant",
                status="completed",
                content=[ResponseOutputText(type="output_text", text=DONE, annotations=[])],
            )
        )
        return ModelResponse(output=[item], usage=Usage(), response_id=None)

    def stream_response(self, *_: Any, **__: Any) -> AsyncIterator[Any]:
        raise NotImplementedError


async def main() -> None:
    set_tracing_disabled(True)
    program, environment = command()
    model = Scripted()
    async with MCPServerStdio(
        {"command": program, "args": [], "env": environment}, client_session_timeout_seconds=30
    ) as server:
        agent = Agent(name="Front desk", model=model, mcp_servers=[server])
        run = await Runner.run(agent, GOAL)
    assert run.final_output == DONE
    check(model.results, model.offered)
    report("openai-agents")


asyncio.run(main())
