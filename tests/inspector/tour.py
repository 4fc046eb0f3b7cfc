"""Calls every tool with the MCP Inspector's command line, over stdio and over HTTP, as `run.sh` has installed it.

The Inspector makes a session of its own for each call, so what is to last (a contact made, a text sent) lasts
in a sandbox of its own behind the server.
"""

# ruff: noqa: T201 - a command tells what it found

import asyncio
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import mcp_types as types

from process.served import environment, gateway, latest_send, serving_http
from process.tour import tour
from quo_mcp.sandbox import Sandbox

KEY = "inspector"
SERVER = (sys.executable, "-m", "quo_mcp")


class Inspector:
    """A client that runs the Inspector for each request. target: the server to connect to."""

    def __init__(self, target, env):
        self._target = target
        self._env = env

    async def list_tools(self):
        return types.ListToolsResult.model_validate_json(await self._ask("tools/list"))

    async def call_tool(self, name, arguments):
        # It reads each value as JSON where it can, and takes the rest as text.
        given = [
            f"{key}={value if isinstance(value, str) else json.dumps(value)}"
            for key, value in arguments.items()
        ]
        told = ["--tool-name", name, *(["--tool-arg", *given] if given else [])]
        return types.CallToolResult.model_validate_json(await self._ask("tools/call", *told))

    async def _ask(self, method, *more):
        process = await asyncio.create_subprocess_exec(
            *("mcp-inspector", "--cli", *self._target, "--method", method, *more),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self._env,
        )
        out, errors = await asyncio.wait_for(process.communicate(), 60)
        if not out.strip().startswith(b"{"):
            raise SystemExit(f"{method} {more}: {(out + errors).decode()[-2000:]}")
        return out


async def toured(transport, folder, settings):
    env = environment(folder, QUO_MCP_TOOLSETS="all", **settings)

    def send_id():
        return latest_send(folder, **settings)

    if transport == "stdio":
        return await tour(Inspector(SERVER, env), send_id)
    async with serving_http(env=env) as (_, url):
        return await tour(Inspector((f"{url}/mcp", "--transport", "http"), env), send_id)


async def one(transport):
    """Run the tour over one transport and its own sandbox; return the number of tools and the failures."""
    with tempfile.TemporaryDirectory() as folder:
        async with gateway(Sandbox(key=KEY)) as url:
            settings = {"MATON_API_KEY": KEY, "QUO_MCP_BASE_URL": url}
            results, failed = await toured(transport, folder, settings)
    print(f"{transport}: {len(results)} tools called, {len(failed)} failed", flush=True)
    return failed


async def main():
    failed = await asyncio.gather(one("stdio"), one("http"))
    wrong = [each for listed in failed for each in listed]
    print("\n".join(wrong) or "The Inspector works with all of it.")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
