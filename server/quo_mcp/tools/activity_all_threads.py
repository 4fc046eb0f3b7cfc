"""Texts or calls with everybody: Quo lists them by person only, so each thread is asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

import anyio

from quo_mcp.directory.conversation_scan import Threads, last_active
from quo_mcp.errors import Misunderstood, Refusal
from quo_mcp.records.activities import Activity
from quo_mcp.records.conversations import Conversation
from quo_mcp.tools import page_tokens
from quo_mcp.tools.activity_one_person import AT_ONCE
from quo_mcp.tools.activity_query import Asked, Merged, moment
from quo_mcp.tools.base import Tool
from quo_mcp.tools.context import Quo
from quo_mcp.tools.page_tokens import Place
from quo_mcp.tools.rendering import View, counted, ending
from quo_mcp.values import times
from quo_mcp.values.phone_numbers import is_e164

Item = TypeVar("Item", bound=Activity)

LATELY = timedelta(days=7)  # how far back where nothing is said
PEOPLE = 100  # threads at most: a request each, at nine a second
PAGES = 10
NAMED = 3  # threads that could not be read are named up to so many


@dataclass(frozen=True)
class Found(Generic[Item]):
    """Newest first, each with its thread.

    since: how far back, ISO 8601. asked: threads that were read; odd: threads with short codes or
    hidden numbers, which Quo does not list; failed: those not readable just now. more: where it goes
    on; unseen: there are threads too far back to be looked at.
    """

    items: Sequence[tuple[Conversation, Item]]
    since: str
    until: str | None
    asked: int
    odd: int
    failed: Sequence[Conversation]
    more: Place | None = None
    unseen: bool = False

    @property
    def in_further_threads(self) -> bool:
        """It goes on with what may be newer than the oldest here."""
        return self.more is not None and self.more.before is None


async def across(
    quo: Quo, asked: Asked[Item], *, inbox: str | None, page_token: str | None
) -> Found[Item]:
    """The newest of everybody's, over one inbox or all that may be used.

    Raises:
        Misunderstood: the token is one of Quo's, which goes with one person.
    """
    place = Place.of(page_token)
    if place.token:
        raise Misunderstood(
            "That page_token goes with one person. Leave it out to start with the newest of everybody's."
        )
    chosen, odd, left = await worth_asking(quo, asked, inbox, place)
    merged = Merged[Conversation, Item](asked)
    failed: list[Conversation] = []

    async def ask(thread: Conversation) -> None:
        inbox, people = thread.phone_number_id, thread.participants
        try:
            merged.add(thread, await asked.page(quo, inbox, people, before=place.before))
        except Refusal:
            failed.append(thread)

    done = 0
    # Nothing in a thread is newer than its latest activity: where enough is newer, the rest can wait.
    while done < len(chosen) and not (
        merged.is_full and moment(merged.shown[-1]) >= last_active(chosen[done])
    ):
        async with anyio.create_task_group() as together:
            for thread in chosen[done : done + AT_ONCE]:
                together.start_soon(ask, thread)
        done = min(done + AT_ONCE, len(chosen))
        await quo.progress(done, len(chosen), f"{done} of {len(chosen)} threads read.")
    more = None
    if before := merged.before(unread=done < len(chosen)):
        more = Place(before=before, threads=place.threads)
    elif left and chosen:
        more = Place(threads=times.wire(last_active(chosen[-1])))
    return Found(
        merged.shown,
        since=str(asked.since),
        until=asked.until,
        asked=done,
        odd=odd,
        failed=failed,
        more=more,
        unseen=left and not chosen,
    )


async def worth_asking(
    quo: Quo, asked: Asked[Item], inbox: str | None, place: Place
) -> tuple[list[Conversation], int, bool]:
    """The threads that can hold any, the latest first; how many Quo does not list; whether there are more."""
    begin = datetime.fromisoformat(str(asked.since))
    behind = datetime.fromisoformat(place.threads) if place.threads else None
    threads = Threads(quo.api, pages=PAGES, inboxes=[inbox] if inbox else None, since=asked.since)
    chosen: list[Conversation] = []
    odd = 0
    async for thread in threads:
        at = last_active(thread)
        # Marking a thread done changes it, too; and a call has one other end.
        if at < begin or (asked.what == "calls" and len(thread.participants) > 1):
            continue
        if behind and at >= behind:
            continue
        if not all(map(is_e164, thread.participants)):
            odd += 1
        elif len(chosen) < PEOPLE:
            chosen.append(thread)
        else:
            return sorted(chosen, key=last_active, reverse=True), odd, True
    return sorted(chosen, key=last_active, reverse=True), odd, not threads.complete


def lately(quo: Quo, since: str | None, until: str | None) -> str:
    """How far back everybody's are read where nothing is said: from the end of the span that was."""
    end = min(filter(None, (until, times.wire(quo.now()))))
    return since or times.wire(datetime.fromisoformat(end) - LATELY)


def covered(found: Found[Item], asked: Tool[Any], view: View, what: str) -> str:
    """What was looked at, and how to get the rest."""
    page_token = page_tokens.to_go_on(asked, found.more)
    begin = view.when(datetime.fromisoformat(found.since))
    until = f" until {view.when(datetime.fromisoformat(found.until))}" if found.until else ""
    parts = [f"Read from {counted(found.asked, 'thread')} with something new since {begin}{until}."]
    if found.odd:
        parts.append(
            f"{counted(found.odd, 'thread')} with short codes or hidden numbers left out: Quo lists none of theirs."
        )
    if found.failed:
        names = "; ".join(view.people(each.participants) for each in found.failed[:NAMED])
        rest = f" and {len(found.failed) - NAMED} more" if len(found.failed) > NAMED else ""
        parts.append(f"Not readable just now, and missing here: {what} with {names}{rest}.")
    if found.in_further_threads:
        parts.append("There are further threads, perhaps with newer ones.")
    if found.unseen:
        parts.append(
            "The account has more threads than are looked through: name an inbox, or the person."
        )
    elif page_token or not found.failed:
        parts.append(ending(page_token, some=True, empty="", all_of_it="That is all of them."))
    return " ".join(parts)
