"""Where what the command has to say is printed."""

import io
import os
import sys
from dataclasses import dataclass
from typing import TextIO

ERASE = "\r\033[K"


@dataclass(frozen=True)
class Terminal:
    """Where a person looks.

    out: what is found goes there. err: what is going on, where somebody looks on.
    width: 0 for lines as long as they come.
    """

    out: TextIO
    err: TextIO
    colour: bool = False
    width: int = 0

    def say(self, text: str) -> None:
        print(text, file=self.out, flush=True)

    def passing(self, text: str) -> None:
        """A line that the next one takes the place of."""
        if self.err.isatty():
            print(f"{ERASE}{text}", file=self.err, end="", flush=True)


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


def screen() -> Terminal:
    """Where a person looks, if one does."""
    from shutil import get_terminal_size  # noqa: PLC0415

    seen = sys.stdout.isatty()
    return Terminal(
        sys.stdout,
        sys.stderr,
        colour=seen and not os.environ.get("NO_COLOR"),
        width=get_terminal_size().columns if seen else 0,
    )
