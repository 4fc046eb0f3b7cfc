"""Resolve a contact to its id."""

import re
from collections.abc import Sequence
from functools import partial

from quo_mcp.directory.address_book import (
    AddressBook,
    ContactCandidates,
    ContactMatch,
    NoMatch,
    Person,
    person_label,
)
from quo_mcp.directory.address_book.contact_lookup import contact_line
from quo_mcp.errors import InvalidArguments
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.resolve.resolution import Resolution
from quo_mcp.tools.resolve.teammates import teammate_hint
from quo_mcp.values.untrusted import quote_inline
from quo_mcp.values.wrapping import readings

# Quo's contact ids. A name is never a word of 16 characters with digits in it; a number never has
# letters, or 24 digits.
CONTACT_ID = re.compile(
    "(?=[A-Za-z_-]*[0-9])(?:(?=[0-9_-]*[A-Za-z])[A-Za-z0-9_-]{16,64}|[0-9]{24})"
)


async def resolve_contact(
    reference: str, context: ToolContext, *, for_read: bool
) -> Resolution[str]:
    """Return the id of the one contact that matches an id, number, email address or name.

    for_read: also accept a partial or misspelled name that matches one contact only. A note
    then names the contact. A write requires the full name.

    Raises:
        InvalidArguments: no contact matches, or several do; the message lists them with their ids.
    """
    reference = reference.strip()
    for text in (reference, *readings(reference)):
        if CONTACT_ID.fullmatch(text):
            return Resolution(text)
    directory = context.account.directory
    find = partial(
        AddressBook.find_contact,
        query=reference,
        region=await directory.default_region(),
        own_numbers=await directory.own_numbers(),
    )
    if for_read:
        lookup = find(await directory.address_book(context.progress))
    else:
        _, lookup = await directory.look_up_for_action(find, matched_contact_ids, context.progress)
    match lookup:
        case ContactMatch(is_full_match=True):
            return Resolution(lookup.person.id)
        case ContactMatch() if for_read:
            note = f"Using {person_label(lookup.person)}, the only close match."
            return Resolution(lookup.person.id, (note,) if lookup.is_loose_match else ())
        case ContactMatch():
            raise InvalidArguments(
                f"{quote_inline(reference)} is not the full name of a contact. Closest match:\n- {contact_line(lookup.person)}\n"
                "If this is the right contact, call again with the full name or the id."
            )
        case ContactCandidates(is_only_similar=True) if not for_read:
            hint = await teammate_hint(reference, context.account)
            raise InvalidArguments(f"{hint}{describe_similar(reference, lookup.people)}")
        case ContactCandidates() | NoMatch():
            raise InvalidArguments(f"{await teammate_hint(reference, context.account)}{lookup}")


def matched_contact_ids(
    lookup: ContactMatch | ContactCandidates | NoMatch,
) -> set[str] | None:
    """Return the id of the one contact that matches; none if several do; None if nothing or only something similar does."""
    match lookup:
        case ContactMatch():
            return {lookup.person.id}
        case ContactCandidates(is_only_similar=False):
            return set()
    return None


def describe_similar(reference: str, people: Sequence[Person]) -> str:
    """Return the error for an update or a deletion of a contact that does not exist.

    The contact may be deleted already, so a similar name is probably another person.
    """
    is_name = not re.search("[@0-9]", reference)
    several = len(people) > 1
    problem = f"No contact {'is named' if is_name else 'matches'} {quote_inline(reference)}."
    title = "Similar contacts:" if several else f"A similar {'name' if is_name else 'contact'}:"
    choice = "Do not use one of them" if several else "Do not use it"
    return "\n".join(
        [
            f"{problem} {title}",
            *(f"- {contact_line(person)}" for person in people),
            f"{choice} unless the user means this person.",
        ]
    )
