"""Which thread is meant: by its id, or by the person it is with; and who is in it."""

import re
from collections.abc import Sequence
from typing import Any

from quo_mcp.directory.address_book import Candidates, Doubt
from quo_mcp.directory.conversation_scan import Threads, last_active
from quo_mcp.errors import Misunderstood
from quo_mcp.records.conversations import Conversation
from quo_mcp.tools.base import Tool
from quo_mcp.tools.context import Quo
from quo_mcp.tools.resolve.inboxes import LOOK_BACK, some_inboxes
from quo_mcp.tools.resolve.people import person
from quo_mcp.values import phone_numbers

FURTHER_BACK = 10  # pages in which a thread is looked for by its id: Quo gives none by it
ID = re.compile("CN[A-Za-z0-9]{1,64}")
SURELY = re.compile("(?=[A-Za-z]*[0-9])CN[A-Za-z0-9]{8,64}")  # where a name may stand as well


async def by_id(thread_id: str, quo: Quo) -> Conversation:
    """The thread of this id.

    Raises:
        Misunderstood: it is not among those of the inboxes that this server may use.
    """
    threads = Threads(quo.api, pages=FURTHER_BACK)
    async for thread in threads:
        if thread.id == thread_id:
            return thread
    if threads.complete:
        raise Misunderstood(f"There is no conversation {thread_id}.")
    raise Misunderstood(
        f"{thread_id} is not among the {threads.read} conversations with the latest activity, and Quo gives none by its id. "
        "quo_list_conversations reads further back."
    )


async def conversation(said: str, quo: Quo) -> str:
    """The id of the one thread that is meant: given itself, or the only one with exactly one person.

    Raises:
        Misunderstood: with those that may be meant, and their ids.
    """
    said = said.strip()
    if ID.fullmatch(said):
        return said
    them = await reached_at(said, quo)
    threads = Threads(quo.api, pages=LOOK_BACK, inboxes=await some_inboxes(None, quo))
    theirs = [
        thread
        async for thread in threads
        if len(thread.participants) == 1 and thread.participants[0].casefold() in them
    ]
    if len(theirs) == 1:
        return theirs[0].id
    view = quo.view()
    who = view.people(sorted(them))
    if not theirs and threads.complete:
        raise Misunderstood(f"There is no thread with {who} alone.")
    if not theirs:
        raise Misunderstood(
            f"No thread with {who} alone is among the latest {threads.read}. Give its id: quo_list_conversations reads "
            "further back."
        )
    lines = [
        f"- {view.when(last_active(each))} with {view.people(each.participants)} on "
        f"{view.inbox_name(each.phone_number_id)} ({each.id})"
        for each in sorted(theirs, key=last_active, reverse=True)
    ]
    raise Misunderstood(
        "\n".join(["There are several threads:", *lines, "Give the id of one.", view.footer()])
    )


async def reached_at(said: str, quo: Quo) -> set[str]:
    """Every number of the one person who is meant, casefolded: a short code, or a caller without one, is one too."""
    if phone_numbers.is_short_code(said) or phone_numbers.is_withheld(said):
        return {said.casefold()}
    region = await quo.directory.region()
    if not phone_numbers.read(said, region):
        # As for `person`, which has the last word: a thread that is named may be one to be marked.
        book = await quo.directory.known(quo.progress, fresh=True)
        found = book.resolve(said, region=region)
        if isinstance(found, Candidates):
            for who in {each.person.id for each in found.options if each.person}:
                if found.doubt is Doubt.NUMBER:  # of one person
                    await quo.directory.look_again(who)
            found = (await quo.directory.known()).resolve(said, region=region)
        if isinstance(found, Candidates) and found.doubt is Doubt.NUMBER:
            held = {option.number for option in found.options if option.can_be_used}
            return {number for number in held if number} or {await person(said, quo)}
    return {await person(said, quo)}


async def thread_named(
    named: Sequence[str], tool: type[Tool[Any]], quo: Quo
) -> Conversation | None:
    """The thread whose id stands where people are named; None where it does not.

    Raises:
        Misunderstood: it is not found, or does not belong there.
    """
    ids = [each.strip() for each in named if SURELY.fullmatch(each.strip())]
    if not ids:
        return None
    if "conversation_id" in tool.model_fields:
        raise Misunderstood(f"{ids[0]} is a thread's id: give it as conversation_id.")
    if len(named) > 1:
        raise Misunderstood(f"{ids[0]} is a thread's id: give it alone, or name the people.")
    try:
        thread = await by_id(ids[0], quo)
    except Misunderstood as unknown:
        raise Misunderstood(
            f"{unknown} Here, give the name or number of whom it is with."
        ) from None
    if not thread.participants:
        raise Misunderstood(f"Quo names nobody in {thread.id}.")
    return thread
