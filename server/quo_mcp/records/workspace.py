"""The account's phone numbers (inboxes) and users (teammates)."""

from typing import Any

from pydantic import model_validator

from quo_mcp.records.record import DisplayNumber, Id, Record, Timestamp
from quo_mcp.values import person_names
from quo_mcp.values.untrusted import inline


class Member(Record):
    """A teammate, as listed in the `users` of a phone number."""

    id: Id
    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    role: str | None = None


class User(Member):
    created_at: Timestamp | None = None


class PhoneNumber(Record):
    """One of the account's own phone numbers: an inbox."""

    id: Id
    number: DisplayNumber
    name: str | None = None
    symbol: str | None = None
    users: tuple[Member, ...] = ()
    forward: str | None = None
    porting_status: str | None = None
    restrictions: dict[str, dict[str, str]] | None = None

    @model_validator(mode="before")
    @classmethod
    def _keep_without_number(cls, reply: Any) -> Any:
        """Put the id where the number cannot be read, so that no rule overlooks this inbox."""
        if isinstance(reply, dict) and not isinstance(reply.get("number", ""), str):
            return reply | {"number": reply.get("id")}
        return reply


SONA_PREFIX = "SYU"
"""How the ids of Sona, Quo's AI agent, begin. Alone, it stands for Sona with any id."""


def is_teammate(user_id: str | None, teammate: str | None) -> bool:
    """Return whether a user is the one of a filter; True if there is no filter. All ids of Sona are one."""
    if teammate is None or user_id == teammate:
        return True
    return teammate == SONA_PREFIX and user_id is not None and user_id.startswith(SONA_PREFIX)


def full_name(member: Member) -> str:
    """Return a teammate's name, safe to display: the email address or the id if there is no name."""
    name = person_names.full_name(member.first_name, member.last_name)
    return inline(name) or inline(member.email or "", max_words=1) or member.id
