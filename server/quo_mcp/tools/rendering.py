"""The few shapes of text that renderers are made of.

A result is written for a model: a heading line a thing, its id last; names beside numbers; times
in one zone, which `View` names once; what another person wrote behind `> ` on every line.
"""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from quo_mcp.records.base import Item, Page
from quo_mcp.values import phone_numbers, times
from quo_mcp.values.untrusted import inline, quoted


class Names(Protocol):
    """Who is who, from memory alone; None where nobody is known by it."""

    def person(self, number: str) -> str | None: ...

    def inbox(self, id_or_number: str) -> tuple[str, str] | None:
        """An own number's name and number, by its id or its number."""

    def teammate(self, user_id: str) -> str | None: ...

    def lag(self) -> str | datetime | None:
        """How names fall behind: the load that is under way, or when they were read last; None if fresh."""


class View:
    """How one result shows people, places and times.

    It remembers whether it showed times and people, so that the zone is named once, and what may be
    wrong about names is said, only then.
    """

    def __init__(self, names: Names, *, now: datetime, zone: ZoneInfo) -> None:
        self._names = names
        self._now = now
        self._zone = zone
        self.showed_times = False
        self.showed_people = False

    def person(self, number: str) -> str:
        """`Jane Doe (Acme) +1 415 555 0134`, one of ours as its inbox, or the number alone."""
        if ours := self._names.inbox(number):
            return f"{ours[0]} {phone_numbers.pretty(ours[1])}"
        self.showed_people = True
        name = self._names.person(number)
        return f"{name} {phone_numbers.pretty(number)}" if name else self.number(number)

    def people(self, them: Iterable[str]) -> str:
        return ", ".join(self.person(each) for each in them) or "nobody"

    def name(self, number: str) -> str:
        """The shortest that tells who: the name without its company, or the number where there is none."""
        if ours := self._names.inbox(number):
            return ours[0]
        self.showed_people = True
        known = self._names.person(number)
        return re.sub(r" \([^()]*\)$", "", known) if known else self.number(number)

    def number(self, number: str) -> str:
        return dialled(number)

    def is_ours(self, number: str) -> bool:
        return self._names.inbox(number) is not None

    def inbox(self, id_or_number: str) -> str:
        ours = self._names.inbox(id_or_number)
        return f"{ours[0]} {phone_numbers.pretty(ours[1])}" if ours else ident(id_or_number)

    def inbox_name(self, id_or_number: str) -> str:
        ours = self._names.inbox(id_or_number)
        return ours[0] if ours else ident(id_or_number)

    def teammate(self, user_id: str) -> str:
        return self._names.teammate(user_id) or ident(user_id)

    def when(self, moment: datetime) -> str:
        self.showed_times = True
        return times.when(moment, now=self._now, zone=self._zone)

    def day(self, moment: datetime) -> str:
        self.showed_times = True
        return times.day(moment, now=self._now, zone=self._zone)

    @property
    def now(self) -> datetime:
        return self._now

    def footer(self) -> str:
        """What has to be known to read the result: how old its names are, and its time zone."""
        names = ""
        if self.showed_people and (lag := self._names.lag()):
            names = (
                f"Names may be missing: {lag}"
                if isinstance(lag, str)
                else f"Names are as of {self.when(lag)}: contacts could not be read since."
            )
        zone = f"Times are in {self._zone.key}." if self.showed_times else ""
        return "\n".join(filter(None, [names, zone]))


def heading(*parts: str | None) -> str:
    """One line about one thing: what is known of it, its id last."""
    return " · ".join(part for part in parts if part)


def block(head: str, *rest: str | None) -> str:
    """A heading and what stands under it."""
    return "\n".join([head, *(each for each in rest if each)])


def written(text: str) -> str:
    """What somebody else wrote: every line of it is marked, so that none can pass for ours."""
    return quoted(text)


def listing(
    page: Page[Item],
    show: Callable[[Item], str],
    *,
    title: str,
    empty: str,
    all_of_it: str = "That is all of them.",
) -> str:
    """The things on a page, then whether that was all and how to go on."""
    blocks = [title, *map(show, page.data)] if page.data else []
    end = ending(page.next_page_token, some=bool(page.data), empty=empty, all_of_it=all_of_it)
    return "\n".join([*blocks, end])


def ending(page_token: str | None, *, some: bool, empty: str, all_of_it: str) -> str:
    """How a list goes on, or that it does not. some: whether anything stands above."""
    if page_token is None:
        return all_of_it if some else empty
    more = f'There is more: call again with page_token="{token(page_token)}".'
    return more if some else f"This page is empty, but the list goes on. {more}"


def counted(many: int, what: str) -> str:
    return f"{many} {what}{'' if many == 1 else 's'}"


def dialled(number: str, limit: int = 80) -> str:
    """`+1 415 555 0134`; what is no such number (a short code, a hidden one) made harmless to show."""
    return (
        phone_numbers.pretty(number)
        if phone_numbers.is_e164(number)
        else inline(number, limit, words=4)
    )


def token(given: str) -> str:
    """A page token as it came, where it is one word that cannot break out of its quotes."""
    return given if re.fullmatch(r"[!#-~]{1,2000}", given) else inline(given, 2000)


def ident(given: str) -> str:
    """An id bare, to be copied, where it is one."""
    return given if re.fullmatch(r"[A-Za-z0-9]{1,64}", given) else inline(given)


def link(given: str) -> str:
    """An address bare, to be opened or copied, where it is one; quotes would become a part of it."""
    return given if re.fullmatch(r"https?://[!#-;=?-_a-~]{1,4000}", given) else inline(given, 4000)


def span(view: View, since: str | None, until: str | None) -> str:
    """The stretch of time that a list was asked for, as part of a sentence."""
    parts = [
        f" {word} {view.when(datetime.fromisoformat(moment))}"
        for word, moment in (("since", since), ("until", until))
        if moment
    ]
    return "".join(parts)
