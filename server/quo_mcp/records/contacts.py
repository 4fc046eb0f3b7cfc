"""Contacts and the definitions of their custom fields."""

from datetime import datetime
from typing import Any

from quo_mcp.records.base import Extra, Id, Record


class LabelledValue(Record):
    """A phone number or an e-mail of a contact, with its label ("mobile")."""

    id: Id | None = None
    name: str | None = None
    value: str | None = None


class ContactFields(Record):
    first_name: str | None = None
    last_name: str | None = None
    company: str | None = None
    role: str | None = None
    emails: tuple[LabelledValue, ...] = ()
    phone_numbers: tuple[LabelledValue, ...] = ()


class CustomItem(Record):
    """A custom field of a contact; `value`'s type follows `type`."""

    id: Id | None = None
    key: str | None = None
    name: str | None = None
    type: str | None = None
    value: Any = None


class Contact(Record):
    id: Id
    external_id: str | None = None
    source: Extra[str] = None
    source_url: Extra[str] = None
    default_fields: ContactFields = ContactFields()
    custom_fields: tuple[CustomItem, ...] = ()
    created_at: Extra[datetime] = None
    updated_at: Extra[datetime] = None
    created_by_user_id: Extra[Id] = None


class CustomField(Record):
    """A custom field that this workspace has defined."""

    name: str
    key: str
    type: str = "string"
