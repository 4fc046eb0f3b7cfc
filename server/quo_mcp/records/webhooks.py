"""Webhooks."""

from pydantic import Field, SecretStr

from quo_mcp.records.record import Id, Record, Timestamp


class Webhook(Record):
    """A webhook. `key` is the signing secret. In `resource_ids`, `*` means every number."""

    id: Id
    url: str = ""
    label: str | None = None
    status: str = ""
    events: tuple[str, ...] = ()
    resource_ids: tuple[str, ...] = ()
    user_id: Id | None = None
    key: SecretStr | None = Field(None, repr=False)
    created_at: Timestamp | None = None
