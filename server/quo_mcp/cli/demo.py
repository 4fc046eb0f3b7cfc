"""A sample session on the sandbox, between a real MCP client and a real server process."""

import os
import re
import shlex
import sys
import textwrap
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from quo_mcp.cli.console import print_out
from quo_mcp.config.settings import ENV_PREFIX, KEY_VARIABLES

if TYPE_CHECKING:
    from mcp import Client

WIDTH = 100
MAX_LINES = 14  # displayed of each result

REPLY = {
    "to": "Jane Whitaker",
    "text": "Friday at 9 works for the expansion vessel. See you then!",
}

DEMO_STEPS: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    ("What is new?", "quo_list_conversations", {"limit": 3}),
    ("What does Jane Whitaker want?", "quo_list_messages", {"person": "Jane Whitaker", "limit": 2}),
    ("Has anyone spoken with her?", "quo_list_calls", {"person": "jane whitaker", "since": "7d"}),
    (
        "What was said about her service plan? The agent reads only the matching parts of the call.",
        "quo_get_call_transcript",
        {"call_id": "", "find": "service plan"},
    ),
    (
        'What happens with "Jane" alone? There are two Janes, so the server asks instead of guessing.',
        "quo_list_calls",
        {"person": "Jane"},
    ),
    ("The agent looks her up.", "quo_find_contacts", {"query": "jane whit"}),
    (
        "The agent adds her role to her contact. Omitted fields stay unchanged.",
        "quo_update_contact",
        {"contact_id": "Jane Whitaker", "role": "Homeowner"},
    ),
    (
        "One call returns an overview of her: contact, open tasks, latest messages and calls.",
        "quo_get_person",
        {"person": "Jane Whitaker"},
    ),
    (
        "Before it replies, the agent previews the text.",
        "quo_send_message",
        {**REPLY, "dry_run": True},
    ),
    (
        "Then it sends the text. (A client that can ask its user would ask for confirmation; this one cannot.)",
        "quo_send_message",
        REPLY,
    ),
    (
        "The agent sends the same text again by mistake. The server blocks the duplicate.",
        "quo_send_message",
        REPLY,
    ),
    (
        "The text is now in the conversation.",
        "quo_list_messages",
        {"person": "Jane Whitaker", "limit": 2},
    ),
)

CALL_ID_PATTERN = "(AC[0-9a-f]+)$"
"""The call id at the end of a line. DEMO_STEPS leaves call ids empty; they are taken from earlier output."""


async def play_demo(command: list[str]) -> None:
    """Print the session to stdout. command: the command line of this program, with absolute paths.

    Raises:
        RuntimeError: the sandbox listed no call.
    """
    from mcp import Client, StdioServerParameters  # noqa: PLC0415 - only the demo is a client

    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith((*KEY_VARIABLES.values(), ENV_PREFIX))  # nor a file with a key
    }
    server = StdioServerParameters(command=sys.executable, args=["-m", "quo_mcp"], env=environment)
    print_wrapped(
        "A sample session: an AI agent uses a business phone through quo-mcp. The MCP client and the server are real; the "
        "account is a sandbox, so no real phone is reached."
    )
    async with Client(server) as client:
        tools = (await client.list_tools()).tools
        print_wrapped(f"\nThe agent lists the tools. There are {len(tools)}:")
        print_wrapped("  " + ", ".join(tool.name.removeprefix("quo_") for tool in tools), hang="  ")
        output = ""
        for comment, name, arguments in DEMO_STEPS:
            output += await run_step(client, comment, name, fill_call_id(output, arguments))
    print_wrapped(
        "\nEnd of the sample session. To use your own Quo account, see the README. To connect Claude Desktop to the sandbox, run:"
    )
    print_out(f"  {shlex.join(command)} install claude-desktop --sandbox")


async def run_step(client: "Client", comment: str, name: str, arguments: Mapping[str, Any]) -> str:
    """Print and make one tool call; return its whole text."""
    shown_arguments = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
    print_wrapped(f"\n{bold(comment)}")
    print_wrapped(f"→ {name}({shown_arguments})", hang="    ")
    result = await client.call_tool(name, dict(arguments))
    text = "\n".join(getattr(block, "text", "") for block in result.content)
    lines = text.splitlines()[1:]  # the first line is the sandbox notice
    show_lines(lines[:MAX_LINES])
    if len(lines) > MAX_LINES:
        print_wrapped(f"  │ … {len(lines) - MAX_LINES} more lines")
    return f"{text}\n"


def fill_call_id(output: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """Fill in an empty call id with the latest one in the output so far."""
    if arguments.get("call_id") != "":
        return arguments
    call_ids = re.findall(CALL_ID_PATTERN, output, re.MULTILINE)
    if not call_ids:
        raise RuntimeError(f"the sandbox listed no call:\n{output}")
    return {**arguments, "call_id": call_ids[-1]}


def show_lines(lines: Iterable[str]) -> None:
    for line in lines:
        # Page tokens are long, and only the agent needs them.
        print_wrapped("  │ " + re.sub(r'(page_token="[^"]{6})[^"]+', r"\1…", line), hang="  │   ")


def bold(text: str) -> str:
    return (
        f"\033[1m{text}\033[0m" if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else text
    )


def print_wrapped(text: str, hang: str = "") -> None:
    """Print the text, wrapped at WIDTH. hang: the indent of continuation lines."""
    for line in text.split("\n"):
        print(  # noqa: T201 - a command's output
            textwrap.fill(
                line,
                WIDTH,
                subsequent_indent=hang,
                break_long_words=False,
                break_on_hyphens=False,
            ),
            flush=True,
        )
