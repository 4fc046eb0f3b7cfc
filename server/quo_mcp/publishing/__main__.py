"""Print, check or write the generated documents, or build what is published, in a checkout.

python -m quo_mcp.publishing [--check | --write]
python -m quo_mcp.publishing build
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from quo_mcp.publishing.generated_files import find_stale_files, generate_files
from quo_mcp.publishing.readme import render_settings_section, render_tools_section


def main(argv: Sequence[str] | None = None) -> int:
    """Return the exit status: 0 success, 1 outdated or a check failed, 2 a file is unreadable or lacks a marker."""
    arguments = sys.argv[1:] if argv is None else argv
    if arguments[:1] == ["build"]:
        return build(arguments[1:])
    parser = argparse.ArgumentParser(
        prog="python -m quo_mcp.publishing",
        description="Print the README's generated sections, or check or write them and manifests/. To build what is published, "
        "run: python -m quo_mcp.publishing build",
    )
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--check", action="store_true", help="list the files that are out of date")
    action.add_argument("--write", action="store_true", help="write the files that are out of date")
    parser.add_argument(
        "path", nargs="?", type=Path, default=Path("README.md"), help="(default: %(default)s)"
    )
    options = parser.parse_args(arguments)
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


def build(argv: Sequence[str]) -> int:
    """Build and check the distributions. Return the exit status: 0 success, 1 failure."""
    from quo_mcp.publishing.distributions import (  # noqa: PLC0415 - not needed for the documents
        FailedCheck,
        build_distributions,
        check_distributions,
    )
    from quo_mcp.publishing.project import load_project  # noqa: PLC0415

    parser = argparse.ArgumentParser(
        prog="python -m quo_mcp.publishing build",
        description="Build the wheel, the source distribution and the desktop bundle into a folder, and check each in a clean "
        "environment. Needs the network, and Node.js for the bundle's validator.",
    )
    parser.add_argument(
        "target", nargs="?", type=Path, default=Path("dist"), help="(default: %(default)s)"
    )
    target = parser.parse_args(argv).target
    root = Path.cwd()
    try:
        for path in build_distributions(root, target):
            print(path)  # noqa: T201 - a command's output
        for sentence in check_distributions(target, load_project(root)):
            print(sentence)  # noqa: T201 - a command's output
    except (FailedCheck, OSError, ValueError) as error:
        print_error(str(error))
        return 1
    return 0


def print_error(problem: str) -> None:
    print(problem, file=sys.stderr)  # noqa: T201 - a command's output


if __name__ == "__main__":
    sys.exit(main())
