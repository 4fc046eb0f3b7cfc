"""Who is meant: the one number that somebody is reached at, or a teammate's id."""

import re
from collections.abc import Iterable
from datetime import datetime

from quo_mcp import numbers
from quo_mcp.errors import Misunderstood, Refusal
from quo_mcp.outside import inline
from quo_mcp.people import Candidates, Found, Nobody
from quo_mcp.people.words import plain
from quo_mcp.quo import Quo
from quo_mcp.rendering import full_name
from quo_mcp.threads import LONG_AGO, Threads, last_active

LONGEST = 200  # nobody's name is longer


async def everyone(said: Iterable[str], quo: Quo, *, reading: bool) -> list[str]:
    """Each person's number, once."""
    return list(dict.fromkeys([await person(each, quo, reading=reading) for each in said]))


async def person(said: str, quo: Quo, *, reading: bool = False) -> str:
    """The one number that somebody is reached at, E.164.

    reading: where one person has several numbers, the one with the latest thread will do.

    A number in full needs no address book; a name (or a few digits, which may be a short code or the
    end of somebody's number) needs the whole of it, to be sure it is the only one.
    """
    said = said.strip()
    if numbers.is_e164(said) and (reading or numbers.is_plain(said)):
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
    return await called(said, quo, reading=reading)


async def called(said: str, quo: Quo, *, reading: bool) -> str:
    """The number of whoever is called so in the address book."""
    region = await quo.directory.region()
    found = (await quo.directory.known(quo.progress, fresh=not reading)).resolve(
        said, region=region
    )
    if not reading and isinstance(found, Found) and found.person:
        await quo.directory.look_again(found.person.id)
        before, found = found, (await quo.directory.known()).resolve(said, region=region)
        same_number(said, before, found)
    match found:
        case Candidates():
            if reading and found.one_person and (latest := await number_in_use(found, quo)):
                return latest
            await no_inbox(said, quo)
            raise Misunderstood(
                f"{found}{await teammate_called(said, quo)}{await latest_with(found, quo)}"
            )
        case Nobody():
            await no_inbox(said, quo)
            raise Misunderstood(f"{found}{await teammate_called(said, quo)}")
    if numbers.is_short_code(found.number):
        raise Misunderstood(short(found.number, await quo.directory.region()))
    if not (reading or numbers.is_plain(found.number)):
        raise Misunderstood(
            f"Their number, {inline(found.number)}, is no number that can be dialled. Ask for the right one."
        )
    return found.number


def same_number(said: str, before: Found, now: Found | Candidates | Nobody) -> None:
    """Raises Misunderstood where somebody's number was changed in Quo a moment ago."""
    if isinstance(now, Found) and now.number != before.number:
        raise Misunderstood(
            f"The contact was just changed in Quo: “{inline(said)}” was {numbers.pretty(before.number)} and is "
            f"{numbers.pretty(now.number)} now. Nothing was done; call again if that is whom you mean."
        )


def short(code: str, region: str) -> str:
    """Why nothing can be done with a few digits."""
    if numbers.kind(code, region) == "emergency":
        return f"{code} is an emergency number: it cannot be texted from here. Somebody has to call it from a phone."
    return (
        f"{code} is a short code, and Quo lists and sends by full numbers only. Its latest text is in "
        "quo_list_conversations: quo_get_message reads it by its AC… id."
    )


async def no_inbox(said: str, quo: Quo) -> None:
    """Raises Misunderstood where what was said for a person is one of the account's own numbers."""
    for each in await quo.directory.numbers.get():
        if plain(each.name or "") == plain(said) != "":
            raise Misunderstood(
                f"{inline(each.name or '')} is one of your own numbers, not a person: name it as inbox."
            )


async def teammate_called(said: str, quo: Quo) -> str:
    """A hint, where a teammate is called what was said for a person."""
    for user in (await quo.directory.users.get()).values():
        if plain(said) in {plain(user.first_name or ""), plain(full_name(user))} - {""}:
            return f"\n{full_name(user)} is a teammate, whose own phone number Quo does not tell."
    return ""


async def number_in_use(found: Candidates, quo: Quo) -> str | None:
    """Of one person's several numbers, the one with the latest thread; None where none has any."""
    wanted = {each.number for each in found.options if each.number}
    async for thread in Threads(quo.api, pages=1):
        if len(thread.participants) == 1 and thread.participants[0] in wanted:
            chosen = thread.participants[0]
            others = " or ".join(numbers.pretty(each) for each in sorted(wanted - {chosen}))
            quo.said.append(
                f"Of their numbers, {numbers.pretty(chosen)} has the latest thread; for another, give {others}."
            )
            return chosen
    return None


async def latest_with(found: Candidates, quo: Quo) -> str:
    """When the candidates were last in touch, where one look at the latest threads tells."""
    wanted = {option.number for option in found.options if option.number}
    latest: dict[str, datetime] = {}
    try:
        async for thread in Threads(quo.api, pages=1):
            if len(thread.participants) == 1 and thread.participants[0] in wanted:
                number = thread.participants[0]
                latest[number] = max(last_active(thread), latest.get(number, LONG_AGO))
    except Refusal:
        return ""  # it is a courtesy: the candidates are what matters
    view = quo.view()
    lines = [
        f"{view.person(number)} {view.when(moment)}"
        for number, moment in sorted(latest.items(), key=lambda each: each[1], reverse=True)
        if moment > LONG_AGO
    ]
    return f"\nLatest contact: {'; '.join(lines)}. {view.footer()}" if lines else ""


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
