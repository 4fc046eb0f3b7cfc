"""Which of the account's own numbers is meant, or to be used where none is named."""

from collections.abc import Iterable

from quo_mcp.directory.address_book.name_tokens import plain, words
from quo_mcp.directory.conversation_scan import Threads, last_active
from quo_mcp.errors import Misunderstood
from quo_mcp.records.workspace import PhoneNumber
from quo_mcp.safety.scoped_api import allowed
from quo_mcp.tools.context import Quo
from quo_mcp.values import phone_numbers
from quo_mcp.values.untrusted import in_quotes, inline

LOOK_BACK = 3  # pages that are searched for somebody's latest thread


async def inbox(said: str, quo: Quo) -> PhoneNumber:
    """One of the account's own numbers, by id, number or name.

    Raises:
        Misunderstood: with those there are.
    """
    own = await own_numbers(quo)
    wanted = said.strip()
    number = phone_numbers.parse(wanted, await quo.directory.region())
    words_said = set(words(wanted))
    fits = [each for each in own if each.id == wanted or (number and each.number == number)]
    fits = fits or [each for each in own if plain(each.name or "") == plain(wanted) != ""]
    # "Emergency" is enough where one number alone has that word in its name.
    fits = fits or [
        each for each in own if words_said and words_said <= set(words(each.name or ""))
    ]
    if len(fits) == 1:
        return fits[0]
    what = "fits several of your numbers" if fits else "is none of your numbers"
    raise Misunderstood(f"{in_quotes(said)} {what}. {choices(fits or own)}")


async def usual_inbox(people: list[str], quo: Quo) -> PhoneNumber:
    """The inbox to use where none was named, and a word in the result about which it was."""
    own = await own_numbers(quo)
    if len(own) == 1:
        return own[0]
    if quo.config.default_inbox:
        return await default_inbox(quo.config.default_inbox, quo)
    if people and (latest := await latest_thread(people, own, quo)):
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
    """The own number whose thread with exactly these people is the latest; None where none is found.

    Their threads on other numbers are named in the result: nobody may take this one for all there is.
    """
    by_id = {each.id: each for each in own}
    found = [
        thread
        async for thread in Threads(quo.api, pages=LOOK_BACK)
        if set(thread.participants) == set(people) and thread.phone_number_id in by_id
    ]
    if not found:
        return None
    first, *others = sorted(found, key=last_active, reverse=True)
    chosen = by_id[first.phone_number_id]
    view = quo.view()
    also = [
        f"{inline(by_id[each.phone_number_id].name or '')} ({view.when(last_active(each))})"
        for each in others
        if each.phone_number_id != chosen.id
    ]
    quo.said.append(
        f"On {inline(chosen.name or chosen.number)}, where the latest thread with them is"
        + (f"; they also have one on {', '.join(also)}: name the inbox to use it." if also else ".")
    )
    return chosen


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
        f"{inline(each.name or 'Unnamed')} {phone_numbers.pretty(each.number)} ({each.id})"
        for each in own
    )
    return f"There are: {listed}."
