"""A call, and what happened on it in words."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar

from quo_mcp.records.base import Record
from quo_mcp.records.calls import Call
from quo_mcp.tools.rendering import View, block, heading
from quo_mcp.values import times
from quo_mcp.values.untrusted import inline

Made = TypeVar("Made", bound=Record)


UNANSWERED = {
    "missed": "missed",
    "no-answer": "nobody answered",
    "abandoned": "the caller hung up",
    "busy": "busy",
    "canceled": "cancelled before an answer",
    "failed": "failed",
}
OURS = UNANSWERED | {"missed": "not answered", "abandoned": "given up before an answer"}
SOON = timedelta(minutes=30)
ONGOING = {
    "queued": "about to ring",
    "initiated": "about to ring",
    "ringing": "ringing",
    "in-progress": "going on now",
}


def outcome(call: Call, view: View) -> str:  # noqa: PLR0911 - each case as it reads
    """What happened, in words: Quo has no one status for "missed", nor for "Sona took it"."""
    lasted = times.duration(call.duration) if call.duration else None
    if call.is_ongoing:
        return ONGOING[call.status]
    if call.ai_handled:
        return clauses("handled by Sona", lasted)
    if call.status == "forwarded" or call.forwarded_to:
        to = f"forwarded to {one_of(call.forwarded_to, view)}" if call.forwarded_to else "forwarded"
        return clauses(to, lasted)
    if call.voicemail and call.is_missed:
        left = call.voicemail.duration
        return (
            f"missed, left a {times.clock(left)} voicemail" if left else "missed, left a voicemail"
        )
    unasked = " (voicemail not looked for)" if call.unasked else ""
    if call.status in UNANSWERED:
        return (OURS if call.direction == "outgoing" else UNANSWERED)[call.status] + unasked
    if not call.answered_at and not call.answered_by:
        if call.status not in {"completed", *ONGOING}:
            return inline(call.status or "outcome unknown")
        return "not answered" if call.direction == "outgoing" else f"missed{unasked}"
    if call.direction == "outgoing":
        return clauses("answered", lasted)
    by = call.answered_by or call.user_id
    return clauses(f"answered by {view.teammate(by)}" if by else "answered", lasted)


def one_of(number_or_user: str, view: View) -> str:
    """Whom a call was forwarded to or from: Quo gives a teammate's id, or a number."""
    if re.fullmatch("(US|SYU)[A-Za-z0-9]+", number_or_user):
        return view.teammate(number_or_user)
    return view.person(number_or_user)


def clauses(*parts: str | None) -> str:
    return ", ".join(part for part in parts if part)


def other_end(call: Call, view: View) -> list[str]:
    """Everybody on the call but the account's own number."""
    return [each for each in call.participants if not view.is_ours(each)]


@dataclass(frozen=True)
class Told(Generic[Made]):
    """What Quo made of a call. call: the call itself; None where it could not be read just now."""

    made: Made
    call: Call | None


def call_block(
    call: Call,
    view: View,
    *,
    with_whom: bool = True,
    on: str | None = None,
    what: str | None = None,
) -> str:
    """When, which way, with whom, what happened.

    on: the inbox, where that is to be said. what: what of the call is shown here, if not itself.
    """
    incoming = call.direction != "outgoing"
    others = ", ".join(map(view.person, other_end(call, view))) if with_whom else ""
    by = None if incoming else call.initiated_by or call.user_id
    way = f"{'incoming' if incoming else 'outgoing'}{' from ' * bool(others and incoming)}"
    way += f"{' to ' * bool(others and not incoming)}{others}"
    return block(
        heading(
            what,
            view.when(call.created_at) if call.created_at else None,
            way + (f" by {view.teammate(by)}" if by else ""),
            f"on {view.inbox_name(on)}" if on else None,
            outcome(call, view),
            call.id,
        ),
        f"  Forwarded from {one_of(call.forwarded_from, view)}" if call.forwarded_from else None,
        "  Came through the phone menu" if call.call_route == "phone-menu" else None,
    )


def of_call(what: str, call_id: str, call: Call | None, view: View) -> str:
    """The heading of what was made of a call: what it is, then whose, when and where."""
    if call is None:
        return block(
            heading(what, call_id),
            "  The call itself could not be read just now: quo_get_call tells who and when.",
        )
    return call_block(call, view, on=call.phone_number_id, what=what)


def nothing(what: str, call: Call, view: View) -> str:
    """That there is no summary, transcript, … of a call, and whether to come back for it."""
    when = f", {view.when(call.created_at)}" if call.created_at else ""
    known = f"This call ({outcome(call, view)}{when}) has no {what}"
    if call.is_ongoing:
        return f"{known} while it goes on."
    ended = call.completed_at or call.created_at
    fresh = ended is not None and view.now - ended < SOON
    return f"{known}. It ended only lately: one may still come." if fresh else f"{known}."


def not_made(what: str, status: str) -> str | None:
    """Why there is nothing to read yet, or ever; None where there is."""
    return {
        "absent": f"  This call has no {what}.",
        "in-progress": f"  The {what} is still being made; try again in a minute.",
        "failed": f"  Quo could not make a {what} of this call.",
    }.get(status)
