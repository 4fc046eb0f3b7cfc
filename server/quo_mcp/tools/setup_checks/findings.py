"""The findings of a setup check, as text for a model and as JSON."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from quo_mcp.tools.rendering import heading


class FindingStatus(StrEnum):
    """The status of a finding, as JSON output names it."""

    OK = "fine"
    NOTE = "note"  # works, but somebody should know
    UNKNOWN = "unknown"
    PROBLEM = "wrong"  # a person must act


STATUS_LABELS = {
    FindingStatus.OK: "ok",
    FindingStatus.NOTE: "note",
    FindingStatus.UNKNOWN: "unknown",
    FindingStatus.PROBLEM: "TO DO",
}


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    remedy: what to do, if anything. url: what a person must open for it.
    topic: what was checked; `run_checks` adds it.
    """

    status: FindingStatus
    summary: str
    remedy: str = ""
    url: str = ""
    topic: str = ""


def summarize(findings: Iterable[Finding], ok_summary: str = "Nothing has to be done.") -> str:
    """Return the topics of the problems as a sentence, or `ok_summary` if there are none."""
    problems = [finding.topic for finding in findings if finding.status is FindingStatus.PROBLEM]
    return f"To do: {', '.join(problems)}." if problems else ok_summary


def render_finding(finding: Finding) -> str:
    """Return a finding as text for a model."""
    text = f"{finding.topic}: {' '.join(filter(None, [finding.summary, finding.remedy]))}"
    return heading(f"[{STATUS_LABELS[finding.status]}] {text}", finding.url)


def as_json(finding: Finding) -> dict[str, str]:
    """Return a finding as a JSON object, without a remedy and a link that it does not have."""
    optional = {"remedy": finding.remedy, "link": finding.url}
    return {
        "about": finding.topic,
        "verdict": finding.status.value,
        "says": finding.summary,
        **{key: value for key, value in optional.items() if value},
    }
