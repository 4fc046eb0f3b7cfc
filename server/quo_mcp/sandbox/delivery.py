"""Sending a message: its ledger entry, its scheduled statuses and its automatic reply."""

from datetime import datetime, timedelta

from quo_mcp.sandbox.http import Json, format_time
from quo_mcp.sandbox.state import AutoReply, SandboxState

SENT_AFTER = timedelta(seconds=1)
DELIVERED_AFTER = timedelta(seconds=3)


def send(state: SandboxState, number: Json, recipients: list[str], text: str, user_id: str) -> Json:
    """Send a message. It is undelivered if every recipient opted out or is unreachable."""
    at = state.now()
    message = state.add_message(number, recipients, text, at, user_id=user_id, status="queued")
    entry = {"id": message["id"], "from": number["number"], "to": list(recipients)}
    state.ledger.append({**entry, "content": text, "at": format_time(at)})
    undeliverable = state.opted_out.union(state.unreachable).issuperset(recipients)
    final_status = "undelivered" if undeliverable else "delivered"
    _schedule_status(state, message, "sent", at + SENT_AFTER)
    _schedule_status(state, message, final_status, at + DELIVERED_AFTER)
    if len(recipients) == 1 and not undeliverable and state.auto_reply_enabled:
        _schedule_auto_reply(state, number, recipients[0], at)
    return message


def _schedule_status(state: SandboxState, message: Json, status: str, at: datetime) -> None:
    state.schedule(at, lambda time: message.update(status=status, updatedAt=format_time(time)))


def _schedule_auto_reply(state: SandboxState, number: Json, person: str, at: datetime) -> None:
    auto_reply = state.auto_replies.get(person)
    if auto_reply is None:
        return

    def reply(time: datetime) -> None:
        texts = state.auto_replies[person].texts
        state.auto_replies[person] = AutoReply(auto_reply.delay, texts[1:] or texts)
        state.add_message(number, [person], texts[0], time, sender=person)

    state.schedule(at + timedelta(seconds=auto_reply.delay), reply)
