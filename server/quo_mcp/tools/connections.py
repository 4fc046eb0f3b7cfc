"""Connections: the gateway's links to the account at Quo, which a person authorizes in a browser."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import anyio
from pydantic import Field

from quo_mcp.errors import Refusal
from quo_mcp.records.base import Page
from quo_mcp.records.connections import APP, Connection, Connections
from quo_mcp.records.workspace import PhoneNumber
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import Quo
from quo_mcp.tools.fields import ConnectionId
from quo_mcp.tools.rendering import View, block, heading
from quo_mcp.tools.rendering import link as address
from quo_mcp.values.untrusted import inline

NOWHERE = (
    r"https://[^/]+\.invalid/"  # a link of the sandbox in this process: such names are nobody's
)
POLL = 2.0  # seconds between looks at a connection that waits for a person


STATES = {
    "ACTIVE": "active",
    "PENDING": "waiting for a person to authorize it",
    "FAILED": "failed",
}


def connection_line(link: Connection, view: View, used: str | None = None) -> str:
    return heading(
        f"Connection to {inline(link.app)}",
        STATES.get(link.status, inline(link.status)),
        "the one this server uses" if link.id == used else None,
        f"since {view.when(link.created)}" if link.created else None,
        link.id,
    )


class ListConnections(Tool[Connections]):
    """List the connections to Quo."""

    effect = Effect.READ

    status: Annotated[
        Literal["ACTIVE", "PENDING", "FAILED"] | None, Field(description="Only these")
    ] = None

    async def run(self, quo: Quo) -> Connections:
        query = {"app": APP, "status": self.status}
        found = await quo.control.get(Connections, "connections", query=query)
        return found.model_copy(update={"used": quo.gateway.connection_in_use})

    def render(self, result: Connections, view: View) -> str:
        if not result.connections:
            which = f"{self.status.lower()} " if self.status else ""
            return f"No {which}connection to Quo. quo_create_connection makes one, for a person to authorize."
        return block(
            "Connections:",
            *(connection_line(each, view, result.used) for each in result.connections),
            "Where there are several active ones, QUO_MCP_CONNECTION must name the one to write with."
            if sum(each.status == "ACTIVE" for each in result.connections) > 1 and not result.used
            else None,
        )


@dataclass(frozen=True)
class Standing:
    """A connection, and what it is good for.

    numbers: those that can be used now, or why they cannot be read; None where it is not this
        connection that is used.
    active: how many to Quo there are.
    """

    link: Connection
    numbers: Sequence[PhoneNumber] | Refusal | None = None
    active: int = 0


class GetConnection(Tool[Standing]):
    """Show a connection and its link."""

    effect = Effect.READ
    pause: ClassVar[Callable[[float], Awaitable[None]]] = anyio.sleep

    connection_id: ConnectionId
    wait: Annotated[int, Field(ge=0, le=300, description="Seconds")] = 0

    async def run(self, quo: Quo) -> Standing:
        link = await self._settled(quo)
        if link.status != "ACTIVE":
            return Standing(link)
        listed = await quo.control.get(Connections, "connections", query={"app": APP})
        active = [each.id for each in listed.connections if each.status == "ACTIVE"]
        used = quo.gateway.connection_in_use
        is_used = used == link.id if used else active == [link.id]
        if not is_used:
            return Standing(link, active=len(active))
        try:
            own = await quo.api.get(Page[PhoneNumber], "phone-numbers")
        except Refusal as refusal:
            return Standing(link, refusal, len(active))
        return Standing(link, own.data, len(active))

    async def _settled(self, quo: Quo) -> Connection:
        """The connection once it no longer waits for a person, or once we no longer wait."""
        began = quo.now()
        waited = 0.0
        while True:
            link = await quo.control.get(Connection, "connections", self.connection_id)
            if waited and link.status == "ACTIVE":
                quo.directory.forget()  # what is known so far may be another account's
            if link.status != "PENDING" or waited >= self.wait:
                return link
            # Without the link: what a host shows or logs as progress may be seen by others.
            await quo.progress(waited, self.wait, "Waiting for a person to open the link")
            await type(self).pause(min(POLL, self.wait - waited))
            waited = max(waited + 0.1, (quo.now() - began).total_seconds())

    def render(self, result: Standing, view: View) -> str:
        link = result.link
        late = "Nobody has authorized it yet." if self.wait and link.status == "PENDING" else None
        return block(connection_line(link, view), late, invitation(link), usable(result, view))


class CreateConnection(Tool[Connection]):
    """Make a connection to Quo; a person must open its link."""

    effect = Effect.CREATE

    async def question(self, _quo: Quo, _view: View) -> str:
        return "Make a new connection between the gateway (Maton) and Quo? Somebody then has to authorize it in a browser."

    async def run(self, quo: Quo) -> Connection:
        try:
            made = await quo.control.post(Connection, "connections", body={"app": APP})
        finally:
            quo.directory.forget()  # it may be another account's, and be made whatever came back
        if made.url and made.status:
            return made
        # Most replies hold the id alone; the link and the state have to be asked for.
        try:
            return await quo.control.get(Connection, "connections", made.id)
        except Refusal:
            return made  # it is made: an error would have another one made, and this one's id lost

    def render(self, result: Connection, view: View) -> str:
        return block("Made.", connection_line(result, view), invitation(result))


class DeleteConnection(Tool[None]):
    """Cut a connection to Quo: nothing works through it afterwards."""

    effect = Effect.DELETE

    connection_id: ConnectionId

    async def question(self, quo: Quo, view: View) -> str:
        link = await quo.control.get(Connection, "connections", self.connection_id)
        return f"Delete this connection? Nothing will work through it any more.\n\n{connection_line(link, view)}"

    async def run(self, quo: Quo) -> None:
        try:
            await quo.control.delete("connections", self.connection_id)
        finally:
            quo.directory.forget()  # another may be used from now on, whatever came back

    def render(self, _result: None, _view: View) -> str:
        return f"Deleted connection {self.connection_id}."


def invitation(link: Connection) -> str | None:
    """The link, where a person still has to open it, and how to go on."""
    if link.status == "ACTIVE":
        return None
    if link.status == "FAILED":
        return "Make a new one with quo_create_connection, then delete this one."
    if not link.url:
        return f"No link came with it; ask for it with quo_get_connection connection_id={link.id}."
    if re.match(NOWHERE, link.url):
        return (
            f"A person would have to open this link and authorize it:\n{address(link.url)}\n"
            "In the sandbox nobody can or has to: it connects by itself within half a minute. "
            f"quo_get_connection connection_id={link.id} wait=45 tells when it is done."
        )
    return (
        f"A person has to open this link and authorize it (it is private to them):\n{address(link.url)}\n"
        f"Show them the link first; then quo_get_connection connection_id={link.id} wait=45 tells when it is done."
    )


def usable(found: Standing, view: View) -> str | None:
    """What can be done over the connection now."""
    if found.link.status != "ACTIVE":
        return None
    if found.numbers is None:
        to_use_it = f"a person sets QUO_MCP_CONNECTION to {found.link.id}"
        if found.active < 2:
            return f"Another one is used: to use this one, {to_use_it}."
        return (
            f"{found.active} connections are active: to use this one, {to_use_it}, or the others are "
            "deleted with quo_delete_connection."
        )
    if isinstance(found.numbers, Refusal):
        return f"Its numbers cannot be read yet. {found.numbers}"
    if not found.numbers:
        return "It works, but no phone number can be seen over it: a person must add its user to one in Quo."
    named = ", ".join(
        f"{inline(each.name or 'Unnamed')} {view.number(each.number)}" for each in found.numbers
    )
    return f"It works. Texts and calls of these numbers can be used: {named}."
