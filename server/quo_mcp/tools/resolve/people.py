"""Resolve a person to one phone number, and a teammate to an id."""

import re
from collections.abc import Iterable
from datetime import datetime

from quo_mcp.directory.address_book import (
    Ambiguity,
    Candidate,
    Candidates,
    NoMatch,
    ResolvedNumber,
    person_label,
)
from quo_mcp.directory.address_book.name_tokens import normalize_name
from quo_mcp.directory.conversation_scan import EARLIEST_TIME, ConversationScan, last_activity_time
from quo_mcp.errors import InvalidArguments, Refusal
from quo_mcp.records.workspace import User, full_name
from quo_mcp.tools.context import ToolContext
from quo_mcp.values import phone_numbers
from quo_mcp.values.untrusted import inline, quote_inline

MAX_NAME_LENGTH = 200  # characters


async def resolve_people(
    references: Iterable[str], context: ToolContext, *, for_read: bool
) -> list[str]:
    """Return each person's E.164 number, without duplicates."""
    return list(
        dict.fromkeys(
            [
                await resolve_person(reference, context, for_read=for_read)
                for reference in references
            ]
        )
    )


async def resolve_person(reference: str, context: ToolContext, *, for_read: bool = False) -> str:
    """Return one person's E.164 number.

    for_read: also accept the most recently used of a person's several numbers, and a near match if
    it is the only one. A note in the result says so.

    A complete number needs no address book. A name or a few digits need all contacts, because the
    match must be the only one; a few digits may be a short code or the end of a number.

    Raises:
        InvalidArguments: nobody matches, several people do, or the number cannot be used.
    """
    reference = reference.strip()
    if phone_numbers.is_e164(reference) and (for_read or phone_numbers.is_canonical(reference)):
        return reference
    if len(reference) > MAX_NAME_LENGTH:
        raise InvalidArguments("That is too long for a name or a number. Name one person.")
    if phone_numbers.is_withheld(reference):
        raise InvalidArguments(
            f"{quote_inline(reference)} is a caller who hid their number: there is no number to look up or reach."
        )
    parsed = phone_numbers.parse_with_extension(reference, await context.directory.default_region())
    if parsed:
        if parsed.extension:
            context.notes.append(f"The extension {inline(parsed.extension)} was left out.")
        return parsed.number
    return await find_by_name(reference, context, for_read=for_read)


async def find_by_name(reference: str, context: ToolContext, *, for_read: bool) -> str:
    """Return the number of the one person who matches a name in the address book.

    A write reads the matched contact again, because the cached number may be out of date.

    Raises:
        InvalidArguments: nobody matches, several people do, or the number cannot be used.
    """
    book = await context.directory.address_book(context.progress, fresh=not for_read)
    region = await context.directory.default_region()
    match = book.resolve_number(reference, region=region)
    if isinstance(match, ResolvedNumber) and match.person and not for_read:
        await context.directory.refresh_contact(match.person.id)
        previous, match = (
            match,
            (await context.directory.address_book()).resolve_number(reference, region=region),
        )
        check_unchanged(reference, previous, match)
    if isinstance(match, ResolvedNumber):
        if not for_read:
            await reject_teammate(reference, match, context)
        number = match.number
    else:
        number = await resolve_ambiguous(reference, match, context, for_read=for_read)
    if phone_numbers.is_short_code(number):
        raise InvalidArguments(explain_short_code(number, region))
    if not (for_read or phone_numbers.is_canonical(number)):
        raise InvalidArguments(
            f"Their number, {inline(number)}, is no number that can be dialled. Ask for the right one."
        )
    return number


async def resolve_ambiguous(
    reference: str, match: Candidates | NoMatch, context: ToolContext, *, for_read: bool
) -> str:
    """Return the number of an inexact match that is good enough for a read.

    Raises:
        InvalidArguments: the match is not good enough, or the tool writes; the message lists the candidates.
    """
    await reject_inbox(reference, context)
    hint = await teammate_number_hint(reference, context)
    # If the name matches a teammate, the teammate may be meant, so a near match is not accepted.
    accepted = {Ambiguity.NUMBER} if hint else {Ambiguity.NUMBER, Ambiguity.LOOSE_MATCH}
    if for_read and isinstance(match, Candidates) and match.ambiguity in accepted:
        number = await pick_for_read(match, context)
        if number:
            return number
    raise InvalidArguments(f"{hint}{match}{await last_contact_note(match, context)}")


async def pick_for_read(matches: Candidates, context: ToolContext) -> str | None:
    """Return the number to read for candidates that are all one person; None if no number is usable.

    A note in the result names a near match.
    """
    usable = [candidate for candidate in matches.candidates if candidate.is_textable]
    if not usable:
        return None
    candidate, numbers, note_position = (
        usable[0],
        {candidate.number for candidate in usable},
        len(context.notes),
    )
    number = candidate.number if len(numbers) == 1 else await most_recent_number(usable, context)
    if number and candidate.person and matches.ambiguity is Ambiguity.LOOSE_MATCH:
        description = (
            f"{person_label(candidate.person)} {phone_numbers.format_international(number)}"
        )
        context.notes.insert(note_position, f"Taken as {description}; nobody else fits.")
    return number


def check_unchanged(
    reference: str, previous: ResolvedNumber, current: ResolvedNumber | Candidates | NoMatch
) -> None:
    """Check that a contact's number is still the cached one.

    Raises:
        InvalidArguments: the number was changed in Quo since it was cached.
    """
    if isinstance(current, ResolvedNumber) and current.number != previous.number:
        raise InvalidArguments(
            f"The contact was just changed in Quo: {quote_inline(reference)} was {phone_numbers.format_international(previous.number)} and is "
            f"{phone_numbers.format_international(current.number)} now. Nothing was done; call again if that is whom you mean."
        )


def explain_short_code(code: str, region: str) -> str:
    """Return why a short code or an emergency number cannot be used."""
    if phone_numbers.kind_of(code, region) == "emergency":
        return f"{code} is an emergency number: it cannot be texted from here. Somebody has to call it from a phone."
    return (
        f"{code} is a short code, and Quo lists and sends by full numbers only. Its latest text is in "
        "quo_list_conversations: quo_get_message reads it by its AC… id."
    )


async def reject_inbox(reference: str, context: ToolContext) -> None:
    """Check that a person argument is not the id or name of an inbox.

    Raises:
        InvalidArguments: it is.
    """
    for inbox in await context.directory.numbers.get():
        if (
            reference == inbox.id
            or normalize_name(inbox.name or "") == normalize_name(reference) != ""
        ):
            raise InvalidArguments(
                f"{inline(inbox.name or inbox.number)} is one of your own numbers, not a person: name it as inbox."
            )


async def find_teammates(reference: str, context: ToolContext) -> list[User]:
    """Return the teammates with this id, e-mail address, first name or full name."""
    return [
        user
        for user in (await context.directory.users.get()).values()
        if reference == user.id
        or (user.email and reference.casefold() == user.email.casefold())
        or normalize_name(reference)
        in {normalize_name(user.first_name or ""), normalize_name(full_name(user))} - {""}
    ]


async def find_teammates_if_readable(reference: str, context: ToolContext) -> list[User]:
    """Return the matching teammates for a hint; none if the teammates cannot be read."""
    try:
        return await find_teammates(reference, context)
    except Refusal:
        return []


async def teammate_number_hint(reference: str, context: ToolContext) -> str:
    """Return a line for the error if a teammate has this name; otherwise an empty string."""
    teammates = await find_teammates_if_readable(reference, context)
    name = full_name(teammates[0]) if teammates else ""
    return f"{name} is a teammate, whose own phone number Quo does not tell.\n" if teammates else ""


async def reject_teammate(reference: str, match: ResolvedNumber, context: ToolContext) -> None:
    """Check that a matched contact cannot be confused with a teammate.

    Raises:
        InvalidArguments: a teammate with a different full name matches too, so a text for a colleague
            might go to a customer.
    """
    contact_name = normalize_name(match.person.name) if match.person else ""
    for teammate in await find_teammates_if_readable(reference, context):
        if "@" not in reference and normalize_name(full_name(teammate)) != contact_name:
            raise InvalidArguments(
                f"{quote_inline(reference)} may be your teammate {full_name(teammate)}, whose own phone number Quo does not tell, or a "
                f"contact: {Candidate(match.person, match.number_label, match.number)}. Give that number, or ask which one is meant."
            )


async def most_recent_number(candidates: Iterable[Candidate], context: ToolContext) -> str | None:
    """Return the number with the latest conversation; None if no number has a recent one.

    candidates: the numbers of one person. A note in the result names the other numbers.
    """
    numbers = {candidate.number for candidate in candidates if candidate.number}
    async for conversation in ConversationScan(context.api, max_pages=1):
        if len(conversation.participants) == 1 and conversation.participants[0] in numbers:
            chosen = conversation.participants[0]
            others = " or ".join(
                phone_numbers.format_international(number) for number in sorted(numbers - {chosen})
            )
            context.notes.append(
                f"Of their numbers, {phone_numbers.format_international(chosen)} has the latest thread; for another, give {others}."
            )
            return chosen
    return None


async def last_contact_note(match: Candidates | NoMatch, context: ToolContext) -> str:
    """Return a line with each candidate's last contact, from one page of the latest conversations."""
    candidates = match.candidates if isinstance(match, Candidates) else ()
    numbers = {candidate.number for candidate in candidates if candidate.number}
    if len(numbers) < 2:
        return ""
    latest: dict[str, datetime] = {}
    try:
        async for conversation in ConversationScan(context.api, max_pages=1):
            if len(conversation.participants) == 1 and conversation.participants[0] in numbers:
                number = conversation.participants[0]
                latest[number] = max(
                    last_activity_time(conversation), latest.get(number, EARLIEST_TIME)
                )
    except Refusal:
        return ""  # the line is optional; the list of candidates is not
    presenter = context.presenter()
    lines = [
        f"{presenter.person(number)} {presenter.time(moment)}"
        for number, moment in sorted(latest.items(), key=lambda entry: entry[1], reverse=True)
        if moment > EARLIEST_TIME
    ]
    return f"\nLatest contact: {'; '.join(lines)}. {presenter.footer()}" if lines else ""


async def resolve_teammate(reference: str, context: ToolContext) -> str:
    """Return a teammate's id, from an id, name or e-mail address.

    Raises:
        InvalidArguments: no teammate matches, or several do; the message lists them.
    """
    text = reference.strip()
    if re.fullmatch("SYU[A-Za-z0-9]+", text):
        return text
    matches = await find_teammates(text, context)
    if len(matches) == 1:
        return matches[0].id
    users = await context.directory.users.get()
    problem = "fits several teammates" if matches else "is no teammate"
    reason = f"{quote_inline(reference)} {problem}"
    if not matches and normalize_name(text) in {"me", "myself", "i"}:
        reason = f"This server does not know who {quote_inline(reference)} is: name the teammate"
    choices = "; ".join(f"{full_name(user)} ({user.id})" for user in matches or users.values())
    raise InvalidArguments(f"{reason}. There are: {choices}.")
