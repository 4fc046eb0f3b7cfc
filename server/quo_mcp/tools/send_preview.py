"""The preview of a send: recipients, inbox, segments, estimated cost, warnings and blockers."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from quo_mcp.errors import Refusal
from quo_mcp.records.messages import Message
from quo_mcp.records.record import Page
from quo_mcp.safety import placeholders
from quo_mcp.safety.near_duplicates import SimilarSends
from quo_mcp.safety.send_record import SendRecord, SendRequest, SendState
from quo_mcp.tools.context import Account, ToolContext
from quo_mcp.tools.rendering import Presenter, block, pluralize
from quo_mcp.tools.rendering.messages import message_block
from quo_mcp.tools.rendering.sends import describe_send, format_age
from quo_mcp.tools.resolve.inboxes import allowed_inboxes
from quo_mcp.values import phone_numbers, sms_segments
from quo_mcp.values.untrusted import blockquote, inline

DEFAULT_SEGMENT_CENTS = 10  # for countries without a known price; above most prices
MESSAGES_SHOWN = 2
MAX_CHARACTERS_SHOWN = 1000  # of each of these messages
MESSAGES_READ = 10  # to find our latest message among them
LIKELY_UNTEXTABLE_KINDS = {"toll-free": "a toll-free number", "fixed line": "a landline"}


@dataclass(frozen=True)
class SendPreview:
    """What is known about a send before it happens.

    recent_messages: the latest of the conversation, newest first.
    recent_sends: recent sends of the same or similar text to the same recipients.
    duplicate: the earlier send that would be the result instead of a new one.
    blockers: reasons why the send would be refused, as sentences.
    notes: sentences about the recipients, such as their hour.
    usual_inbox: the id of the inbox with the latest conversation, if the send is from another one.
    """

    request: SendRequest
    recent_messages: Sequence[Message] = ()
    recent_sends: SimilarSends = field(default_factory=SimilarSends)
    duplicate: SendRecord | None = None
    blockers: Sequence[str] = ()
    notes: Sequence[str] = ()
    usual_inbox: str | None = None

    def size_note(self) -> str:
        segments = sms_segments.count_segments(self.request.text)
        encoding_reason = (
            f" because of {' '.join(map(inline, segments.non_gsm_characters[:5]))}"
            if segments.non_gsm_characters
            else ""
        )
        return f"{pluralize(segments.count, 'segment')} ({segments.encoding}{encoding_reason}), about ${self.request.cents / 100:.2f}"

    def render(self, presenter: Presenter) -> str:
        """Render all that matters before a send: recipients, inbox, options, size, text, warnings, recent messages."""
        request = self.request
        latest_messages = self.recent_messages[:MESSAGES_SHOWN][::-1]
        recipients = f"To: {presenter.people(request.to)}"
        if self.usual_inbox:
            note = other_inbox_note(self.usual_inbox, request.inbox, presenter)
            recipients = f"{note}\n{recipients}"
        return block(
            recipients,
            "Group conversation: everyone sees all numbers and replies."
            if len(request.to) > 1
            else None,
            f"From: {presenter.inbox(request.inbox)}",
            f"Send as: {presenter.teammate(request.user_id)}" if request.user_id else None,
            "After sending: mark the conversation as done" if request.mark_done else None,
            f"Size: {self.size_note()}",
            f"Text:\n{blockquote(request.text)}",
            *self.warnings(presenter),
            "Latest messages in this conversation (oldest first):"
            if latest_messages
            else "No earlier messages with them in this inbox.",
            *(message_block(shorten(message), presenter) for message in latest_messages),
        )

    def warnings(self, presenter: Presenter) -> list[str]:
        """Return reasons not to send that do not block the send, as sentences."""
        latest_outgoing = next(
            (message for message in self.recent_messages if message.direction == "outgoing"), None
        )
        kind_warnings = [
            f"{presenter.person(number)} is {kind_name}, which often cannot receive texts."
            for number in self.request.to
            if (kind_name := LIKELY_UNTEXTABLE_KINDS.get(phone_numbers.kind_of(number)))
        ]
        identical, near_duplicate = self.recent_sends
        warnings = [
            placeholder_warning(self.request.text),
            repeat_warning(identical, presenter)
            if self.request.allow_duplicate and identical and not self.duplicate
            else None,
            near_duplicate_warning(near_duplicate, presenter)
            if near_duplicate and not self.duplicate
            else None,
            "Your last message to them was not delivered."
            if latest_outgoing and latest_outgoing.status == "undelivered"
            else None,
            *kind_warnings,
            *self.notes,
        ]
        return [warning for warning in warnings if warning]


def shorten(message: Message) -> Message:
    """Return a message with at most MAX_CHARACTERS_SHOWN characters, so that a question stays short.

    The text to send is never cut, and others' words are enough to recognize the conversation.
    """
    text = message.text or ""
    if len(text) <= MAX_CHARACTERS_SHOWN:
        return message
    start = text[:MAX_CHARACTERS_SHOWN].rstrip()
    rest = f"… ({len(text) - len(start):,} more characters)"
    return message.model_copy(update={"text": f"{start}{rest}"})


def estimate_cents(text: str, recipients: Iterable[str]) -> int:
    """Return the estimated cost. Quo bills by segment, and a group text by member."""
    prices = [
        sms_segments.price_per_recipient(text, phone_numbers.region_of(number))
        for number in recipients
    ]
    unknown = DEFAULT_SEGMENT_CENTS * sms_segments.count_segments(text).count
    return sum(unknown if price is None else int(price * 100) for price in prices)


def sent_options_note(user_id: str | None, presenter: Presenter, *, mark_done: bool) -> str | None:
    """State the teammate and that the conversation was marked done, if either was requested; else None."""
    notes = [
        f"Sent as {presenter.teammate(user_id)}." if user_id else "",
        "Conversation marked as done." if mark_done else "",
    ]
    return " ".join(filter(None, notes)) or None


def placeholder_warning(text: str) -> str | None:
    """Warn about text that may be an unfilled placeholder; None if there is none."""
    possible = placeholders.find_placeholders(text).possible
    if not possible:
        return None
    return f"The text may contain an unfilled placeholder: {', '.join(possible)}."


def repeat_warning(identical: SendRecord, presenter: Presenter) -> str:
    """Warn that the same text was already sent to these recipients."""
    sent_at = presenter.time(identical.began_at or identical.created_at)
    return f"The same text was already sent to them at {sent_at}. This sends it again."


def near_duplicate_warning(near_duplicate: SendRecord, presenter: Presenter) -> str:
    """Warn about a recent send of nearly the same text to these recipients."""
    verb = "was" if near_duplicate.state is SendState.SENT else "may have been"
    return (
        f"Nearly the same text {verb} sent to them {format_age(near_duplicate, presenter.now)}:\n"
        f"{presenter.text_of_send(near_duplicate.text, near_duplicate.inbox)}"
    )


def render_preview(preview: SendPreview, presenter: Presenter) -> str:
    """Render a dry run: the preview, then what would block the send."""
    blockers = list(preview.blockers)
    if preview.duplicate:
        match = preview.duplicate.match_of(preview.request)
        blockers.append(describe_send(preview.duplicate, presenter, duplicate=match))
    if blockers:
        verdict = block("Would be blocked:", *map(blocker_line, blockers))
    elif preview.warnings(presenter):
        verdict = "No blockers, but check the warnings above. To send the text, call again without dry_run."
    else:
        verdict = "Ready to send: call again without dry_run."
    return block("Preview only; not sent.", preview.render(presenter), verdict)


def blocker_line(refusal: str) -> str:
    """Return a refusal as an item of the preview's list, without its "Not sent:"."""
    reason = re.sub("^Not sent(?: again)?: ", "", refusal)
    return f"- {reason[:1].upper()}{reason[1:]}".replace("\n", "\n  ")


async def preview_send(context: ToolContext, request: SendRequest) -> SendPreview:
    """Return a preview with recent messages and recent similar sends."""
    return SendPreview(
        request,
        recent_messages=await latest_messages(context, request),
        recent_sends=await context.account.outbox.find_similar(request),
        usual_inbox=await find_usual_inbox(request, context.account),
    )


async def latest_messages(context: ToolContext, request: SendRequest) -> Sequence[Message]:
    """Return the latest messages of the conversation, newest first: those that this call has read already, if any."""
    messages = context.recipient_rules.latest_messages(request.to, request.inbox)
    if messages is not None and request.inbox in await allowed_inbox_ids(context.account):
        return [message for message in messages if message.id][:MESSAGES_READ]
    page = await context.account.api.get(
        Page[Message],
        "messages",
        query={
            "phoneNumberId": request.inbox,
            "participants": list(request.to),
            "maxResults": MESSAGES_READ,
        },
    )
    return page.data


async def allowed_inbox_ids(account: Account) -> set[str]:
    return {inbox.id for inbox in await allowed_inboxes(account)}


async def find_usual_inbox(request: SendRequest, account: Account) -> str | None:
    """Return the id of the inbox with the latest conversation with the recipients, if it is another one than the send's.

    It uses what the recipient rules have read, without a request.
    """
    allowed = await allowed_inbox_ids(account)
    conversations = account.directory.conversations.with_people(request.to)
    inboxes = [
        item.inbox for item in conversations if not item.is_deleted and item.inbox in allowed
    ]
    return inboxes[0] if inboxes and inboxes[0] != request.inbox else None


def other_inbox_note(usual_inbox: str, inbox: str, presenter: Presenter) -> str:
    """State that a text goes from another inbox than the one that the recipients know."""
    return (
        f"Different inbox: the latest conversation with them is on {presenter.inbox(usual_inbox)}, and this text is from "
        f"{presenter.inbox(inbox)}."
    )


async def preview_dry_run(context: ToolContext, request: SendRequest) -> SendPreview:
    """Return a preview that also has all blockers and an earlier duplicate.

    Nothing is sent and nothing is written to the journal.
    """
    blockers, notes = await context.recipient_rules.violations(request.to, request.inbox)
    duplicate = None
    try:
        placeholders.check_placeholders(request.text)
    except Refusal as error:
        blockers.append(str(error))
    try:
        await context.account.gateway.require_write_connection()
    except Refusal as error:
        blockers.append(str(error))
    try:
        duplicate = await context.account.outbox.find_duplicate(request)
    except Refusal as error:
        blockers.append(str(error))
    # Each rule that needs the journal reports an unreadable one, so repeated blockers are dropped.
    return replace(
        await preview_send(context, request),
        duplicate=duplicate,
        blockers=[*dict.fromkeys(blockers)],
        notes=notes,
    )
