"""Recent messages and calls with a person, as the recipient rules need them."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, Field

from quo_mcp.directory.conversation_scan import ConversationScan
from quo_mcp.directory.directory import Directory
from quo_mcp.gateway import ApiClient
from quo_mcp.gateway.request import Query
from quo_mcp.records.conversations import Conversation
from quo_mcp.records.record import Page, Record
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


class RecentActivity:
    """What people sent to this account lately; each conversation is read once, on first use."""

    def __init__(self, api: ApiClient, directory: Directory) -> None:
        self._api = api
        self._directory = directory
        self._conversations: dict[tuple[str, ...], list[ActivitySummary]] = {}
        self._groups: list[Conversation] | None = None

    async def incoming_from(self, number: str, resource: str) -> list[ActivitySummary]:
        """Return what came in lately in the one-to-one conversations with this person.

        All of it is theirs, whatever sender it names.

        resource: "messages" or "calls".
        """
        return await self._incoming(await self._with_participants(resource, [number]))

    async def incoming_from_group(
        self, number: str, participants: Sequence[str]
    ) -> list[ActivitySummary]:
        """Return the latest messages of one person in the group with exactly these participants."""
        messages = await self._with_participants("messages", participants)
        return await self._incoming(messages, sender=number)

    async def incoming_from_groups_with(self, number: str) -> list[ActivitySummary]:
        """Return the latest messages of one person in their groups, among the account's latest conversations."""
        return await self._incoming(await self._in_groups_with(number), sender=number)

    async def _incoming(
        self, items: Sequence[ActivitySummary], sender: str | None = None
    ) -> list[ActivitySummary]:
        """Return the items that came in. sender: whose; items without a sender may be theirs."""
        region = await self._directory.default_region()
        own = {inbox.number for inbox in await self._directory.numbers.get()}
        return [
            item
            for item in items
            if item.is_incoming(own, region)
            and (sender is None or item.sender_number(region) in {sender, ""})
        ]

    async def _with_participants(
        self, resource: str, participants: Sequence[str]
    ) -> list[ActivitySummary]:
        key = (resource, *participants)
        if key not in self._conversations:
            items: list[ActivitySummary] = []
            for inbox in await self._directory.numbers.get(fresh=True):
                viewer = (
                    await self._directory.call_viewer_of(inbox.id) if resource == "calls" else None
                )
                items += await self._read(resource, inbox.id, participants, viewer)
            self._conversations[key] = items
        return self._conversations[key]

    async def _in_groups_with(self, number: str) -> list[ActivitySummary]:
        if self._groups is None:
            scan = ConversationScan(self._api, max_pages=1)
            self._groups = [group async for group in scan if len(group.participants) > 1]
        region = await self._directory.default_region()
        messages: list[ActivitySummary] = []
        groups_read = 0
        for group in self._groups:
            participants = [
                parse(participant, region) or participant for participant in group.participants
            ]
            # Quo accepts no participants but E.164 numbers.
            if number not in participants or not all(map(is_e164, participants)):
                continue
            messages += await self._read("messages", group.phone_number_id, participants)
            groups_read += 1
            if groups_read == GROUPS_READ:
                break
        return messages

    async def _read(
        self, resource: str, inbox: str, participants: Sequence[str], viewer: str | None = None
    ) -> list[ActivitySummary]:
        query: Query = {
            "phoneNumberId": inbox,
            "userId": viewer,
            "participants": list(participants),
            "maxResults": MESSAGES_READ,
        }
        return (await self._api.get(Page[ActivitySummary], resource, query=query)).data
