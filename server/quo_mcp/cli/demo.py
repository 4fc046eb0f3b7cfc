"""A minute in the life of an agent with a phone: a real client, a real server process, a pretend account."""

import os
import re
import sys
import textwrap
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from quo_mcp.config.settings import KEY, PREFIX

if TYPE_CHECKING:
    from mcp import Client

WIDTH = 100
LINES = 14  # of a result that are shown

REPLY = {
    "to": "Jane Whitaker",
    "text": "Friday at 9 works for the expansion vessel. See you then!",
}

STORY: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    ("What is new?", "quo_list_conversations", {"limit": 3}),
    ("What does Jane Whitaker want?", "quo_list_messages", {"person": "Jane Whitaker", "limit": 2}),
    ("Did anybody speak with her?", "quo_list_calls", {"person": "jane whitaker", "since": "7d"}),
    (
        "What was said about her plan? Of a long call, only the places that matter are read.",
        "quo_get_call_transcript",
        {"call_id": "", "find": "service plan"},
    ),
    (
        "Just “Jane” would not do: there are two, and nothing is ever guessed.",
        "quo_list_calls",
        {"person": "Jane"},
    ),
    ("Look her up.", "quo_find_contacts", {"query": "jane whit"}),
    (
        "Note on her contact who she is. (Her numbers and custom fields stay as they are.)",
        "quo_update_contact",
        {"contact_id": "Jane Whitaker", "role": "Homeowner"},
    ),
    (
        "All about her at once: who she is, what is open, what was said.",
        "quo_get_person",
        {"person": "Jane Whitaker"},
    ),
    (
        "Before it answers her, the agent looks at what would go out.",
        "quo_send_message",
        {**REPLY, "dry_run": True},
    ),
    (
        "Then it sends. (A client that can ask its user would ask first; this one lets it through.)",
        "quo_send_message",
        REPLY,
    ),
    ("A nervous agent sends again. Nobody gets a text twice.", "quo_send_message", REPLY),
    (
        "And there it is in the thread.",
        "quo_list_messages",
        {"person": "Jane Whitaker", "limit": 2},
    ),
)

CALL = "(AC[0-9a-f]+)$"
"""Where a call's id stands in a list. The story leaves it empty; it is read off the latest list, as an agent does."""


async def show() -> None:
    """Plays the story to standard output.

    Raises:
        RuntimeError: the server did not do what it should.
    """
    from mcp import Client, StdioServerParameters  # noqa: PLC0415 - only the demo is a client

    environment = {
        name: value
        for name, value in os.environ.items()
        if name != KEY and not name.startswith(PREFIX)
    }
    server = StdioServerParameters(command=sys.executable, args=["-m", "quo_mcp"], env=environment)
    say(
        "This is what an AI agent sees of a business phone through quo-mcp. A real MCP client starts the real server; "
        "the account behind it is a sandbox, so nobody's phone rings."
    )
    async with Client(server) as client:
        tools = (await client.list_tools()).tools
        say(f"\nThe agent asks what there is, and gets {len(tools)} tools:")
        say("  " + ", ".join(tool.name.removeprefix("quo_") for tool in tools), hang="  ")
        heard = ""
        for why, name, arguments in STORY:
            heard += await step(client, why, name, read_off(heard, arguments))
    say(
        "\nThat was the sandbox. `quo-mcp install` connects your agent; the README says how to connect your own Quo account."
    )


async def step(client: "Client", why: str, name: str, arguments: Mapping[str, Any]) -> str:
    """One call: why, what is asked, what comes back. It gives the latter."""
    shown = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
    say(f"\n{bold(why)}")
    say(f"→ {name}({shown})", hang="    ")
    result = await client.call_tool(name, dict(arguments))
    text = "\n".join(getattr(each, "text", "") for each in result.content)
    lines = text.splitlines()[1:]  # the first says that this is the sandbox, every time
    show_lines(lines[:LINES])
    if len(lines) > LINES:
        say(f"  │ … {len(lines) - LINES} more lines")
    return f"{text}\n"


def read_off(heard: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    """The arguments, with the id of the call that they leave empty."""
    if arguments.get("call_id") != "":
        return arguments
    seen = re.findall(CALL, heard, re.MULTILINE)
    if not seen:
        raise RuntimeError(f"the sandbox showed no call:\n{heard}")
    return {**arguments, "call_id": seen[-1]}


def show_lines(lines: Iterable[str]) -> None:
    for line in lines:
        # A page token is for the agent alone: nobody reads its hundred letters.
        say("  │ " + re.sub(r'(page_token="[^"]{6})[^"]+', r"\1…", line), hang="  │   ")


def bold(text: str) -> str:
    return (
        f"\033[1m{text}\033[0m" if sys.stdout.isatty() and not os.environ.get("NO_COLOR") else text
    )


def say(text: str, hang: str = "") -> None:
    """Prints the text, wrapped; what does not fit in a line goes on behind `hang`."""
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
