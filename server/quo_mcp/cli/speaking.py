"""Where what the command has to say is printed."""

import io
import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from quo_mcp.doctor import Terminal


def say(text: str) -> None:
    """On standard output: what was asked for."""
    print(text)  # noqa: T201 - a command's output


def complain(fault: object) -> None:
    """On standard error: why it did not work."""
    print(f"quo-mcp: {fault}", file=sys.stderr)  # noqa: T201 - a command's output


def say_what_can_be_said() -> None:
    """A terminal that lacks a character gets a question mark for it.

    Standard error escapes it by itself, and what speaks the protocol writes UTF-8 past this.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def screen() -> "Terminal":
    """Where a person looks, if one does."""
    from shutil import get_terminal_size  # noqa: PLC0415

    from quo_mcp.doctor import Terminal  # noqa: PLC0415 - serving does without

    seen = sys.stdout.isatty()
    return Terminal(
        sys.stdout,
        sys.stderr,
        colour=seen and not os.environ.get("NO_COLOR"),
        width=get_terminal_size().columns if seen else 0,
    )
