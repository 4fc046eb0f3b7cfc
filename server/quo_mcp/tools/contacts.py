"""Tools that read contacts: list, get, find and list custom fields."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from quo_mcp.directory.address_book import SearchHit
from quo_mcp.directory.cache import MAX_AGE
from quo_mcp.records.contacts import Contact, CustomFieldDefinition
from quo_mcp.records.record import Envelope, Page
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.fields import DEFAULT_LIMIT, ContactRef, Limit, PageToken
from quo_mcp.tools.rendering import (
    END_OF_RESULTS,
    Presenter,
    block,
    heading,
    pluralize,
    render_page,
)
from quo_mcp.tools.rendering.contacts import field_label, render_contact
from quo_mcp.tools.split_pages import fetch_page
from quo_mcp.values.untrusted import inline, quote_inline

# Before a search may report no match, contacts older than this are read again.
NO_MATCH_MAX_AGE = timedelta(seconds=15)


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
        return await fetch_page(
            context,
            Page[Contact],
            "contacts",
            limit=self.limit,
            page_token=self.page_token,
            externalIds=self.external_ids,
            sources=self.sources,
        )

    def render(self, result: Page[Contact], presenter: Presenter) -> str:
        return render_page(
            result,
            lambda contact: render_contact(contact, presenter),
            title="Contacts:",
            empty_text="No contacts match these filters."
            if self.external_ids or self.sources
            else "No contacts found.",
        )


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


@dataclass(frozen=True)
class ContactSearchResult:
    """The best matches for a query.

    searched_count: the number of contacts searched. read_at: when they were read, if they are stale.
    refresh_failed: whether the last attempt to read them again failed.
    """

    hits: Sequence[SearchHit]
    searched_count: int
    read_at: datetime | None = None
    refresh_failed: bool = False


class FindContacts(Tool[ContactSearchResult]):
    """Search contacts by name, company, part of a number, email address, role or custom field.

    Tolerates typos. Returns the best matches first, with numbers, addresses and contact ids.
    """

    effect = Effect.READ

    query: Annotated[
        str,
        Field(
            min_length=1,
            max_length=200,
            description='What is known about the contact, e.g. "jane alder", "555 0134" or "linden street". At most 200 characters.',
        ),
    ]
    limit: Limit = DEFAULT_LIMIT

    async def run(self, context: ToolContext) -> ContactSearchResult:
        book = await context.account.directory.address_book(context.progress)
        cache = context.account.directory.contacts
        hits = book.search(self.query, self.limit + 1)
        if not hits and cache.age > NO_MATCH_MAX_AGE:  # the contact may be new in the Quo app
            await context.account.directory.refresh_contacts(context.progress)
            book = await context.account.directory.address_book()
            hits = book.search(self.query, self.limit + 1)
        return ContactSearchResult(
            hits,
            len(book),
            read_at=cache.read_at if cache.age > (MAX_AGE if hits else NO_MATCH_MAX_AGE) else None,
            refresh_failed=cache.staleness() is not None,
        )

    def render(self, result: ContactSearchResult, presenter: Presenter) -> str:
        query = quote_inline(self.query)
        scope = f"{pluralize(result.searched_count, 'contact')} searched"
        refresh = (
            "; later attempts to read them failed"
            if result.refresh_failed
            else " and are being refreshed now"
        )
        stale_note = (
            f"Contacts are as of {presenter.time(result.read_at)}{refresh}."
            if result.read_at
            else None
        )
        if not result.hits:
            return block(f"No contacts match {query} ({scope}).", stale_note)
        has_more = len(result.hits) > self.limit
        return block(
            f"Contacts that match {query}, best match first ({scope}):",
            *(render_match(hit, presenter) for hit in result.hits[: self.limit]),
            stale_note,
            "More contacts match. Make query more specific, or raise limit."
            if has_more
            else END_OF_RESULTS,
        )


def render_match(hit: SearchHit, presenter: Presenter) -> str:
    person = hit.person
    return block(
        heading(
            inline(person.name or "Unnamed"),
            inline(person.company) if person.company and person.company != person.name else None,
            inline(person.role) if person.role else None,
            person.id,
        ),
        match_note(hit),
        *(
            f"  {field_label(name, 'phone')}: {presenter.number(number)}"
            for name, number in person.numbers
        ),
        *(
            f"  {field_label(name, 'email')}: {inline(address, max_words=1)}"
            for name, address in person.emails
        ),
    )


def match_note(hit: SearchHit) -> str | None:
    """Return which fields matched the query; None if only the name did.

    A custom field comes with its value because a match does not show it otherwise.
    """
    if {match.field for match in hit.matched} <= {"name"}:
        return None
    parts = [
        f"{inline(match.label or match.field)}: {inline(match.value, 200)}"
        if match.value
        else match.field
        for match in hit.matched
    ]
    return f"  Matched on {'; '.join(parts)}"
