"""The report of `quo-mcp doctor`, for a terminal or as JSON."""

import json
import textwrap
from collections.abc import Sequence

from quo_mcp import __version__
from quo_mcp.cli.console import Terminal
from quo_mcp.config.settings import Settings
from quo_mcp.server.account import AccountFactory, open_account
from quo_mcp.tools.check_setup import run_checks
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.setup_checks.findings import Finding, FindingStatus, as_json, summarize

# The mark of a finding, its replacement in ASCII, and its color.
MARKS = {
    FindingStatus.OK: ("✓", "+", 32),
    FindingStatus.NOTE: ("!", "!", 33),
    FindingStatus.UNKNOWN: ("?", "?", 36),
    FindingStatus.PROBLEM: ("✗", "x", 31),
}
MARGIN = 20  # the column where summaries begin
SANDBOX_SUMMARY = "Checked the sandbox: no problems found."
CLIENT_HINT = (
    " To check the account that a client uses, run this command with --client NAME, or have the client's agent call "
    "quo_check_setup."
)


async def report_setup(
    settings: Settings,
    terminal: Terminal,
    *,
    json_output: bool = False,
    account_factory: AccountFactory = open_account,
    key_source: str = "",
    clients: Sequence[Finding] = (),
    is_client: bool = False,
) -> int:
    """Check the setup, print the findings and return the exit status: 1 if there is a problem, else 0.

    key_source: where the settings come from, e.g. "in this shell". clients: findings about installed clients.
    is_client: whether the settings are a client's.
    """
    findings: list[Finding] = []

    def report(finding: Finding) -> None:
        findings.append(finding)
        terminal.show_progress("")
        if not json_output:
            terminal.write_line(format_finding(finding, terminal))

    async def progress(_done: float, _total: float | None, message: str) -> None:
        terminal.show_progress(f"{message} …")

    async with account_factory(settings) as account:
        async for finding in run_checks(ToolContext(account, progress=progress), key_source):
            report(finding)
    terminal.show_progress("")  # the last check may have no finding
    for finding in clients:
        report(finding)
    has_problem = FindingStatus.PROBLEM in {finding.status for finding in findings}
    if json_output:
        document = {
            "version": __version__,
            "sandbox": settings.is_sandbox,
            "ok": not has_problem,
            "findings": [as_json(finding) for finding in findings],
        }
        terminal.write_line(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        sandbox_summary = SANDBOX_SUMMARY + ("" if is_client else CLIENT_HINT)
        summary = (
            summarize(findings, sandbox_summary) if settings.is_sandbox else summarize(findings)
        )
        terminal.write_line("\n" + "\n".join(_wrap(summary, terminal.width, margin=0)))
    return int(has_problem)


def format_finding(finding: Finding, terminal: Terminal) -> str:
    """Format a finding: mark, topic and summary on the first line, then the remedy and the URL."""
    mark, ascii_mark, color = MARKS[finding.status]
    try:
        mark.encode(terminal.out.encoding or "utf-8")
    except UnicodeEncodeError:
        mark = ascii_mark
    if terminal.color:
        mark = f"\033[{color}m{mark}\033[0m"
    lines = _wrap(finding.summary, terminal.width)
    lines += _wrap(finding.remedy, terminal.width)
    lines += [finding.url] if finding.url else []  # never wrapped, so that it stays clickable
    margin = "\n" + " " * MARGIN
    return f"{mark} {finding.topic:{MARGIN - 2}}{margin.join(lines)}"


def _wrap(text: str, width: int, margin: int = MARGIN) -> list[str]:
    if not width or not text:
        return [text] if text else []
    return textwrap.wrap(
        text, max(30, width - margin), break_long_words=False, break_on_hyphens=False
    )
