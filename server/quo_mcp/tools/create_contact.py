"""Making a contact: once, also where Quo's reply is lost."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, field_validator

from quo_mcp.directory.address_book import Person, label
from quo_mcp.directory.address_book.name_tokens import plain
from quo_mcp.errors import Misunderstood, OutcomeUnknown
from quo_mcp.records.base import One, Page
from quo_mcp.records.contacts import Contact
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.contact_fields import (
    Company,
    CustomValues,
    Emails,
    LastName,
    Phones,
    Role,
    custom_items,
    unsure,
)
from quo_mcp.tools.contact_parsing import Json, Wrong, emails_in, phones_in
from quo_mcp.tools.contacts import contact_block
from quo_mcp.tools.context import Quo
from quo_mcp.tools.rendering import View, block, heading, ident

ExternalId = Annotated[str | None, Field(min_length=1, max_length=75, description="Your own id")]


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


def who_have(items: Iterable[Json], holders: Callable[[str], Iterable[Person]]) -> list[Person]:
    """Everybody who has one of these numbers or addresses, once."""
    found = {person.id: person for each in items for person in holders(each["value"])}
    return list(found.values())
