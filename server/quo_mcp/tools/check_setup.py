"""Looking over the whole setup: what is asked of the gateway and of Quo to find out how things stand."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from itertools import count
from typing import TypeVar

from quo_mcp.errors import AccessDenied, NotFound, Refusal
from quo_mcp.records.base import One, Page, Record
from quo_mcp.records.calls import Call
from quo_mcp.records.connections import APP, Connections
from quo_mcp.records.conversations import Conversation
from quo_mcp.records.workspace import PhoneNumber
from quo_mcp.safety.send_record import SendRecord
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import Quo
from quo_mcp.tools.rendering import View, block
from quo_mcp.tools.setup_connection import api_key, connection, own_numbers
from quo_mcp.tools.setup_findings import (
    Finding,
    Verdict,
    clock,
    headroom,
    journal,
    line,
    made_of_calls,
    time_zone,
    us_texting,
)

Got = TypeVar("Got")

STEPS = 8
THREADS = 10  # in which calls are looked for
CALLS = 3  # of which something may have been made
PLAN = (("Call summaries", "call-summaries"), ("Call transcripts", "call-transcripts"))
SENDS = 2000  # that are looked through: more than any day's limit is likely to be
LONG_ENOUGH = 20  # seconds; of shorter calls Quo often makes nothing


class CallArtifact(Record):
    """What Quo makes of a call, as far as whether it does goes."""

    status: str = ""


async def checkup(quo: Quo) -> AsyncIterator[Finding]:
    """The findings, each as soon as it is there. Nothing is sent or changed to get them."""
    refusals: list[Refusal] = []
    steps = count(1)

    async def now(what: str) -> None:
        await quo.progress(next(steps), STEPS, f"Checking {what}")

    await now("the key")
    listed = await tried(
        lambda: quo.control.get(Connections, "connections", query={"app": APP}), refusals
    )
    yield api_key(quo.config, listed if isinstance(listed, Refusal) else None)
    # A key that is refused is refused everywhere; a silent control plane says nothing about Quo.
    if not isinstance(listed, AccessDenied):
        async for each in over_the_connection(quo, listed, now, refusals):
            yield each
    await now("the journal")
    sends, unwritable = await recent_sends(quo)
    yield journal(quo.config, unwritable)
    if unwritable is None:
        yield us_texting(sends)
        yield headroom(sends, quo.config, quo.now(), refusals)
    await now("the time zone")
    if not quo.config.is_sandbox:
        yield clock(quo.gateway.ahead)
    yield time_zone(quo.config, quo.zone.key)


async def over_the_connection(
    quo: Quo,
    listed: Connections | Refusal,
    now: Callable[[str], Awaitable[None]],
    refusals: list[Refusal],
) -> AsyncIterator[Finding]:
    """The connection, and what Quo itself lets this account see over it and has made for it."""
    await now("the connection")
    own = await tried(lambda: quo.api.get(Page[PhoneNumber], "phone-numbers"), refusals)
    linked = True
    if not isinstance(listed, Refusal):
        found = connection(
            listed.connections, quo.config, own if isinstance(own, Refusal) else None
        )
        linked = found.verdict is not Verdict.WRONG
        yield found
    await now("the numbers")
    yield own_numbers(own if isinstance(own, Refusal) else own.data, linked=linked)
    if isinstance(own, Refusal):
        return
    await now("what is made of calls")
    calls = await tried(lambda: recent_calls(quo), refusals)
    for what, name in PLAN:
        await now(what.lower())
        yield made_of_calls(what, await made(quo, calls, name, refusals))


async def tried(ask: Callable[[], Awaitable[Got]], refusals: list[Refusal]) -> Got | Refusal:
    """What asking brings, a refusal included; that one is also noted."""
    try:
        return await ask()
    except Refusal as refusal:
        refusals.append(refusal)
        return refusal


async def recent_calls(quo: Quo) -> list[Call]:
    """A few calls that somebody took, as a look at the latest threads shows them."""
    threads = await quo.api.get(Page[Conversation], "conversations", query={"maxResults": THREADS})
    found: list[Call] = []
    for thread in threads.data:
        if len(thread.participants) == 1:  # calls are listed for one person at a time
            where = {"phoneNumberId": thread.phone_number_id, "participants": thread.participants}
            page = await quo.api.get(Page[Call], "calls", query={**where, "maxResults": 10})
            found += [
                each
                for each in page.data
                if each.status == "completed" and (each.duration or 0) >= LONG_ENOUGH
            ]
        if len(found) >= CALLS:
            break
    return found[:CALLS]


async def made(
    quo: Quo, calls: Sequence[Call] | Refusal, name: str, refusals: list[Refusal]
) -> str | Refusal | None:
    """The best that Quo made of any of the calls, as `made_of_calls` takes it."""
    if isinstance(calls, Refusal):
        return calls
    status: str | None = None
    for call in calls:
        try:
            status = (await quo.api.get(One[CallArtifact], name, call.id)).data.status
        except NotFound:
            status = "absent"
        except Refusal as refusal:
            refusals.append(refusal)
            return refusal
        if status != "absent":
            break
    return status


async def recent_sends(quo: Quo) -> tuple[list[SendRecord], Refusal | None]:
    """This account's latest sends, newest first; or why the journal cannot be used."""
    try:
        recent = await quo.outbox.recent(SENDS)
    except Refusal as refusal:
        return [], refusal
    return [each for each in recent if each.account == quo.account], None


class CheckSetup(Tool[Sequence[Finding]]):
    """Check key, connection, plan and limits; say what to mend."""

    effect = Effect.READ

    async def run(self, quo: Quo) -> Sequence[Finding]:
        return [each async for each in checkup(quo)]

    def render(self, result: Sequence[Finding], _view: View) -> str:
        wrong = [each for each in result if each.verdict is Verdict.WRONG]
        title = (
            f"To do: {', '.join(each.about for each in wrong)}."
            if wrong
            else "Nothing has to be done."
        )
        return block(title, *map(line, result))
