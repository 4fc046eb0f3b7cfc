"""Chooses the Maton connection that a request names.

Without a name, the gateway chooses one, by a rule on which its documents contradict each other. That
is acceptable for a read. A write into the wrong account cannot be undone, so it always names one.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence

import anyio
from pydantic import BaseModel, ConfigDict, Field, model_validator

from quo_mcp.errors import AccessDenied
from quo_mcp.gateway.redaction import redact

ID_KEYS = ("connection_id", "connection_Id", "id")
"""The spellings of a connection's id in the gateway's replies."""


def unwrap_list(reply: object) -> object:
    """Return {"connections": [...]} for a list of connections.

    The gateway sends it in that form, as {"data": ...}, or as a plain list.
    """
    if isinstance(reply, Mapping) and "connections" not in reply:
        reply = reply.get("data")
    return {"connections": reply} if isinstance(reply, Sequence) else reply


class MatonConnection(BaseModel):
    """The fields of a connection that the choice depends on."""

    model_config = ConfigDict(extra="ignore")

    connection_id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,200}$")
    status: str = "ACTIVE"
    app: str = "quo"
    creation_time: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _normalize_id(cls, data: object) -> object:
        if not isinstance(data, Mapping):
            return data
        ids = (data.get(key) for key in ID_KEYS)
        return {**data, "connection_id": next((value for value in ids if value), None)}


class MatonConnections(BaseModel):
    connections: tuple[MatonConnection, ...]

    @model_validator(mode="before")
    @classmethod
    def _unwrap(cls, data: object) -> object:
        return unwrap_list(data)

    def active(self) -> list[MatonConnection]:
        """Return the active connections to Quo. The gateway may ignore the query's filters."""
        return [
            connection
            for connection in self.connections
            if (connection.status.upper(), connection.app) == ("ACTIVE", "quo")
        ]


class ConnectionChooser:
    """Chooses the configured connection, or else the only active one, which it remembers.

    The remembered one is dropped when this server creates or deletes a connection, and when the
    gateway no longer knows it. A second connection created elsewhere does not change the choice.

    configured: the id from the settings, or None.
    list_connections: reads the connections from the control plane.
    """

    def __init__(
        self, configured: str | None, list_connections: Callable[[], Awaitable[MatonConnections]]
    ) -> None:
        self._configured = configured
        self.discovered: str | None = None
        self._generation = 0  # number of invalidations
        self._list_connections = list_connections
        self._lookup_lock = anyio.Lock()

    @property
    def current(self) -> str | None:
        """The id of the configured or discovered connection, or None."""
        return self._configured or self.discovered

    def invalidate(self) -> None:
        """Drop the discovered connection."""
        self.discovered = None
        self._generation += 1

    async def choose_for_read(self) -> str | None:
        """Return the connection to read with, or None to let the gateway choose."""
        return self.current

    async def require_for_write(self) -> str:
        """Return the connection to write with.

        Raises:
            AccessDenied: there is no active connection, or there are several.
        """
        async with self._lookup_lock:
            while (connection_id := self.current) is None:
                generation = self._generation
                discovered = _require_single((await self._list_connections()).active())
                if generation == self._generation:  # else the list may be outdated: read it again
                    self.discovered = discovered
            return connection_id


def _require_single(connections: list[MatonConnection]) -> str:
    if not connections:
        raise AccessDenied(
            "There is no active connection to Quo, so nothing was done. Make one with "
            "quo_create_connection and have the account's owner open its link.",
            source="gateway",
        )
    if len(connections) > 1:
        raise AccessDenied(
            f"{len(connections)} connections to Quo are active, and the wrong one would reach another "
            "account's people, so nothing was done. A person must set QUO_MCP_CONNECTION to one "
            f"of them (quo_list_connections has more): {_describe(connections)}.",
            source="gateway",
        )
    return connections[0].connection_id


def _describe(connections: list[MatonConnection]) -> str:
    """Return the ids and dates of as many connections as an error has room for.

    The ids match a safe pattern. The dates do not, so they are redacted.
    """
    text = ""
    for connection in connections:
        created = connection.creation_time
        since = f" (since {redact(created[:10])})" if created else ""
        item = f"{', ' if text else ''}{connection.connection_id}{since}"
        if len(text + item) > 190:
            break
        text += item
    return text or "their ids are too long to be named here"
