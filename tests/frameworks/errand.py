"""The errand that every framework's agent runs on the sandbox, and the model that thinks of it.

A scripted model stands in for a real one: it reads what the tools say, and calls the next.
"""

import os
import re
import sys
from importlib.metadata import version
from typing import Any

GOAL = "Find Jane Whitaker, read her texts, answer her, and look whether the answer is there."
REPLY = "Thanks, Jane. We will be there on Thursday at 9."
DONE = "She has her answer."

Call = tuple[str, dict[str, Any]]


def command() -> tuple[str, dict[str, str]]:
    """Return the command to start, and an environment without this machine's settings."""
    keep = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    return sys.argv[1], keep | {"QUO_MCP_TIME_ZONE": "America/Los_Angeles"}


def next_call(results: list[str]) -> Call | None:
    """Return the model's next call after these results, or None if it is finished."""
    thread = ("quo_list_messages", {"person": ["Jane Whitaker"], "limit": 5})
    match len(results):
        case 0:
            return "quo_find_contacts", {"query": "Jane Whitaker"}
        case 1:
            return thread
        case 2:
            found = re.search(r"Jane Whitaker.*\n.*?(\+1[ 0-9]+)", results[0])
            assert found, f"no number of hers in: {results[0]}"
            return "quo_send_message", {"to": found[1].replace(" ", ""), "text": REPLY}
        case 3:
            return thread
    return None


def check(results: list[str], tools: list[str]) -> None:
    """Says that all of it happened.

    Raises:
        AssertionError: what did not.
    """
    assert len(results) == 4, results
    found, before, sent, after = results
    assert {"quo_find_contacts", "quo_list_messages", "quo_send_message"} <= set(tools), tools
    assert "+1 415 555 0111" in found, found
    assert "\n> " in before, before
    assert REPLY not in before, before
    assert "Jane Whitaker" in sent, sent
    assert f"> {REPLY}" in after, after
    assert all(each.startswith("SANDBOX") for each in results), results


def report(package: str) -> None:
    print(f"{package} {version(package)} with mcp {version('mcp')}: done")  # noqa: T201
