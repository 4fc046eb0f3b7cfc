"""Arguments and requests that create_contact and update_contact share."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema

from quo_mcp.errors import OutcomeUnknown
from quo_mcp.records.contacts import CustomFieldDefinition
from quo_mcp.records.record import Page
from quo_mcp.tools.base import is_blank
from quo_mcp.tools.contact_parsing import Json, ValidationErrors, parse_custom_values
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.stored_text import stored_text


class CustomField(BaseModel):
    """One entry of `custom_fields`. The schema names text only; other JSON values are accepted too."""

    field: Annotated[
        str,
        Field(description="Name or key of the custom field, from quo_list_contact_custom_fields."),
    ]
    value: Annotated[
        Any,
        WithJsonSchema({"type": "string"}),
        Field(
            description='Value as text, in the form that the field\'s type requires, e.g. "yes", "42" or "2026-11-25".'
        ),
        stored_text(max_words=4),
    ]


def parse_entries(entries: list[Any]) -> list[Any] | None:
    """Return the entries that have a value. An object of values by field counts as entries too.

    Raises:
        ValueError: an entry is not an object.
    """
    parsed: list[Mapping[str, Any]] = []
    for entry in entries:
        if not isinstance(entry, Mapping):
            raise ValueError(  # noqa: TRY004 - pydantic reports a ValueError only
                'must be a list of objects, e.g. [{"field": "Tags", "value": "vip"}]'
            )
        is_entry = entry.keys() & CustomField.model_fields.keys()
        parsed += [entry] if is_entry else [{"field": name, "value": entry[name]} for name in entry]
    return [entry for entry in parsed if not is_blank(entry.get("value", ...))] or None


Phones = Annotated[
    list[
        Annotated[
            str,
            Field(
                description='A phone number, with an optional label before it, e.g. "mobile: +14155550134".'
            ),
        ]
    ]
    | None,
    Field(description="Phone numbers of the contact."),
]
Emails = Annotated[
    list[
        Annotated[
            str,
            Field(
                description='An email address, with an optional label before it, e.g. "work: jane@example.com".'
            ),
        ]
    ]
    | None,
    Field(description="Email addresses of the contact."),
]
CustomFields = Annotated[
    list[Annotated[CustomField, Field(description="One custom field and one value of it.")]] | None,
    BeforeValidator(parse_entries),
    Field(
        description="Custom fields to set. For a multi-select field, give one entry per value; they replace the current values."
    ),
]
FirstName = Annotated[str | None, Field(description="First name."), stored_text()]
LastName = Annotated[str | None, Field(description="Last name."), stored_text()]
Company = Annotated[str | None, Field(description="Company name."), stored_text()]
Role = Annotated[
    str | None, Field(description='Job title, e.g. "Property manager".'), stored_text()
]


async def parse_custom_fields(
    context: ToolContext,
    entries: Sequence[CustomField] | None,
    errors: ValidationErrors,
    *,
    clear: Sequence[str] = (),
) -> list[Json]:
    """Return `customFields` items for the request body; invalid values go to `errors`.

    clear: fields to empty. The workspace's definitions are fetched only if there are values.
    """
    if not (entries or clear):
        return []
    definitions = {
        field.name: (field.key, field.type) for field in await fetch_custom_fields(context)
    }
    values = [(entry.field, entry.value) for entry in entries or ()]
    return parse_custom_values(values, definitions, errors, clear=clear)


async def fetch_custom_fields(context: ToolContext) -> list[CustomFieldDefinition]:
    """Return the workspace's custom field definitions."""
    return (
        await context.account.api.get(Page[CustomFieldDefinition], "contact-custom-fields")
    ).data


@contextmanager
def invalidate_if_unknown(context: ToolContext) -> Iterator[None]:
    """Invalidate the contact cache if the outcome of the wrapped write is unknown."""
    try:
        yield
    except OutcomeUnknown:
        context.account.directory.contacts.invalidate()
        raise
