"""Resolve a teammate to an id, and keep teammates apart from the people that the account texts."""

import re
from itertools import combinations

from quo_mcp.directory.address_book import Candidate, ResolvedNumber
from quo_mcp.directory.address_book.name_tokens import normalize_name
from quo_mcp.errors import InvalidArguments, Refusal
from quo_mcp.records.workspace import SONA_PREFIX, User, full_name
from quo_mcp.tools.context import Account
from quo_mcp.tools.resolve.line_mentions import NamedEntry, mentioned_ids
from quo_mcp.values.person_names import joined_names
from quo_mcp.values.references import candidate_line, parse_reference, split_heading
from quo_mcp.values.untrusted import quote_inline
from quo_mcp.values.wrapping import readings

_SONA = re.compile(
    r"(?:quo'?s ai agent )?sona(?: \(?quo'?s ai agent\)?)?|quo'?s ai agent|syu", re.IGNORECASE
)
_SONA_IN_LINE = re.compile(r"\b(?:handled|sent|outgoing) by Sona\b|\bSona \(Quo's AI agent\)")


async def resolve_teammate(reference: str, account: Account, *, accepts_sona: bool = False) -> str:
    """Return a teammate's id, from an id, name or email address.

    accepts_sona: whether Sona, Quo's AI agent, can be meant. By name, its id is `SONA_PREFIX`.

    Raises:
        InvalidArguments: no teammate matches, or several do; the message lists them.
    """
    text = reference.strip()
    member, is_self = account.member, normalize_name(text) in {"me", "myself", "i"}
    if member is not None and is_self:
        return member.user_id
    matches: list[User] = []
    for inner in dict.fromkeys([text, *readings(text)]):
        if re.fullmatch("SYU[A-Za-z0-9]+", inner) and not matches:
            return inner
        matches = matches or await find_teammates(inner, account)
        matches = matches or await match_printed_teammate(inner, account)
    matches = matches or await teammates_in_line(text, account)
    if len(matches) == 1:
        return matches[0].id
    if not matches and _names_sona(text):
        if accepts_sona:
            return SONA_PREFIX
        raise InvalidArguments(
            f"{quote_inline(reference)} is Quo's AI agent, not a teammate. Name a teammate here."
        )
    users = await account.directory.users.get()
    reason = (
        f"{quote_inline(reference)} matches several teammates"
        if matches
        else f"No teammate matches {quote_inline(reference)}"
    )
    if not matches and is_self:
        reason = f"This server cannot tell who {quote_inline(reference)} is"
    choices = [candidate_line(full_name(user), user.id) for user in matches or users.values()]
    raise InvalidArguments("\n".join([f"{reason}. Teammates:", *choices]))


def _names_sona(text: str) -> bool:
    """Return whether a text is a name of Sona, Quo's AI agent, or a line of a result with it."""
    line = text.strip().partition("\n")[0]
    return any(map(_SONA.fullmatch, (text, *readings(text)))) or bool(_SONA_IN_LINE.search(line))


async def match_printed_teammate(text: str, account: Account) -> list[User]:
    """Return the teammate of a printed line: `- Marisol Vega · USmarisol1`, or a line of quo_list_users.

    The name, and the email address and the role if they are printed, must be the teammate's own.
    """
    reference = parse_reference(text)
    if reference is None or reference.id is None or reference.numbers:
        return []
    user = (await account.directory.users.get()).get(reference.id)
    if user is None:
        return []
    details = (user.email or "", user.role or "")
    accepted = {
        normalize_name(" ".join([full_name(user), *parts]))
        for count in range(len(details) + 1)
        for parts in combinations(details, count)
    }
    return [user] if normalize_name(reference.label) in accepted | {""} else []


async def teammates_in_line(text: str, account: Account) -> list[User]:
    """Return the teammates that a line of a result mentions, such as `outgoing by Tom Okafor · AC…`.

    None if the line is the heading of a teammate, and its parts do not belong together.
    """
    users = await account.directory.users.get()
    heading = split_heading(text)
    if heading and heading[1] in users:
        return []
    entries = [
        NamedEntry(user.id, full_name(user), (user.id, user.email or "")) for user in users.values()
    ]
    return [users[user_id] for user_id in mentioned_ids(text, entries)]


async def find_teammates(reference: str, account: Account) -> list[User]:
    """Return the teammates with this id, email address, first name or full name."""
    family_name, comma, given_name = reference.partition(",")
    name = normalize_name(f"{given_name} {family_name}" if comma else reference)
    return [
        user
        for user in (await account.directory.users.get()).values()
        if reference == user.id
        or (user.email and reference.casefold() == user.email.casefold())
        or (name and name in name_forms(user))
    ]


def name_forms(user: User) -> set[str]:
    """Return the ways to write a teammate's name, normalized: the first name, and the full name in each spelling."""
    first_name, last_name = user.first_name or "", user.last_name or ""
    forms = [first_name, full_name(user), f"{first_name} {last_name}"]
    return set(map(normalize_name, [*forms, *joined_names(first_name, last_name)]))


async def find_teammates_if_readable(reference: str, account: Account) -> list[User]:
    """Return the matching teammates for a hint; none if the teammates cannot be read."""
    try:
        return await find_teammates(reference, account)
    except Refusal:
        return []


async def teammate_hint(reference: str, account: Account) -> str:
    """Return a line for the error if a teammate has this name; otherwise an empty string."""
    teammates = await find_teammates_if_readable(reference, account)
    if not teammates:
        return ""
    return (
        f"{full_name(teammates[0])} is a teammate, not a contact. quo_get_user shows their details, but Quo does not share their "
        "own phone number.\n"
    )


async def reject_teammate(reference: str, match: ResolvedNumber, account: Account) -> None:
    """Check that a matched contact cannot be confused with a teammate.

    Raises:
        InvalidArguments: a teammate with a different full name matches too, so a text for a colleague
            might go to a customer.
    """
    contact_name = normalize_name(match.person.name) if match.person else ""
    for teammate in await find_teammates_if_readable(reference, account):
        if "@" not in reference and normalize_name(full_name(teammate)) != contact_name:
            raise InvalidArguments(
                f"{quote_inline(reference)} may mean your teammate {full_name(teammate)}, whose own phone number Quo does not share, or "
                f"this contact:\n- {Candidate(match.person, match.number_label, match.number)}\n"
                "Call again with the contact's number, or ask the user which one they mean."
            )
