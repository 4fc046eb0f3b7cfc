"""Making, changing and deleting contacts.

Quo's PATCH deletes every phone, e-mail and custom field that its body leaves out. So a change here
reads the contact, merges what was asked into all that is there, and sends the whole.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Annotated, Any

from pydantic import Field, field_validator

from quo_mcp.errors import Misunderstood, OutcomeUnknown
from quo_mcp.fields import OneContact
from quo_mcp.people import Person, label
from quo_mcp.people.words import plain
from quo_mcp.quo import Quo
from quo_mcp.records import Contact, One, Page
from quo_mcp.rendering import View, block, heading, ident
from quo_mcp.tool import Effect, Tool
from quo_mcp.tools.contact_merging import Change, changes, differences, merged
from quo_mcp.tools.contact_values import Json, Wrong, custom_values, emails_in, phones_in
from quo_mcp.tools.contacts import CustomField, contact_block, contact_name

Phones = Annotated[list[str] | None, Field(description="mobile: +14155550134")]
Emails = Annotated[list[str] | None, Field(description="work: a@b.co")]
CustomValues = Annotated[dict[str, Any] | None, Field(description="By name or key")]
ExternalId = Annotated[str | None, Field(min_length=1, max_length=75, description="Your own id")]
FirstName = Annotated[str | None, Field(description="First")]
LastName = Annotated[str | None, Field(description="Last")]
Company = Annotated[str | None, Field(description="Company")]
Role = Annotated[str | None, Field(description="Job title")]


@dataclass(frozen=True)
class Made:
    """twins: who else had one of its numbers already."""

    contact: Contact
    twins: tuple[str, ...] = ()


class CreateContact(Tool[Made]):
    """Add a contact. It shows in the Quo app once you have been in touch."""

    effect = Effect.CREATE

    first_name: Annotated[str, Field(min_length=1, description="First")]
    last_name: LastName = None
    company: Company = None
    role: Role = None
    phone_numbers: Phones = None
    emails: Emails = None
    custom_fields: CustomValues = None
    external_id: ExternalId = None
    source: Annotated[str | None, Field(min_length=1, max_length=72, description="Where from")] = (
        None
    )

    @field_validator("first_name")
    @classmethod
    def _said(cls, name: str) -> str:
        if not name.strip():
            raise ValueError("is empty")
        return name.strip()

    async def run(self, quo: Quo) -> Made:
        wrong = Wrong()
        phones = phones_in(self.phone_numbers, await quo.directory.region(), wrong)
        emails = emails_in(self.emails, wrong)
        custom = await custom_items(quo, self.custom_fields, wrong)
        wrong.refuse("Nothing was made.")
        book = await quo.directory.known()
        twins = who_have(phones, book.by_number)
        self._must_be_new([*twins, *who_have(emails, book.by_email)])
        body = {
            "defaultFields": {
                "firstName": self.first_name,
                "lastName": self.last_name,
                "company": self.company,
                "role": self.role,
                "phoneNumbers": phones,
                "emails": emails,
            },
            "customFields": custom,
            "externalId": self.external_id,
            "source": self.source,
        }
        body = {name: value for name, value in body.items() if value not in (None, [])}
        try:
            with unsure(quo):
                made = (await quo.api.post(One[Contact], "contacts", body=body)).data
        except OutcomeUnknown:
            made = await self._found_after_all(quo)
        quo.directory.put(made)
        return Made(made, tuple(heading(label(each), ident(each.id)) for each in twins))

    def _must_be_new(self, twins: Iterable[Person]) -> None:
        """Raises Misunderstood where one of those with the same number or e-mail has the same name."""
        name = plain(f"{self.first_name} {self.last_name or ''}")
        for twin in twins:
            if plain(f"{twin.first} {twin.last}") == name:
                raise Misunderstood(
                    f"Nothing was made: {label(twin)} is there already (contact {ident(twin.id)}). Change it with "
                    "quo_update_contact."
                )

    async def _found_after_all(self, quo: Quo) -> Contact:
        """The contact, where the reply was lost and an external id can tell that it was made."""
        if self.external_id:
            page = await quo.api.get(
                Page[Contact],
                "contacts",
                query={"externalIds": [self.external_id], "maxResults": 2},
            )
            if page.data:
                return page.data[0]
        looked = (
            " It was looked for by its external id and is not there (yet)."
            if self.external_id
            else ""
        )
        raise OutcomeUnknown(
            f"The contact may have been made: Quo's reply was lost.{looked} Look for it with quo_find_contacts before trying again.",
            source="network",
        )

    def render(self, result: Made, view: View) -> str:
        return block(
            "Made this contact:",
            contact_block(result.contact, view),
            f"Already with the same number: {'; '.join(result.twins)}." if result.twins else None,
        )


@dataclass(frozen=True)
class Changed:
    """before: as it was read right before. meanwhile: what differs from what was sent, or others did."""

    before: Contact
    contact: Contact
    meanwhile: tuple[str, ...] = ()


class UpdateContact(Tool[Changed]):
    """Change a contact. What you leave out stays; '' clears a text, null a custom field."""

    effect = Effect.UPDATE

    contact_id: OneContact
    first_name: FirstName = None
    last_name: LastName = None
    company: Company = None
    role: Role = None
    add_phone_numbers: Phones = None
    remove_phone_numbers: Annotated[list[str] | None, Field(description="Numbers")] = None
    add_emails: Emails = None
    remove_emails: Annotated[list[str] | None, Field(description="Addresses")] = None
    custom_fields: CustomValues = None

    async def run(self, quo: Quo) -> Changed:
        if not self.model_fields_set - {"contact_id"}:
            raise Misunderstood("Nothing to change: name at least one thing to set, add or remove.")
        change = await self._change(quo)
        meanwhile: list[str] = []
        seen = await read(quo, self.contact_id)
        if any(item.key is None for item in seen.custom_fields):
            change = replace(change, keys={each.name: each.key for each in await defined(quo)})
        body = merged(seen, change)
        # Read again right before writing: what others changed since is merged in, not overwritten.
        now = await read(quo, self.contact_id)
        if now != seen:
            meanwhile.append(
                "Somebody else changed this contact at the same moment; their change was kept."
            )
            body = merged(now, change)
        with unsure(quo):
            after = (await quo.api.patch(One[Contact], "contacts", self.contact_id, body=body)).data
        quo.directory.put(after)
        meanwhile += [f"Not as it was sent: {each}." for each in differences(body, after)]
        return Changed(now, after, tuple(meanwhile))

    async def _change(self, quo: Quo) -> Change:
        region = await quo.directory.region()
        texts = {
            "firstName": self.first_name,
            "lastName": self.last_name,
            "company": self.company,
            "role": self.role,
        }
        wrong = Wrong()
        change = Change(
            texts={name: text for name, text in texts.items() if text is not None},
            add_phones=phones_in(self.add_phone_numbers, region, wrong),
            remove_phones=self.remove_phone_numbers or (),
            add_emails=emails_in(self.add_emails, wrong),
            remove_emails=self.remove_emails or (),
            custom=await custom_items(quo, self.custom_fields, wrong),
            region=region,
        )
        wrong.refuse("Nothing was changed.")
        return change

    def render(self, result: Changed, view: View) -> str:
        what = "; ".join(changes(result.before, result.contact))
        return block(
            f"Changed: {what}." if what else "Nothing is other than it was before.",
            "The contact is now:",
            contact_block(result.contact, view),
            *result.meanwhile,
        )


class DeleteContact(Tool[Contact]):
    """Delete a contact for good; texts and calls stay."""

    effect = Effect.DELETE

    contact_id: OneContact

    async def question(self, quo: Quo, view: View) -> str:
        contact = await read(quo, self.contact_id)
        return f"Delete this contact for good?\n\n{contact_block(contact, view)}"

    async def run(self, quo: Quo) -> Contact:
        contact = await read(quo, self.contact_id)
        with unsure(quo):
            await quo.api.delete("contacts", self.contact_id)
        quo.directory.drop(self.contact_id)
        return contact

    def render(self, result: Contact, view: View) -> str:
        return block(
            f"Deleted {contact_name(result)}. This is what was there, should it have to be made again:",
            contact_block(result, view, whole=True),
        )


async def read(quo: Quo, contact_id: str) -> Contact:
    return (await quo.api.get(One[Contact], "contacts", contact_id)).data


def who_have(items: Iterable[Json], holders: Callable[[str], Iterable[Person]]) -> list[Person]:
    """Everybody who has one of these numbers or addresses, once."""
    found = {person.id: person for each in items for person in holders(each["value"])}
    return list(found.values())


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
