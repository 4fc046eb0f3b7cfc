"""Calls: list them, read one, and fetch what Quo made of them."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, TypeAlias, TypeVar

import anyio
from pydantic import Field

from quo_mcp.errors import NotFound, Refusal
from quo_mcp.records.base import One, Page
from quo_mcp.records.calls import Call, Voicemail
from quo_mcp.tools.activity_all_threads import Found, across, covered, lately
from quo_mcp.tools.activity_lookup import activity
from quo_mcp.tools.activity_one_person import Everywhere, Exchanges, listed, with_them
from quo_mcp.tools.activity_query import Asked
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.call_rendering import Made, Told, call_block
from quo_mcp.tools.context import Quo
from quo_mcp.tools.fields import CallId, OnePerson
from quo_mcp.tools.rendering import View, block

Where = TypeVar("Where")

VOICEMAILS = 15  # missed calls of a page whose voicemail is asked for: a request each


Calls: TypeAlias = Page[Call] | Everywhere[Call] | Found[Call]


class ListCalls(Exchanges[Calls]):
    """List calls, newest first: with one person, or with everybody lately. Missed ones tell of voicemail."""

    person: OnePerson = None
    missed: Annotated[bool, Field(description="Only those")] = False

    async def run(self, quo: Quo) -> Calls:
        if self.person:
            return await self.theirs(quo, self.person)
        asked = self._asked(lately(quo, self.since, self.until))
        found = await across(quo, asked, inbox=self.inbox, page_token=self.page_token)
        return replace(found, items=await heard(quo, found.items))

    async def theirs(self, quo: Quo, person: str) -> Page[Call] | Everywhere[Call]:
        """The calls with somebody."""
        asked = self._asked(self.since)
        found = await with_them(quo, asked, [person], self.inbox, self.page_token)
        if isinstance(found, Page):
            return found.model_copy(update={"data": await with_voicemails(quo, found.data)})
        return replace(found, items=await heard(quo, found.items))

    def _asked(self, since: str | None) -> Asked[Call]:
        asked = self.asked(Page[Call], "calls", since=since)
        return replace(asked, keep=lambda call: call.is_missed) if self.missed else asked

    @property
    def _what(self) -> str:
        return "Missed calls" if self.missed else "Calls"

    def render(self, result: Calls, view: View) -> str:
        if isinstance(result, Found):
            return self._of_everybody(result, view)
        return self.of_them(result, view)

    def of_them(
        self, result: Page[Call] | Everywhere[Call], view: View, older: str | None = None
    ) -> str:
        """The calls with whoever was named. older: how to get more, where it is not by calling again."""
        calls = result.data if isinstance(result, Page) else [call for _, call in result.items]
        return block(
            listed(
                result,
                self,
                view,
                lambda each, on: call_block(each, view, with_whom=False, on=on),
                what=self._what,
                whom=view.person(str(self.person)),
                older=older,
            ),
            tally(calls),
        )

    def _of_everybody(self, result: Found[Call], view: View) -> str:
        what = self._what
        where = f" on {view.inbox(self.inbox)}" if self.inbox else ""
        return block(
            f"{what}{where}, newest first:" if result.items else f"No {what.lower()}{where}.",
            *(
                call_block(call, view, on=None if self.inbox else thread.phone_number_id)
                for thread, call in result.items
            ),
            tally([call for _, call in result.items]),
            covered(result, self, view, what.lower()),
        )


def tally(calls: Sequence[Call]) -> str | None:
    """How many of the calls shown were missed: it is what lists of calls are asked for, and not one word in them."""
    missed = [call for call in calls if call.is_missed]
    if len(calls) < 2 or not missed:
        return None
    left = sum(call.voicemail is not None for call in missed)
    unasked = sum(call.unasked for call in missed)
    known = f"; voicemails were not looked for on {unasked} of them" if unasked else ""
    return f"Missed (nobody took them): {len(missed)} of these {len(calls)}, {left or 'none'} with a voicemail{known}."


async def heard(quo: Quo, items: Sequence[tuple[Where, Call]]) -> list[tuple[Where, Call]]:
    """The calls with what was left on them, each where it was."""
    calls = await with_voicemails(quo, [call for _, call in items])
    return [(where, call) for (where, _), call in zip(items, calls, strict=True)]


class GetCall(Tool[One[Call]]):
    """Show one call: who, when, how long, who answered."""

    effect = Effect.READ

    call_id: CallId

    async def run(self, quo: Quo) -> One[Call]:
        call = await activity(quo, One[Call], "calls", self.call_id)
        return One(data=(await with_voicemails(quo, [call.data]))[0])

    def render(self, result: One[Call], view: View) -> str:
        call = result.data
        return block(
            call_block(call, view),
            f"  On {view.inbox(call.phone_number_id)}" if call.phone_number_id else None,
            f"  Answered {view.when(call.answered_at)}" if call.answered_at else None,
            f"  Ended {view.when(call.completed_at)}" if call.completed_at else None,
        )


async def with_voicemails(quo: Quo, calls: Sequence[Call]) -> list[Call]:
    """The calls, the latest missed ones with what was left on them. Not knowing it is no failure, and is told."""
    missed = [call.id for call in calls if call.is_missed]
    found: dict[str, Voicemail | None] = {}

    async def look(call_id: str) -> None:
        try:
            reply = await quo.api.get(One[Voicemail], "call-voicemails", call_id)
            found[call_id] = reply.data
        except NotFound:
            found[call_id] = None
        except Refusal:
            pass

    async with anyio.create_task_group() as together:
        for call_id in missed[:VOICEMAILS]:
            together.start_soon(look, call_id)
    unasked = set(missed) - set(found)
    return [
        call.model_copy(update={"voicemail": found.get(call.id), "unasked": call.id in unasked})
        for call in calls
    ]


async def made_of(quo: Quo, returns: type[Made], what: str, call_id: str) -> Told[Made] | Call:
    """What Quo made of a call, with the call; or the call alone, where it made nothing (yet).

    What Quo made tells neither who nor when, so the call is asked for at the same time. It also tells
    the two apart that are 404 both: a call of which nothing was made, and a wrong id.

    Raises:
        NotFound: there is no such call.
    """
    calls: list[Call | Refusal] = []

    async def look() -> None:
        try:
            calls.append((await activity(quo, One[Call], "calls", call_id)).data)
        except Refusal as refusal:
            calls.append(refusal)

    made: Made | Refusal
    async with anyio.create_task_group() as together:
        together.start_soon(look)
        try:
            made = await quo.api.get(returns, what, call_id)
        except Refusal as refusal:
            made = refusal
    [call] = calls
    if isinstance(made, NotFound) and made.source == "quo":
        if isinstance(call, Refusal):
            raise call
        return call
    if isinstance(made, Refusal):
        raise made
    return Told(made, None if isinstance(call, Refusal) else call)
