"""Text blocks that every tool's result is built from.

A result is plain text for a model. Each item has a heading line that ends with its id. Names stand
next to numbers. All times are in one zone, which the footer names once. Untrusted text has `> ` on
every line.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from quo_mcp.records.record import Item, Page
from quo_mcp.values import phone_numbers, times
from quo_mcp.values.untrusted import bare, bare_id, inline


class NameSource(Protocol):
    """Looks up names in memory, without a request. Unknown numbers and ids return None."""

    def contact_name(self, number: str) -> str | None: ...

    def find_inbox(self, id_or_number: str) -> tuple[str, str] | None:
        """Return an inbox's name and number, from its id or number."""

    def teammate_name(self, user_id: str) -> str | None: ...

    def staleness(self) -> str | datetime | None:
        """Return a sentence about a load in progress, or the time of the last load if names are out of date.

        None if they are fresh.
        """


class Presenter:
    """Formats people, inboxes and times for one result.

    It records whether it formatted times and people, so that `footer` mentions the time zone and
    missing names only if they matter.
    """

    def __init__(self, names: NameSource, *, now: datetime, zone: ZoneInfo) -> None:
        self._names = names
        self._now = now
        self._zone = zone
        self.showed_times = False
        self.showed_people = False

    def person(self, number: str) -> str:
        """Return `Jane Doe (Acme) +1 415 555 0134`, an inbox's name and number, or the number alone."""
        if inbox := self._names.find_inbox(number):
            return f"{inbox[0]} {phone_numbers.format_international(inbox[1])}"
        self.showed_people = True
        name = self._names.contact_name(number)
        return (
            f"{name} {phone_numbers.format_international(number)}" if name else self.number(number)
        )

    def people(self, numbers: Iterable[str]) -> str:
        return ", ".join(self.person(number) for number in numbers) or "nobody"

    def short_name(self, number: str) -> str:
        """Return the name without the company; the number if there is no name."""
        if inbox := self._names.find_inbox(number):
            return inbox[0]
        self.showed_people = True
        name = self._names.contact_name(number)
        return re.sub(r" \([^()]*\)$", "", name) if name else self.number(number)

    def number(self, number: str) -> str:
        return format_number(number)

    def is_inbox(self, number: str) -> bool:
        return self._names.find_inbox(number) is not None

    def inbox(self, id_or_number: str) -> str:
        inbox = self._names.find_inbox(id_or_number)
        return (
            f"{inbox[0]} {phone_numbers.format_international(inbox[1])}"
            if inbox
            else bare_id(id_or_number)
        )

    def inbox_name(self, id_or_number: str) -> str:
        inbox = self._names.find_inbox(id_or_number)
        return inbox[0] if inbox else bare_id(id_or_number)

    def teammate(self, user_id: str) -> str:
        return self._names.teammate_name(user_id) or bare_id(user_id)

    def time(self, moment: datetime) -> str:
        self.showed_times = True
        return times.format_time(moment, now=self._now, zone=self._zone)

    def day(self, moment: datetime) -> str:
        self.showed_times = True
        return times.format_day(moment, now=self._now, zone=self._zone)

    @property
    def now(self) -> datetime:
        return self._now

    def footer(self) -> str:
        """Return the last lines of a result: missing or outdated names, and the time zone."""
        names = ""
        if self.showed_people and (staleness := self._names.staleness()):
            names = (
                f"Names may be missing: {staleness}"
                if isinstance(staleness, str)
                else f"Names are as of {self.time(staleness)}: contacts could not be read since."
            )
        zone = f"Times are in {self._zone.key}." if self.showed_times else ""
        return "\n".join(filter(None, [names, zone]))


def heading(*parts: str | None) -> str:
    """Join an item's known parts to its heading line. The caller puts the id last."""
    return " · ".join(part for part in parts if part)


def block(head: str, *rest: str | None) -> str:
    """Return a heading and the lines below it, without the empty ones."""
    return "\n".join([head, *(part for part in rest if part)])


def render_page(
    page: Page[Item],
    render_item: Callable[[Item], str],
    *,
    title: str,
    empty_text: str,
    complete_text: str = "That is all of them.",
) -> str:
    """Return a page's items below a title, then whether more pages follow.

    complete_text: the last line if no more pages follow. empty_text: the whole text if there are no
    items at all.
    """
    blocks = [title, *map(render_item, page.data)] if page.data else []
    end = pagination_note(
        page.next_page_token,
        has_items=bool(page.data),
        empty_text=empty_text,
        complete_text=complete_text,
    )
    return "\n".join([*blocks, end])


def pagination_note(
    page_token: str | None, *, has_items: bool, empty_text: str, complete_text: str
) -> str:
    """Return the last line of a list: how to get the next page, or that there is none.

    has_items: whether the list above the line has items.
    """
    if page_token is None:
        return complete_text if has_items else empty_text
    more = f'There is more: call again with page_token="{bare_token(page_token)}".'
    return more if has_items else f"This page is empty, but the list goes on. {more}"


def list_first(texts: Sequence[str], limit: int) -> str:
    """Return the first texts as `a, b and 3 more`, so that the sentence around them stays short."""
    rest = f" and {len(texts) - limit} more" if len(texts) > limit else ""
    return ", ".join(texts[:limit]) + rest


def pluralize(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def format_number(number: str, limit: int = 80) -> str:
    """Return `+1 415 555 0134`; anything else (a short code, a withheld number) as untrusted inline text."""
    return (
        phone_numbers.format_international(number)
        if phone_numbers.is_e164(number)
        else inline(number, limit, max_words=4)
    )


def bare_token(token: str) -> str:
    """Return a page token unchanged if it cannot end its quotation marks; otherwise as untrusted text."""
    return bare(token, r"[!#-~]{1,2000}", 2000)


def bare_url(url: str) -> str:
    """Return a URL unchanged if it looks like one; otherwise as untrusted inline text.

    Quotation marks would become part of a URL when it is opened or copied.
    """
    return bare(url, r"https?://[!#-;=?-_a-~]{1,4000}", 4000)


def time_range(presenter: Presenter, since: datetime | None, until: datetime | None) -> str:
    """Return ` since … until …` as part of a sentence."""
    parts = [
        f" {preposition} {presenter.time(moment)}"
        for preposition, moment in (("since", since), ("until", until))
        if moment
    ]
    return "".join(parts)
