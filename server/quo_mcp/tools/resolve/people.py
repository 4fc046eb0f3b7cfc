"""Resolve a person to one phone number."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import TypeAlias

from quo_mcp.directory.address_book import (
    Ambiguity,
    Candidates,
    NoMatch,
    Person,
    ResolvedNumber,
    person_label,
)
from quo_mcp.directory.conversation_scan import EARLIEST_TIME, ConversationScan, last_activity_time
from quo_mcp.errors import InvalidArguments, Refusal
from quo_mcp.tools.context import Account, ToolContext
from quo_mcp.tools.resolve.inboxes import reject_inbox
from quo_mcp.tools.resolve.resolution import Resolution, carry_notes
from quo_mcp.tools.resolve.teammates import reject_teammate, teammate_hint
from quo_mcp.values import phone_numbers
from quo_mcp.values.people_lists import has_full_names
from quo_mcp.values.references import MAX_LINE_LENGTH, SEPARATOR, with_number
from quo_mcp.values.untrusted import inline, inline_number, quote_inline
from quo_mcp.values.wrapping import unwrapped

MAX_NAME_LENGTH = 300  # characters of a name; a printed line with an id may be longer
SEVERAL_NUMBERS = re.compile(r"\(\+.*\(\+", re.DOTALL)
"""Several people as results print them, each with a number in parentheses."""

Match: TypeAlias = ResolvedNumber | Candidates | NoMatch


async def resolve_people(
    references: Iterable[str], context: ToolContext, *, for_read: bool
) -> Resolution[list[str]]:
    """Return each person's E.164 number, without duplicates."""
    numbers: dict[str, None] = {}
    notes: list[str] = []
    with carry_notes(notes):
        for reference in references:
            number, new_notes = await resolve_person(reference, context, for_read=for_read)
            numbers[number] = None
            notes += new_notes
    return Resolution(list(numbers), tuple(notes))


async def resolve_person(
    reference: str, context: ToolContext, *, for_read: bool = False
) -> Resolution[str]:
    """Return one person's E.164 number.

    for_read: also accept the most recently used of a person's several numbers, and a near match if
    it is the only one. A note says so.

    A complete number needs no address book. A name or a few digits need all contacts, because the
    match must be the only one; a few digits may be a short code or the end of a number.

    Raises:
        InvalidArguments: no one matches, several people do, or the number cannot be used.
    """
    reference = reference.strip()
    if phone_numbers.is_e164(reference) and (for_read or phone_numbers.is_canonical(reference)):
        return Resolution(reference)
    is_line = len(reference) <= MAX_LINE_LENGTH and SEPARATOR in reference
    if len(reference) > MAX_NAME_LENGTH and not (is_line or SEVERAL_NUMBERS.search(reference)):
        raise InvalidArguments(
            f"Too long for a name or number (maximum {MAX_NAME_LENGTH} characters). Name one person."
        )
    for text in dict.fromkeys([reference, *unwrapped(reference)]):
        if phone_numbers.is_withheld(text):
            raise InvalidArguments(
                f"{quote_inline(text)} means that the caller hid their number. There is no number to look up, call or text."
            )
        if complete_number := await parse_number(text, context.account):
            return complete_number
    match = await look_up_name(reference, context, for_read=for_read)
    chosen = await choose_number(reference, match, context.account, for_read=for_read)
    return chosen if for_read else Resolution(chosen.value, (*chosen.notes, *age_notes(context)))


async def parse_number(reference: str, account: Account) -> Resolution[str] | None:
    """Return a complete number as E.164, without its extension; None if the text is no such number."""
    parsed = phone_numbers.parse_with_extension(reference, await account.directory.default_region())
    if parsed is None or not parsed.extension:
        return parsed and Resolution(parsed.number)
    note = f"Extension {inline(parsed.extension)} was ignored."
    return Resolution(parsed.number, (note,))


async def look_up_name(reference: str, context: ToolContext, *, for_read: bool) -> Match:
    """Look up a name in the address book.

    A write reads the contact again if only one matches, because the cached numbers may be out of date.

    Raises:
        InvalidArguments: the contact's number was changed in Quo since it was cached.
    """
    directory = context.account.directory
    region = await directory.default_region()
    own_numbers = await directory.own_numbers()
    if for_read:
        book = await directory.address_book(context.progress)
        return book.resolve_number(reference, region=region, own_numbers=own_numbers)
    previous, current = await directory.look_up_for_action(
        lambda book: book.resolve_number(reference, region=region, own_numbers=own_numbers),
        matched_contact_ids,
        context.progress,
        is_clear=lambda match: isinstance(match, ResolvedNumber),
    )
    match previous, current:
        case ResolvedNumber(number=old), ResolvedNumber(number=new) if old != new:
            raise InvalidArguments(
                f"Not done: the number of {quote_inline(reference)} was just changed in Quo from {inline_number(old)} to "
                f"{inline_number(new)}. If the new number is correct, call again."
            )
    return current


def age_notes(context: ToolContext) -> tuple[str, ...]:
    """Return a note if a name was looked up in an address book that is not recent."""
    account = context.account
    contacts = account.directory.contacts
    if contacts.read_at is None or not contacts.is_old:
        return ()
    read_at = f"{account.presenter().time(contacts.read_at)} ({account.zone.key})"
    return (
        f"Contact names are as of {read_at}: another contact of this name may have been added since then.",
    )


def matched_contact_ids(match: Match) -> set[str] | None:
    """Return the ids of the contacts of the one person who matches.

    The set is empty if several people may be meant. None: nothing matches that names one contact, or
    only something similar does.
    """
    match match:
        case ResolvedNumber(person=Person() as person):
            return {person.id}
        case Candidates(ambiguity=Ambiguity.NUMBER):
            return {candidate.person.id for candidate in match.candidates if candidate.person}
        case Candidates(ambiguity=Ambiguity.PERSON):
            return set()
    return None


async def choose_number(
    reference: str, match: Match, account: Account, *, for_read: bool
) -> Resolution[str]:
    """Return the number of a match that is good enough.

    Raises:
        InvalidArguments: the match is not good enough, or its number cannot be used.
    """
    if isinstance(match, ResolvedNumber):
        if not for_read:
            await reject_teammate(reference, match, account)
        number, notes = Resolution(match.number)
    else:
        number, notes = await choose_candidate(reference, match, account, for_read=for_read)
    region = await account.directory.default_region()
    if phone_numbers.is_short_code(number):
        raise InvalidArguments(explain_short_code(number, region)).with_notes(notes)
    if not (for_read or phone_numbers.is_canonical(number)):
        raise InvalidArguments(
            f"Their number, {inline(number)}, is not a valid phone number. Ask the user for the correct one."
        )
    return Resolution(number, notes)


async def choose_candidate(
    reference: str, match: Candidates | NoMatch, account: Account, *, for_read: bool
) -> Resolution[str]:
    """Return the number of an inexact match that is good enough for a read.

    Raises:
        InvalidArguments: the match is not good enough, or the tool writes; the message lists the candidates.
    """
    if SEVERAL_NUMBERS.search(reference) or (
        has_full_names(reference)
        and (isinstance(match, NoMatch) or match.ambiguity is Ambiguity.SPELLING)
    ):
        raise InvalidArguments(
            f"{quote_inline(reference)}: must be one person. This names several people: give each as its own item. If only one person is "
            "accepted, name that person only."
        )
    await reject_inbox(reference, account)
    hint = await teammate_hint(reference, account)
    # If the name matches a teammate, the teammate may be meant, so a near match is not accepted.
    accepted = {Ambiguity.NUMBER} if hint else {Ambiguity.NUMBER, Ambiguity.LOOSE_MATCH}
    if for_read and isinstance(match, Candidates) and match.ambiguity in accepted:
        chosen = await choose_number_of_person(match, account)
        if chosen:
            return chosen
    raise InvalidArguments(f"{hint}{match}{await last_contact_note(match, account)}")


async def choose_number_of_person(match: Candidates, account: Account) -> Resolution[str] | None:
    """Return the number to read for candidates that are all one person; None if no number is usable.

    A note names a near match.
    """
    usable = [candidate for candidate in match.candidates if candidate.is_textable]
    numbers = {candidate.number for candidate in usable if candidate.number}
    chosen = (
        Resolution(numbers.pop())
        if len(numbers) == 1
        else await most_recent_number(numbers, account)
    )
    if chosen and match.ambiguity is Ambiguity.LOOSE_MATCH and (person := usable[0].person):
        number = inline_number(chosen.value)
        note = f"Using {with_number(person_label(person), number)}, the only close match."
        return Resolution(chosen.value, (note, *chosen.notes))
    return chosen


def explain_short_code(code: str, region: str) -> str:
    """Return why a short code or an emergency number cannot be used."""
    if phone_numbers.kind_of(code, region) == "emergency":
        return f"{code} is an emergency number: it cannot be texted from here. Someone has to call it from a phone."
    return (
        f"{code} is a short code. Quo lists and sends messages only by full phone numbers. To read its latest message, find the "
        "message id (AC…) with quo_list_conversations, then call quo_get_message."
    )


async def most_recent_number(numbers: set[str], account: Account) -> Resolution[str] | None:
    """Return the number with the latest conversation; None if no number has a recent one.

    numbers: the numbers of one person. A note names the other numbers.
    """
    if not numbers:
        return None
    async for conversation in ConversationScan(account.api, max_pages=1):
        if len(conversation.participants) == 1 and conversation.participants[0] in numbers:
            chosen = conversation.participants[0]
            others = " or ".join(inline_number(number) for number in sorted(numbers - {chosen}))
            note = f"Using {inline_number(chosen)}, their number with the latest conversation. To use another, give {others}."
            return Resolution(chosen, (note,))
    return None


async def last_contact_note(match: Candidates | NoMatch, account: Account) -> str:
    """Return a line with each candidate's last activity, from one page of the latest conversations."""
    candidates = match.candidates if isinstance(match, Candidates) else ()
    numbers = {candidate.number for candidate in candidates if candidate.number}
    if len(numbers) < 2:
        return ""
    latest: dict[str, datetime] = {}
    try:
        async for conversation in ConversationScan(account.api, max_pages=1):
            if len(conversation.participants) == 1 and conversation.participants[0] in numbers:
                number = conversation.participants[0]
                latest[number] = max(
                    last_activity_time(conversation), latest.get(number, EARLIEST_TIME)
                )
    except Refusal:
        return ""  # the line is optional; the list of candidates is not
    presenter = account.presenter()
    lines = [
        f"{presenter.person(number)}, {presenter.time(moment)}"
        for number, moment in sorted(latest.items(), key=lambda entry: entry[1], reverse=True)
        if moment > EARLIEST_TIME
    ]
    return f"\nLast activity: {'; '.join(lines)}.\n{presenter.footer()}" if lines else ""
