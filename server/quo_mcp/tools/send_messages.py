"""The tools that send a message to one person or a group, and look up the outcome of a send.

Every message goes through the outbox, which records it before the request and sends it at most once.
"""

import json
from abc import abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Annotated, ClassVar

from pydantic import Field, field_validator

from quo_mcp.errors import InvalidArguments, Refusal
from quo_mcp.safety import placeholders
from quo_mcp.safety.outbox import send_not_found
from quo_mcp.safety.send_record import SendOutcome, SendRecord, SendRequest
from quo_mcp.safety.text_normalization import compose, duplicate_key, normalize_text
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.fields import (
    InboxToSendFrom,
    MessageText,
    PersonRef,
    Resolves,
    TeammateRef,
    printed_id,
)
from quo_mcp.tools.rendering import PersonQuestion, Presenter, block
from quo_mcp.tools.rendering.sends import (
    ARRIVED,
    NOT_ARRIVED,
    describe_send,
    question_of_arrival,
    refuse_rejected,
)
from quo_mcp.tools.resolve.inboxes import inbox_scope
from quo_mcp.tools.send_preview import (
    SendPreview,
    estimate_cents,
    find_usual_inbox,
    near_duplicate_warning,
    other_inbox_note,
    placeholder_warning,
    preview_dry_run,
    preview_send,
    render_preview,
    sent_options_note,
)
from quo_mcp.values.people_lists import (
    has_full_names,
    is_family_name_first,
    names_several,
    split_people,
)
from quo_mcp.values.sms_segments import count_utf16_units
from quo_mcp.values.untrusted import clean, inline_number

IdempotencyKey = Annotated[
    str | None,
    Field(
        max_length=100,
        description="Idempotency key: one per message, remembered for 24 hours. A call with the same key does not send again. At most 100 characters.",
    ),
]
AllowDuplicate = Annotated[
    bool, Field(description="true: send even though the same text was just sent to them.")
]
GroupRecipients = Annotated[
    list[Annotated[str, Field(description="Full name of a contact, or a phone number.")]],
    Resolves("person"),
    Field(
        min_length=2,
        max_length=10,
        description='The 2 to 10 recipients, e.g. ["Jane Whitaker", "+14155550134"].',
    ),
]
DryRun = Annotated[
    bool,
    Field(
        description="true: send nothing; show recipient, sender, text, cost and anything that would block it."
    ),
]

MAX_TEXT_UNITS = 1600
"""Quo's limit for a text, in UTF-16 units."""

SendResult = SendOutcome | SendPreview
"""The result of a send tool: the outcome of the send, or the preview for a dry run."""


class SendTool(Tool[SendResult]):
    """Base of the tools that send messages."""

    effect = Effect.SEND
    old_names: ClassVar[Mapping[str, str]] = {"key": "idempotency_key", "again": "allow_duplicate"}

    to: str | list[str]
    text: MessageText
    inbox: InboxToSendFrom = None
    idempotency_key: IdempotencyKey = None
    allow_duplicate: AllowDuplicate = False
    dry_run: DryRun = False

    @field_validator("text", mode="before")
    @classmethod
    def _compose_text(cls, text: object) -> object:
        """Compose accents before the length is checked: macOS writes "é" as two characters."""
        return compose(text) if isinstance(text, str) else text

    @field_validator("text")
    @classmethod
    def _clean_text(cls, text: str) -> str:
        """Remove invisible characters, so that the approved text is the sent text."""
        if not normalize_text(text):
            raise ValueError("must contain visible characters")
        text = compose(clean(text).text)
        if (units := count_utf16_units(text)) > MAX_TEXT_UNITS:
            raise ValueError(
                f"too long: {units:,} of at most {MAX_TEXT_UNITS:,} characters; most emoji count as two or more"
            )
        return text

    @field_validator("idempotency_key")
    @classmethod
    def _strip_key(cls, key: str | None) -> str | None:
        return (key or "").strip() or None  # clients send an empty string for "not given"

    @abstractmethod
    def addressees(self) -> tuple[str, ...]:
        """Return the numbers the message is for (E.164), also for a dry run."""

    def send_request(self, context: ToolContext) -> SendRequest:
        """Return the requested send.

        Raises:
            InvalidArguments: the message cannot be sent at all.
        """
        recipients = self.addressees()
        return SendRequest(
            account=context.account.id,
            inbox=str(self.inbox),
            to=recipients,
            text=self.text,
            cents=estimate_cents(self.text, recipients),
            idempotency_key=self.idempotency_key,
            allow_duplicate=self.allow_duplicate,
            approval=context.approval_id,
        )

    @property
    def is_rehearsal(self) -> bool:
        return self.dry_run

    def recipients(self) -> tuple[str, ...]:
        return () if self.dry_run else self.addressees()

    def sending_inbox(self) -> str | None:
        return None if self.dry_run else self.inbox

    async def approval_prompt(self, context: ToolContext, presenter: Presenter) -> str:
        if self.dry_run:
            return ""
        await context.account.gateway.require_write_connection()
        kind = "group text" if len(self.addressees()) > 1 else "text"
        preview = await preview_send(context, self.send_request(context))
        return f"Send this {kind}?\n\n{preview.render(presenter)}"

    def lock_key(self) -> str | None:
        return None if self.dry_run else f"{sorted(self.addressees())} {duplicate_key(self.text)}"

    async def previous_result(self, context: ToolContext) -> SendResult | None:
        if self.dry_run:
            return None
        placeholders.check_placeholders(self.text)
        previous = await context.account.outbox.find_previous(self.send_request(context))
        return refuse_rejected(previous, context.account.presenter()) if previous else None

    async def result_in_conversation(self, context: ToolContext) -> SendResult | None:
        messages = context.recipient_rules.messages_sent(self.recipients(), self.sending_inbox())
        if self.dry_run or not messages:
            return None
        return await context.account.outbox.find_in_conversation(
            self.send_request(context), messages
        )

    async def run(self, context: ToolContext) -> SendResult:
        request = self.send_request(context)
        if self.dry_run:
            return await preview_dry_run(context, request)
        outcome = await context.account.outbox.send(request)
        return refuse_rejected(outcome, context.account.presenter())

    async def follow_up(self, result: SendResult, context: ToolContext) -> SendResult:
        """Wait a few seconds for the delivery status, because "queued" makes a model ask again."""
        if isinstance(result, SendPreview) or not result.is_sent_now:
            return result
        record = await context.account.outbox.await_delivery(result.record)
        result = replace(result, record=record)
        with suppress(Refusal):  # the inboxes cannot be read
            usual_inbox = await find_usual_inbox(self.send_request(context), context.account)
            result = replace(result, usual_inbox=usual_inbox)
        return result

    def render(self, result: SendResult, presenter: Presenter) -> str:
        if isinstance(result, SendPreview):
            return render_preview(result, presenter)
        similar = result.near_duplicate
        return block(
            describe_send(
                result.record, presenter, duplicate=result.match if result.is_duplicate else None
            ),
            other_inbox_note(result.usual_inbox, result.record.inbox, presenter)
            if result.usual_inbox and not result.approved
            else None,
            placeholder_warning(self.text) if result.is_sent_now and not result.approved else None,
            near_duplicate_warning(similar, presenter) if similar and result.is_sent_now else None,
        )


class SendMessage(SendTool):
    """Send a text message to one person. It reaches their phone and cannot be undone.

    A repeated text is refused as a duplicate unless allow_duplicate is set. Returns the delivery status and message
    id, or why nothing was sent. For several people, call it once per person; quo_send_group_message starts
    one conversation in which everyone sees all numbers.
    """

    old_names: ClassVar[Mapping[str, str]] = {
        "key": "idempotency_key",
        "again": "allow_duplicate",
        "user_id": "as_user",
    }

    to: Annotated[
        PersonRef,
        Field(
            description='The recipient: full name of a contact, or a phone number, e.g. "Jane Whitaker" or +14155550134.'
        ),
    ]
    as_user: Annotated[
        TeammateRef,
        Field(
            description="Send as this teammate: name, email address or id. Default: the inbox's owner."
        ),
    ] = None
    mark_done: Annotated[
        bool, Field(description="true: mark the conversation as done after sending.")
    ] = False

    @field_validator("to", mode="before")
    @classmethod
    def _reject_several_people(cls, value: object) -> object:
        if isinstance(value, list) or (isinstance(value, str) and names_several(value)):
            raise ValueError(
                "must be one person. To text several people privately, call once per person. To start one conversation in which "
                "everyone sees all numbers, call quo_send_group_message"
            )
        return value

    def addressees(self) -> tuple[str, ...]:
        return (self.to,)

    def send_request(self, context: ToolContext) -> SendRequest:
        request = super().send_request(context)
        return replace(request, user_id=self.as_user, mark_done=self.mark_done)

    def render(self, result: SendResult, presenter: Presenter) -> str:
        is_sent_now = isinstance(result, SendOutcome) and result.is_sent_now
        options = (
            sent_options_note(self.as_user, presenter, mark_done=self.mark_done)
            if is_sent_now
            else None
        )
        return block(super().render(result, presenter), options)


class SendGroupMessage(SendTool):
    """Send one text message to a group of 2 to 10 people: everyone sees all numbers and replies.

    It cannot be undone. For private texts, call quo_send_message once per person.
    """

    to: GroupRecipients

    @field_validator("to", mode="before")
    @classmethod
    def _require_list(cls, value: object) -> object:
        if not isinstance(value, list) or len(value) > 1:
            return value
        text = str(value[0])[:1000] if value else ""
        names = [inline_number(name, 40) for name in split_people(text)]
        if len(names) < 2 or (is_family_name_first(text) and not has_full_names(text)):
            raise ValueError(
                "at least 2 recipients are required; for one person, call quo_send_message"
            )
        example = json.dumps(names[:10], ensure_ascii=False)
        raise ValueError(f"must be a list with one entry per person, such as {example}")

    def addressees(self) -> tuple[str, ...]:
        return tuple(self.to)

    def send_request(self, context: ToolContext) -> SendRequest:
        if len(self.to) < 2:
            raise InvalidArguments(
                "Not sent: all recipients have the same number, so there is no group. To text one person, call quo_send_message."
            )
        return super().send_request(context)

    def render(self, result: SendResult, presenter: Presenter) -> str:
        group_note = "Group conversation: everyone sees all numbers and replies."
        return block(
            super().render(result, presenter),
            None if isinstance(result, SendPreview) else group_note,
        )


class GetSendStatus(Tool[SendRecord]):
    """Check a send whose outcome was unknown: whether it was sent, failed, or is still unknown.

    If it stays unknown and the client can ask its user, the user is asked whether it arrived. For the delivery status of a sent message (AC…), call quo_get_message.
    """

    effect = Effect.READ

    send_id: Annotated[
        str,
        Field(
            pattern="^send_[a-f0-9]{1,64}$",
            description="Id of the send (send_…), from the result of the send.",
        ),
        printed_id("^send_[a-f0-9]{1,64}$"),
    ]

    async def run(self, context: ToolContext) -> SendRecord:
        record = await context.account.outbox.check_status(self.send_id)
        scope = await inbox_scope(None, context.account)
        if scope is not None and record.inbox not in scope:
            raise InvalidArguments(send_not_found(self.send_id))
        return record

    def question(self, result: SendRecord, presenter: Presenter) -> PersonQuestion | None:
        return question_of_arrival(result, presenter)

    async def settle(self, result: SendRecord, choice: str, context: ToolContext) -> SendRecord:
        has_arrived = {ARRIVED: True, NOT_ARRIVED: False}.get(choice)
        if has_arrived is None:
            return result
        return await context.account.outbox.settle(result.send_id, has_arrived=has_arrived)

    def render(self, result: SendRecord, presenter: Presenter) -> str:
        return describe_send(result, presenter)
