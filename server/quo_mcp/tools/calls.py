"""Calls: list them, read one, and fetch what Quo made of them."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Annotated, TypeVar

import anyio
from pydantic import Field

from quo_mcp.errors import NotFound, Refusal
from quo_mcp.fields import CallId, Inbox, OnePerson, PageToken, Since, Teammate, Until
from quo_mcp.quo import Quo
from quo_mcp.records import One, Page, Record
from quo_mcp.rendering import View, block, listing, span
from quo_mcp.tool import Effect, Tool
from quo_mcp.tools.across import Found, across, covered, no_token
from quo_mcp.tools.activities import activity
from quo_mcp.tools.call import Call, Voicemail, call_block

Made = TypeVar("Made", bound=Record)

VOICEMAILS = 5  # missed calls of a page whose voicemail is asked for: a request each


class ListCalls(Tool[Page[Call] | Found[Call]]):
    """List calls, newest first: with one person, or with everybody lately. Missed ones tell of voicemail."""

    effect = Effect.READ

    person: OnePerson = None
    inbox: Inbox = None
    since: Since = None
    until: Until = None
    user_id: Teammate = None
    limit: Annotated[int, Field(ge=1, le=100, description="At most")] = 20
    page_token: PageToken = None

    async def run(self, quo: Quo) -> Page[Call] | Found[Call]:
        if self.person is None:
            return await self._with_everybody(quo)
        query = {
            "phoneNumberId": self.inbox,
            "participants": [self.person],
            "userId": self.user_id,
            "createdAfter": self.since,
            "createdBefore": self.until,
            "maxResults": self.limit,
            "pageToken": self.page_token,
        }
        page = await quo.api.get(Page[Call], "calls", query=query)
        return page.model_copy(update={"data": await with_voicemails(quo, page.data)})

    async def _with_everybody(self, quo: Quo) -> Found[Call]:
        no_token(self.page_token)
        found = await across(
            quo,
            Page[Call],
            "calls",
            inbox=self.inbox,
            since=self.since,
            until=self.until,
            user_id=self.user_id,
            limit=self.limit,
            created=lambda call: call.created_at,
        )
        heard = await with_voicemails(quo, [call for _, call in found.items])
        threads = [thread for thread, _ in found.items]
        return replace(found, items=list(zip(threads, heard, strict=True)))

    def render(self, result: Page[Call] | Found[Call], view: View) -> str:
        if isinstance(result, Found):
            return self._of_everybody(result, view)
        return self._of_one(str(self.person), result, view)

    def _of_everybody(self, result: Found[Call], view: View) -> str:
        where = f" on {view.inbox(self.inbox)}" if self.inbox else ""
        return block(
            f"Calls{where}, newest first:" if result.items else f"No calls{where}.",
            *(
                call_block(call, view, on=None if self.inbox else thread.phone_number_id)
                for thread, call in result.items
            ),
            covered(result, "calls", view),
            unheard([call for _, call in result.items]),
        )

    def _of_one(self, person: str, result: Page[Call], view: View) -> str:
        whom = f"{view.person(person)} on {view.inbox(str(self.inbox))}"
        when = span(view, self.since, self.until)
        return block(
            listing(
                result,
                lambda each: call_block(each, view, with_whom=False),
                title=f"Calls with {whom}, newest first:",
                empty=f"No calls with {whom}{when}.",
                all_of_it=f"That is all{when}." if when else "No older calls.",
            ),
            unheard(result.data),
        )


def unheard(calls: Sequence[Call]) -> str | None:
    """That some missed calls were not asked for a voicemail, where that is so."""
    if sum(each.is_missed for each in calls) <= VOICEMAILS:
        return None
    return f"Voicemails were looked for on the latest {VOICEMAILS} missed calls only."


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
    """The calls, the latest missed ones with what was left on them. Not knowing it is no failure."""
    asked = [call.id for call in calls if call.is_missed][:VOICEMAILS]
    found: dict[str, Voicemail] = {}

    async def look(call_id: str) -> None:
        with suppress(Refusal):
            found[call_id] = (await quo.api.get(One[Voicemail], "call-voicemails", call_id)).data

    async with anyio.create_task_group() as together:
        for call_id in asked:
            together.start_soon(look, call_id)
    return [call.model_copy(update={"voicemail": found.get(call.id)}) for call in calls]


async def made_of(quo: Quo, returns: type[Made], what: str, call_id: str) -> Made | Call:
    """What Quo made of a call, or the call itself where it made nothing (yet).

    Both that and a wrong id are 404, so the call is asked for to tell them apart.

    Raises:
        NotFound: there is no such call.
    """
    try:
        return await quo.api.get(returns, what, call_id)
    except NotFound as missing:
        if missing.source == "quo":
            return (await activity(quo, One[Call], "calls", call_id)).data
        raise
