"""The report of `quo-mcp doctor --live`: which assumptions about Quo hold on the account, without personal details."""

import json
from collections.abc import Sequence

import anyio.to_thread

from quo_mcp import __version__
from quo_mcp.cli.console import Terminal
from quo_mcp.config.settings import Settings
from quo_mcp.errors import DatabaseUnavailable, Refusal
from quo_mcp.records.assumptions import ASSUMPTIONS, Verdict
from quo_mcp.server.account import AccountFactory, open_account
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.setup_checks.live_checks import MAX_REQUESTS, check_assumptions

QUESTION = (
    f"This reads conversations, messages and calls of your account: at most {MAX_REQUESTS} requests, and nothing is changed. "
    "The report has counts only: no names, texts, numbers or ids. Continue?"
)
STATES = {True: "holds", False: "FAILS", None: "unknown"}


async def report_assumptions(
    settings: Settings,
    terminal: Terminal,
    *,
    json_output: bool = False,
    account_factory: AccountFactory = open_account,
) -> int:
    """Check the assumptions, store and print the verdicts. Return the exit status: 1 if one fails, 2 if none could be checked."""
    async with account_factory(settings) as account:
        terminal.show_progress("Reading a few conversations …")
        try:
            verdicts = await check_assumptions(ToolContext(account))
        except Refusal as error:
            terminal.show_progress("")
            terminal.write_line(
                f"Nothing was checked: the conversations could not be read. {error}"
            )
            return 2
        terminal.show_progress("")
        is_saved = True
        try:
            account_id = await account.identity.identify()
            await anyio.to_thread.run_sync(account.verdict_store.save, account_id, verdicts)
        except (DatabaseUnavailable, Refusal):
            is_saved = False
    door = "sandbox" if settings.is_sandbox else "Quo directly" if settings.is_direct else "Maton"
    if json_output:
        terminal.write_line(json.dumps(report_as_json(verdicts, door), indent=2))
    else:
        for line in report_lines(verdicts, door):
            terminal.write_line(line)
        if not is_saved:
            terminal.write_line("The verdicts could not be stored, so results do not mention them.")
    return int(any(verdict.holds is False for verdict in verdicts))


def report_lines(verdicts: Sequence[Verdict], door: str) -> list[str]:
    """Return the report as Markdown, to paste into an issue."""
    checked_at = f"{verdicts[0].checked_at:%Y-%m-%d}"
    lines = [f"quo-mcp {__version__}, through {door}, {checked_at}", ""]
    for verdict in verdicts:
        text = ASSUMPTIONS[verdict.assumption]
        lines.append(f"- {STATES[verdict.holds]}: {verdict.assumption}: {text.statement}")
        lines.append(f"  Found: {verdict.evidence}.")
        if verdict.holds is False:
            lines.append(f"  Consequence: {text.consequence}")
    return lines


def report_as_json(verdicts: Sequence[Verdict], door: str) -> dict[str, object]:
    return {
        "version": __version__,
        "door": door,
        "assumptions": [
            {
                "name": verdict.assumption.value,
                "holds": verdict.holds,
                "evidence": verdict.evidence,
            }
            for verdict in verdicts
        ],
    }
