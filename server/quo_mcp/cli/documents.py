"""What follows from the code: parts of the README, and manifests/."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from quo_mcp.cli.speaking import complain, say

if TYPE_CHECKING:
    from quo_mcp.config import Config


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    one = commands.add_parser(
        "docs",
        help="renew the README's generated parts, and manifests/",
        description="Print the parts of the README that follow from the code, or renew them and the manifests. The exit status of --check is 1 where a file is out of date.",
    )
    what = one.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true", help="say which files are out of date")
    what.add_argument("--write", action="store_true", help="renew them")
    one.add_argument(
        "path", nargs="?", type=Path, default=Path("README.md"), help="(default: %(default)s)"
    )
    one.set_defaults(run=docs)


def docs(given: argparse.Namespace, _config: "Config") -> int:
    from quo_mcp.docs import (  # noqa: PLC0415
        generated,
        left_over,
        settings_section,
        tools_section,
    )

    if not (given.check or given.write):
        say(f"{tools_section()}\n\n{settings_section()}")
        return 0
    try:
        stale = {
            path: text
            for path, text in generated(given.path).items()
            if not path.is_file() or path.read_text(encoding="utf-8") != text
        }
        for path, text in stale.items() if given.write else ():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        extra = left_over(given.path)
    except (OSError, ValueError) as fault:
        complain(f"{given.path}: {fault}")
        return 2
    faults = [f"{path} is written by nothing any more; delete it" for path in extra]
    if given.check:
        faults += [f"{path} is out of date; run: quo-mcp docs --write" for path in stale]
    for each in faults:
        complain(each)
    return int(bool(faults))
