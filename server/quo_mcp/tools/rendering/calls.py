"""Rendering of calls, of their outcomes, and of what is missing on them."""

import re
from datetime import timedelta

from quo_mcp.history.coverage import VoicemailCoverage
from quo_mcp.history.feed import FeedPage
from quo_mcp.records.calls import Call, CallArtifact
from quo_mcp.tools.rendering import (
    Presenter,
    block,
    direction_text,
    failure_reason,
    heading,
    pluralize,
    status_text,
    unreadable_note,
)
from quo_mcp.tools.rendering.feeds import render_person_feed
from quo_mcp.values import times

INCOMING_OUTCOMES = {
    "missed": "missed",
    "no-answer": "no answer",
    "abandoned": "caller hung up",
    "busy": "busy",
    "canceled": "canceled",
    "failed": "failed",
}
OUTGOING_OUTCOMES = INCOMING_OUTCOMES | {
    "missed": "no answer",
    "abandoned": "canceled",
}
# A summary or transcript may still appear this long after a call.
ARTIFACT_DELAY = timedelta(minutes=30)
KNOWN_STATUSES = frozenset({"completed", "answered", *INCOMING_OUTCOMES})
DIRECTIONS = frozenset({"incoming", "outgoing"})
ONGOING_OUTCOMES = {
    "queued": "dialing",
    "initiated": "dialing",
    "ringing": "ringing",
    "in-progress": "in progress",
}


def describe_outcome(call: Call, presenter: Presenter) -> str:  # noqa: PLR0911 - one return a case
    """Describe what happened on a call. Quo has no single status for a missed call or one that Sona handled."""
    duration = times.format_duration(call.duration) if call.duration else None
    if call.is_ongoing:
        return ONGOING_OUTCOMES[call.status]
    if call.ai_handled:
        return join_clauses("handled by Sona", duration)
    if call.status == "forwarded" or call.forwarded_to:
        destination = (
            f"forwarded to {party(call.forwarded_to, presenter)}"
            if call.forwarded_to
            else "forwarded"
        )
        return join_clauses(destination, duration)
    if call.voicemail and call.is_missed:
        seconds = call.voicemail.duration
        length = f" of {times.format_duration(seconds)}" if seconds else ""
        return f"missed, with a voicemail{length}"
    if call.status in INCOMING_OUTCOMES:
        outcomes = OUTGOING_OUTCOMES if call.direction == "outgoing" else INCOMING_OUTCOMES
        outcome = outcomes[call.status]
        return describe_missed(call, outcome) if call.is_missed else outcome
    if not call.answered_at and not call.answered_by:
        if call.status not in {"completed", *ONGOING_OUTCOMES} or call.direction not in DIRECTIONS:
            return status_text(call.status, KNOWN_STATUSES) or "outcome unknown"
        return "no answer" if call.direction == "outgoing" else describe_missed(call)
    if call.direction == "outgoing":
        return join_clauses("answered", duration)
    user_id = call.answered_by or call.user_id
    return join_clauses(
        f"answered by {presenter.teammate(user_id)}" if user_id else "answered", duration
    )


def describe_missed(call: Call, outcome: str = "missed") -> str:
    """Return `missed`, with the outcome if that has other words: `missed (caller hung up)`."""
    details = [
        outcome if outcome != "missed" else "",
        "voicemail unknown" if call.voicemail_unknown else "",
    ]
    text = "; ".join(filter(None, details))
    return f"missed ({text})" if text else "missed"


def party(number_or_user: str, presenter: Presenter) -> str:
    """Render the party a call was forwarded to or from, given as a teammate's id or a phone number."""
    if re.fullmatch("(US|SYU)[A-Za-z0-9]+", number_or_user):
        return presenter.teammate(number_or_user)
    return presenter.person(number_or_user)


def join_clauses(*parts: str | None) -> str:
    return ", ".join(part for part in parts if part)


def other_parties(call: Call, presenter: Presenter) -> list[str]:
    """Return the numbers on the call that are not the account's own."""
    return [number for number in call.participants if not presenter.is_inbox(number)]


def call_block(
    call: Call,
    presenter: Presenter,
    *,
    show_parties: bool = True,
    inbox_id: str | None = None,
    title: str | None = None,
    call_back: str | None = None,
) -> str:
    """Render a call: its time, direction, parties and outcome.

    inbox_id: the inbox to name, if any. call_back: what happened after a missed call, rendered.
    title: the name of what is shown of the call, if that is not the call itself.
    """
    others = (
        ", ".join(map(presenter.person, other_parties(call, presenter))) if show_parties else ""
    )
    caller_id = (call.initiated_by or call.user_id) if call.direction == "outgoing" else None
    preposition = {"incoming": " from ", "outgoing": " to "}.get(call.direction, ", with ")
    direction = direction_text(call.direction) + f"{preposition}{others}" * bool(others)
    return block(
        heading(
            title,
            presenter.time(call.created_at) if call.created_at else None,
            direction + (f" by {presenter.teammate(caller_id)}" if caller_id else ""),
            f"on {presenter.inbox_name(inbox_id)}" if inbox_id else None,
            describe_outcome(call, presenter),
            call_back,
            unreadable_note(call),
            call.id,
        ),
        f"  Forwarded from {party(call.forwarded_from, presenter)}"
        if call.forwarded_from
        else None,
        "  Came in through the phone menu" if call.call_route == "phone-menu" else None,
    )


def render_calls_with(
    person: str,
    feed: FeedPage[Call],
    presenter: Presenter,
    *,
    label: str = "Calls",
    only_missed: bool = False,
    page_token: str | None = None,
    older_hint: str | None = None,
) -> str:
    """Render the calls with one person. For the other keywords, see `render_person_feed`.

    only_missed: whether the list is of missed calls.
    """
    return render_person_feed(
        feed,
        presenter,
        lambda call, inbox_id: call_block(
            call,
            presenter,
            show_parties=False,
            inbox_id=inbox_id,
            call_back=call_back_note(call, feed, presenter),
        ),
        label=label,
        names=presenter.person(person),
        page_token=page_token,
        older_hint=older_hint,
        notes=[missed_count(feed, only_missed=only_missed)],
    )


def call_back_note(
    call: Call, feed: FeedPage[Call], presenter: Presenter, *, is_one_inbox: bool = False
) -> str | None:
    """Return what happened after a missed call of a list: `called back Wed 2026-11-25 14:05 by Priya`.

    is_one_inbox: whether only calls on one inbox were read. Returns None for a call that was not missed.
    """
    if not call.is_missed:
        return None
    if call.id not in feed.call_backs:
        return "call-back unknown"
    call_back = feed.call_backs[call.id]
    later = call_back.reached or call_back.attempt
    if later is None or later.created_at is None:
        return "not called back yet" + " from this inbox" * is_one_inbox
    time = presenter.time(later.created_at)
    user_id = later.handler_id or later.user_id
    teammate = f" by {presenter.teammate(user_id)}" if user_id else ""
    if later.direction != "outgoing":
        return f"called again {time}, answered{teammate}"
    return f"called back {time}{teammate}" + ", no answer" * (call_back.reached is None)


def missed_count(feed: FeedPage[Call], *, only_missed: bool = False) -> str | None:
    """Count the missed calls among the incoming ones shown, and the voicemails on them.

    only_missed: whether the list is of missed calls, so that all calls shown are.
    Returns None for fewer than two calls, or if none was missed.
    """
    incoming = [call for _, call in feed.items if call.direction == "incoming"]
    missed = [call for call in incoming if call.is_missed]
    if len(feed.items) < 2 or not missed:
        return None
    with_voicemail = sum(call.voicemail is not None for call in missed)
    lookups = feed.coverage.voicemails or VoicemailCoverage()
    reasons = ", ".join(dict.fromkeys(map(failure_reason, lookups.failures.values())))
    counts = [
        f"{with_voicemail or 'none'} with a voicemail"
        if with_voicemail or not lookups.unknown
        else None,
        f"voicemail unknown for {len(lookups.failures)} ({reasons})" if reasons else None,
        f"voicemail not checked for {len(lookups.skipped)}" if lookups.skipped else None,
    ]
    count_note = (
        f"On this page: {pluralize(len(missed), 'missed call')}"
        if only_missed
        else f"Missed: {len(missed)} of {pluralize(len(incoming), 'incoming call')} shown"
    )
    texts_note = " Texts sent since then are not counted as call-backs." if only_missed else ""
    return f"{', '.join(filter(None, [count_note, *counts]))}.{texts_note}"


def artifact_heading(title: str, call_id: str, call: Call | None, presenter: Presenter) -> str:
    """Render the heading of an artifact: its title, then its call. call: None if it could not be read."""
    if call is None:
        return block(
            heading(title, call_id),
            "  The call's details could not be read. For the parties and the time, call quo_get_call.",
        )
    return call_block(call, presenter, inbox_id=call.phone_number_id, title=title)


def no_artifact(artifact_name: str, call: Call, presenter: Presenter) -> str:
    """State that a call has no such artifact, and whether one may still appear."""
    time_note = f"{presenter.time(call.created_at)}, " if call.created_at else ""
    statement = f"No {artifact_name} for this call ({time_note}{describe_outcome(call, presenter)})"
    if call.is_ongoing:
        return f"{statement}: the call has not ended yet."
    ended_at = call.completed_at or call.created_at
    may_still_come = ended_at is not None and presenter.now - ended_at < ARTIFACT_DELAY
    return f"{statement}.{' The call ended recently, so it may still appear.' * may_still_come}"


def artifact_status(
    artifact: CallArtifact, name: str, call: Call | None, presenter: Presenter
) -> str | None:
    """State why an artifact has no content, from its status and the age of its call; None if it may have content.

    name: of the kind of artifact, such as "transcript".
    """
    status = artifact.status
    if status in {"completed", ""}:
        return None
    if status != "in-progress":
        known = {
            "absent": f"  This call has no {name}.",
            "failed": f"  Quo could not create a {name} of this call.",
        }
        return (
            known.get(status)
            or f"  This {name} has an {status_text(status, ())}, so it may be missing."
        )
    ended_at = (call.completed_at or call.created_at) if call else None
    if ended_at and presenter.now - ended_at >= ARTIFACT_DELAY:
        return f"  The {name} is still in progress, although the call ended {presenter.time(ended_at)}. It may never be ready."
    return f"  The {name} is not ready yet. Try again in a minute."
