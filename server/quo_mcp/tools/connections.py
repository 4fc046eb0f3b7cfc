"""Tools for connections, through which the gateway reaches the account at Quo.

A person authorizes a connection in a browser, by opening its URL.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import anyio
from pydantic import Field

from quo_mcp.errors import Refusal
from quo_mcp.gateway.connection_choice import QUO_APP, Connection, ConnectionList
from quo_mcp.records.record import Page
from quo_mcp.records.workspace import PhoneNumber
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.fields import ConnectionId
from quo_mcp.tools.rendering import (
    END_OF_READABLE_RESULTS,
    END_OF_RESULTS,
    Presenter,
    bare_url,
    block,
    heading,
    omitted_note,
)
from quo_mcp.values.references import with_number
from quo_mcp.values.untrusted import inline

# The in-process sandbox gives its connections URLs in the reserved domain .invalid (RFC 2606).
SANDBOX_URL = r"https://[^/]+\.invalid/"
POLL_INTERVAL = 2.0  # seconds between two reads of a pending connection


def render_connection(
    connection: Connection, presenter: Presenter, used_id: str | None = None
) -> str:
    """Return a connection as one line, without its URL. used_id: the connection in use."""
    return heading(
        f"Connection to {inline(connection.app)}",
        inline(connection.status.lower()),
        "in use" if connection.id == used_id else None,
        f"created {presenter.time(connection.created_at)}" if connection.created_at else None,
        connection.id,
    )


class ListConnections(Tool[ConnectionList]):
    """List the connections to Quo: their status, which one is in use, and their ids.

    For the authorization link of one, call quo_get_connection. To check whether everything works, call
    quo_check_setup.
    """

    effect = Effect.READ

    status: Annotated[
        Literal["ACTIVE", "PENDING", "FAILED"] | None,
        Field(description="Only connections with this status."),
    ] = None

    async def run(self, context: ToolContext) -> ConnectionList:
        query = {"app": QUO_APP, "status": self.status}
        connections = await context.account.control.get(ConnectionList, "connections", query=query)
        return connections.model_copy(update={"used_id": context.account.gateway.connection_in_use})

    def render(self, result: ConnectionList, presenter: Presenter) -> str:
        if not result.connections and not result.unreadable_count:
            status = f"{self.status.lower()} " if self.status else ""
            return f"No {status}connection to Quo. To create one, call quo_create_connection. A person must then authorize it."
        return block(
            "Connections:",
            *(
                render_connection(connection, presenter, result.used_id)
                for connection in result.connections
            ),
            "Several connections are active, so writes are refused. A person must set QUO_MCP_CONNECTION to the id of the one to use."
            if sum(connection.status == "ACTIVE" for connection in result.connections) > 1
            and not result.used_id
            else None,
            "An entry could not be read and may be an active connection, so writes are refused. A person must set "
            "QUO_MCP_CONNECTION to the id of the one to use."
            if result.unreadable_count and not result.used_id
            else None,
            omitted_note(result.unreadable_count),
            END_OF_READABLE_RESULTS if result.unreadable_count else END_OF_RESULTS,
        )


@dataclass(frozen=True)
class ConnectionState:
    """A connection, and what it can be used for.

    numbers: the inboxes it gives access to, or why they cannot be read; None if another connection
        is in use.
    active_count: the number of active connections to Quo.
    """

    connection: Connection
    numbers: Sequence[PhoneNumber] | Refusal | None = None
    active_count: int = 0


class GetConnection(Tool[ConnectionState]):
    """Show one connection: its status, its authorization link while pending, and its phone numbers.

    After quo_create_connection, use `wait_seconds` to wait until a person has opened the link.
    """

    effect = Effect.READ
    old_names: ClassVar[Mapping[str, str]] = {"wait": "wait_seconds"}
    sleep: ClassVar[Callable[[float], Awaitable[None]]] = anyio.sleep

    connection_id: ConnectionId
    wait_seconds: Annotated[
        int,
        Field(
            ge=0,
            le=300,
            description="Wait up to this many seconds for a person to authorize it. Default 0, at most 300.",
        ),
    ] = 0

    async def run(self, context: ToolContext) -> ConnectionState:
        connection = await self._wait_for_authorization(context)
        if connection.status != "ACTIVE":
            return ConnectionState(connection)
        reply = await context.account.control.get(
            ConnectionList, "connections", query={"app": QUO_APP}
        )
        active_ids = [entry.id for entry in reply.connections if entry.status == "ACTIVE"]
        used_id = context.account.gateway.connection_in_use
        is_only = active_ids == [connection.id] and not reply.unreadable_count
        is_used = used_id == connection.id if used_id else is_only
        if not is_used:
            return ConnectionState(connection, active_count=len(active_ids))
        try:
            numbers = await context.account.api.get(Page[PhoneNumber], "phone-numbers")
        except Refusal as error:
            return ConnectionState(connection, error, len(active_ids))
        return ConnectionState(connection, numbers.data, len(active_ids))

    async def _wait_for_authorization(self, context: ToolContext) -> Connection:
        """Return the connection when it is no longer pending, or after `wait_seconds`."""
        started_at = context.account.now()
        waited = 0.0
        while True:
            connection = await context.account.control.get(
                Connection, "connections", self.connection_id
            )
            if waited and connection.status == "ACTIVE":
                context.account.directory.invalidate()  # its data may belong to another account
            if connection.status != "PENDING" or waited >= self.wait_seconds:
                return connection
            # Without the URL, because hosts may log progress or show it to other people.
            await context.progress(
                waited, self.wait_seconds, "Waiting for a person to open the link"
            )
            await type(self).sleep(min(POLL_INTERVAL, self.wait_seconds - waited))
            waited = max(waited + 0.1, (context.account.now() - started_at).total_seconds())

    def render(self, result: ConnectionState, presenter: Presenter) -> str:
        connection = result.connection
        timed_out = self.wait_seconds and connection.status == "PENDING"
        return block(
            render_connection(connection, presenter),
            "Not authorized yet." if timed_out else None,
            authorization_note(connection),
            usage_note(result, presenter),
        )


class CreateConnection(Tool[Connection]):
    """Create a connection to Quo. Returns a link that a person must open in a browser to authorize it.

    Only needed if quo_list_connections shows no active connection, or another account is to be connected.
    """

    effect = Effect.CREATE

    async def approval_prompt(self, _context: ToolContext, _presenter: Presenter) -> str:
        return "Create a new connection between the gateway (Maton) and Quo? A person must then authorize it in a browser."

    async def run(self, context: ToolContext) -> Connection:
        try:
            connection = await context.account.control.post(
                Connection, "connections", body={"app": QUO_APP}
            )
        finally:
            # The connection may be to another account, and may exist even if the request failed.
            context.account.directory.invalidate()
        if connection.url and connection.status:
            return connection
        # Most replies have only the id.
        try:
            return await context.account.control.get(Connection, "connections", connection.id)
        except Refusal:
            return connection  # it exists: an error would lose its id and lead to a second one

    def render(self, result: Connection, presenter: Presenter) -> str:
        return block(
            "Connection created:", render_connection(result, presenter), authorization_note(result)
        )


class DeleteConnection(Tool[None]):
    """Delete a connection to Quo permanently. Tools can no longer use it.

    Use it for a failed or surplus connection. To see which one is in use, call quo_list_connections.
    """

    effect = Effect.DELETE

    connection_id: ConnectionId

    async def approval_prompt(self, context: ToolContext, presenter: Presenter) -> str:
        connection = await context.account.control.get(
            Connection, "connections", self.connection_id
        )
        text = render_connection(connection, presenter)
        return f"Delete this connection permanently? Tools can no longer use it.\n\n{text}"

    async def run(self, context: ToolContext) -> None:
        try:
            await context.account.control.delete("connections", self.connection_id)
        finally:
            # Another connection may be used from now on, even if the request failed.
            context.account.directory.invalidate()

    def render(self, _result: None, _presenter: Presenter) -> str:
        return f"Deleted connection {self.connection_id}."


def authorization_note(connection: Connection) -> str | None:
    """Return the URL that a person must open, and what to do then; None if the connection is active."""
    if connection.status == "ACTIVE":
        return None
    if connection.status == "FAILED":
        return "To replace it, call quo_create_connection, then delete this one."
    get_call = f'quo_get_connection with connection_id="{connection.id}"'
    if not connection.url:
        return f"No authorization link yet. To get it, call {get_call}."
    if re.match(SANDBOX_URL, connection.url):
        return (
            f"On a real account, a person must open this link and authorize the connection:\n{bare_url(connection.url)}\n"
            "In the sandbox, it becomes active by itself within 30 seconds. "
            f"To wait for it, call {get_call}, wait_seconds=45."
        )
    return (
        f"A person must open this private link in a browser and authorize the connection:\n{bare_url(connection.url)}\n"
        f"Show them the link first. Then wait for it: call {get_call}, wait_seconds=45."
    )


def usage_note(state: ConnectionState, presenter: Presenter) -> str | None:
    """Return which inboxes the connection gives access to, or why none; None if it is not active."""
    if state.connection.status != "ACTIVE":
        return None
    if state.numbers is None:
        remedy = f"a person must set QUO_MCP_CONNECTION to {state.connection.id}"
        if state.active_count < 2:
            return f"Another connection is in use. To use this one, {remedy}."
        return (
            f"{state.active_count} connections are active. To use this one, {remedy}, or delete the others with "
            "quo_delete_connection."
        )
    if isinstance(state.numbers, Refusal):
        return f"Its inboxes could not be read. {state.numbers}"
    if not state.numbers:
        return "It works, but gives access to no inbox. A person must add its user to one in Quo."
    inboxes = ", ".join(
        with_number(inline(inbox.name or "Unnamed"), presenter.number(inbox.number))
        for inbox in state.numbers
    )
    return f"It works. Inboxes: {inboxes}."
