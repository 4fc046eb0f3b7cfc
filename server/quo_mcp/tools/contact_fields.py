"""Arguments and requests that create_contact and update_contact share."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from pydantic import Field

from quo_mcp.errors import OutcomeUnknown
from quo_mcp.records.contacts import CustomFieldDefinition
from quo_mcp.records.record import Page
from quo_mcp.tools.contact_parsing import Json, ValidationErrors, parse_custom_values
from quo_mcp.tools.context import ToolContext

Phones = Annotated[list[str] | None, Field(description="mobile: +14155550134")]
Emails = Annotated[list[str] | None, Field(description="work: a@b.co")]
CustomValues = Annotated[dict[str, Any] | None, Field(description="By name or key")]
FirstName = Annotated[str | None, Field(description="First")]
LastName = Annotated[str | None, Field(description="Last")]
Company = Annotated[str | None, Field(description="Company")]
Role = Annotated[str | None, Field(description="Job title")]


async def parse_custom_fields(
    context: ToolContext, values: dict[str, Any] | None, errors: ValidationErrors
) -> list[Json]:
    """Return `customFields` items for the request body; invalid values go to `errors`.

    The workspace's definitions are fetched only if there are values.
    """
    if not values:
        return []
    definitions = {
        field.name: (field.key, field.type) for field in await fetch_custom_fields(context)
    }
    return parse_custom_values(values, definitions, errors)


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
