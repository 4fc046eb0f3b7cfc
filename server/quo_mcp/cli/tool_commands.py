"""The tools, seen and called from the shell."""

import argparse
import json
from typing import TYPE_CHECKING, Any

from quo_mcp.cli.console import complain, say, screen

if TYPE_CHECKING:
    from quo_mcp.config.settings import Config


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    one = commands.add_parser(
        "tools", help="list the tools", description="List the tools that are offered."
    )
    one.add_argument("--json", action="store_true", help="exactly as clients get them")
    one.set_defaults(run=tools)

    one = commands.add_parser(
        "call",
        help="call one tool",
        description="Call one tool and print its result.",
        epilog="The exit status is 0 where it did what it was asked, 1 where it failed, 2 where it was asked wrongly, and "
        "3 where it is not known whether it was done, or is still being done: see quo_get_send_status before you send "
        "again. Example: quo-mcp call quo_list_messages person='Jane Whitaker' limit=5",
    )
    one.add_argument("tool", help="its name, with or without quo_")
    one.add_argument(
        "arguments",
        nargs="*",
        metavar="key=value",
        help="lists as JSON, e.g. emails='[\"a@b.co\"]'",
    )
    one.set_defaults(run=call)


def tools(given: argparse.Namespace, config: "Config") -> int:
    from quo_mcp.server.tool_policy import Policy  # noqa: PLC0415
    from quo_mcp.tools.base import describe, description_of, name_of  # noqa: PLC0415
    from quo_mcp.tools.catalogue import OFF_BY_DEFAULT, TOOLSETS  # noqa: PLC0415

    offered = Policy(config, TOOLSETS, OFF_BY_DEFAULT).tools
    if given.json:
        listed = [
            describe(tool).model_dump(mode="json", by_alias=True, exclude_none=True)
            for tool in offered.values()
        ]
        say(json.dumps({"tools": listed}, indent=2, ensure_ascii=False))
        return 0
    for toolset, members in TOOLSETS.items():
        shown = [tool for tool in members if name_of(tool) in offered]
        if shown:
            say(f"{toolset}")
        for tool in shown:
            say(f"  {name_of(tool):32} {tool.effect:7} {description_of(tool)}")
    return 0


def call(given: argparse.Namespace, config: "Config") -> int:
    import anyio  # noqa: PLC0415

    arguments: dict[str, Any] = {}
    for each in given.arguments:
        name, equals, value = each.partition("=")
        if not equals:
            complain(f"{each!r} is not key=value")
            return 2
        arguments[name] = value

    terminal = screen()

    async def hear(progress: float, total: float | None, message: str | None) -> None:  # noqa: ARG001 - the protocol's
        terminal.passing(f"{(message or '').removesuffix('.')} …")

    async def run() -> int:
        from mcp import Client  # noqa: PLC0415

        from quo_mcp.server.app import build_server  # noqa: PLC0415
        from quo_mcp.server.pipeline import UNKNOWN  # noqa: PLC0415

        name = given.tool if given.tool.startswith("quo_") else f"quo_{given.tool}"
        async with Client(build_server(config)) as client:
            result = await client.call_tool(name, arguments, progress_callback=hear)
        terminal.passing("")
        say("\n".join(getattr(each, "text", "") for each in result.content))
        if UNKNOWN.items() <= (result.meta or {}).items():
            return 3
        return int(bool(result.is_error))

    return anyio.run(run)
