"""Texts or calls with everybody: Quo lists them by person only, so each thread is asked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

import anyio

from quo_mcp import times
from quo_mcp.errors import Misunderstood, Refusal
from quo_mcp.numbers import is_e164
from quo_mcp.quo import Quo
from quo_mcp.records import Conversation, Page, Record
from quo_mcp.rendering import View
from quo_mcp.threads import LONG_AGO, Threads, last_active

Item = TypeVar("Item", bound=Record)

LATELY = timedelta(days=7)  # how far back where nothing is said
PEOPLE = 40  # threads at most: a request each, at ten a second
EACH = 50  # of one thread
AT_ONCE = 4
PAGES = 5


@dataclass(frozen=True)
class Found(Generic[Item]):
    """Newest first, each with its thread.

    since: how far back, ISO 8601. asked: threads that were read; left: whether there were more;
    odd: threads with short codes or hidden numbers, which Quo does not list; failed: not readable
    just now; cut: whether more was found than is held here.
    """

    items: Sequence[tuple[Conversation, Item]]
    since: str
    asked: int
    left: bool
    odd: int
    failed: int
    cut: bool


async def across(
    quo: Quo,
    returns: type[Page[Item]],
    what: str,
    *,
    inbox: str | None,
    since: str | None,
    until: str | None,
    user_id: str | None,
    limit: int,
    created: Callable[[Item], datetime | None],
) -> Found[Item]:
    """The newest of everybody's, over one inbox or all that may be used."""
    start = since or times.wire(quo.now() - LATELY)
    chosen, odd, left = await worth_asking(quo, what, inbox, start)
    found: list[tuple[Conversation, Item]] = []
    failed, cut, done = 0, False, 0

    async def ask(thread: Conversation) -> None:
        nonlocal failed, cut
        try:
            page = await quo.api.get(
                returns,
                what,
                query={
                    "phoneNumberId": thread.phone_number_id,
                    "participants": thread.participants,
                    "userId": user_id,
                    "createdAfter": start,
                    "createdBefore": until,
                    "maxResults": EACH,
                },
            )
        except Refusal:
            failed += 1
        else:
            found.extend((thread, each) for each in page.data)
            cut = cut or page.next_page_token is not None

    def moment(each: tuple[Conversation, Item]) -> datetime:
        return created(each[1]) or LONG_AGO

    while done < len(chosen):
        # Nothing in a thread is newer than its latest activity: where enough is newer, the rest can wait.
        found.sort(key=moment, reverse=True)
        if len(found) >= limit and moment(found[limit - 1]) >= last_active(chosen[done]):
            cut = True
            break
        async with anyio.create_task_group() as together:
            for thread in chosen[done : done + AT_ONCE]:
                together.start_soon(ask, thread)
        done = min(done + AT_ONCE, len(chosen))
        await quo.progress(done, len(chosen), f"{done} of {len(chosen)} threads read.")
    found.sort(key=moment, reverse=True)
    return Found(
        found[:limit],
        since=start,
        asked=done,
        left=left and done == len(chosen),
        odd=odd,
        failed=failed,
        cut=cut or len(found) > limit,
    )


async def worth_asking(
    quo: Quo, what: str, inbox: str | None, start: str
) -> tuple[list[Conversation], int, bool]:
    """The threads that can hold any, the latest first; how many Quo does not list; whether there are more."""
    begin = datetime.fromisoformat(start)
    threads = Threads(quo.api, pages=PAGES, inboxes=[inbox] if inbox else None, since=start)
    chosen: list[Conversation] = []
    odd = 0
    async for thread in threads:
        # Marking a thread done changes it, too; and a call has one other end.
        if last_active(thread) < begin or (what == "calls" and len(thread.participants) > 1):
            continue
        if not all(map(is_e164, thread.participants)):
            odd += 1
        elif len(chosen) < PEOPLE:
            chosen.append(thread)
        else:
            return sorted(chosen, key=last_active, reverse=True), odd, True
    return sorted(chosen, key=last_active, reverse=True), odd, not threads.complete


def no_token(token: str | None) -> None:
    """Raises Misunderstood for a page of everybody's: there is no such list at Quo to go on in."""
    if token:
        raise Misunderstood(
            "page_token goes with one person. For older ones of everybody's, set until (and since)."
        )


def covered(found: Found[Item], what: str, view: View) -> str:
    """What was looked at, and how to get the rest."""
    begin = view.when(datetime.fromisoformat(found.since))
    threads = f"{found.asked} {'thread' if found.asked == 1 else 'threads'}"
    parts = [f"Read from the latest {threads} since {begin}."]
    if found.left:
        parts.append("There are more such threads: name an inbox, or a later since.")
    if found.cut:
        parts.append(f"There are more {what}: raise limit, set until, or name the person.")
    if found.odd:
        parts.append(
            f"{found.odd} threads with short codes or hidden numbers were left out: Quo lists none of them."
        )
    if found.failed:
        parts.append(
            f"{found.failed} threads could not be read just now: their {what} are missing here."
        )
    if not (found.left or found.cut or found.failed):
        parts.append("That is all of them.")
    return " ".join(parts)
