"""Contacts and the definitions of custom fields."""

from datetime import date, datetime
from typing import Any

from quo_mcp.records.record import Id, Record, Timestamp


class LabelledValue(Record):
    """A phone number or an email address of a contact, with its label ("mobile")."""

    id: Id | None = None
    name: str | None = None
    value: str | None = None


class DefaultFields(Record):
    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    role: str | None = None
    emails: tuple[LabelledValue, ...] = ()
    phone_numbers: tuple[LabelledValue, ...] = ()


class CustomFieldValue(Record):
    """The value of a custom field of one contact. `type` decides the type of `value`."""

    id: Id | None = None
    key: str | None = None
    name: str | None = None
    type: str | None = None
    value: Any = None


class Contact(Record):
    id: Id
    external_id: str | None = None
    source: str | None = None
    source_url: str | None = None
    default_fields: DefaultFields = DefaultFields()
    custom_fields: tuple[CustomFieldValue, ...] = ()
    created_at: Timestamp | None = None
    updated_at: Timestamp | None = None
    created_by_user_id: Id | None = None


class CustomFieldDefinition(Record):
    """A custom field that the workspace has defined."""

    name: str
    key: str
    type: str = "string"


def parse_date_value(text: str) -> date | None:
    """Return the date of a date field's value, which Quo stores as midnight UTC; None if invalid."""
    try:
        return datetime.fromisoformat(text.strip()).date()
    except ValueError:
        return None
