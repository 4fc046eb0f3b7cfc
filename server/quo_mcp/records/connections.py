"""Connections of the account at Maton's control plane."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AliasChoices, Field, model_validator

from quo_mcp.gateway.connection_choice import IDS, listed
from quo_mcp.records.base import Extra, Id, Record

APP = "quo"


class Connection(Record):
    """A link to Quo. `url` carries a session token: it is shown only where a person must open it."""

    id: Id = Field(validation_alias=AliasChoices(*IDS))
    status: Annotated[str, AfterValidator(str.upper)] = ""
    app: str = APP
    method: Extra[str] = None
    url: str | None = Field(None, repr=False)
    created: Extra[datetime] = Field(None, validation_alias="creation_time")
    changed: Extra[datetime] = Field(None, validation_alias="last_updated_time")

    @model_validator(mode="before")
    @classmethod
    def _unwrapped(cls, reply: Any) -> Any:
        """The gateway wraps one connection in `connection`, as Quo does in `data`, or does not."""
        if not isinstance(reply, dict):
            return reply
        return next((reply[name] for name in ("connection", "data") if name in reply), reply)


class Connections(Record):
    """used: the one this server is pinned to, or has found to be the only one."""

    connections: tuple[Connection, ...]
    used: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _wrapped(cls, reply: Any) -> Any:
        return listed(reply)
