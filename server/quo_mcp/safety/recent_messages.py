"""What was exchanged with people lately, as far as the rules about them go."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field

from quo_mcp.directory.conversation_scan import Threads
from quo_mcp.directory.directory import Directory
from quo_mcp.gateway import Plane
from quo_mcp.gateway.request import Query
from quo_mcp.records.base import Page, Record
from quo_mcp.records.conversations import Conversation
from quo_mcp.values.phone_numbers import is_e164, parse

RECENT = 100  # texts of a thread that are read for an opt-out: as many as one page holds
GROUPS = 5  # of one person, the latest, in which an opt-out is looked for


def _in_utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class Heard(Record):
    """A text as far as consent goes, or a call as far as its direction."""

    sender: str = Field("", alias="from")
    text: str = ""
    direction: str = ""
    created_at: Annotated[datetime, AfterValidator(_in_utc)] | None = None

    def number(self, region: str) -> str:
        """Who it is from: E.164 where it can be read as such, however it is spelled."""
        return parse(self.sender, region) or self.sender

    def came_in(self, own: Collection[str], region: str) -> bool:
        """Whether it is not ours. A direction that is in other words goes by who sent it."""
        if self.direction in {"incoming", "outgoing"}:
            return self.direction == "incoming"
        return self.number(region) not in own


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
            for own in await self._directory.numbers.get(fresh=True):
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
        region = await self._directory.region()
        found: Exchanges = []
        for group in self._groups:
            people = [parse(each, region) or each for each in group.participants]
            if number not in people or len(found) == GROUPS:
                continue
            query: Query = {
                "phoneNumberId": group.phone_number_id,
                "participants": people,
                "maxResults": RECENT,
            }
            if all(map(is_e164, people)):  # Quo lists no others
                found.append(
                    tuple((await self._api.get(Page[Heard], "messages", query=query)).data)
                )
        return found
