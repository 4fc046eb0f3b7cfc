"""Who is meant: the one number that somebody is reached at, or a teammate's id."""

import re
from collections.abc import Iterable
from datetime import datetime

from quo_mcp.directory.address_book import Candidates, Doubt, Found, Nobody, Option, label
from quo_mcp.directory.address_book.name_tokens import plain
from quo_mcp.directory.conversation_scan import LONG_AGO, Threads, last_active
from quo_mcp.errors import Misunderstood, Refusal
from quo_mcp.records.workspace import User, full_name
from quo_mcp.tools.context import Quo
from quo_mcp.values import phone_numbers
from quo_mcp.values.untrusted import in_quotes, inline

LONGEST = 200  # nobody's name is longer


async def everyone(said: Iterable[str], quo: Quo, *, reading: bool) -> list[str]:
    """Each person's number, once."""
    return list(dict.fromkeys([await person(each, quo, reading=reading) for each in said]))


async def person(said: str, quo: Quo, *, reading: bool = False) -> str:
    """The one number that somebody is reached at, E.164.

    reading: where one person has several numbers, the one with the latest thread will do; and so will
    one who almost fits, where nobody else does. The result says so.

    A number in full needs no address book; a name (or a few digits, which may be a short code or the
    end of somebody's number) needs the whole of it, to be sure it is the only one.
    """
    said = said.strip()
    if phone_numbers.is_e164(said) and (reading or phone_numbers.is_plain(said)):
        return said
    if len(said) > LONGEST:
        raise Misunderstood("That is too long for a name or a number. Name one person.")
    if phone_numbers.is_withheld(said):
        raise Misunderstood(
            f"{in_quotes(said)} is a caller who hid their number: there is no number to look up or reach."
        )
    written = phone_numbers.read(said, await quo.directory.region())
    if written:
        if written.extension:
            quo.said.append(f"The extension {inline(written.extension)} was left out.")
        return written.number
    return await called(said, quo, reading=reading)


async def called(said: str, quo: Quo, *, reading: bool) -> str:
    """The number of whoever is called so in the address book."""
    book = await quo.directory.known(quo.progress, fresh=not reading)
    region = await quo.directory.region()
    found = book.resolve(said, region=region)
    if isinstance(found, Found) and found.person and not reading:
        await quo.directory.look_again(found.person.id)
        before, found = found, (await quo.directory.known()).resolve(said, region=region)
        same_number(said, before, found)
    if isinstance(found, Found):
        if not reading:
            await no_teammate(said, found, quo)
        number = found.number
    else:
        number = await in_doubt(said, found, quo, reading=reading)
    if phone_numbers.is_short_code(number):
        raise Misunderstood(short(number, region))
    if not (reading or phone_numbers.is_plain(number)):
        raise Misunderstood(
            f"Their number, {inline(number)}, is no number that can be dialled. Ask for the right one."
        )
    return number


async def in_doubt(said: str, found: Candidates | Nobody, quo: Quo, *, reading: bool) -> str:
    """The number of the one who is near enough for a reader.

    Raises:
        Misunderstood: there is no such one, or it is not for reading; with those who may be meant.
    """
    await no_inbox(said, quo)
    hint = await teammate_called(said, quo)
    # Who is called as a teammate is may be the teammate, so nobody is taken for being near it.
    enough = {Doubt.NUMBER} if hint else {Doubt.NUMBER, Doubt.LIKENESS}
    if reading and isinstance(found, Candidates) and found.doubt in enough:
        number = await near_enough(found, quo)
        if number:
            return number
    raise Misunderstood(f"{hint}{found}{await latest_with(found, quo)}")


async def near_enough(found: Candidates, quo: Quo) -> str | None:
    """The number of the one person whom the candidates are, which the result names; None where none can be used."""
    options = [option for option in found.options if option.can_be_used]
    if not options:
        return None
    first, held, before = options[0], {option.number for option in options}, len(quo.said)
    number = first.number if len(held) == 1 else await number_in_use(options, quo)
    if number and first.person and found.doubt is Doubt.LIKENESS:
        who = f"{label(first.person)} {phone_numbers.pretty(number)}"
        quo.said.insert(before, f"Taken as {who}; nobody else fits.")
    return number


def same_number(said: str, before: Found, now: Found | Candidates | Nobody) -> None:
    """Raises Misunderstood where somebody's number was changed in Quo a moment ago."""
    if isinstance(now, Found) and now.number != before.number:
        raise Misunderstood(
            f"The contact was just changed in Quo: {in_quotes(said)} was {phone_numbers.pretty(before.number)} and is "
            f"{phone_numbers.pretty(now.number)} now. Nothing was done; call again if that is whom you mean."
        )


def short(code: str, region: str) -> str:
    """Why nothing can be done with a few digits."""
    if phone_numbers.kind(code, region) == "emergency":
        return f"{code} is an emergency number: it cannot be texted from here. Somebody has to call it from a phone."
    return (
        f"{code} is a short code, and Quo lists and sends by full numbers only. Its latest text is in "
        "quo_list_conversations: quo_get_message reads it by its AC… id."
    )


async def no_inbox(said: str, quo: Quo) -> None:
    """Raises Misunderstood where what was said for a person is one of the account's own numbers."""
    for each in await quo.directory.numbers.get():
        if said == each.id or plain(each.name or "") == plain(said) != "":
            raise Misunderstood(
                f"{inline(each.name or each.number)} is one of your own numbers, not a person: name it as inbox."
            )


async def teammates_called(said: str, quo: Quo) -> list[User]:
    """The teammates who are meant, if a teammate is: by id, e-mail, first or full name."""
    return [
        each
        for each in (await quo.directory.users.get()).values()
        if said == each.id
        or (each.email and said.casefold() == each.email.casefold())
        or plain(said) in {plain(each.first_name or ""), plain(full_name(each))} - {""}
    ]


async def known_teammates(said: str, quo: Quo) -> list[User]:
    """Likewise, where it is only a hint: none where they cannot be read."""
    try:
        return await teammates_called(said, quo)
    except Refusal:
        return []


async def teammate_called(said: str, quo: Quo) -> str:
    """A line above the rest, where a teammate is called what was said for a person."""
    them = await known_teammates(said, quo)
    who = full_name(them[0]) if them else ""
    return f"{who} is a teammate, whose own phone number Quo does not tell.\n" if them else ""


async def no_teammate(said: str, found: Found, quo: Quo) -> None:
    """A teammate of another name who is called so, too, may be meant as well as the contact.

    Raises:
        Misunderstood: what is for a colleague might go to a customer.
    """
    who = plain(found.person.name) if found.person else ""
    for user in await known_teammates(said, quo):
        if "@" not in said and plain(full_name(user)) != who:
            raise Misunderstood(
                f"{in_quotes(said)} may be your teammate {full_name(user)}, whose own phone number Quo does not tell, or a "
                f"contact: {Option(found.person, found.label, found.number)}. Give that number, or ask which one is meant."
            )


async def number_in_use(options: Iterable[Option], quo: Quo) -> str | None:
    """Of one person's several numbers, the one with the latest thread; None where none has any."""
    wanted = {option.number for option in options if option.number}
    async for thread in Threads(quo.api, pages=1):
        if len(thread.participants) == 1 and thread.participants[0] in wanted:
            chosen = thread.participants[0]
            others = " or ".join(phone_numbers.pretty(each) for each in sorted(wanted - {chosen}))
            quo.said.append(
                f"Of their numbers, {phone_numbers.pretty(chosen)} has the latest thread; for another, give {others}."
            )
            return chosen
    return None


async def latest_with(found: Candidates | Nobody, quo: Quo) -> str:
    """When the candidates were last in touch, where one look at the latest threads tells."""
    options = found.options if isinstance(found, Candidates) else ()
    wanted = {option.number for option in options if option.number}
    if len(wanted) < 2:
        return ""
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
    wanted = said.strip()
    if re.fullmatch("SYU[A-Za-z0-9]+", wanted):
        return wanted
    fits = await teammates_called(wanted, quo)
    if len(fits) == 1:
        return fits[0].id
    users = await quo.directory.users.get()
    what = "fits several teammates" if fits else "is no teammate"
    why = f"{in_quotes(said)} {what}"
    if not fits and plain(wanted) in {"me", "myself", "i"}:
        why = f"This server does not know who {in_quotes(said)} is: name the teammate"
    listed = "; ".join(f"{full_name(each)} ({each.id})" for each in fits or users.values())
    raise Misunderstood(f"{why}. There are: {listed}.")
