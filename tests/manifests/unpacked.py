"""Starts an unpacked desktop bundle as its host does, with the default settings, and calls a tool.

python unpacked.py FOLDER: exits with 0 if the server lists the manifest's tools and one of them answers.
"""

import json
import os
import sys
from pathlib import Path

import anyio
from mcp import Client, StdioServerParameters


def fill_in(text, folder, form):
    text = text.replace("${__dirname}", str(folder))
    for name, field in form.items():
        default = field["default"]
        value = str(default).lower() if isinstance(default, bool) else default
        text = text.replace(f"${{user_config.{name}}}", value)
    assert "${" not in text, text
    return text


async def use(folder):
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    config, form = manifest["server"]["mcp_config"], manifest["user_config"]
    server = StdioServerParameters(
        command=config["command"],
        args=[fill_in(argument, folder, form) for argument in config["args"]],
        env=os.environ
        | {name: fill_in(value, folder, form) for name, value in config["env"].items()},
    )
    async with Client(server) as client:
        listed = (await client.list_tools()).tools
        result = await client.call_tool("quo_list_phone_numbers", {})
    assert [tool.name for tool in listed] == [tool["name"] for tool in manifest["tools"]]
    assert not result.is_error, result
    print(result.content[0].text)  # noqa: T201 - the script's output


if __name__ == "__main__":
    anyio.run(use, Path(sys.argv[1]).resolve())
