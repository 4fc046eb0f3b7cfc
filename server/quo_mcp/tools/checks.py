"""What is found when the setup is looked over, and what to do about it. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from quo_mcp import numbers
from quo_mcp.config import KEY, Config
from quo_mcp.errors import AccessDenied, RateLimited, Refusal
from quo_mcp.gateway import is_reference
from quo_mcp.outside import inline
from quo_mcp.records import PhoneNumber
from quo_mcp.rendering import dialled, heading, link
from quo_mcp.safety.sends import SendRecord, State
from quo_mcp.tools.connections import Connection

KEYS = "https://maton.ai/settings"
PINNED = "QUO_MCP_CONNECTION"
NAMED = 5  # numbers and connections that a finding names


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


def api_key(config: Config, refusal: Refusal | None) -> Finding:
    """refusal: what came of asking the gateway for its connections; None where it answered."""
    about = "API key"
    if config.is_sandbox:
        return Finding(
            about,
            Verdict.NOTE,
            "None is set, so a pretend account (the sandbox) answers.",
            f"For the real one a person makes a key and sets {KEY}.",
            KEYS,
        )
    if refusal is None:
        return Finding(about, Verdict.FINE, "The gateway accepts it.")
    if config.api_key and is_reference(config.api_key.get_secret_value()):
        return Finding(about, Verdict.WRONG, str(refusal))
    if isinstance(refusal, AccessDenied) and refusal.status == 401:
        return Finding(about, Verdict.WRONG, str(refusal), link=KEYS)
    return Finding(about, Verdict.WRONG, f"The gateway could not be asked. {refusal}")


def connection(links: Sequence[Connection], config: Config) -> Finding:
    """Which link to Quo is used, if there is one that can be."""
    about = "Connection"
    active = [each for each in links if each.status == "ACTIVE"]
    if config.connection is not None:
        pinned = next((each for each in links if each.id == config.connection), None)
        if pinned is None:
            remedy = (
                f"A person sets {PINNED} to one of these: {_ids(active)}." if active else CONNECT
            )
            says = f"{PINNED} names {config.connection}, which the gateway does not know."
            return Finding(about, Verdict.WRONG, says, remedy)
        if pinned.status == "ACTIVE":
            return Finding(
                about, Verdict.FINE, f"{pinned.id} is active and used, as {PINNED} says."
            )
        return _unfinished(pinned)
    if len(active) > 1:
        return Finding(
            about,
            Verdict.WRONG,
            f"{len(active)} are active: reads take whichever the gateway picks, and nothing is written.",
            f"A person sets {PINNED} to one of these, or has the others deleted: {_ids(active)}.",
        )
    if active:
        return Finding(about, Verdict.FINE, f"{active[0].id} is active and, as the only one, used.")
    waiting = [each for each in links if each.status == "PENDING"]
    return (
        _unfinished(waiting[-1])
        if waiting
        else Finding(about, Verdict.WRONG, "There is none to Quo.", CONNECT)
    )


CONNECT = "Make one with quo_create_connection (in a shell: quo-mcp call create_connection); a person then opens its link."


def _unfinished(pending: Connection) -> Finding:
    says = f"{pending.id} is not active ({inline(pending.status).lower() or 'no status'})."
    if pending.status == "PENDING" and pending.url:
        remedy = "A person has to open its link and authorize it."
        return Finding("Connection", Verdict.WRONG, says, remedy, link(pending.url))
    return Finding("Connection", Verdict.WRONG, says, CONNECT)


def _ids(links: Sequence[Connection]) -> str:
    more = f" and {len(links) - NAMED} more" if len(links) > NAMED else ""
    return ", ".join(inline(each.id, 200) for each in links[:NAMED]) + more


def own_numbers(found: Sequence[PhoneNumber] | Refusal) -> Finding:
    about = "Numbers"
    if isinstance(found, Refusal):
        return Finding(about, Verdict.WRONG, str(found))
    if not found:
        return Finding(
            about,
            Verdict.WRONG,
            "The account has none that can be seen here.",
            "A person adds one in Quo, or adds the connected user to one; QUO_MCP_INBOXES may leave them out too.",
        )
    named = ", ".join(
        f"{inline(each.name or 'Unnamed')} {dialled(each.number)}" for each in found[:NAMED]
    )
    more = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
    return Finding(about, Verdict.FINE, f"{named}{more}.")


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
        if each.state is State.SENT and any(numbers.region(to) == "US" for to in each.to):
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
