"""Contacts: look them up and read them. Making them is in `contact_making`, changing in `contact_changes`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated

from pydantic import Field

from quo_mcp.directory.address_book import Hit
from quo_mcp.directory.cache import FRESH
from quo_mcp.records.base import One, Page
from quo_mcp.records.contacts import Contact, CustomField, CustomItem
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.contact_parsing import as_day
from quo_mcp.tools.context import Quo
from quo_mcp.tools.fields import OneContact, PageToken
from quo_mcp.tools.rendering import View, block, heading, link, listing
from quo_mcp.values.untrusted import in_quotes, inline

RECENT = timedelta(seconds=15)  # so old may contacts be for nobody to be found among them


def contact_name(contact: Contact) -> str:
    fields = contact.default_fields
    name = " ".join(filter(None, [fields.first_name, fields.last_name]))
    return inline(name or fields.company or "Unnamed")


def contact_block(contact: Contact, view: View, *, whole: bool = False) -> str:
    """Everything there is about a contact; where and when it came from only when asked for `whole`."""
    fields = contact.default_fields
    return block(
        heading(
            contact_name(contact),
            inline(fields.company) if fields.company else None,
            inline(fields.role) if fields.role else None,
            contact.id,
        ),
        *(
            f"  {label(each.name, 'phone')} {view.number(each.value)}"
            for each in fields.phone_numbers
            if each.value
        ),
        *(
            f"  {label(each.name, 'e-mail')} {inline(each.value, words=1)}"
            for each in fields.emails
            if each.value
        ),
        *(custom_line(each) for each in contact.custom_fields if each.value not in (None, "", [])),
        f"  External id {inline(contact.external_id, words=1)}" if contact.external_id else None,
        *(origin(contact, view) if whole else ()),
    )


def label(given: str | None, else_: str) -> str:
    """What somebody calls one of a contact's numbers, addresses or custom fields."""
    return inline(given or else_, words=3)


def custom_line(item: CustomItem) -> str:
    """A custom field; words of which there are more than a few stand in quotes, as several lines do."""
    value = item.value
    if isinstance(value, bool):
        shown = "yes" if value else "no"
    elif item.type == "date" and (day := as_day(str(value))):
        shown = day.isoformat()
    elif isinstance(value, list):
        shown = ", ".join(inline(str(each), words=3) for each in value)
    else:
        shown = link(str(value)) if item.type == "url" else inline(str(value), 500, words=4)
    return f"  {label(item.name or item.key, 'custom field')}: {shown}"


def origin(contact: Contact, view: View) -> list[str]:
    """Where the contact came from: those synced from elsewhere cannot be changed here."""
    lines = []
    if contact.source:
        lines.append(f"  Source {inline(contact.source, words=3)}")
    if contact.source_url:
        lines.append(f"  {link(contact.source_url)}")
    if contact.created_at:
        by = (
            f" by {view.teammate(contact.created_by_user_id)}" if contact.created_by_user_id else ""
        )
        lines.append(f"  Made {view.when(contact.created_at)}{by}")
    if contact.updated_at:
        lines.append(f"  Changed {view.when(contact.updated_at)}")
    return lines


class ListContacts(Tool[Page[Contact]]):
    """Page through all contacts. quo_find_contacts looks one up."""

    effect = Effect.READ

    external_ids: Annotated[list[str] | None, Field(description="With these ids")] = None
    sources: Annotated[list[str] | None, Field(description="From these")] = None
    limit: Annotated[int, Field(ge=1, le=50, description="At most")] = 20
    page_token: PageToken = None

    async def run(self, quo: Quo) -> Page[Contact]:
        query = {
            "externalIds": self.external_ids,
            "sources": self.sources,
            "maxResults": self.limit,
            "pageToken": self.page_token,
        }
        return await quo.api.get(Page[Contact], "contacts", query=query)

    def render(self, result: Page[Contact], view: View) -> str:
        return listing(
            result,
            lambda each: contact_block(each, view),
            title="Contacts:",
            empty="No contacts fit.",
        )


class GetContact(Tool[One[Contact]]):
    """Show everything about one contact, custom fields included."""

    effect = Effect.READ

    contact_id: OneContact

    async def run(self, quo: Quo) -> One[Contact]:
        return await quo.api.get(One[Contact], "contacts", self.contact_id)

    def render(self, result: One[Contact], view: View) -> str:
        return contact_block(result.data, view, whole=True)


class ListContactCustomFields(Tool[Page[CustomField]]):
    """List this workspace's custom contact fields."""

    effect = Effect.READ

    async def run(self, quo: Quo) -> Page[CustomField]:
        return await quo.api.get(Page[CustomField], "contact-custom-fields")

    def render(self, result: Page[CustomField], _view: View) -> str:
        return listing(
            result,
            lambda each: heading(
                label(each.name, "Unnamed"), inline(each.type), f"key {inline(each.key, words=1)}"
            ),
            title="Custom fields:",
            empty="This workspace has no custom fields; they are made in the Quo app.",
        )


@dataclass(frozen=True)
class FoundContacts:
    """out_of: how many contacts were searched. as_of: when they were read, where that is long ago."""

    hits: Sequence[Hit]
    out_of: int
    as_of: datetime | None = None
    failed: bool = False


class FindContacts(Tool[FoundContacts]):
    """Find contacts by name, company, number part, e-mail, role or custom field; forgives typos."""

    effect = Effect.READ

    query: Annotated[str, Field(min_length=1, max_length=200, description="What is known")]
    limit: Annotated[int, Field(ge=1, le=50, description="At most")] = 10

    async def run(self, quo: Quo) -> FoundContacts:
        book = await quo.directory.known(quo.progress)
        kept = quo.directory.contacts
        hits = book.search(self.query, self.limit + 1)
        if not hits and kept.age > RECENT:  # somebody may have been added in the Quo app since
            await kept.renew(quo.progress)
            book = await quo.directory.known()
            hits = book.search(self.query, self.limit + 1)
        return FoundContacts(
            hits,
            len(book),
            as_of=kept.read_at if kept.age > FRESH else None,
            failed=kept.lag() is not None,
        )

    def render(self, result: FoundContacts, view: View) -> str:
        whole = f"of {result.out_of} contacts"
        since = (
            "Quo could not be read since" if result.failed else "they are being read anew just now"
        )
        stale = f"As of {view.when(result.as_of)}: {since}." if result.as_of else None
        if not result.hits:
            return block(f"Nobody {whole} fits {in_quotes(self.query)}.", stale)
        shown = result.hits[: self.limit]
        more = len(result.hits) > self.limit
        return block(
            f"Best {whole} first:",
            *(hit_block(each, view) for each in shown),
            "More fit: say more about them, or raise limit." if more else "No others fit.",
            stale,
        )


def hit_block(hit: Hit, view: View) -> str:
    person = hit.person
    return block(
        heading(
            inline(person.name or "Unnamed"),
            inline(person.company) if person.company and person.company != person.name else None,
            inline(person.role) if person.role else None,
            person.id,
        ),
        matched_by(hit),
        *(f"  {label(name, 'phone')} {view.number(number)}" for name, number in person.numbers),
        *(
            f"  {label(name, 'e-mail')} {inline(address, words=1)}"
            for name, address in person.emails
        ),
    )


def matched_by(hit: Hit) -> str | None:
    """What fitted, where a name does not say it: a custom field with its value, which is not shown else."""
    if {each.place for each in hit.matched} <= {"name"}:
        return None
    parts = [
        f"{inline(each.label or each.place)}: {inline(each.value, 200)}"
        if each.value
        else each.place
        for each in hit.matched
    ]
    return f"  Matched by {'; '.join(parts)}"
