"""Tools that read contacts: list, get and list custom fields."""

from typing import Annotated

from pydantic import Field

from quo_mcp.records.contacts import Contact, CustomFieldDefinition
from quo_mcp.records.record import Envelope, Page
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.fields import DEFAULT_LIMIT, ContactRef, Limit, PageToken
from quo_mcp.tools.page_tokens import continued_page, first_of_page
from quo_mcp.tools.rendering import (
    Presenter,
    block,
    heading,
    render_page,
)
from quo_mcp.tools.rendering.contacts import field_label, render_contact
from quo_mcp.tools.split_pages import fetch_page
from quo_mcp.values.untrusted import inline
from quo_mcp.values.wrapping import readings


class ListContacts(Tool[Page[Contact]]):
    """List all contacts page by page, or those with given external ids or sources.

    Each one has its name, company, numbers, addresses, custom fields and id. To look one up, call
    quo_find_contacts.
    """

    effect = Effect.READ

    external_ids: Annotated[
        list[Annotated[str, Field(description="An id in your own system.")]] | None,
        Field(description="Only contacts with these external ids."),
    ] = None
    sources: Annotated[
        list[Annotated[str, Field(description='Name of a source, e.g. "hubspot".')]] | None,
        Field(description="Only contacts from these sources."),
    ] = None
    limit: Limit = DEFAULT_LIMIT
    page_token: PageToken = None

    async def run(self, context: ToolContext) -> Page[Contact]:
        page = await self._read(context, self.external_ids, self.sources)
        inner_ids, inner_sources = map(innermost, (self.external_ids, self.sources))
        if page.data or (inner_ids, inner_sources) == (self.external_ids, self.sources):
            return page
        return await self._read(context, inner_ids, inner_sources)

    async def _read(
        self, context: ToolContext, external_ids: list[str] | None, sources: list[str] | None
    ) -> Page[Contact]:
        return await fetch_page(
            context,
            Page[Contact],
            "contacts",
            limit=self.limit,
            page_token=self.page_token,
            externalIds=external_ids,
            sources=sources,
        )

    def render_first(self, result: Page[Contact], presenter: Presenter, count: int) -> str:
        return self.render(first_of_page(result, self.page_token, count), presenter)

    def render(self, result: Page[Contact], presenter: Presenter) -> str:
        return render_page(
            continued_page(self, result),
            lambda contact: render_contact(contact, presenter),
            title="Contacts:",
            empty_text="No contacts match these filters."
            if self.external_ids or self.sources
            else "No contacts found.",
        )


def innermost(texts: list[str] | None) -> list[str] | None:
    """Return texts without wrapping and labels: `External id: crm-2207` is crm-2207."""
    return texts and [(text, *readings(text))[-1] for text in texts]


class GetContact(Tool[Envelope[Contact]]):
    """Show everything stored for one contact, including custom fields, source and dates.

    For the person's messages, calls and tasks too, call quo_get_person.
    """

    effect = Effect.READ

    contact_id: ContactRef

    async def run(self, context: ToolContext) -> Envelope[Contact]:
        return await context.account.api.get(Envelope[Contact], "contacts", self.contact_id)

    def render(self, result: Envelope[Contact], presenter: Presenter) -> str:
        return block("Contact:", render_contact(result.data, presenter, full=True))


class ListContactCustomFields(Tool[Page[CustomFieldDefinition]]):
    """List the workspace's custom contact fields: name, type and key.

    Names and keys are for custom_fields of quo_create_contact and quo_update_contact. For the values of one
    contact, call quo_get_contact.
    """

    effect = Effect.READ

    async def run(self, context: ToolContext) -> Page[CustomFieldDefinition]:
        return await context.account.api.get(Page[CustomFieldDefinition], "contact-custom-fields")

    def render(self, result: Page[CustomFieldDefinition], _presenter: Presenter) -> str:
        return render_page(
            result,
            lambda field: heading(
                field_label(field.name, "Unnamed"),
                inline(field.type),
                f"key {inline(field.key, max_words=1)}",
            ),
            title="Custom fields:",
            empty_text="This workspace has no custom fields. Custom fields are created in the Quo app.",
        )
