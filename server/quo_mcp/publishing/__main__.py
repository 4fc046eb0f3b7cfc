"""Print, check or write the generated documents: `python -m quo_mcp.publishing [--check | --write]` in a checkout."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from quo_mcp.publishing.generated_files import find_stale_files, generate_files
from quo_mcp.publishing.readme import render_settings_section, render_tools_section


def main(argv: Sequence[str] | None = None) -> int:
    """Return the exit status: 0 up to date or written, 1 outdated, 2 a file is unreadable or lacks a marker."""
    parser = argparse.ArgumentParser(
        prog="python -m quo_mcp.publishing",
        description="Print the README's generated sections, or check or write them and manifests/.",
    )
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--check", action="store_true", help="list the files that are out of date")
    action.add_argument("--write", action="store_true", help="write the files that are out of date")
    parser.add_argument(
        "path", nargs="?", type=Path, default=Path("README.md"), help="(default: %(default)s)"
    )
    options = parser.parse_args(argv)
    if not (options.check or options.write):
        print(f"{render_tools_section()}\n\n{render_settings_section()}")  # noqa: T201 - a command's output
        return 0
    try:
        outdated = {
            path: text
            for path, text in generate_files(options.path).items()
            if not path.is_file() or path.read_text(encoding="utf-8") != text
        }
        for path, text in outdated.items() if options.write else ():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        stale = find_stale_files(options.path)
    except (OSError, ValueError) as error:
        print_error(f"{options.path}: {error}")
        return 2
    problems = [f"{path} is no longer generated; delete it" for path in stale]
    if options.check:
        problems += [
            f"{path} is out of date; run: python -m quo_mcp.publishing --write" for path in outdated
        ]
    for problem in problems:
        print_error(problem)
    return int(bool(problems))


def print_error(problem: str) -> None:
    print(problem, file=sys.stderr)  # noqa: T201 - a command's output


if __name__ == "__main__":
    sys.exit(main())
