"""The command `quo-mcp doctor`: how the setup stands, for a person at a terminal, or as JSON."""

import json
import textwrap
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import TypeAlias

from quo_mcp import __version__
from quo_mcp.cli.console import Terminal
from quo_mcp.config.settings import Config
from quo_mcp.server.account import account
from quo_mcp.tools.check_setup import checkup
from quo_mcp.tools.context import Quo
from quo_mcp.tools.setup_findings import Finding, Verdict, as_json

Opening: TypeAlias = Callable[[Config], AbstractAsyncContextManager[Quo]]

MARKS = {Verdict.FINE: "✓", Verdict.NOTE: "!", Verdict.UNKNOWN: "?", Verdict.WRONG: "✗"}
PLAIN = {Verdict.FINE: "+", Verdict.NOTE: "!", Verdict.UNKNOWN: "?", Verdict.WRONG: "x"}
COLOURS = {Verdict.FINE: 32, Verdict.NOTE: 33, Verdict.UNKNOWN: 36, Verdict.WRONG: 31}
KEY_LOOKED_AT = "API key"
MARGIN = 20  # where what is found begins
OF_SANDBOX = (
    "What was examined is the sandbox: it is in order. To examine the account that a client uses: "
    "quo-mcp doctor --client NAME, or have its agent call quo_check_setup."
)


async def examine(
    config: Config,
    terminal: Terminal,
    *,
    as_document: bool = False,
    opening: Opening = account,
    where: str = "",
    clients: Sequence[Finding] = (),
) -> int:
    """Looks everything over. The exit status: 1 where something must be done.

    where: in whose environment the settings stand, if it is said. clients: what was found of those.
    """
    found: list[Finding] = []

    def find(finding: Finding) -> None:
        found.append(finding)
        terminal.passing("")
        if not as_document:
            terminal.say(shown(finding, terminal))

    async def progress(_done: float, _total: float | None, message: str) -> None:
        terminal.passing(f"{message} …")

    async with opening(config) as quo:
        async for each in checkup(replace(quo, progress=progress)):
            find(located(each, config, where) if each.about == KEY_LOOKED_AT else each)
    for each in clients:
        find(each)
    wrong = [each for each in found if each.verdict is Verdict.WRONG]
    if as_document:
        findings = [as_json(each) for each in found]
        whole = {
            "version": __version__,
            "sandbox": config.is_sandbox,
            "fine": not wrong,
            "findings": findings,
        }
        terminal.say(json.dumps(whole, indent=2, ensure_ascii=False))
    else:
        fine = OF_SANDBOX if config.is_sandbox else "Nothing has to be done."
        said = f"To do: {', '.join(each.about for each in wrong)}." if wrong else fine
        terminal.say("\n" + "\n".join(_wrapped(said, terminal.width, margin=0)))
    return int(bool(wrong))


def located(finding: Finding, config: Config, where: str) -> Finding:
    """The finding about the key, with where that is: a client may have another one."""
    if not where or not config.is_sandbox:
        return finding
    return replace(finding, says=finding.says.replace("None is set", f"None is set {where}", 1))


def shown(finding: Finding, terminal: Terminal) -> str:
    """A finding as lines: a mark, what was looked at, what was found; below it what to do."""
    mark = MARKS[finding.verdict]
    try:
        mark.encode(terminal.out.encoding or "utf-8")
    except UnicodeEncodeError:
        mark = PLAIN[finding.verdict]
    if terminal.colour:
        mark = f"\033[{COLOURS[finding.verdict]}m{mark}\033[0m"
    lines = _wrapped(finding.says, terminal.width)
    lines += _wrapped(finding.remedy, terminal.width)
    lines += [finding.link] if finding.link else []  # whole: a link that is broken cannot be opened
    margin = "\n" + " " * MARGIN
    return f"{mark} {finding.about:{MARGIN - 2}}{margin.join(lines)}"


def _wrapped(text: str, width: int, margin: int = MARGIN) -> list[str]:
    if not width or not text:
        return [text] if text else []
    return textwrap.wrap(
        text, max(30, width - margin), break_long_words=False, break_on_hyphens=False
    )
