"""Chooses the Maton connection that a request names.

Without a name, the gateway chooses one, by a rule on which its documents contradict each other. That
is acceptable for a read. A write into the wrong account cannot be undone, so it always names one.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import anyio
from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    field_validator,
    model_validator,
)

from quo_mcp.errors import AccessDenied
from quo_mcp.values.times import parse_timestamp

QUO_APP = "quo"


class Connection(BaseModel):
    """A connection to Quo. `url` contains a session token: show it only to a person who must open it.

    The id must be valid, since it goes into headers and paths. An invalid time is None.
    """

    model_config = ConfigDict(extra="ignore", validate_by_name=True, frozen=True)

    id: str = Field(
        validation_alias=AliasChoices("connection_id", "connection_Id", "id"),
        pattern=r"^[A-Za-z0-9_-]{1,200}$",
    )
    status: Annotated[str, AfterValidator(str.upper)] = ""
    app: str = QUO_APP
    url: str | None = Field(None, repr=False)
    created_at: Annotated[datetime, BeforeValidator(parse_timestamp)] | None = Field(
        None, validation_alias="creation_time"
    )

    @model_validator(mode="before")
    @classmethod
    def _unwrap(cls, reply: Any) -> Any:
        """Accept a bare connection, or one wrapped in `connection` or `data`. Null means missing."""
        if not isinstance(reply, Mapping):
            return reply
        fields = next((reply[name] for name in ("connection", "data") if name in reply), reply)
        if not isinstance(fields, Mapping):
            return fields
        return {name: value for name, value in fields.items() if value is not None}

    @field_validator("created_at", mode="wrap")
    @classmethod
    def _none_if_invalid(cls, value: Any, validate: ValidatorFunctionWrapHandler) -> Any:
        try:
            return validate(value)
        except ValidationError:
            return None


class ConnectionList(BaseModel):
    """A list of connections. `used_id` is the connection that this server uses, if known.

    The gateway sends {"connections": [...]}, {"data": [...]} or a plain list. An item that cannot be read
    is left out and counted in `unreadable_count`: it may be another active connection.
    """

    connections: tuple[Connection, ...]
    used_id: str | None = None
    unreadable_count: int = 0

    @model_validator(mode="before")
    @classmethod
    def _unwrap(cls, reply: Any) -> Any:
        if isinstance(reply, Mapping):
            reply = reply.get("connections", reply.get("data"))
        if not isinstance(reply, Sequence) or isinstance(reply, str):
            return reply
        connections = list(filter(None, map(_read_connection, reply)))
        if reply and not connections:
            return {
                "connections": reply
            }  # no odd item, but a structure that this version does not know
        return {"connections": connections, "unreadable_count": len(reply) - len(connections)}


def _read_connection(item: object) -> Connection | None:
    """Return a connection of a list; None if it cannot be read."""
    try:
        return Connection.model_validate(item)
    except ValidationError:
        return None


class ConnectionChooser:
    """Chooses the configured connection, or else the only active one, which it remembers.

    The remembered one is dropped when this server creates or deletes a connection, and when the
    gateway no longer knows it. A second connection created elsewhere does not change the choice.

    configured: the id from the settings, or None.
    list_connections: reads the connections from the control plane.
    """

    def __init__(
        self, configured: str | None, list_connections: Callable[[], Awaitable[ConnectionList]]
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
                discovered = _require_single(await self._list_connections())
                if generation == self._generation:  # else the list may be outdated: read it again
                    self.discovered = discovered
            return connection_id


def _require_single(connection_list: ConnectionList) -> str:
    """Return the id of the only active connection. The list may ignore its filters or omit the status.

    Raises:
        AccessDenied: there is none, there are several, or an item that cannot be read may be another one.
    """
    connections = [
        connection
        for connection in connection_list.connections
        if connection.app == QUO_APP and connection.status in {"", "ACTIVE"}
    ]
    if connection_list.unreadable_count:
        readable = f" to one of these ids: {_describe(connections)}" if connections else ""
        raise AccessDenied(
            "Not done: an entry in the gateway's list of connections could not be read, so it is not certain which account "
            f"this would change. A person must set QUO_MCP_CONNECTION{readable} (details: quo_list_connections).",
            source="gateway",
        )
    if not connections:
        raise AccessDenied(
            "Not done: there is no active connection to Quo. Create one with quo_create_connection and have the "
            "account's owner open its link.",
            source="gateway",
        )
    if len(connections) > 1:
        raise AccessDenied(
            f"Not done: {len(connections)} connections to Quo are active, and the wrong one would write to another "
            "account. A person must set QUO_MCP_CONNECTION to one of these ids (details: "
            f"quo_list_connections): {_describe(connections)}.",
            source="gateway",
        )
    return connections[0].id


def _describe(connections: Sequence[Connection]) -> str:
    """Return the ids and dates of as many connections as an error has room for."""
    text = ""
    for connection in connections:
        since = f" (since {connection.created_at:%Y-%m-%d})" if connection.created_at else ""
        item = f"{', ' if text else ''}{connection.id}{since}"
        if len(text + item) > 190:
            break
        text += item
    return text or "the ids are too long to list here"
