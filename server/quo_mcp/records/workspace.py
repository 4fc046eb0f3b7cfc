"""The account's phone numbers (inboxes) and users (teammates)."""

from datetime import datetime

from quo_mcp.records.record import DisplayNumber, Id, Lenient, LenientList, Record
from quo_mcp.values import person_names
from quo_mcp.values.untrusted import inline


class Member(Record):
    """A teammate, as listed in the `users` of a phone number."""

    id: Id
    email: Lenient[str] = None
    first_name: Lenient[str] = None
    last_name: Lenient[str] = None
    role: Lenient[str] = None


class User(Member):
    created_at: Lenient[datetime] = None


class PhoneNumber(Record):
    """One of the account's own phone numbers: an inbox."""

    id: Id
    number: DisplayNumber
    name: Lenient[str] = None
    symbol: Lenient[str] = None
    users: LenientList[Member] = ()
    forward: Lenient[str] = None
    porting_status: Lenient[str] = None
    restrictions: Lenient[dict[str, dict[str, str]]] = None


def full_name(member: Member) -> str:
    """Return a teammate's name, safe to display: the email address or the id if there is no name."""
    name = person_names.full_name(member.first_name, member.last_name)
    return inline(name) or inline(member.email or "", max_words=1) or member.id
