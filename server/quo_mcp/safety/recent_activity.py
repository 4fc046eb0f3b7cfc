"""Recent messages and calls with a person, as the recipient rules need them."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Annotated, TypeAlias

from pydantic import AfterValidator, Field

from quo_mcp.directory.conversation_scan import ConversationScan
from quo_mcp.directory.directory import Directory
from quo_mcp.gateway import ApiClient
from quo_mcp.gateway.request import Query
from quo_mcp.records.base import Page, Record
from quo_mcp.records.conversations import Conversation
from quo_mcp.values.phone_numbers import is_e164, parse

MESSAGES_READ = 100  # per conversation, to find an opt-out; one page
GROUPS_READ = 5  # the latest groups per person, to find an opt-out


def _assume_utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class ActivitySummary(Record):
    """The fields of a message or a call that the recipient rules read."""

    sender: str = Field("", alias="from")
    text: str = ""
    direction: str = ""
    created_at: Annotated[datetime, AfterValidator(_assume_utc)] | None = None

    def sender_number(self, region: str) -> str:
        """Return the sender in E.164 if it can be parsed, else as it is."""
        return parse(self.sender, region) or self.sender

    def is_incoming(self, own: Collection[str], region: str) -> bool:
        """Return whether it came in. If the direction is unknown, the sender decides.

        own: the account's numbers.
        """
        if self.direction in {"incoming", "outgoing"}:
            return self.direction == "incoming"
        return self.sender_number(region) not in own


ConversationPages: TypeAlias = list[tuple[ActivitySummary, ...]]
"""The latest messages or calls, one tuple per conversation."""


class RecentActivity:
    """Recent messages and calls; each conversation is read once, on first use."""

    def __init__(self, api: ApiClient, directory: Directory) -> None:
        self._api = api
        self._directory = directory
        self._pages: dict[tuple[str, ...], ConversationPages] = {}
        self._groups: list[Conversation] | None = None

    async def with_participants(
        self, resource: str, participants: Sequence[str]
    ) -> ConversationPages:
        """Return the latest messages or calls with exactly these participants, per inbox.

        resource: "messages" or "calls".
        """
        key = (resource, *participants)
        if key not in self._pages:
            pages = []
            for inbox in await self._directory.numbers.get(fresh=True):
                viewer = (
                    await self._directory.call_viewer_of(inbox.id) if resource == "calls" else None
                )
                query: Query = {
                    "phoneNumberId": inbox.id,
                    "userId": viewer,
                    "participants": list(participants),
                    "maxResults": MESSAGES_READ,
                }
                page = await self._api.get(Page[ActivitySummary], resource, query=query)
                pages.append(tuple(page.data))
            self._pages[key] = pages
        return self._pages[key]

    async def in_groups_with(self, number: str) -> ConversationPages:
        """Return the latest messages in this person's groups, among the account's latest conversations."""
        if self._groups is None:
            scan = ConversationScan(self._api, max_pages=1)
            self._groups = [group async for group in scan if len(group.participants) > 1]
        region = await self._directory.default_region()
        pages: ConversationPages = []
        for group in self._groups:
            participants = [
                parse(participant, region) or participant for participant in group.participants
            ]
            if number not in participants or len(pages) == GROUPS_READ:
                continue
            query: Query = {
                "phoneNumberId": group.phone_number_id,
                "participants": participants,
                "maxResults": MESSAGES_READ,
            }
            if all(map(is_e164, participants)):  # Quo accepts no other values
                page = await self._api.get(Page[ActivitySummary], "messages", query=query)
                pages.append(tuple(page.data))
        return pages
