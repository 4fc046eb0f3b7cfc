"""What making and changing a contact have in common: their arguments, and what Quo is asked on the way."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from pydantic import Field

from quo_mcp.errors import OutcomeUnknown
from quo_mcp.records.base import Page
from quo_mcp.records.contacts import CustomField
from quo_mcp.tools.contact_parsing import Json, Wrong, custom_values
from quo_mcp.tools.context import Quo

Phones = Annotated[list[str] | None, Field(description="mobile: +14155550134")]
Emails = Annotated[list[str] | None, Field(description="work: a@b.co")]
CustomValues = Annotated[dict[str, Any] | None, Field(description="By name or key")]
FirstName = Annotated[str | None, Field(description="First")]
LastName = Annotated[str | None, Field(description="Last")]
Company = Annotated[str | None, Field(description="Company")]
Role = Annotated[str | None, Field(description="Job title")]


async def custom_items(quo: Quo, given: dict[str, Any] | None, wrong: Wrong) -> list[Json]:
    """Custom values as Quo takes them, by what this workspace has defined; no request without any."""
    if not given:
        return []
    known = {each.name: (each.key, each.type) for each in await defined(quo)}
    return custom_values(given, known, wrong)


async def defined(quo: Quo) -> list[CustomField]:
    return (await quo.api.get(Page[CustomField], "contact-custom-fields")).data


@contextmanager
def unsure(quo: Quo) -> Iterator[None]:
    """Where it is not known whether contacts were changed, they are read anew before anybody is looked up."""
    try:
        yield
    except OutcomeUnknown:
        quo.directory.contacts.forget()
        raise
