"""Findings of a setup check, and the checks of plan, sends, limits, clock and time zone. Pure functions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from quo_mcp.config.settings import Settings
from quo_mcp.errors import AccessDenied, RateLimited, Refusal
from quo_mcp.safety.send_record import SendRecord, SendState
from quo_mcp.tools.rendering import heading
from quo_mcp.values import phone_numbers
from quo_mcp.values.times import format_duration

MAX_SKEW = timedelta(seconds=60)  # a smaller skew changes no result noticeably


class FindingStatus(StrEnum):
    """The status of a finding, as JSON output names it."""

    OK = "fine"
    NOTE = "note"  # works, but somebody should know
    UNKNOWN = "unknown"
    PROBLEM = "wrong"  # a person must act


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    topic: what was checked. remedy: what to do, if anything. url: what a person must open for it.
    """

    topic: str
    status: FindingStatus
    summary: str
    remedy: str = ""
    url: str = ""


def check_call_artifacts(topic: str, status: str | Refusal | None) -> Finding:
    """Check whether the plan includes call summaries or transcripts.

    status: of a recent call's summary or transcript, or the error of requesting it; None if there
        was no recent call.
    """
    match status:
        case None:
            return Finding(
                topic,
                FindingStatus.UNKNOWN,
                "Not known: no call that somebody took was found lately.",
            )
        case "completed" | "in-progress" | "failed":
            return Finding(topic, FindingStatus.OK, "Quo makes them.")
        case AccessDenied():
            return Finding(
                topic,
                FindingStatus.NOTE,
                str(status),
                "They come with Quo's Business plan and above.",
            )
        case Refusal():
            return Finding(topic, FindingStatus.UNKNOWN, str(status))
        case _:
            return Finding(
                topic,
                FindingStatus.UNKNOWN,
                "Not known: a recent call has none. Very short calls never get one; on a smaller plan none does.",
            )


def check_us_texting(sends: Iterable[SendRecord]) -> Finding:
    """Check whether texts to US numbers are accepted. sends: this account's latest, newest first.

    Quo reports a missing A2P registration only when a text is sent, so earlier sends are the source.
    """
    topic = "Texting the US"
    for send in sends:
        if send.state is SendState.REJECTED and "A2P" in (send.reason or ""):
            return Finding(topic, FindingStatus.PROBLEM, send.reason or "")
        if send.state is SendState.SENT and any(
            phone_numbers.region_of(number) == "US" for number in send.to
        ):
            return Finding(topic, FindingStatus.OK, "The last text there was accepted.")
    return Finding(
        topic,
        FindingStatus.UNKNOWN,
        "Not known until a text is sent there: US numbers take texts only from a registered (A2P, 10DLC) business.",
    )


def check_state_dir(config: Settings, error: Refusal | None) -> Finding:
    """Check that the state directory is writable. error: from reading the journal, if that failed."""
    topic = "State directory"
    if error is None and config.is_sandbox and not config.state_dir:
        return Finding(
            topic, FindingStatus.OK, "A passing one: what the sandbox sends is not kept."
        )
    if error is None:
        return Finding(topic, FindingStatus.OK, f"{config.state_path} can be written to.")
    remedy = f"A person makes {config.state_path} writable, or sets QUO_MCP_STATE_DIR."
    return Finding(topic, FindingStatus.PROBLEM, str(error), remedy)


def check_send_limits(
    sends: Iterable[SendRecord], config: Settings, now: datetime, errors: Iterable[Refusal] = ()
) -> Finding:
    """Check how much of the hourly and daily limits is used.

    sends: this account's latest. errors: of the other checks, which show a rate limit at the gateway.
    """
    topic = "Limits"
    counted = [send for send in sends if send.state is not SendState.REJECTED]

    def count_since(start: datetime) -> int:
        return sum(len(send.to) for send in counted if send.created_at > start)

    usage = [
        (count_since(now - timedelta(hours=1)), config.max_per_hour, "in an hour", "MAX_PER_HOUR"),
        (count_since(now - timedelta(days=1)), config.max_per_day, "in a day", "MAX_PER_DAY"),
    ]
    counts = " and ".join(f"{used} of {limit} texts {period}" for used, limit, period, _ in usage)
    summary = f"Sent {counts}."
    reached = [f"QUO_MCP_{setting}" for used, limit, _, setting in usage if used >= limit]
    if any(isinstance(error, RateLimited) for error in errors):
        summary += (
            " The gateway turned requests away just now: something else uses the same key a lot."
        )
    elif not reached:
        return Finding(topic, FindingStatus.OK, summary)
    remedy = (
        f"Wait, or have a person raise {' and '.join(reached)}." if reached else "Wait a minute."
    )
    return Finding(topic, FindingStatus.NOTE, summary, remedy)


def check_clock(skew: timedelta) -> Finding:
    """Check this machine's clock. skew: how far the gateway's clock is ahead of it."""
    topic = "Clock"
    if abs(skew) <= MAX_SKEW:
        return Finding(topic, FindingStatus.OK, "Nothing speaks against it.")
    amount = format_duration(abs(skew.total_seconds()))
    direction = "behind" if skew > timedelta() else "ahead of"
    return Finding(
        topic,
        FindingStatus.NOTE,
        f"This machine's is {amount} {direction} the gateway's, and so is what is taken for now: today, quiet hours, how old a text is.",
        "A person sets it, best from the network's time.",
    )


def check_time_zone(config: Settings, zone: str) -> Finding:
    """Check that the time zone is not merely a server's default of UTC. zone: its IANA name."""
    if config.time_zone or zone not in {"UTC", "Etc/UTC"}:
        return Finding(
            "Time zone",
            FindingStatus.OK,
            f"{zone}{'' if config.time_zone else ', as this machine has it'}.",
        )
    return Finding(
        "Time zone",
        FindingStatus.NOTE,
        f"{zone}, as this machine has it: “today” and “9 am” are taken to be meant there.",
        "If people live by another, set QUO_MCP_TIME_ZONE, e.g. to America/New_York.",
    )


def as_json(finding: Finding) -> dict[str, Any]:
    """Return a finding as a JSON object, without the keys that would be empty."""
    document = {"about": finding.topic, "verdict": finding.status.value, "says": finding.summary}
    return (
        document
        | ({"remedy": finding.remedy} if finding.remedy else {})
        | ({"link": finding.url} if finding.url else {})
    )


STATUS_LABELS = {
    FindingStatus.OK: "ok",
    FindingStatus.NOTE: "note",
    FindingStatus.UNKNOWN: "unknown",
    FindingStatus.PROBLEM: "TO DO",
}


def render_finding(finding: Finding) -> str:
    """Return a finding as text for a model."""
    text = f"{finding.topic}: {' '.join(filter(None, [finding.summary, finding.remedy]))}"
    return heading(f"[{STATUS_LABELS[finding.status]}] {text}", finding.url)
