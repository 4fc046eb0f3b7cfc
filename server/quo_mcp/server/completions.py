"""What a person may mean while they type an argument of a prompt or of a resource's address.

Nobody waits for long: what is not known within `PATIENCE` is left out, and known the next time. Every
value is one that the tools understand: a name where it is clear, else the number.
"""

import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import NamedTuple

import anyio

from quo_mcp.directory.address_book import AddressBook, Found
from quo_mcp.directory.address_book import Person as Entry
from quo_mcp.directory.address_book.name_tokens import plain
from quo_mcp.errors import Refusal
from quo_mcp.records.base import Page
from quo_mcp.records.conversations import Conversation
from quo_mcp.records.workspace import full_name
from quo_mcp.tools.context import Quo
from quo_mcp.tools.resolve.inboxes import own_numbers, some_inboxes
from quo_mcp.values import phone_numbers
from quo_mcp.values.untrusted import inline

PATIENCE = 1.0  # seconds
MOST = 100  # the protocol's cap on values
LONGEST = 200
SINCE = (
    "today",
    "yesterday",
    "24h",
    "3d",
    "7d",
    "this week",
    "last week",
    "30d",
    "90d",
    "this month",
)


class Options(NamedTuple):
    """The values, best first. more: whether there are others. total: how many in all, None if not known."""

    values: tuple[str, ...] = ()
    more: bool = False
    total: int | None = None


async def complete(what: str, typed: str, quo: Quo) -> Options:
    """The values of an argument or a variable that what was typed may be the beginning of.

    what: one of SOURCES.
    """
    with anyio.move_on_after(PATIENCE):
        try:
            return await SOURCES[what](typed.strip()[:LONGEST], quo)
        except Refusal:  # it is a courtesy: the tool that gets the value says what is wrong
            return Options()
    return Options(more=True)


def options(values: Iterable[str], *, cut: bool = False) -> Options:
    """cut: there are others that were not looked at."""
    every = tuple(dict.fromkeys(values))
    more = cut or len(every) > MOST
    return Options(every[:MOST], more, None if cut else len(every))


async def people(typed: str, quo: Quo) -> Options:
    book = await quo.directory.known()
    region = await quo.directory.region()
    found = matching(book, typed)
    values = [
        said
        for each in found[: MOST + 1]
        for label, number in reached_at(each, typed)
        if (said := saying(each, label, number, book, region))
    ]
    return options(values, cut=len(found) > MOST)


def matching(book: AddressBook, typed: str) -> list[Entry]:
    """Those who fit, best first: whose name begins so, then whom a search finds; by name where neither tells."""
    wanted = plain(typed)
    if len(wanted) > 1:
        hits = [hit.person for hit in book.search(typed, MOST + 1)]
        return sorted(hits, key=lambda each: not plain(each.name).startswith(wanted))
    named = {each.id: plain(each.name) for each in book}
    fit = [each for each in book if rank(wanted, named[each.id]) < WITHIN]
    return sorted(fit, key=lambda each: (rank(wanted, named[each.id]), named[each.id], each.id))


def reached_at(person: Entry, typed: str) -> Iterable[tuple[str, str]]:
    """The numbers with the digits that were typed; all of them where none has these."""
    digits = re.sub("[^0-9]", "", typed)
    return [each for each in person.numbers if digits and digits in each[1]] or person.numbers


def saying(person: Entry, label: str, number: str, book: AddressBook, region: str) -> str | None:
    """The shortest that means this number and no other; None where none does."""
    name = inline(person.name)
    for said in (name, f"{name} ({inline(person.company)})", f"{name} {inline(label)}", number):
        meant = book.resolve(said, region=region)
        if isinstance(meant, Found) and meant.number == number and phone_numbers.is_e164(number):
            return said
    return None


async def contacts(typed: str, quo: Quo) -> Options:
    book = await quo.directory.known()
    exact = [each.id for each in book if typed and each.id.startswith(typed)]
    found = [each.id for each in matching(book, typed)]
    return options([*exact, *found], cut=len(found) > MOST)


async def inboxes(typed: str, quo: Quo) -> Options:
    own = await own_numbers(quo)
    named = {each.number: inline(each.name or "") for each in own}
    clear = those_clear(named)
    known = {
        clear.get(each.number, each.number): (named[each.number], each.number, each.id)
        for each in own
    }
    return options(ranked(typed, known))


async def teammates(typed: str, quo: Quo) -> Options:
    everybody = (await quo.directory.users.get()).values()
    named = {each.id: full_name(each) for each in everybody}
    clear = those_clear(named)
    known = {
        clear.get(each.id) or each.email or each.id: (named[each.id], each.email or "", each.id)
        for each in everybody
    }
    return options(ranked(typed, known))


def those_clear(named: Mapping[str, str]) -> dict[str, str]:
    """Of names by their key, those that mean one of them and no other."""
    often = Counter(plain(name) for name in named.values())
    return {key: name for key, name in named.items() if plain(name) and often[plain(name)] == 1}


async def conversations(typed: str, quo: Quo) -> Options:
    """Threads by who is in them, latest activity first, of the hundred latest."""
    query = {"phoneNumbers": await some_inboxes(None, quo), "maxResults": MOST}
    page = await quo.api.get(Page[Conversation], "conversations", query=query)
    await quo.directory.known()
    view = quo.view()
    known = {
        each.id: (each.id, each.name or "", *(view.person(one) for one in each.participants))
        for each in page.data
    }
    return options(ranked(typed, known), cut=page.next_page_token is not None)


async def moments(typed: str, _quo: Quo) -> Options:
    return options(ranked(typed, {each: (each,) for each in SINCE}))


def ranked(typed: str, known: Mapping[str, Iterable[str]]) -> list[str]:
    """The values of which a text fits what was typed: those that begin with it first, else in their order."""
    wanted = plain(typed)
    ranks = {
        value: min(rank(wanted, plain(text)) for text in texts) for value, texts in known.items()
    }
    return sorted((each for each in known if ranks[each] < UNFIT), key=lambda each: ranks[each])


WITHIN, UNFIT = 2, 3


def rank(wanted: str, text: str) -> int:
    """How well a text fits: it begins so, a word of it does, it holds it, or it does not (`UNFIT`)."""
    if text.startswith(wanted):
        return 0
    if f" {wanted}" in text:
        return 1
    return WITHIN if wanted in text else UNFIT


SOURCES: Mapping[str, Callable[[str, Quo], Awaitable[Options]]] = {
    "person": people,
    "inbox": inboxes,
    "teammate": teammates,
    "since": moments,
    "contact_id": contacts,
    "conversation_id": conversations,
}
