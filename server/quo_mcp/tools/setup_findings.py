"""What is found when the setup is looked over, and what to do about it. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from quo_mcp.config.settings import Config
from quo_mcp.errors import AccessDenied, RateLimited, Refusal
from quo_mcp.safety.send_record import SendRecord, State
from quo_mcp.tools.rendering import heading
from quo_mcp.values import phone_numbers

SKEW = timedelta(seconds=60)  # below it nothing that people would notice comes out wrong


class Verdict(StrEnum):
    FINE = "fine"
    NOTE = "note"  # it works, but somebody should know
    UNKNOWN = "unknown"
    WRONG = "wrong"  # something must be done


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    remedy: what to do, where something can be done. link: what a person has to open for it.
    """

    about: str
    verdict: Verdict
    says: str
    remedy: str = ""
    link: str = ""


def made_of_calls(what: str, found: str | Refusal | None) -> Finding:
    """Whether the plan has `what`, by what asking for that of a recent call brought.

    found: its status; None where there was no call to ask about.
    """
    match found:
        case None:
            return Finding(
                what, Verdict.UNKNOWN, "Not known: no call that somebody took was found lately."
            )
        case "completed" | "in-progress" | "failed":
            return Finding(what, Verdict.FINE, "Quo makes them.")
        case AccessDenied():
            return Finding(
                what, Verdict.NOTE, str(found), "They come with Quo's Business plan and above."
            )
        case Refusal():
            return Finding(what, Verdict.UNKNOWN, str(found))
        case _:
            return Finding(
                what,
                Verdict.UNKNOWN,
                "Not known: a recent call has none. Very short calls never get one; on a smaller plan none does.",
            )


def us_texting(sends: Iterable[SendRecord]) -> Finding:
    """Whether texts to the US go out. sends: the latest of this account, newest first.

    Nothing but sending finds that out, so it is known only from what was sent before.
    """
    about = "Texting the US"
    for each in sends:
        if each.state is State.REJECTED and "A2P" in (each.reason or ""):
            return Finding(about, Verdict.WRONG, each.reason or "")
        if each.state is State.SENT and any(phone_numbers.region(to) == "US" for to in each.to):
            return Finding(about, Verdict.FINE, "The last text there was accepted.")
    return Finding(
        about,
        Verdict.UNKNOWN,
        "Not known until a text is sent there: US numbers take texts only from a registered (A2P, 10DLC) business.",
    )


def journal(config: Config, refusal: Refusal | None) -> Finding:
    """Whether what has to outlive the process can be written down."""
    about = "State directory"
    if refusal is None and config.is_sandbox and not config.state_dir:
        return Finding(about, Verdict.FINE, "A passing one: what the sandbox sends is not kept.")
    if refusal is None:
        return Finding(about, Verdict.FINE, f"{config.state} can be written to.")
    remedy = f"A person makes {config.state} writable, or sets QUO_MCP_STATE_DIR."
    return Finding(about, Verdict.WRONG, str(refusal), remedy)


def headroom(
    sends: Iterable[SendRecord], config: Config, now: datetime, refusals: Iterable[Refusal] = ()
) -> Finding:
    """How much may still be sent, by this server's own limits. refusals: what the checks ran into."""
    about = "Limits"
    counted = [each for each in sends if each.state is not State.REJECTED]

    def within(span: timedelta) -> int:
        return sum(len(each.to) for each in counted if each.created_at > now - span)

    used = [
        (within(timedelta(hours=1)), config.max_per_hour, "in an hour", "MAX_PER_HOUR"),
        (within(timedelta(days=1)), config.max_per_day, "in a day", "MAX_PER_DAY"),
    ]
    says = f"Sent {' and '.join(f'{done} of {most} texts {span}' for done, most, span, _ in used)}."
    full = [f"QUO_MCP_{setting}" for done, most, _, setting in used if done >= most]
    if any(isinstance(each, RateLimited) for each in refusals):
        says += (
            " The gateway turned requests away just now: something else uses the same key a lot."
        )
    elif not full:
        return Finding(about, Verdict.FINE, says)
    remedy = f"Wait, or have a person raise {' and '.join(full)}." if full else "Wait a minute."
    return Finding(about, Verdict.NOTE, says, remedy)


def clock(ahead: timedelta) -> Finding:
    """ahead: how far the gateway's clock is ahead of this machine's, as far as its replies told."""
    about = "Clock"
    if abs(ahead) <= SKEW:
        return Finding(about, Verdict.FINE, "Nothing speaks against it.")
    off = round(abs(ahead.total_seconds()))
    by = (
        f"{off} seconds"
        if off < 120
        else f"{off // 60} minutes"
        if off < 7200
        else f"{off // 3600} hours"
    )
    side = "behind" if ahead > timedelta() else "ahead of"
    return Finding(
        about,
        Verdict.NOTE,
        f"This machine's is {by} {side} the gateway's, and so is what is taken for now: today, quiet hours, how old a text is.",
        "A person sets it, best from the network's time.",
    )


def time_zone(config: Config, zone: str) -> Finding:
    if config.time_zone or zone not in {"UTC", "Etc/UTC"}:
        return Finding(
            "Time zone",
            Verdict.FINE,
            f"{zone}{'' if config.time_zone else ', as this machine has it'}.",
        )
    return Finding(
        "Time zone",
        Verdict.NOTE,
        f"{zone}, as this machine has it: “today” and “9 am” are taken to be meant there.",
        "If people live by another, set QUO_MCP_TIME_ZONE, e.g. to America/New_York.",
    )


def as_json(finding: Finding) -> dict[str, Any]:
    told = {"about": finding.about, "verdict": finding.verdict.value, "says": finding.says}
    return (
        told
        | ({"remedy": finding.remedy} if finding.remedy else {})
        | ({"link": finding.link} if finding.link else {})
    )


SHOWN = {
    Verdict.FINE: "ok",
    Verdict.NOTE: "note",
    Verdict.UNKNOWN: "unknown",
    Verdict.WRONG: "TO DO",
}


def line(finding: Finding) -> str:
    """A finding for a model to read."""
    told = f"{finding.about}: {' '.join(filter(None, [finding.says, finding.remedy]))}"
    return heading(f"[{SHOWN[finding.verdict]}] {told}", finding.link)
