"""Sending: a text to one person, a text to a group, and what became of one.

Every text goes through the outbox, which writes it down first and sends it at most once.
"""

import json
import re
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated

from pydantic import Field, field_validator

from quo_mcp.errors import Misunderstood
from quo_mcp.safety import placeholders
from quo_mcp.safety.reconciliation import Seen
from quo_mcp.safety.send_record import SendRecord
from quo_mcp.safety.text_normalization import essence, folded
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import Quo
from quo_mcp.tools.fields import Inbox, Means, MessageText, Person, Teammate
from quo_mcp.tools.rendering import View, block, dialled
from quo_mcp.tools.send_one import became, foreseen, outcome, send, thread, went_out
from quo_mcp.tools.send_preview import Draft, draft, preview
from quo_mcp.values.untrusted import clean

SendKey = Annotated[str | None, Field(max_length=100, description="Your own id")]
Again = Annotated[bool, Field(description="Repeat a text on purpose")]
Group = Annotated[
    list[str], Means("person"), Field(min_length=2, max_length=10, description="Names or numbers")
]
DryRun = Annotated[bool, Field(description="Only preview")]


BETWEEN = re.compile(r"\s*(?:[,;&\n]|\band\b|\s(?=\+))\s*")
"""What parts people who are named in one text."""

Sending = SendRecord | Draft
"""What a send results in: what became of it, or (for a dry run) what would be sent."""


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
        """Without what does not show: what a person is shown and says yes to is what goes out."""
        if not folded(text):
            raise ValueError("shows nothing: write what they are to read")
        return clean(text).text

    @field_validator("key")
    @classmethod
    def _said(cls, key: str | None) -> str | None:
        return (key or "").strip() or None  # a form filled in with nothing

    @abstractmethod
    def people(self) -> tuple[str, ...]: ...

    def written_down(self) -> Draft:
        """The text that is wished for. Raises Misunderstood where there can be no such text."""
        return Draft(self.people(), str(self.inbox), self.text, key=self.key, again=self.again)

    def recipients(self) -> tuple[str, ...]:
        return () if self.dry_run else self.people()

    async def question(self, quo: Quo, view: View) -> str:
        if self.dry_run:
            return ""
        await quo.gateway.may_write()
        what = "group text" if len(self.people()) > 1 else "text"
        shown = (await draft(quo, self.written_down())).show(view)
        return block(f"Send this {what}?\n\n{shown}", *quo.said)  # which inbox was chosen, and why

    def alone(self) -> str | None:
        return None if self.dry_run else f"{sorted(self.people())} {essence(self.text)}"

    async def answered(self, quo: Quo) -> Sending | None:
        if self.dry_run:
            return None
        placeholders.check(self.text)
        text = self.written_down()
        earlier = await quo.outbox.foresee(text.intent(quo))
        if earlier is None:
            return None
        return await quo.outbox.became(earlier, thread(quo, earlier.inbox, earlier.to))

    async def run(self, quo: Quo) -> Sending:
        if self.dry_run:
            return await preview(quo, self.written_down())
        return await send(quo, self.written_down())

    def render(self, result: Sending, view: View) -> str:
        if isinstance(result, Draft):
            return foreseen(result, view)
        return outcome(result, self.text, view)


class SendMessage(Send):
    """Text one person. It reaches their phone and cannot be taken back."""

    to: Person
    user_id: Teammate = None
    mark_done: Annotated[bool, Field(description="Mark thread done")] = False

    @field_validator("to", mode="before")
    @classmethod
    def _one_person(cls, given: object) -> object:
        several = isinstance(given, list) or (isinstance(given, str) and names_several(given))
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
        sent = isinstance(result, SendRecord) and went_out(result)
        besides = self.written_down().besides(view) if sent else ""
        return block(super().render(result, view), f"{besides}." if besides else None)


def names_several(said: str) -> bool:
    """Whether a text surely names more than one: numbers, or whole names ("Doe, Jane" is one person)."""
    parts = [each for each in BETWEEN.split(said) if each]
    return said.count("+") > 1 or (len(parts) > 1 and all(" " in each for each in parts))


class SendGroupMessage(Send):
    """Text 2-10 people in ONE thread where all see each other's numbers and replies: no private mailing."""

    to: Group

    @field_validator("to", mode="before")
    @classmethod
    def _a_group(cls, given: object) -> object:
        if not isinstance(given, list) or len(given) > 1:
            return given
        only = str(given[0])[:1000] if given else ""
        named = [dialled(each, 40) for each in BETWEEN.split(only) if each]
        if len(named) < 2:
            raise ValueError("needs at least 2; for one person use quo_send_message")
        example = json.dumps(named[:10], ensure_ascii=False)
        raise ValueError(f"takes a list, an entry for each person: {example}")

    def people(self) -> tuple[str, ...]:
        return tuple(self.to)

    def written_down(self) -> Draft:
        if len(self.to) < 2:
            raise Misunderstood(
                "These are one and the same number, so there is no group. quo_send_message texts one person."
            )
        return super().written_down()

    def render(self, result: Sending, view: View) -> str:
        seen = "It is a group thread: all of them see all the numbers and every reply."
        return block(super().render(result, view), None if isinstance(result, Draft) else seen)


class GetSendStatus(Tool[SendRecord]):
    """Find out what became of a text whose outcome was unknown."""

    effect = Effect.READ

    send_id: Annotated[str, Field(pattern="^send_[a-f0-9]{1,64}$", description="send_…")]

    async def run(self, quo: Quo) -> SendRecord:
        async def look(since: datetime) -> Sequence[Seen]:
            record = await quo.outbox.record(self.send_id)
            return await thread(quo, record.inbox, record.to)(since)

        return await quo.outbox.status(self.send_id, look)

    def render(self, result: SendRecord, view: View) -> str:
        return became(result, view)
