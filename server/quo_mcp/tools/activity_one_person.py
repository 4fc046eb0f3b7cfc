"""Texts or calls with the same people, on one number as Quo lists them, or on every number as one list."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

import anyio
from pydantic import Field

from quo_mcp.errors import Misunderstood, Refusal
from quo_mcp.records.activities import Activity
from quo_mcp.records.base import Page
from quo_mcp.tools import page_tokens
from quo_mcp.tools.activity_query import Asked, Merged, anything
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import Quo
from quo_mcp.tools.fields import Inbox, PageToken, Since, Teammate, Until
from quo_mcp.tools.page_tokens import Place
from quo_mcp.tools.rendering import View, block, ending, span
from quo_mcp.tools.resolve.inboxes import own_numbers

Item = TypeVar("Item", bound=Activity)
Result = TypeVar("Result")
Where = TypeVar("Where")

AT_ONCE = 4  # requests: more would only wait for the rate limit


@dataclass(frozen=True)
class Everywhere(Generic[Item]):
    """The newest with some people on every number, each with its inbox's id.

    read: the inboxes that were read; failed: those that could not be. more: where it goes on.
    """

    items: Sequence[tuple[str, Item]]
    read: Sequence[str]
    failed: Sequence[str]
    more: Place | None = None

    @property
    def inboxes(self) -> set[str]:
        """Where there was anything."""
        return {inbox for inbox, _ in self.items}


async def with_them(
    quo: Quo, asked: Asked[Item], people: Sequence[str], inbox: str | None, page_token: str | None
) -> Page[Item] | Everywhere[Item]:
    """What was exchanged with them: a page of Quo's where one number is named or is all there is.

    Raises:
        Misunderstood: the token is one of Quo's, and goes with one number.
    """
    own = [inbox] if inbox else [each.id for each in await own_numbers(quo)]
    place = Place.of(page_token)
    if len(own) == 1 and asked.keep is anything:
        return await asked.page(quo, own[0], people, token=place.token, before=place.before)
    if place.token:
        raise Misunderstood(
            "That page_token goes with one of your numbers: name the same inbox with it, or leave it out to start with the newest."
        )
    return await everywhere(quo, asked, people, own, place)


async def everywhere(
    quo: Quo, asked: Asked[Item], people: Sequence[str], inboxes: Sequence[str], place: Place
) -> Everywhere[Item]:
    """Every one of the numbers is asked, as a person may write to any.

    Raises:
        Refusal: none of them could be read.
    """
    merged = Merged[str, Item](asked)
    failures: dict[str, Refusal] = {}
    turns = anyio.CapacityLimiter(AT_ONCE)

    async def ask(inbox: str) -> None:
        async with turns:
            try:
                merged.add(inbox, await asked.page(quo, inbox, people, before=place.before))
            except Refusal as refusal:
                failures[inbox] = refusal

    async with anyio.create_task_group() as together:
        for inbox in inboxes:
            together.start_soon(ask, inbox)
    if len(failures) == len(inboxes):
        raise next(iter(failures.values()))
    before = merged.before()
    return Everywhere(
        merged.shown,
        read=[each for each in inboxes if each not in failures],
        failed=[each for each in inboxes if each in failures],
        more=Place(before=before) if before else None,
    )


class Exchanges(Tool[Result]):
    """What the tools that list texts or calls have in common."""

    effect = Effect.READ

    person: str | list[str] | None = None
    inbox: Inbox = None
    since: Since = None
    until: Until = None
    user_id: Teammate = None
    limit: Annotated[int, Field(ge=1, le=100, description="At most")] = 20
    page_token: PageToken = None

    def asked(self, returns: type[Page[Item]], what: str, *, since: str | None) -> Asked[Item]:
        return Asked(
            returns,
            what,
            since=since,
            until=self.until,
            user_id=self.user_id,
            limit=self.limit,
        )


def listed(
    result: Page[Item] | Everywhere[Item],
    asked: Exchanges[Any],
    view: View,
    show: Callable[[Item, str | None], str],
    *,
    what: str,
    whom: str,
    older: str | None = None,
) -> str:
    """The list as a model reads it.

    show: one of them, and on which number where that differs. older: how to get more, where it is not
    by calling again.
    """
    when = span(view, asked.since, asked.until)
    more: Place | str | None
    if isinstance(result, Page):
        on = f" on {view.inbox(asked.inbox)}" if asked.inbox else ""
        shown = [show(each, None) for each in result.data]
        more, besides = result.next_page_token, list[str]()
    else:
        on, besides = where(result, view, when)
        on = f" on {view.inbox(asked.inbox)}" if asked.inbox else on
        several = len(result.inboxes) > 1
        shown = [show(each, inbox if several else None) for inbox, each in result.items]
        more = result.more
    end = (older if more and shown else None) or ending(
        page_tokens.to_go_on(asked, more),
        some=bool(shown),
        empty=f"No {what.lower()} with {whom}{on}{when}.",
        all_of_it=f"That is all{when}." if when else f"No older {what.lower()}.",
    )
    title = [f"{what} with {whom}{on}, newest first:"] if shown else []
    return block(*title, *shown, end, *besides, seen_by(asked.user_id, view))


def where(result: Everywhere[Item], view: View, when: str) -> tuple[str, list[str]]:
    """On which numbers it was, for a title, and what has to be said of the others. when: the span of time asked for."""
    besides: list[str] = []
    match list(result.inboxes):
        case []:
            on = " on any of your numbers"
        case [only]:
            on = f" on {view.inbox(only)}"
            if result.more is None and len(result.read) > 1:
                besides.append(f"There are none on your other numbers{when}.")
        case _:
            on = " on all your numbers"
    if result.failed:
        names = ", ".join(map(view.inbox_name, result.failed))
        besides.append(f"Not readable just now, and missing here: what was on {names}.")
    return on, besides


def seen_by(user_id: str | None, view: View) -> str | None:
    """What Quo makes of a teammate in a list: not whose texts or calls they are."""
    if user_id is None:
        return None
    name = view.teammate(user_id)
    return f"Read as {name} sees it: everything on the numbers {name} uses, whoever of us wrote or answered."
