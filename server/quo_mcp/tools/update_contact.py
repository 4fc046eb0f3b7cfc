"""Tools that update and delete a contact.

Quo's PATCH deletes every phone number, email and custom field that its body omits. An update
therefore reads the contact, merges the change into it, and sends the whole contact.
"""

from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import Field

from quo_mcp.errors import InvalidArguments
from quo_mcp.records.contacts import Contact
from quo_mcp.records.record import Envelope
from quo_mcp.tools.base import Effect, FieldUpdateTool, Tool
from quo_mcp.tools.contact_fields import (
    Company,
    CustomFields,
    Emails,
    FirstName,
    LastName,
    Phones,
    Role,
    fetch_custom_fields,
    invalidate_if_unknown,
    parse_custom_fields,
)
from quo_mcp.tools.contact_parsing import (
    TEXT_FIELDS,
    ValidationErrors,
    parse_emails,
    parse_phones,
    set_and_cleared,
)
from quo_mcp.tools.contact_patch import ContactChange, describe_changes, find_mismatches, patch_body
from quo_mcp.tools.context import ToolContext
from quo_mcp.tools.create_contact import extension_notes
from quo_mcp.tools.fields import ContactRef
from quo_mcp.tools.rendering import Presenter, blank_note, block
from quo_mcp.tools.rendering.contacts import contact_name, render_contact


@dataclass(frozen=True)
class ContactUpdate:
    """The contact before and after the update.

    notes: sentences about concurrent changes, and about values that Quo stored differently.
    """

    before: Contact
    contact: Contact
    notes: tuple[str, ...] = ()


class UpdateContact(FieldUpdateTool[ContactUpdate]):
    """Change fields of an existing contact. Everything that you leave out stays unchanged.

    To empty a field, name it in `clear`. Returns what changed and the whole contact. For a new person,
    call quo_create_contact.
    """

    contact_id: ContactRef
    first_name: FirstName = None
    last_name: LastName = None
    company: Company = None
    role: Role = None
    add_phone_numbers: Annotated[
        Phones,
        Field(description="Phone numbers to add. For a number that exists, the label is changed."),
    ] = None
    remove_phone_numbers: Annotated[
        list[Annotated[str, Field(description="A phone number without its label.")]] | None,
        Field(description="Phone numbers to remove from the contact."),
    ] = None
    add_emails: Annotated[
        Emails,
        Field(
            description="Email addresses to add. For an address that exists, the label is changed."
        ),
    ] = None
    remove_emails: Annotated[
        list[Annotated[str, Field(description="An email address without its label.")]] | None,
        Field(description="Email addresses to remove from the contact."),
    ] = None
    custom_fields: CustomFields = None
    clear: Annotated[
        list[
            Annotated[
                str,
                Field(
                    description="first_name, last_name, company, role, or the name or key of a custom field."
                ),
            ]
        ]
        | None,
        Field(description='Fields to empty, e.g. ["company", "Gate code"].'),
    ] = None

    async def run(self, context: ToolContext) -> ContactUpdate:
        if not any(getattr(self, name) for name in type(self).model_fields if name != "contact_id"):
            raise InvalidArguments(
                block(
                    "Nothing to change. Specify at least one field to set, add, remove or clear.",
                    blank_note(self.blank_arguments, TEXT_FIELDS),
                )
            )
        change = await self._parse_change(context)
        notes: list[str] = []
        first_read = await fetch_contact(context, self.contact_id)
        if any(item.key is None for item in first_read.custom_fields):
            definitions = await fetch_custom_fields(context)
            change = replace(change, custom_keys={field.name: field.key for field in definitions})
        body = patch_body(first_read, change)
        # A second read right before the write, so that concurrent changes are merged, not overwritten.
        before = await fetch_contact(context, self.contact_id)
        if before != first_read:
            notes.append(
                "Someone else changed this contact at the same time. Their change was kept."
            )
            body = patch_body(before, change)
        with invalidate_if_unknown(context):
            after = (
                await context.account.api.patch(
                    Envelope[Contact], "contacts", self.contact_id, body=body
                )
            ).data
        context.account.directory.put_contact(after)
        notes += [f"Quo stored {mismatch}." for mismatch in find_mismatches(body, after)]
        notes += extension_notes(self.add_phone_numbers, change.region)
        return ContactUpdate(before, after, tuple(notes))

    async def _parse_change(self, context: ToolContext) -> ContactChange:
        """Return the change that the arguments describe.

        Raises:
            InvalidArguments: a number, an address or a custom field is invalid.
        """
        region = await context.account.directory.default_region()
        errors = ValidationErrors()
        texts = {name: text for name in TEXT_FIELDS if (text := getattr(self, name)) is not None}
        custom_to_clear = []
        for field in self.clear or ():
            name = "_".join(field.casefold().split())
            if name not in TEXT_FIELDS:
                custom_to_clear.append(field)
            elif texts.setdefault(name, ""):
                errors.append(set_and_cleared(name))
        change = ContactChange(
            text_fields={TEXT_FIELDS[name]: text for name, text in texts.items()},
            add_phones=parse_phones(
                self.add_phone_numbers, region, errors, argument="add_phone_numbers"
            ),
            remove_phones=self.remove_phone_numbers or (),
            add_emails=parse_emails(self.add_emails, errors, argument="add_emails"),
            remove_emails=self.remove_emails or (),
            custom_fields=await parse_custom_fields(
                context, self.custom_fields, errors, clear=custom_to_clear
            ),
            region=region,
        )
        errors.raise_if_any("Not changed")
        return change

    def render(self, result: ContactUpdate, presenter: Presenter) -> str:
        changes = "; ".join(describe_changes(result.before, result.contact))
        return block(
            f"Changed: {changes}." if changes else "No change: already up to date.",
            "The contact is now:",
            render_contact(result.contact, presenter),
            *result.notes,
            blank_note(self.blank_arguments, TEXT_FIELDS),
        )


class DeleteContact(Tool[Contact]):
    """Delete a contact permanently. Messages and calls with the person are kept.

    Returns the deleted contact's content, so that it can be created again.
    """

    effect = Effect.DELETE

    contact_id: ContactRef

    async def approval_prompt(self, context: ToolContext, presenter: Presenter) -> str:
        contact = await fetch_contact(context, self.contact_id)
        return f"Delete this contact permanently?\n\n{render_contact(contact, presenter)}"

    async def run(self, context: ToolContext) -> Contact:
        contact = await fetch_contact(context, self.contact_id)
        with invalidate_if_unknown(context):
            await context.account.api.delete("contacts", self.contact_id)
        context.account.directory.remove_contact(self.contact_id)
        return contact

    def render(self, result: Contact, presenter: Presenter) -> str:
        return block(
            f"Contact {contact_name(result)} deleted. Previous content, in case you need to create it again:",
            render_contact(result, presenter, full=True),
        )


async def fetch_contact(context: ToolContext, contact_id: str) -> Contact:
    """Return a contact by its id."""
    return (await context.account.api.get(Envelope[Contact], "contacts", contact_id)).data
