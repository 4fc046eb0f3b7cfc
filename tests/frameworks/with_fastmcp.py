"""FastMCP's client over HTTP, with a user who approves the send."""

import asyncio
import re
from typing import Any

from errand import REPLY, check, command, next_call, report
from fastmcp import Client


async def main() -> None:
    program, environment = command()
    process = await asyncio.create_subprocess_exec(
        program,
        *("serve", "--http", "--port", "0"),
        env=environment,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr
    asked: list[str] = []

    async def person(message: str, *_: Any) -> Any:
        asked.append(message)
        return {}

    try:
        found = re.search(r"http://\S+/mcp", (await process.stderr.readline()).decode())
        assert found
        async with Client(found[0], elicitation_handler=person) as client:
            offered = [tool.name for tool in await client.list_tools()]
            results: list[str] = []
            while call := next_call(results):
                result = await client.call_tool(*call)
                results.append("".join(each.text for each in result.content))
    finally:
        process.terminate()
        await process.wait()
    assert process.returncode == 0
    assert len(asked) == 1
    assert REPLY in asked[0]
    check(results, offered)
    report("fastmcp")


asyncio.run(main())
