"""Starts an unpacked desktop bundle as its host would, with nothing filled in, and uses it.

python unpacked.py FOLDER: the exit status is 0 where the server lists the tools of the manifest and
one of them answers.
"""

import json
import os
import sys
from pathlib import Path

import anyio
from mcp import Client, StdioServerParameters


def filled_in(text, folder, form):
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
        args=[filled_in(each, folder, form) for each in config["args"]],
        env=os.environ
        | {name: filled_in(value, folder, form) for name, value in config["env"].items()},
    )
    async with Client(server) as client:
        listed = (await client.list_tools()).tools
        said = await client.call_tool("quo_list_phone_numbers", {})
    assert [each.name for each in listed] == [each["name"] for each in manifest["tools"]]
    assert not said.is_error, said
    print(said.content[0].text)  # noqa: T201 - for whoever watches


if __name__ == "__main__":
    anyio.run(use, Path(sys.argv[1]).resolve())
