"""Where what the command has to say is printed."""

import sys


def say(text: str) -> None:
    """On standard output: what was asked for."""
    print(text)  # noqa: T201 - a command's output


def complain(fault: object) -> None:
    """On standard error: why it did not work."""
    print(f"quo-mcp: {fault}", file=sys.stderr)  # noqa: T201 - a command's output
