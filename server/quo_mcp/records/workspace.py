"""The account's phone numbers (inboxes) and users (teammates)."""

from datetime import datetime

from quo_mcp.records.base import Extra, Extras, Id, Number, Record
from quo_mcp.values.untrusted import inline


class Member(Record):
    """A teammate, as a number lists its users."""

    id: Id
    email: Extra[str] = None
    first_name: Extra[str] = None
    last_name: Extra[str] = None
    role: Extra[str] = None


class User(Member):
    created_at: Extra[datetime] = None


class PhoneNumber(Record):
    """One of the account's own numbers: an inbox."""

    id: Id
    number: Number
    name: Extra[str] = None
    symbol: Extra[str] = None
    users: Extras[Member] = ()
    forward: Extra[str] = None
    porting_status: Extra[str] = None
    restrictions: Extra[dict[str, dict[str, str]]] = None


def full_name(person: Member) -> str:
    """A teammate's name; the e-mail or the id where there is none."""
    name = " ".join(filter(None, [person.first_name, person.last_name]))
    return inline(name) or inline(person.email or "", words=1) or person.id
