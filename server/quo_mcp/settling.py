"""What people say, settled: "Jane" to a number, "Main Line" to an id, "yesterday" to a moment in UTC.

It happens here for every tool, by what its fields mean (`fields.Means`). Nothing is guessed: what
is not clear is refused with what it could be.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, TypeVar

from quo_mcp import numbers, times
from quo_mcp.errors import Misunderstood, Refusal
from quo_mcp.fields import Meaning, Means
from quo_mcp.outside import inline
from quo_mcp.people import Candidates, Nobody
from quo_mcp.people.words import words
from quo_mcp.quo import Quo
from quo_mcp.records import Conversation, Page, PhoneNumber
from quo_mcp.rendering import full_name
from quo_mcp.safety.bounds import allowed
from quo_mcp.tool import Tool

AnyTool = TypeVar("AnyTool", bound=Tool[Any])

THREADS = 100  # Quo's cap for a page of conversations
LOOK_BACK = 3  # pages that are searched for somebody's latest thread
LONG_AGO = datetime.min.replace(tzinfo=UTC)
LONGEST = 200  # nobody's name is longer


def meanings(tool: type[Tool[Any]]) -> dict[str, Meaning]:
    """Which of a tool's fields stand for something, and for what."""
    return {
        name: mark.what
        for name, field in tool.model_fields.items()
        for mark in field.metadata
        if isinstance(mark, Means)
    }


def people_in(asked: Tool[Any]) -> list[str]:
    """The numbers of everybody whom a settled call is about."""
    found: list[str] = []
    for name, what in meanings(type(asked)).items():
        if what == "person" and (named := getattr(asked, name)):
            found += [named] if isinstance(named, str) else named
    return found


async def settle(asked: AnyTool, quo: Quo) -> AnyTool:
    """The same call with every meaning settled. People come before inboxes, which may follow from them.

    Raises:
        Misunderstood: something said does not mean one clear thing.
    """
    means = meanings(type(asked))
    settled: dict[str, Any] = {}
    people: list[str] = []
    for name in sorted(means, key=lambda each: means[each] in {"inbox", "inboxes"}):
        said = getattr(asked, name)
        match means[name]:
            case "person" if said is not None:
                each = await everyone([said] if isinstance(said, str) else said, quo)
                people += each
                settled[name] = each[0] if isinstance(said, str) else each
            case "teammate" if said is not None:
                settled[name] = await teammate(said, quo)
            case ("since" | "until") as edge if said is not None:
                settled[name] = times.wire(
                    times.moment(said, now=quo.now(), zone=quo.zone, edge=edge)
                )
            case "due" if said is not None:
                settled[name] = times.wire(times.due(said, now=quo.now(), zone=quo.zone))
            case "inbox":
                chosen = await (inbox(said, quo) if said is not None else usual_inbox(people, quo))
                settled[name] = chosen.id
            case "inboxes":
                settled[name] = await some_inboxes(said, quo)
            case _:
                pass
    return asked.model_copy(update=settled) if settled else asked


async def everyone(said: Iterable[str], quo: Quo) -> list[str]:
    """Each person's number, once."""
    return list(dict.fromkeys([await person(each, quo) for each in said]))


async def person(said: str, quo: Quo) -> str:
    """The one number that somebody is reached at, E.164.

    A number in full needs no address book; a name (or a few digits, which may be a short code or the
    end of somebody's number) needs the whole of it, to be sure it is the only one.
    """
    said = said.strip()
    if numbers.is_e164(said):
        return said
    if len(said) > LONGEST:
        raise Misunderstood("That is too long for a name or a number. Name one person.")
    if numbers.is_withheld(said):
        raise Misunderstood(
            f"“{inline(said)}” is a caller who hid their number: there is no number to look up or reach."
        )
    written = numbers.read(said, await quo.directory.region())
    if written:
        if written.extension:
            quo.said.append(f"The extension {inline(written.extension)} was left out.")
        return written.number
    found = (await quo.directory.known(quo.progress)).resolve(
        said, region=await quo.directory.region()
    )
    match found:
        case Candidates():
            raise Misunderstood(f"{found}{await latest_with(found, quo)}")
        case Nobody():
            raise Misunderstood(str(found))
    if numbers.is_short_code(found.number):
        raise Misunderstood(
            f"{found.number} is a short code, and Quo lists and sends by full numbers only. Its latest text is in "
            "quo_list_conversations: quo_get_message reads it by its AC… id."
        )
    return found.number


async def latest_with(found: Candidates, quo: Quo) -> str:
    """When the candidates were last in touch, where one look at the latest threads tells."""
    wanted = {option.number for option in found.options if option.number}
    try:
        page = await quo.api.get(Page[Conversation], "conversations", query={"maxResults": THREADS})
    except Refusal:
        return ""  # it is a courtesy: the candidates are what matters
    view = quo.view()
    latest: dict[str, datetime] = {}
    for thread in page.data:
        for number in wanted.intersection(
            thread.participants[:1] if len(thread.participants) == 1 else ()
        ):
            if thread.last_activity_at:
                latest[number] = max(thread.last_activity_at, latest.get(number, LONG_AGO))
    lines = [
        f"{view.person(number)} {view.when(moment)}"
        for number, moment in sorted(latest.items(), key=lambda each: each[1], reverse=True)
    ]
    return f"\nLatest contact: {'; '.join(lines)}. {view.footer()}" if lines else ""


async def inbox(said: str, quo: Quo) -> PhoneNumber:
    """One of the account's own numbers, by id, number or name.

    Raises:
        Misunderstood: with those there are.
    """
    own = await own_numbers(quo)
    wanted = said.strip()
    number = numbers.parse(wanted, await quo.directory.region())
    fits = [each for each in own if each.id == wanted or (number and each.number == number)]
    fits = fits or [each for each in own if plain(each.name or "") == plain(wanted) != ""]
    if len(fits) == 1:
        return fits[0]
    what = "fits several of your numbers" if fits else "is none of your numbers"
    raise Misunderstood(f"“{inline(said)}” {what}. {choices(fits or own)}")


async def usual_inbox(people: list[str], quo: Quo) -> PhoneNumber:
    """The inbox to use where none was named, and a word in the result about which it was."""
    own = await own_numbers(quo)
    if len(own) == 1:
        return own[0]
    if quo.config.default_inbox:
        return await default_inbox(quo.config.default_inbox, quo)
    if people and (latest := await latest_thread(people, own, quo)):
        quo.said.append(
            f"On {inline(latest.name or latest.number)}, where the latest thread with them is."
        )
        return latest
    raise Misunderstood(f"Which of your numbers? Name it as inbox. {choices(own)}")


async def default_inbox(named: str, quo: Quo) -> PhoneNumber:
    try:
        return await inbox(named, quo)
    except Misunderstood as fault:
        raise Misunderstood(
            f"This server's default inbox does not fit, and a person has to mend it (QUO_MCP_DEFAULT_INBOX): {fault}"
        ) from None


async def latest_thread(people: list[str], own: list[PhoneNumber], quo: Quo) -> PhoneNumber | None:
    """The own number whose thread with exactly these people is the latest; None where none is found."""
    token: str | None = None
    for _ in range(LOOK_BACK):
        query = {"maxResults": THREADS, "pageToken": token}
        page = await quo.api.get(Page[Conversation], "conversations", query=query)
        threads = [each for each in page.data if set(each.participants) == set(people)]
        for thread in sorted(
            threads, key=lambda each: each.last_activity_at or LONG_AGO, reverse=True
        ):
            for each in own:
                if each.id == thread.phone_number_id:
                    return each
        token = page.next_page_token
        if not token:
            return None
    return None


async def some_inboxes(said: list[str] | None, quo: Quo) -> list[str] | None:
    """Those named; where none are, all that this server may use (None for no bound)."""
    if said is None:
        return [each.id for each in await own_numbers(quo)] if quo.config.inboxes else None
    return list(dict.fromkeys([(await inbox(each, quo)).id for each in said]))


async def own_numbers(quo: Quo) -> list[PhoneNumber]:
    """The account's numbers that this server may use."""
    own = list(await quo.directory.numbers.get())
    mine = allowed(own, quo.config.inboxes)
    if not mine:
        why = (
            "This account has no phone numbers."
            if not own
            else "QUO_MCP_INBOXES names none of this account's numbers."
        )
        raise Misunderstood(f"{why} A person has to see to that.")
    return mine


def choices(own: Iterable[PhoneNumber]) -> str:
    listed = "; ".join(
        f"{inline(each.name or 'Unnamed')} {numbers.pretty(each.number)} ({each.id})"
        for each in own
    )
    return f"There are: {listed}."


async def teammate(said: str, quo: Quo) -> str:
    """A teammate's id, by id, name or e-mail.

    Raises:
        Misunderstood: with those there are.
    """
    users = await quo.directory.users.get()
    wanted = said.strip()
    if wanted in users or re.fullmatch("SYU[A-Za-z0-9]+", wanted):
        return wanted
    fits = [
        each
        for each in users.values()
        if (each.email and wanted.casefold() == each.email.casefold())
        or plain(wanted) in {plain(each.first_name or ""), plain(full_name(each))} - {""}
    ]
    if len(fits) == 1:
        return fits[0].id
    what = "fits several teammates" if fits else "is no teammate"
    listed = "; ".join(f"{full_name(each)} ({each.id})" for each in fits or users.values())
    raise Misunderstood(f"“{inline(said)}” {what}. There are: {listed}.")


def plain(text: str) -> str:
    """A name without case, accents, emoji and punctuation, to compare what people say."""
    return " ".join(words(text))
