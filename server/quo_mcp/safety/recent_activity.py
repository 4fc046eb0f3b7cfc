"""Recent messages and calls with a person, as the recipient rules need them."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

import anyio

from quo_mcp.directory.conversation_index import FIRST_PAGES
from quo_mcp.directory.directory import Directory
from quo_mcp.directory.indexed_conversation import IndexedConversation
from quo_mcp.errors import AccessDenied, GatewayError, NotFound, Refusal
from quo_mcp.gateway import ApiClient
from quo_mcp.gateway.request import Query
from quo_mcp.records.messages import Message
from quo_mcp.records.record import Id, Page
from quo_mcp.values.phone_numbers import is_e164, parse

MESSAGES_READ = 100  # per conversation, to find an opt-out; one page
GROUPS_READ = 5  # the latest groups per person, to find an opt-out
MAX_PARTICIPANTS = 10  # of a conversation whose messages Quo lists


class ActivitySummary(Message):
    """A message, or what it has in common with a call. The recipient rules need no id."""

    id: Id = ""

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


ConversationKey: TypeAlias = tuple[str, frozenset[str]]
"""An inbox id, and the participants (E.164)."""


class ReadConversation(NamedTuple):
    """A conversation as it was read last.

    version: that of the index at that time; None if the index did not hold the conversation.
    incoming: its incoming messages that matter: opt-outs, opt-ins, and the latest one of each sender.
    """

    version: tuple[object, ...] | None
    incoming: tuple[ActivitySummary, ...]


@dataclass
class ReadActivity:
    """What has been read so far, for the lifetime of the server."""

    conversations: dict[ConversationKey, ReadConversation] = field(default_factory=dict)
    callers: set[str] = field(default_factory=set)


class RecentActivity:
    """What people sent to this account lately, as one tool call needs it.

    The conversation that is sent in is always read. Another one is read if it has changed since it was
    read last, which the conversation index tells; see `Assumption.CONVERSATION_TIME`. A
    conversation on an inbox that Quo does not let the account read is left out.

    read: what earlier calls have read.
    sent_in: the conversation that the call sends in, if any.
    index_read: the value of the index's `reads_begun` when the call began.
    read_again: read every conversation, whether it has changed or not.

    `unread_inboxes` holds the ids of the inboxes whose conversations were left out.
    """

    def __init__(
        self,
        api: ApiClient,
        directory: Directory,
        read: ReadActivity,
        sent_in: ConversationKey | None = None,
        *,
        index_read: int | None = None,
        read_again: bool = False,
    ) -> None:
        self._api = api
        self._directory = directory
        self._read = read
        self._sent_in = sent_in
        self._index_read = index_read
        self._read_again = read_again
        self._read_now: dict[ConversationKey, tuple[ActivitySummary, ...]] = {}
        self._pages: dict[ConversationKey, tuple[ActivitySummary, ...]] = {}
        self._sent_now: dict[ConversationKey, tuple[ActivitySummary, ...]] = {}
        self._has_index: bool | None = None
        self.unread_inboxes: dict[str, None] = {}

    async def incoming_messages(self, number: str) -> list[ActivitySummary]:
        """Return the messages of a person that matter, from all conversations that may hold an opt-out.

        In a one-to-one conversation, every incoming message is theirs, whatever sender it names.
        In a group, those without a sender may be theirs.

        Raises:
            Refusal: the conversation that is sent in, or one that changed, cannot be read.
        """
        await self._read_conversations(number)
        region = await self._directory.default_region()
        return [
            message
            for (_, participants), messages in self._read_now.items()
            if number in participants
            for message in messages
            if len(participants) == 1 or message.sender_number(region) in {number, ""}
        ]

    def messages_sent(self, recipients: Iterable[str]) -> list[ActivitySummary]:
        """Return our messages to exactly these people, from the conversations that this call has read."""
        return [
            message
            for (_, participants), messages in self._sent_now.items()
            if participants == frozenset(recipients)
            for message in messages
        ]

    def latest_messages(self) -> tuple[ActivitySummary, ...] | None:
        """Return the latest messages of the conversation that is sent in, or None if this call has not read it."""
        return self._pages.get(self._sent_in) if self._sent_in else None

    async def has_contacted_us(self, number: str) -> bool:
        """Return whether the person has sent a message or called."""
        await self._read_conversations(number)
        alone = frozenset([number])
        if number in self._read.callers or any(
            messages
            for (_, participants), messages in self._read_now.items()
            if participants == alone
        ):
            return True
        conversations = await self._conversations(number)
        if not conversations and self._has_index and self._directory.conversations.complete:
            return False  # a call makes a conversation
        for inbox in await self._directory.numbers.get(fresh=True):
            viewer = await self._directory.call_viewer_of(inbox.id)
            try:
                calls = await self._list("calls", inbox.id, [number], viewer)
            except GatewayError as error:
                self._leave_out(inbox.id, error)
                continue
            if await self._incoming(calls):
                self._read.callers.add(number)
                return True
        return False

    async def regions(self) -> set[str]:
        """Return the countries of the people that the workspace has conversations with."""
        return self._directory.conversations.regions() if await self._refresh_index() else set()

    async def _refresh_index(self) -> bool:
        """Bring the index up to date, once a call; return whether there is one.

        The first reading waits for no more pages than there are inboxes, since each inbox can be asked
        directly too.
        """
        if self._has_index is None:
            inboxes = await self._directory.numbers.get(fresh=True)
            first_pages = max(1, min(FIRST_PAGES, len(inboxes)))
            try:
                await self._directory.conversations.refresh(
                    since=self._index_read, first_pages=first_pages
                )
            except AccessDenied as error:
                if error.status != 403:
                    raise
                self._has_index = False
            else:
                self._has_index = True
        return self._has_index

    async def _conversations(self, number: str) -> list[IndexedConversation]:
        """Return the person's own conversations and their latest groups, as far as messages can be listed."""
        if not await self._refresh_index():
            return []
        conversations = self._directory.conversations.with_person(number)
        # Quo accepts no participants but E.164 numbers.
        groups = [
            group
            for group in conversations
            if 1 < len(group.participants) <= MAX_PARTICIPANTS
            and all(map(is_e164, group.participants))
        ]
        return [item for item in conversations if len(item.participants) == 1] + groups[
            :GROUPS_READ
        ]

    async def _versions(self, number: str) -> dict[ConversationKey, tuple[object, ...] | None]:
        """Return the conversations to know for a person, each with its version.

        Until the index is complete, inboxes without a known conversation have one of an unknown version.
        """
        versions: dict[ConversationKey, tuple[object, ...] | None] = {}
        for item in await self._conversations(number):
            key = (item.inbox, item.participants)
            versions[key] = (*(versions.get(key) or ()), *item.version)
        if not (self._has_index and self._directory.conversations.complete):
            for inbox in await self._directory.numbers.get(fresh=True):
                versions.setdefault((inbox.id, frozenset([number])), None)
        return versions

    async def _read_conversations(self, number: str) -> None:
        versions = await self._versions(number)
        if self._sent_in:
            await self._read_messages(self._sent_in, versions.get(self._sent_in))
        await self._read_others(versions)

    async def _read_others(
        self, versions: dict[ConversationKey, tuple[object, ...] | None]
    ) -> None:
        """Read the conversations whose version is new."""
        failures: list[Refusal] = []

        async def read(key: ConversationKey, version: tuple[object, ...] | None) -> None:
            try:
                await self._read_messages(key, version)
            except GatewayError as error:
                try:
                    self._leave_out(key[0], error)
                except Refusal as refusal:
                    failures.append(refusal)

        async with anyio.create_task_group() as task_group:
            for key, version in versions.items():
                last = self._read.conversations.get(key)
                is_current = self._has_index and not self._read_again
                if is_current and last and last.version == version:
                    self._read_now.setdefault(key, last.incoming)
                elif key not in self._read_now:
                    task_group.start_soon(read, key, version)
        if failures:
            raise failures[0]

    def _leave_out(self, inbox: str, error: GatewayError) -> None:
        """Note that an inbox cannot be read, or raise the error if it is another one."""
        is_forbidden = isinstance(error, NotFound) or (
            isinstance(error, AccessDenied) and error.status == 403
        )
        if not is_forbidden:
            raise error
        self.unread_inboxes[inbox] = None

    async def _read_messages(
        self, key: ConversationKey, version: tuple[object, ...] | None
    ) -> None:
        if key in self._read_now:
            return
        inbox, participants = key
        page = await self._list("messages", inbox, sorted(participants))
        messages = await self._incoming(page)
        incoming = tuple(_that_matter(messages))
        arrived = {id(message) for message in messages}
        self._pages[key] = tuple(page)
        self._sent_now[key] = tuple(item for item in page if id(item) not in arrived)
        self._read.conversations[key] = ReadConversation(version, incoming)
        self._read_now[key] = incoming

    async def _incoming(self, items: Sequence[ActivitySummary]) -> list[ActivitySummary]:
        region = await self._directory.default_region()
        own = {inbox.number for inbox in await self._directory.numbers.get()}
        return [item for item in items if item.is_incoming(own, region)]

    async def _list(
        self, resource: str, inbox: str, participants: Sequence[str], viewer: str | None = None
    ) -> list[ActivitySummary]:
        query: Query = {
            "phoneNumberId": inbox,
            "userId": viewer,
            "participants": list(participants),
            "maxResults": MESSAGES_READ,
        }
        return (await self._api.get(Page[ActivitySummary], resource, query=query)).data


def _that_matter(messages: Iterable[ActivitySummary]) -> list[ActivitySummary]:
    """Return the opt-outs, the opt-ins, and the latest message of each sender."""
    from quo_mcp.safety.opt_out_detection import classify  # noqa: PLC0415 - compiling its patterns is slow

    senders: set[str] = set()
    matter = []
    for message in messages:
        if message.sender not in senders or classify(message.text):
            matter.append(message)
            senders.add(message.sender)
    return matter
