"""What the setup checks read. Every request only reads, and is made once."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from quo_mcp.errors import AccessDenied, NotFound, Refusal
from quo_mcp.gateway import Peer
from quo_mcp.gateway.connection_choice import QUO_APP, ConnectionList
from quo_mcp.records.calls import Call, CallArtifact
from quo_mcp.records.conversations import Conversation
from quo_mcp.records.record import Envelope, Page
from quo_mcp.records.workspace import PhoneNumber
from quo_mcp.safety.send_record import SendRecord
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.resolve.inboxes import inbox_scope

Result = TypeVar("Result")

MAX_CONVERSATIONS = 10  # conversations searched for calls
MAX_CALLS = 3  # calls whose summary and transcript are requested
MIN_CALL_SECONDS = 20  # Quo often creates no summary or transcript of shorter calls
MAX_SENDS = 2000  # sends read from the journal: more than a daily limit is likely to be


class SetupReader:
    """Reads what several checks need, and keeps each reply or error.

    key_source: where the settings come from, e.g. "in this shell"; "" if that is clear.
    """

    def __init__(self, context: ToolContext, key_source: str = "") -> None:
        self.context = context
        self.config = context.account.settings
        self.key_source = key_source
        self._results: dict[Callable[..., Any], Any] = {}

    @property
    def peer(self) -> Peer:
        """What the server's requests are sent to."""
        return self.context.account.api.peer

    async def read(self, request: Callable[["SetupReader"], Awaitable[Result]]) -> Result | Refusal:
        """Return the result of the request, or its error. The first result is kept."""
        if request not in self._results:
            try:
                self._results[request] = await request(self)
            except Refusal as error:
                self._results[request] = error
        result: Result | Refusal = self._results[request]
        return result

    @property
    def errors(self) -> list[Refusal]:
        """The errors so far."""
        return [result for result in self._results.values() if isinstance(result, Refusal)]


async def list_connections(reader: SetupReader) -> ConnectionList:
    query = {"app": QUO_APP}
    return await reader.context.account.control.get(ConnectionList, "connections", query=query)


async def list_numbers(reader: SetupReader) -> tuple[PhoneNumber, ...]:
    """Return the account's numbers. Quo rejects a key that Maton's control plane rejects, so it is not asked then."""
    if not reader.config.is_direct:
        connections = await reader.read(list_connections)
        if isinstance(connections, AccessDenied):
            raise connections
    return tuple((await reader.context.account.api.get(Page[PhoneNumber], "phone-numbers")).data)


async def recent_calls(reader: SetupReader) -> list[Call]:
    """Return a few completed calls from the latest conversations."""
    api = reader.context.account.api
    query = {"maxResults": MAX_CONVERSATIONS}
    conversations = await api.get(Page[Conversation], "conversations", query=query)
    calls: list[Call] = []
    for conversation in conversations.data:
        if len(conversation.participants) != 1:  # Quo lists calls with one person at a time
            continue
        page = await api.get(
            Page[Call],
            "calls",
            query={
                "phoneNumberId": conversation.phone_number_id,
                "participants": conversation.participants,
                "maxResults": 10,
            },
        )
        calls += [
            call
            for call in page.data
            if call.status == "completed" and (call.duration or 0) >= MIN_CALL_SECONDS
        ]
        if len(calls) >= MAX_CALLS:
            break
    return calls[:MAX_CALLS]


async def artifact_status(reader: SetupReader, resource: str) -> str | None:
    """Return the first status other than "absent" of recent calls' summaries or transcripts.

    Returns "absent" if no call has one, and None if there are no calls.
    """
    calls = await reader.read(recent_calls)
    if isinstance(calls, Refusal):
        raise calls
    status: str | None = None
    for call in calls:
        try:
            reply = await reader.context.account.api.get(Envelope[CallArtifact], resource, call.id)
            status = reply.data.status
        except NotFound:
            status = "absent"
        if status != "absent":
            break
    return status


async def recent_sends(reader: SetupReader) -> list[SendRecord]:
    """Return this account's latest sends, newest first. Raises Refusal if the journal is unusable."""
    sends = await reader.context.account.outbox.list_recent(MAX_SENDS)
    account = reader.context.account
    scope = await inbox_scope(None, account)
    return [
        send
        for send in sends
        if send.account == account.id and (scope is None or send.inbox in scope)
    ]
