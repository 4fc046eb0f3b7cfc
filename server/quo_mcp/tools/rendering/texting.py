"""Rendering of whether a person may be texted now, and of what matters before a text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from quo_mcp.records.assumptions import Assumption
from quo_mcp.tools.rendering import Presenter, block
from quo_mcp.values.phone_numbers import region_of, time_zones_of


@dataclass(frozen=True)
class TextingStatus:
    """What the recipient rules say about one number (E.164).

    violations, notes: sentences; see `RecipientRules.violations`.
    inbox: the id of the inbox with the latest conversation with them, and its latest activity.
    """

    number: str
    violations: Sequence[str] = ()
    notes: Sequence[str] = ()
    inbox: tuple[str, datetime] | None = None


def render_texting(status: TextingStatus, presenter: Presenter) -> str:
    """Return whether a text may be sent now and why not, their local time, their country and our inbox."""
    reasons = [re.sub("^Not sent: ", "", violation) for violation in status.violations]
    verdict = (
        block(
            "A text would be blocked now:", *(f"- {text[:1].upper()}{text[1:]}" for text in reasons)
        )
        if reasons
        else "No rule of this server blocks a text to them now."
    )
    times = sorted(
        {
            f"{presenter.now.astimezone(ZoneInfo(zone)):%H:%M}"
            for zone in time_zones_of(status.number)
        }
    )
    facts = [
        f"Their local time: {' or '.join(times)} (based on their number)."
        if times
        else "Their local time is unknown.",
        f"Country: {region_of(status.number) or 'unknown'}.",
        f"Your inbox with them: {presenter.inbox_name(status.inbox[0])} (latest activity {presenter.time(status.inbox[1])})."
        if status.inbox
        else "No conversation with them found.",
    ]
    if presenter.is_verified(Assumption.CONVERSATION_TIME) is False:
        facts.append(
            "Opt-outs in other conversations may be missed: on this account, new messages do not always update their conversation."
        )
    return block(verdict, " ".join(facts), *status.notes)
