"""How a text leaves, how it is looked for in its thread, and how it is said what became of it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from quo_mcp.records.base import One, Page
from quo_mcp.records.messages import Message
from quo_mcp.safety.outbox import Posted
from quo_mcp.safety.reconciliation import Seen
from quo_mcp.safety.send_record import SendRecord, State, in_words
from quo_mcp.tools.context import Quo
from quo_mcp.tools.rendering import View, block
from quo_mcp.tools.send_preview import Draft, much_the_same, unfinished
from quo_mcp.values import times


async def send(quo: Quo, text: Draft) -> SendRecord:
    """Sends it, at most once.

    Raises:
        Refusal: it surely did not go out.
    """
    extras = {
        "userId": text.user_id,
        "setInboxStatus": "done" if text.mark_done else None,
    }
    body = {
        "content": text.text,
        "from": text.inbox,
        "to": list(text.to),
        **{name: value for name, value in extras.items() if value},
    }

    async def post() -> Posted:
        message = (await quo.api.post(One[Message], "messages", body=body)).data
        return Posted(message.id, message.status)

    intent = text.intent(quo)
    like = (await quo.outbox.lately(intent)).like
    record = await quo.outbox.send(intent, post=post, look=thread(quo, text.inbox, text.to))
    return replace(record, approved=quo.approval is not None, like=like)


def thread(
    quo: Quo, inbox: str, to: Sequence[str]
) -> Callable[[datetime], Awaitable[Sequence[Seen]]]:
    """How to look for a text of ours that may have gone out, by our own clock: Quo's may be far from it."""

    async def look(since: datetime) -> Sequence[Seen]:
        ahead = quo.gateway.ahead
        page = await quo.api.get(
            Page[Message],
            "messages",
            query={
                "phoneNumberId": inbox,
                "participants": list(to),
                "createdAfter": times.wire(since + ahead - timedelta(minutes=1)),
                "maxResults": 100,
            },
        )
        return [
            Seen(each.id, each.text, each.created_at - ahead, tuple(each.to), each.status)
            for each in page.data
            if each.direction == "outgoing" and each.created_at
        ]

    return look


def went_out(record: SendRecord) -> bool:
    """Whether the call that got this answer sent the text."""
    return record.state is State.SENT and not record.repeated


def became(record: SendRecord, view: View) -> str:
    """What became of a text: to whom, and from which number, whether that was named or chosen."""
    return in_words(record, f"{view.people(record.to)} from {view.inbox(record.inbox)}", view.when)


def outcome(record: SendRecord, text: str, view: View) -> str:
    """The same of a call that was to send it, with what nobody was told before."""
    unseen = went_out(record) and not record.approved
    return block(
        became(record, view),
        unfinished(text) if unseen else None,
        much_the_same(record.like, view.now) if record.like and went_out(record) else None,
    )


def foreseen(text: Draft, view: View) -> str:
    """What would become of it."""
    against = list(text.against)
    if text.earlier:
        against.append(became(replace(text.earlier, repeated=True), view))
    if against:
        verdict = block("It would be refused:", *(f"- {each}" for each in against))
    else:
        besides = " else" if text.doubts(view) else ""
        verdict = f"Nothing{besides} stands against it. Call again without dry_run to send it."
    return block("Not sent: this only shows what would be.", text.show(view), verdict)
