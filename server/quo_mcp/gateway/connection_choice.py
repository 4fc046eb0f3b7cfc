"""Which of the account's links to Quo is used.

Unless told, the gateway picks one by a rule that its own documents disagree on. A read may take
what comes; a write into the wrong account cannot be undone, so it is made over a named link or not.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence

import anyio
from pydantic import BaseModel, ConfigDict, Field, model_validator

from quo_mcp.errors import AccessDenied
from quo_mcp.gateway.redaction import clean

IDS = ("connection_id", "connection_Id", "id")
"""How the gateway has spelled a connection's id."""


def listed(reply: object) -> object:
    """{"connections": …} of the list of them, wrapped so, in {"data": …} or in nothing."""
    if isinstance(reply, Mapping) and "connections" not in reply:
        reply = reply.get("data")
    return {"connections": reply} if isinstance(reply, Sequence) else reply


class MatonConnection(BaseModel):
    """One connection, as far as choosing it goes."""

    model_config = ConfigDict(extra="ignore")

    connection_id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,200}$")
    status: str = "ACTIVE"
    app: str = "quo"
    creation_time: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _id(cls, data: object) -> object:
        if not isinstance(data, Mapping):
            return data
        ids = (data.get(name) for name in IDS)
        return {**data, "connection_id": next((each for each in ids if each), None)}


class MatonConnections(BaseModel):
    connections: tuple[MatonConnection, ...]

    @model_validator(mode="before")
    @classmethod
    def _wrapped(cls, data: object) -> object:
        return listed(data)

    def active(self) -> list[MatonConnection]:
        return [
            each
            for each in self.connections
            if (each.status.upper(), each.app) == ("ACTIVE", "quo")
        ]


class Choice:
    """Remembers the link once it is known to be the only one.

    It is forgotten when one is made or deleted through us, and when the gateway does not know it:
    then it was replaced elsewhere, and the one in its place is looked for.
    A second one made elsewhere does not matter: the remembered one stays the account meant.
    """

    def __init__(
        self, configured: str | None, find: Callable[[], Awaitable[MatonConnections]]
    ) -> None:
        self._configured = configured
        self.found: str | None = None  # the only one, as far as we know
        self._forgotten = 0  # times
        self._find = find
        self._looking = anyio.Lock()

    @property
    def known(self) -> str | None:
        return self._configured or self.found

    def forget(self) -> None:
        self.found = None
        self._forgotten += 1

    async def for_reading(self) -> str | None:
        """The link to read over, or None to leave it to the gateway."""
        return self.known

    async def for_writing(self) -> str:
        """The link to write over. Raises AccessDenied where there is none, or more than one."""
        async with self._looking:
            while (known := self.known) is None:
                forgotten = self._forgotten
                found = _only((await self._find()).active())
                if forgotten == self._forgotten:  # else it may be of before that: look again
                    self.found = found
            return known


def _only(links: list[MatonConnection]) -> str:
    if not links:
        raise AccessDenied(
            "There is no active connection to Quo, so nothing was done. Make one with "
            "quo_create_connection and have the account's owner open its link.",
            source="gateway",
        )
    if len(links) > 1:
        raise AccessDenied(
            f"{len(links)} connections to Quo are active, and the wrong one would reach another "
            "account's people, so nothing was done. A person must set QUO_MCP_CONNECTION to one "
            f"of them (quo_list_connections has more): {_named(links)}.",
            source="gateway",
        )
    return links[0].connection_id


def _named(links: list[MatonConnection]) -> str:
    """As many as a message has room for. Their ids are known to be plain, their times are not."""
    listed = ""
    for each in links:
        since = f" (since {clean(each.creation_time[:10])})" if each.creation_time else ""
        more = f"{', ' if listed else ''}{each.connection_id}{since}"
        if len(listed + more) > 190:
            break
        listed += more
    return listed or "their ids are too long to be named here"
