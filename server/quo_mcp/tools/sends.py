"""Sending: a text to one person, a text to a group, and what became of one.

Every text goes through the outbox, which writes it down first and sends it at most once.
"""

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field, field_validator

from quo_mcp import times
from quo_mcp.errors import Misunderstood
from quo_mcp.fields import Inbox, Means, MessageText, Person, Teammate
from quo_mcp.quo import Quo
from quo_mcp.records import One, Page
from quo_mcp.rendering import View, block
from quo_mcp.safety.matching import Seen
from quo_mcp.safety.outbox import Posted
from quo_mcp.safety.sends import Intent, SendRecord, State, folded, in_words
from quo_mcp.tool import Effect, Tool
from quo_mcp.tools.drafts import Draft, draft
from quo_mcp.tools.messages import Message

SendKey = Annotated[str | None, Field(max_length=100, description="Your own id")]
Again = Annotated[bool, Field(description="Repeat a text on purpose")]
Group = Annotated[
    list[str], Means("person"), Field(min_length=2, max_length=10, description="Names or numbers")
]
DryRun = Annotated[bool, Field(description="Only preview")]


Sending = SendRecord | Draft
"""What a send results in: what became of it, or (for a dry run) what would be sent."""


async def send(quo: Quo, written_down: Draft, *, key: str | None, again: bool) -> SendRecord:
    """Sends it, at most once.

    Raises:
        Refusal: it surely did not go out.
    """
    intent = Intent(
        account=quo.account,
        inbox=written_down.inbox,
        to=tuple(written_down.to),
        text=written_down.text,
        cents=written_down.cents,
        key=key,
        again=again,
        approval=quo.approval,
    )
    extras = {
        "userId": written_down.user_id,
        "setInboxStatus": "done" if written_down.mark_done else None,
    }
    body = {
        "content": written_down.text,
        "from": written_down.inbox,
        "to": list(written_down.to),
        **{name: value for name, value in extras.items() if value},
    }

    async def post() -> Posted:
        message = (await quo.api.post(One[Message], "messages", body=body)).data
        return Posted(message.id, message.status)

    return await quo.outbox.send(intent, post=post, look=thread(quo, intent.inbox, intent.to))


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


def outcome(result: Sending, view: View) -> str:
    """What became of a text, or what would."""
    if isinstance(result, Draft):
        verdict = (
            block("It would be refused:", *(f"- {each}" for each in result.against))
            if result.against
            else "Nothing stands against it. Call again without dry_run to send it."
        )
        return block("Not sent: this only shows what would be.", result.show(view), verdict)
    return became(result, view)


def became(record: SendRecord, view: View) -> str:
    """What became of a text: to whom, and from which number, whether that was named or chosen."""
    return in_words(record, f"{view.people(record.to)} from {view.inbox(record.inbox)}", view.when)


class Send(Tool[Sending]):
    """What the ways of sending share."""

    effect = Effect.SEND

    to: str | list[str]
    text: MessageText
    inbox: Inbox = None
    key: SendKey = None
    again: Again = False
    dry_run: DryRun = False

    @field_validator("text")
    @classmethod
    def _shows(cls, text: str) -> str:
        if not folded(text):
            raise ValueError("shows nothing: write what they are to read")
        return text

    @field_validator("key")
    @classmethod
    def _said(cls, key: str | None) -> str | None:
        return (key or "").strip() or None  # a form filled in with nothing

    @abstractmethod
    def people(self) -> tuple[str, ...]: ...

    def written_down(self) -> Draft:
        return Draft(self.people(), str(self.inbox), self.text)

    def reaches(self) -> tuple[str, ...]:
        return () if self.dry_run else self.people()

    async def question(self, quo: Quo, view: View) -> str:
        if self.dry_run:
            return ""
        what = "group text" if len(self.people()) > 1 else "text"
        return f"Send this {what}?\n\n{(await draft(quo, self.written_down())).show(view)}"

    async def run(self, quo: Quo) -> Sending:
        if self.dry_run:
            return await draft(quo, self.written_down())
        return await send(quo, self.written_down(), key=self.key, again=self.again)

    def render(self, result: Sending, view: View) -> str:
        return outcome(result, view)


class SendMessage(Send):
    """Text one person. It reaches their phone and cannot be taken back."""

    to: Person
    user_id: Teammate = None
    mark_done: Annotated[bool, Field(description="Mark thread done")] = False

    @field_validator("to", mode="before")
    @classmethod
    def _one_person(cls, given: object) -> object:
        if isinstance(given, list) and len(given) == 1:
            return given[0]
        several = isinstance(given, list) or (isinstance(given, str) and given.count("+") > 1)
        if several:
            raise ValueError(
                "takes one person. To text several privately, call once for each; quo_send_group_message makes one thread "
                "in which they all see each other's numbers"
            )
        return given

    def people(self) -> tuple[str, ...]:
        return (self.to,)

    def written_down(self) -> Draft:
        return replace(super().written_down(), user_id=self.user_id, mark_done=self.mark_done)

    def render(self, result: Sending, view: View) -> str:
        went_out = (
            isinstance(result, SendRecord) and result.state is State.SENT and not result.repeated
        )
        besides = self.written_down().besides(view) if went_out else ""
        return block(outcome(result, view), f"{besides}." if besides else None)


class SendGroupMessage(Send):
    """Text 2-10 people in ONE thread where all see each other's numbers and replies: no private mailing."""

    to: Group

    @field_validator("to", mode="before")
    @classmethod
    def _a_group(cls, given: object) -> object:
        if isinstance(given, list) and len(given) < 2:
            raise ValueError("needs at least 2; for one person use quo_send_message")
        return given

    def people(self) -> tuple[str, ...]:
        return tuple(self.to)

    async def run(self, quo: Quo) -> Sending:
        if len(self.to) < 2:
            raise Misunderstood(
                "These are one and the same number, so there is no group. quo_send_message texts one person."
            )
        return await super().run(quo)

    def render(self, result: Sending, view: View) -> str:
        seen = "It is a group thread: all of them see all the numbers and every reply."
        return block(outcome(result, view), None if isinstance(result, Draft) else seen)


class GetSendStatus(Tool[SendRecord]):
    """Find out what became of a text whose outcome was unknown."""

    effect = Effect.READ

    send_id: Annotated[
        str, Field(pattern="^send_[a-f0-9]{1,64}$", description="From quo_send_message")
    ]

    async def run(self, quo: Quo) -> SendRecord:
        async def look(since: datetime) -> Sequence[Seen]:
            record = await quo.outbox.record(self.send_id)
            return await thread(quo, record.inbox, record.to)(since)

        return await quo.outbox.status(self.send_id, look)

    def render(self, result: SendRecord, view: View) -> str:
        return became(result, view)
