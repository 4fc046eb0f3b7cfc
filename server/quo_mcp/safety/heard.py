"""What was exchanged with people lately, as far as the rules about them go."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeAlias

from pydantic import Field

from quo_mcp.directory import Directory
from quo_mcp.gateway import Plane
from quo_mcp.gateway.call import Query
from quo_mcp.numbers import is_e164
from quo_mcp.records import Conversation, Page, Record
from quo_mcp.threads import Threads

RECENT = 100  # texts of a thread that are read for an opt-out: as many as one page holds
GROUPS = 5  # of one person, the latest, in which an opt-out is looked for


class Heard(Record):
    """A text as far as consent goes, or a call as far as its direction."""

    sender: str = Field("", alias="from")
    text: str = ""
    direction: str = ""
    created_at: datetime | None = None


Exchanges: TypeAlias = list[tuple[Heard, ...]]
"""The latest in each thread."""


class Latest:
    """Threads, each of which is read once, when it is first asked for."""

    def __init__(self, api: Plane, directory: Directory) -> None:
        self._api = api
        self._directory = directory
        self._read: dict[tuple[str, ...], Exchanges] = {}
        self._groups: list[Conversation] | None = None

    async def of(self, what: str, them: Sequence[str]) -> Exchanges:
        """The latest texts or calls (`messages`, `calls`) with them, on each of the account's numbers."""
        asked = (what, *them)
        if asked not in self._read:
            found = []
            for own in await self._directory.numbers.get():
                reader = await self._directory.reader_of(own.id) if what == "calls" else None
                query: Query = {
                    "phoneNumberId": own.id,
                    "userId": reader,
                    "participants": list(them),
                    "maxResults": RECENT,
                }
                found.append(tuple((await self._api.get(Page[Heard], what, query=query)).data))
            self._read[asked] = found
        return self._read[asked]

    async def in_groups_with(self, number: str) -> Exchanges:
        """The latest texts in their group threads, among the account's latest threads."""
        if self._groups is None:
            threads = Threads(self._api, pages=1)
            self._groups = [each async for each in threads if len(each.participants) > 1]
        found = []
        theirs = [each for each in self._groups if number in each.participants][:GROUPS]
        for group in theirs:
            query: Query = {
                "phoneNumberId": group.phone_number_id,
                "participants": group.participants,
                "maxResults": RECENT,
            }
            if all(map(is_e164, group.participants)):  # Quo lists no others
                found.append(
                    tuple((await self._api.get(Page[Heard], "messages", query=query)).data)
                )
        return found
