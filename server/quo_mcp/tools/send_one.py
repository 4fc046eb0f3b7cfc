"""One send: its request, the search for it in its conversation, and the rendering of its outcome."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from quo_mcp.records.base import Envelope, Page
from quo_mcp.records.messages import Message
from quo_mcp.safety.outbox import SendReply
from quo_mcp.safety.reconciliation import OutgoingMessage
from quo_mcp.safety.send_record import SendRecord, SendState, describe
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.rendering import Presenter, block
from quo_mcp.tools.send_preview import SendPreview, near_duplicate_warning, placeholder_warning
from quo_mcp.values import times


async def send(context: ToolContext, preview: SendPreview) -> SendRecord:
    """Send a message at most once, through the outbox.

    Raises:
        Refusal: the message was certainly not sent.
    """
    options = {
        "userId": preview.user_id,
        "setInboxStatus": "done" if preview.mark_done else None,
    }
    body = {
        "content": preview.text,
        "from": preview.inbox,
        "to": list(preview.to),
        **{name: value for name, value in options.items() if value},
    }

    async def post() -> SendReply:
        message = (await context.api.post(Envelope[Message], "messages", body=body)).data
        return SendReply(message.id, message.status)

    request = preview.send_request(context)
    near_duplicate = (await context.outbox.find_similar(request)).near_duplicate
    record = await context.outbox.send(
        request,
        post=post,
        read_conversation=conversation_reader(context, preview.inbox, preview.to),
    )
    return replace(record, approved=context.approval_id is not None, near_duplicate=near_duplicate)


def conversation_reader(
    context: ToolContext, inbox: str, to: Sequence[str]
) -> Callable[[datetime], Awaitable[Sequence[OutgoingMessage]]]:
    """Return a function that reads the messages sent from an inbox to these recipients since a time.

    Its argument and the times in its result follow our clock. Quo's clock may differ, so they are converted.
    """

    async def read_sent_since(since: datetime) -> Sequence[OutgoingMessage]:
        skew = context.gateway.clock_skew
        page = await context.api.get(
            Page[Message],
            "messages",
            query={
                "phoneNumberId": inbox,
                "participants": list(to),
                "createdAfter": times.format_iso(since + skew - timedelta(minutes=1)),
                "maxResults": 100,
            },
        )
        return [
            OutgoingMessage(
                message.id,
                message.text,
                message.created_at - skew,
                tuple(message.to),
                message.status,
            )
            for message in page.data
            if message.direction == "outgoing" and message.created_at
        ]

    return read_sent_since


def was_sent_now(record: SendRecord) -> bool:
    """Whether the tool call with this result sent the message itself, rather than finding an earlier send."""
    return record.state is SendState.SENT and not record.is_duplicate


def describe_send(record: SendRecord, presenter: Presenter) -> str:
    """Describe the outcome of a send, with its recipients and inbox."""
    return describe(
        record,
        f"{presenter.people(record.to)} from {presenter.inbox(record.inbox)}",
        presenter.time,
    )


def render_send(record: SendRecord, text: str, presenter: Presenter) -> str:
    """Render the result of a send, with the warnings that were not shown before it."""
    unapproved = was_sent_now(record) and not record.approved
    return block(
        describe_send(record, presenter),
        placeholder_warning(text) if unapproved else None,
        near_duplicate_warning(record.near_duplicate, presenter.now)
        if record.near_duplicate and was_sent_now(record)
        else None,
    )


def render_preview(preview: SendPreview, presenter: Presenter) -> str:
    """Render a dry run: the preview, then what would block the send."""
    blockers = list(preview.blockers)
    if preview.duplicate:
        blockers.append(describe_send(replace(preview.duplicate, is_duplicate=True), presenter))
    if blockers:
        verdict = block("It would be refused:", *(f"- {blocker}" for blocker in blockers))
    else:
        else_word = " else" if preview.warnings(presenter) else ""
        verdict = f"Nothing{else_word} stands against it. Call again without dry_run to send it."
    return block("Not sent: this only shows what would be.", preview.render(presenter), verdict)
