"""The subcommands `tools` and `call`."""

import argparse
import json
import re
from typing import TYPE_CHECKING, Any

from quo_mcp.cli.console import current_terminal, print_err, print_out

if TYPE_CHECKING:
    from quo_mcp.config.settings import Settings


def add_commands(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    command = commands.add_parser(
        "tools",
        help="list the enabled tools",
        description="List the tools that the settings enable.",
    )
    command.add_argument(
        "--json", action="store_true", help="print the exact JSON that clients receive"
    )
    command.set_defaults(run=run_tools)

    command = commands.add_parser(
        "call",
        help="call one tool",
        description="Call one tool and print its result.",
        epilog="Exit status: 0 success, 1 failure, 2 usage error (an unknown tool or an invalid argument), 3 unknown or in "
        "progress: the text or change may have taken effect. After a text with status 3, call quo_get_send_status before you "
        "send again. Example: quo-mcp call quo_list_messages person='Jane Whitaker' limit=5",
    )
    command.add_argument("tool", help="name of the tool, with or without the prefix quo_")
    command.add_argument(
        "arguments",
        nargs="*",
        metavar="key=value",
        help="arguments of the tool; a list is JSON, e.g. emails='[\"a@b.co\"]'",
    )
    command.set_defaults(run=run_call)


def run_tools(args: argparse.Namespace, settings: "Settings") -> int:
    from quo_mcp.server.tool_policy import ToolPolicy  # noqa: PLC0415
    from quo_mcp.tools.base import description_of, name_of, tool_listing  # noqa: PLC0415
    from quo_mcp.tools.catalogue import OFF_BY_DEFAULT, TOOLSETS  # noqa: PLC0415

    enabled_tools = ToolPolicy(settings, TOOLSETS, OFF_BY_DEFAULT).tools
    if args.json:
        listings = [
            tool_listing(tool).model_dump(mode="json", by_alias=True, exclude_none=True)
            for tool in enabled_tools.values()
        ]
        print_out(json.dumps({"tools": listings}, indent=2, ensure_ascii=False))
        return 0
    for toolset, members in TOOLSETS.items():
        toolset_tools = [tool for tool in members if name_of(tool) in enabled_tools]
        if toolset_tools:
            print_out(f"{toolset}")
        for tool in toolset_tools:
            print_out(
                f"  {name_of(tool):32} {tool.effect:7} {first_sentence(description_of(tool))}"
            )
    return 0


def first_sentence(text: str) -> str:
    """Return the text up to the end of its first sentence or paragraph."""
    return re.split(r"(?<=[.!?])\s+(?=[A-Z])|\n\n", text, maxsplit=1)[0]


def run_call(args: argparse.Namespace, settings: "Settings") -> int:
    import anyio  # noqa: PLC0415

    arguments: dict[str, Any] = {}
    for item in args.arguments:
        name, equals, value = item.partition("=")
        if not equals:
            print_err(f"invalid argument {item!r}: use the form key=value")
            return 2
        arguments[name] = value

    from difflib import get_close_matches  # noqa: PLC0415

    from quo_mcp.errors import InvalidArguments  # noqa: PLC0415
    from quo_mcp.server.tool_policy import ToolPolicy  # noqa: PLC0415
    from quo_mcp.tools.argument_parsing import parse_arguments  # noqa: PLC0415
    from quo_mcp.tools.base import name_of  # noqa: PLC0415
    from quo_mcp.tools.catalogue import OFF_BY_DEFAULT, TOOLSETS  # noqa: PLC0415
    from quo_mcp.values.untrusted import quote_inline  # noqa: PLC0415

    name = args.tool if args.tool.startswith("quo_") else f"quo_{args.tool}"
    all_tools = {name_of(tool): tool for tools in TOOLSETS.values() for tool in tools}
    if name not in all_tools:
        matches = get_close_matches(name, ToolPolicy(settings, TOOLSETS, OFF_BY_DEFAULT).tools, n=1)
        hint = f"Did you mean {matches[0]}? " if matches else ""
        print_err(f"Unknown tool {quote_inline(name, 100)}. {hint}Run quo-mcp tools to list them.")
        return 2
    try:
        parse_arguments(all_tools[name], arguments)
    except InvalidArguments as error:
        print_err(error)
        return 2
    terminal = current_terminal()

    async def show_progress(progress: float, total: float | None, message: str | None) -> None:  # noqa: ARG001 - the protocol's
        terminal.show_progress(f"{(message or '').removesuffix('.')} …")

    async def run() -> int:
        from mcp import Client  # noqa: PLC0415

        from quo_mcp.server.app import build_server  # noqa: PLC0415
        from quo_mcp.server.pipeline import OUTCOME_UNKNOWN_META  # noqa: PLC0415

        async with Client(build_server(settings)) as client:
            result = await client.call_tool(name, arguments, progress_callback=show_progress)
        terminal.show_progress("")
        print_out("\n".join(getattr(item, "text", "") for item in result.content))
        if OUTCOME_UNKNOWN_META.items() <= (result.meta or {}).items():
            return 3
        return int(bool(result.is_error))

    return anyio.run(run)
