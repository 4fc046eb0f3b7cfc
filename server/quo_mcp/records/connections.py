"""The account's connections, as Maton's control plane returns them."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AliasChoices, Field, model_validator

from quo_mcp.gateway.connection_choice import ID_KEYS, unwrap_list
from quo_mcp.records.base import Id, Lenient, Record

QUO_APP = "quo"


class Connection(Record):
    """A connection to Quo. `url` contains a session token: show it only to a person who must open it."""

    id: Id = Field(validation_alias=AliasChoices(*ID_KEYS))
    status: Annotated[str, AfterValidator(str.upper)] = ""
    app: str = QUO_APP
    method: Lenient[str] = None
    url: str | None = Field(None, repr=False)
    created_at: Lenient[datetime] = Field(None, validation_alias="creation_time")
    updated_at: Lenient[datetime] = Field(None, validation_alias="last_updated_time")

    @model_validator(mode="before")
    @classmethod
    def _unwrap(cls, reply: Any) -> Any:
        """Accept a bare connection, or one wrapped in `connection` or `data`."""
        if not isinstance(reply, dict):
            return reply
        return next((reply[name] for name in ("connection", "data") if name in reply), reply)


class ConnectionList(Record):
    """A list of connections. `used_id` is the connection that this server uses, if known."""

    connections: tuple[Connection, ...]
    used_id: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _unwrap(cls, reply: Any) -> Any:
        return unwrap_list(reply)
