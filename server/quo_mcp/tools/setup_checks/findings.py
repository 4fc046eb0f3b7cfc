"""The findings of a setup check, as text for a model and as JSON."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from quo_mcp.tools.rendering import heading


class FindingStatus(StrEnum):
    """The status of a finding, as results and JSON output name it."""

    OK = "ok"
    NOTE = "note"  # works, but a person should know
    UNKNOWN = "unknown"
    PROBLEM = "problem"  # a person must act


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


def summarize(findings: Iterable[Finding], ok_summary: str = "No action needed.") -> str:
    """Return the topics of the problems as a sentence, or `ok_summary` if there are none."""
    problems = [finding.topic for finding in findings if finding.status is FindingStatus.PROBLEM]
    return f"Action needed: {', '.join(problems)}." if problems else ok_summary


def render_finding(finding: Finding) -> str:
    """Return a finding as text for a model."""
    text = f"{finding.topic}: {' '.join(filter(None, [finding.summary, finding.remedy]))}"
    return heading(f"[{finding.status}] {text}", finding.url)


def as_json(finding: Finding) -> dict[str, str]:
    """Return a finding as a JSON object, without a remedy and a URL that it does not have."""
    optional = {"remedy": finding.remedy, "url": finding.url}
    return {
        "topic": finding.topic,
        "status": finding.status.value,
        "summary": finding.summary,
        **{key: value for key, value in optional.items() if value},
    }
