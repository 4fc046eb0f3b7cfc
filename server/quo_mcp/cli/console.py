"""Output of the command: stdout, stderr and the terminal."""

import io
import os
import sys
from dataclasses import dataclass
from typing import TextIO

CLEAR_LINE = "\r\033[K"


@dataclass(frozen=True)
class Terminal:
    """The output streams of a command.

    out: receives results. err: receives progress, if it is a terminal. width: columns; 0 turns wrapping off.
    """

    out: TextIO
    err: TextIO
    color: bool = False
    width: int = 0

    def write_line(self, text: str) -> None:
        print(text, file=self.out, flush=True)

    def show_progress(self, text: str) -> None:
        """Print a line that the next progress line replaces."""
        if self.err.isatty():
            print(f"{CLEAR_LINE}{text}", file=self.err, end="", flush=True)


def print_out(text: str) -> None:
    """Print a result to stdout."""
    print(text)  # noqa: T201 - a command's output


def print_err(error: object) -> None:
    """Print an error to stderr, after the name of the command."""
    print(f"quo-mcp: {error}", file=sys.stderr)  # noqa: T201 - a command's output


def confirm_by_person(question: str, word: str) -> bool:
    """Ask the person at the terminal to type a word, and return whether they did.

    Some decisions are a person's alone, and a model may have a shell without a terminal. A container has a
    terminal with `docker exec -it`. If there is none, the reason is printed.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        print_err(
            "only a person can do this, and there is no terminal to ask them on. Nothing was changed. Run the command in a "
            "terminal, without redirecting its input or output"
        )
        return False
    print_out(question)
    try:
        answer = input(f'Type "{word}" to confirm: ')
    except (EOFError, KeyboardInterrupt):
        print_out("")
        answer = ""
    if answer.strip().lower() == word:
        return True
    print_err("not confirmed, and nothing was changed")
    return False


def replace_unencodable() -> None:
    """Make stdout print a question mark for characters that the terminal's encoding lacks.

    Python already escapes them on stderr, and the stdio transport writes UTF-8 to the underlying buffer.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def current_terminal() -> Terminal:
    """Return the terminal of this process; without colors and width if stdout is not a terminal."""
    from shutil import get_terminal_size  # noqa: PLC0415

    is_terminal = sys.stdout.isatty()
    return Terminal(
        sys.stdout,
        sys.stderr,
        color=is_terminal and not os.environ.get("NO_COLOR"),
        width=get_terminal_size().columns if is_terminal else 0,
    )
