"""The tool that creates a contact, without duplicates even if Quo's reply is lost."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, field_validator

from quo_mcp.directory.address_book import Person, person_label
from quo_mcp.directory.address_book.name_tokens import normalize_name
from quo_mcp.errors import InvalidArguments, OutcomeUnknown
from quo_mcp.records.contacts import Contact
from quo_mcp.records.record import Envelope, Page
from quo_mcp.tools.base import Effect, Tool
from quo_mcp.tools.contact_fields import (
    Company,
    CustomFields,
    Emails,
    LastName,
    Phones,
    Role,
    invalidate_if_unknown,
    parse_custom_fields,
)
from quo_mcp.tools.contact_parsing import (
    Json,
    ValidationErrors,
    parse_emails,
    parse_phones,
    split_label,
)
from quo_mcp.tools.context import Account, ToolContext
from quo_mcp.tools.rendering import Presenter, block, list_first
from quo_mcp.tools.rendering.contacts import render_contact
from quo_mcp.tools.stored_text import stored_text
from quo_mcp.values import phone_numbers
from quo_mcp.values.person_names import full_name
from quo_mcp.values.references import candidate_line
from quo_mcp.values.untrusted import inline_number

MAX_LISTED = 10  # contacts that a refusal lists

ExternalId = Annotated[
    str | None,
    Field(
        max_length=75,
        description="The contact's id in your own system, unique in the workspace, at most 75 characters.",
    ),
    stored_text(max_words=1),
]


@dataclass(frozen=True)
class ContactCreated:
    """The new contact.

    duplicates: one line for each contact that already had one of its numbers or addresses.
    notes: sentences about what was not stored.
    """

    contact: Contact
    duplicates: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class CreateContact(Tool[ContactCreated]):
    """Create a contact. It appears in the Quo app after the first call or message.

    Refused if a contact has one of the numbers or email addresses; to change that one, call
    quo_update_contact. Returns the new contact with its id.
    """

    effect = Effect.CREATE

    first_name: Annotated[
        str,
        Field(min_length=1, description="First name; for a company without a person, its name."),
        stored_text(),
    ]
    last_name: LastName = None
    company: Company = None
    role: Role = None
    phone_numbers: Phones = None
    emails: Emails = None
    custom_fields: CustomFields = None
    external_id: ExternalId = None
    source: Annotated[
        str | None,
        Field(
            max_length=72,
            description='Where the contact comes from, e.g. "spreadsheet". At most 72 characters.',
        ),
        stored_text(max_words=3),
    ] = None
    allow_duplicate: Annotated[
        bool,
        Field(
            description="true: create it even though another contact has the number or email address."
        ),
    ] = False

    @field_validator("first_name")
    @classmethod
    def _reject_blank(cls, name: str) -> str:
        if not name.strip():
            raise ValueError("must not be empty")
        return name.strip()

    async def run(self, context: ToolContext) -> ContactCreated:
        errors = ValidationErrors()
        region = await context.account.directory.default_region()
        phones = parse_phones(self.phone_numbers, region, errors)
        emails = parse_emails(self.emails, errors)
        custom = await parse_custom_fields(context, self.custom_fields, errors)
        errors.raise_if_any("Not created")
        if not self.allow_duplicate:
            await self._reject_own_numbers([phone["value"] for phone in phones], context.account)
        book = await context.account.directory.address_book()
        others = find_holders(phones, book.by_number) | find_holders(emails, book.by_email)
        if others and not self.allow_duplicate:
            values = [
                *(item["value"] for item in phones if book.by_number(item["value"])),
                *(item["value"] for item in emails if book.by_email(item["value"])),
            ]
            raise InvalidArguments(self._describe_existing(list(others.values()), values))
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
            with invalidate_if_unknown(context):
                contact = (
                    await context.account.api.post(Envelope[Contact], "contacts", body=body)
                ).data
        except OutcomeUnknown:
            contact = await self._find_created(context)
        context.account.directory.put_contact(contact)
        return ContactCreated(
            contact,
            tuple(map(contact_line, others.values())),
            tuple(extension_notes(self.phone_numbers, region)),
        )

    async def _reject_own_numbers(self, numbers: Sequence[str], account: Account) -> None:
        """Check that no number is one of the account's own.

        Raises:
            InvalidArguments: one is.
        """
        own = await account.directory.own_numbers()
        for number in numbers:
            if number in own:
                raise InvalidArguments(
                    f"Not created: {inline_number(number)} is your own inbox {account.presenter().inbox_name(number)}. "
                    "To create the contact anyway, set allow_duplicate."
                )

    def _describe_existing(self, people: Sequence[Person], values: Sequence[str]) -> str:
        """Describe the contacts that have one of the numbers or addresses, those with the same name first.

        values: the numbers and addresses that they have.
        """
        name = normalize_name(full_name(self.first_name, self.last_name))
        matched = list_first([inline_number(value) for value in values], MAX_LISTED)
        same = [
            person
            for person in people
            if normalize_name(full_name(person.first_name, person.last_name)) == name
        ]
        if same:
            reason = f"this contact already exists, with {matched}."
        elif len(people) == 1:
            reason = f"a contact with this number or email address already exists: {matched}."
        else:
            reason = f"{len(people)} contacts with these numbers or email addresses already exist: {matched}."
        holders = [*same, *(person for person in people if person not in same)]
        lines = [
            f"Not created: {reason} To change one, call quo_update_contact. To create another one anyway, set allow_duplicate.",
            *map(contact_line, holders[:MAX_LISTED]),
        ]
        if len(holders) > MAX_LISTED:
            lines.append(f"and {len(holders) - MAX_LISTED} more")
        return "\n".join(lines)

    async def _find_created(self, context: ToolContext) -> Contact:
        """Return the contact that was created although its reply was lost, by its external id.

        Raises:
            OutcomeUnknown: it has no external id, or Quo does not list it (yet).
        """
        if self.external_id:
            page = await context.account.api.get(
                Page[Contact],
                "contacts",
                query={"externalIds": [self.external_id], "maxResults": 2},
            )
            if page.data:
                return page.data[0]
        search_note = (
            " Quo does not yet list a contact with its external id." if self.external_id else ""
        )
        raise OutcomeUnknown(
            f"Outcome unknown: the contact may have been created, because Quo's reply was lost.{search_note} Before you try again, look for it with quo_find_contacts.",
            source="network",
        )

    def render(self, result: ContactCreated, presenter: Presenter) -> str:
        return block(
            "Contact created:",
            render_contact(result.contact, presenter),
            "Other contacts with the same number or email address:" if result.duplicates else None,
            *result.duplicates,
            *result.notes,
        )


def extension_notes(texts: Iterable[str] | None, region: str | None) -> list[str]:
    """Return a sentence for each extension in the texts, which are phone numbers with or without a label."""
    parsed = [
        phone_numbers.parse_with_extension(split_label(text)[1], region) for text in texts or ()
    ]
    extensions = dict.fromkeys(item.extension for item in parsed if item and item.extension)
    return [
        f"The extension {extension} is kept in the label, because Quo has no field for it. A text does not reach it."
        for extension in extensions
    ]


def contact_line(person: Person) -> str:
    """Return `- Jane Whitaker, Acme · contact 56df3a`, which is accepted as a contact."""
    return candidate_line(person_label(person), f"contact {person.id}")


def find_holders(
    items: Iterable[Json], holders: Callable[[str], Iterable[Person]]
) -> dict[str, Person]:
    """Return the contacts that have one of these numbers or addresses, by their ids.

    holders: returns the contacts with a number or an address.
    """
    return {person.id: person for item in items for person in holders(item["value"])}
